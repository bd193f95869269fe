/* The intrusive list: order, removal, links that are on no list. */
#include "support/fixture.h"

#include "util/list.h"

struct item {
    char name;
    struct nb_list link;
};

/* The names on a list, forwards, checked against the way back. */
static void assert_names(const struct nb_list *head, const char *names)
{
    const struct nb_list *link = head->next;

    for (const char *name = names; *name != '\0'; name++) {
        assert_ptr_not_equal(link, head);
        assert_int_equal(NB_CONTAINER_OF(link, struct item, link)->name, *name);
        assert_ptr_equal(link->prev->next, link);
        assert_ptr_equal(link->next->prev, link);
        link = link->next;
    }
    assert_ptr_equal(link, head);
}

static void fill(struct nb_list *head, struct item items[3])
{
    nb_list_init(head);
    for (int i = 0; i < 3; i++) {
        items[i].name = (char)('a' + i);
        nb_list_init(&items[i].link);
        nb_list_push(head, &items[i].link);
    }
}

static void a_new_head_is_empty(void **state)
{
    struct nb_list head;

    nb_list_init(&head);
    assert_true(nb_list_empty(&head));
    assert_names(&head, "");
}

static void links_stand_in_the_order_of_their_coming(void **state)
{
    struct nb_list head;
    struct item items[3];

    fill(&head, items);
    assert_false(nb_list_empty(&head));
    assert_names(&head, "abc");
}

static void any_link_can_be_removed(void **state)
{
    static const char *const left[] = {"bc", "ac", "ab"};

    for (int i = 0; i < 3; i++) {
        struct nb_list head;
        struct item items[3];
        fill(&head, items);
        nb_list_remove(&items[i].link);
        assert_names(&head, left[i]);
        assert_true(nb_list_empty(&items[i].link));
    }
}

static void the_last_to_leave_empties_the_list(void **state)
{
    struct nb_list head;
    struct item items[3];

    fill(&head, items);
    for (int i = 2; i >= 0; i--)
        nb_list_remove(&items[i].link);
    assert_true(nb_list_empty(&head));
}

static void removing_twice_is_harmless(void **state)
{
    struct nb_list head;
    struct item items[3];

    fill(&head, items);
    nb_list_remove(&items[1].link);
    nb_list_remove(&items[1].link);
    assert_names(&head, "ac");
}

static void a_link_that_comes_again_is_last(void **state)
{
    struct nb_list head;
    struct item items[3];

    fill(&head, items);
    nb_list_remove(&items[0].link);
    nb_list_push(&head, &items[0].link);
    assert_names(&head, "bca");
}

static void countof_counts_elements(void **state)
{
    uint16_t numbers[7];
    assert_int_equal(NB_COUNTOF(numbers), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_head_is_empty),
        cmocka_unit_test(links_stand_in_the_order_of_their_coming),
        cmocka_unit_test(any_link_can_be_removed),
        cmocka_unit_test(the_last_to_leave_empties_the_list),
        cmocka_unit_test(removing_twice_is_harmless),
        cmocka_unit_test(a_link_that_comes_again_is_last),
        cmocka_unit_test(countof_counts_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
