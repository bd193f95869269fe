/* The radix heap: order among equals, removal anywhere, a model. */
#include "support/fixture.h"

#include "util/heap.h"

enum { NODES = 48, STEPS = 400, SEEDS = 300 };

static void assert_leave(struct nb_heap *heap, struct nb_heap_node *nodes,
                         const char *names)
{
    for (const char *name = names; *name != '\0'; name++) {
        struct nb_heap_node *node = &nodes[*name - 'a'];
        assert_true(nb_heap_bound(heap) <= node->key);
        assert_ptr_equal(nb_heap_take(heap, node->key), node);
    }
    assert_int_equal(nb_heap_bound(heap), INT64_MAX);
    assert_null(nb_heap_take(heap, INT64_MAX));
}

static void add_all(struct nb_heap *heap, struct nb_heap_node *nodes,
                    const char *keys)
{
    nb_heap_init(heap);
    for (int i = 0; keys[i] != '\0'; i++)
        nb_heap_add(heap, &nodes[i], keys[i]);
}

static void a_new_heap_is_empty(void **state)
{
    struct nb_heap heap;

    nb_heap_init(&heap);
    assert_int_equal(nb_heap_bound(&heap), INT64_MAX);
    assert_null(nb_heap_take(&heap, INT64_MAX));
}

static void the_smallest_key_is_first(void **state)
{
    struct nb_heap heap;
    struct nb_heap_node nodes[5];

    add_all(&heap, nodes, "42513");
    assert_leave(&heap, nodes, "dbeac");
}

static void equal_keys_leave_in_the_order_of_their_coming(void **state)
{
    struct nb_heap heap;
    struct nb_heap_node nodes[7];

    add_all(&heap, nodes, "5551555");
    assert_leave(&heap, nodes, "dabcefg");
}

static void a_node_that_comes_again_is_last_among_equals(void **state)
{
    struct nb_heap heap;
    struct nb_heap_node nodes[3];

    add_all(&heap, nodes, "555");
    nb_heap_remove(&nodes[0]);
    nb_heap_add(&heap, &nodes[0], '5');
    assert_leave(&heap, nodes, "bca");
}

static void the_ends_of_the_range_are_keys_too(void **state)
{
    struct nb_heap heap;
    struct nb_heap_node nodes[4];

    nb_heap_init(&heap);
    nb_heap_add(&heap, &nodes[0], INT64_MAX);
    nb_heap_add(&heap, &nodes[1], 0);
    nb_heap_add(&heap, &nodes[2], INT64_MIN);
    nb_heap_add(&heap, &nodes[3], -1);
    assert_leave(&heap, nodes, "cdba");
}

static void what_is_above_the_limit_stays(void **state)
{
    struct nb_heap heap;
    struct nb_heap_node nodes[2];

    nb_heap_init(&heap);
    nb_heap_add(&heap, &nodes[0], 1000000);
    nb_heap_add(&heap, &nodes[1], 1000001);
    assert_null(nb_heap_take(&heap, 999999));
    assert_int_equal(nb_heap_bound(&heap), 1000000);
    assert_ptr_equal(nb_heap_take(&heap, 1000000), &nodes[0]);
    assert_null(nb_heap_take(&heap, 1000000));
    assert_int_equal(nb_heap_bound(&heap), 1000001);
    assert_ptr_equal(nb_heap_take(&heap, 1000001), &nodes[1]);
}

static void the_bound_is_no_smaller_than_it_must_be(void **state)
{
    struct nb_heap heap;
    struct nb_heap_node nodes[3];

    nb_heap_init(&heap);
    nb_heap_add(&heap, &nodes[0], 7000);
    nb_heap_add(&heap, &nodes[1], 6000);
    nb_heap_add(&heap, &nodes[2], 5000);
    assert_int_equal(nb_heap_bound(&heap), 5000);
    nb_heap_remove(&nodes[2]);
    assert_true(nb_heap_bound(&heap) <= 6000);
    assert_null(nb_heap_take(&heap, 5000));
    assert_int_equal(nb_heap_bound(&heap), 6000);
    nb_heap_remove(&nodes[0]);
    nb_heap_remove(&nodes[1]);
    assert_int_equal(nb_heap_bound(&heap), INT64_MAX);
}

static void any_node_can_be_removed(void **state)
{
    static const char *const left[] = {"dbec", "deac", "dbea", "beac", "dbac"};

    for (int i = 0; i < 5; i++) {
        struct nb_heap heap;
        struct nb_heap_node nodes[5];
        add_all(&heap, nodes, "42513");
        nb_heap_remove(&nodes[i]);
        assert_leave(&heap, nodes, left[i]);
    }
}

/* What the heap should be: the numbers of its nodes, sorted. */
struct model {
    int sorted[NODES];
    int len;
};

static void model_add(struct model *model, const struct nb_heap_node *nodes,
                      int number)
{
    int i = model->len++;

    for (; i > 0 && nodes[model->sorted[i - 1]].key > nodes[number].key; i--)
        model->sorted[i] = model->sorted[i - 1];
    model->sorted[i] = number;
}

static int model_take(struct model *model, int place)
{
    int number = model->sorted[place];

    model->len--;
    for (int i = place; i < model->len; i++)
        model->sorted[i] = model->sorted[i + 1];
    return number;
}

/* Takes what is first by a limit; false if heap and model differ. */
static bool takes_alike(struct nb_heap *heap, struct nb_heap_node *nodes,
                        struct model *model, bool *inside, int64_t limit)
{
    int first = model->len == 0 ? -1 : model->sorted[0];
    struct nb_heap_node *expected = NULL;

    if (nb_heap_bound(heap) > (first < 0 ? INT64_MAX : nodes[first].key))
        return false;
    if (first >= 0 && nodes[first].key <= limit) {
        expected = &nodes[model_take(model, 0)];
        inside[first] = false;
    }
    return nb_heap_take(heap, limit) == expected;
}

/* A key in one of several ranges, from dense to all that there are. */
static int64_t draw_key(struct chance *chance, uint64_t range)
{
    return (int64_t)(chance_below(chance, range) -
                     chance_below(chance, 8) * range / 64);
}

/* Adds or removes nodes at random; false as soon as heap and model differ. */
static bool agrees_with_model(uint64_t seed)
{
    struct chance chance = {seed};
    uint64_t range = UINT64_C(40) << chance_below(&chance, 56);
    struct nb_heap heap;
    struct nb_heap_node nodes[NODES];
    struct model model = {.len = 0};
    bool inside[NODES] = {false};

    nb_heap_init(&heap);
    for (int step = 0; step < STEPS; step++) {
        int number = (int)chance_below(&chance, NODES);
        if (!inside[number]) {
            nb_heap_add(&heap, &nodes[number], draw_key(&chance, range));
            model_add(&model, nodes, number);
            inside[number] = true;
        } else if (chance_below(&chance, 2) == 0) {
            int64_t limit = draw_key(&chance, range / 2);
            if (!takes_alike(&heap, nodes, &model, inside, limit))
                return false;
        } else {
            int place = (int)chance_below(&chance, (uint64_t)model.len);
            number = model_take(&model, place);
            nb_heap_remove(&nodes[number]);
            inside[number] = false;
        }
    }
    while (model.len > 0) {
        if (!takes_alike(&heap, nodes, &model, inside, INT64_MAX))
            return false;
    }
    return nb_heap_take(&heap, INT64_MAX) == NULL;
}

static void a_heap_is_a_sorted_array(void **state)
{
    uint64_t last;

    for (uint64_t seed = chance_seeds(SEEDS, &last); seed <= last; seed++) {
        if (!agrees_with_model(seed))
            fail_msg("repeat with NB_SEED=%llu", (unsigned long long)seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_heap_is_empty),
        cmocka_unit_test(the_smallest_key_is_first),
        cmocka_unit_test(equal_keys_leave_in_the_order_of_their_coming),
        cmocka_unit_test(a_node_that_comes_again_is_last_among_equals),
        cmocka_unit_test(the_ends_of_the_range_are_keys_too),
        cmocka_unit_test(what_is_above_the_limit_stays),
        cmocka_unit_test(the_bound_is_no_smaller_than_it_must_be),
        cmocka_unit_test(any_node_can_be_removed),
        cmocka_unit_test(a_heap_is_a_sorted_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
