/* The pairing heap: order among equals, removal anywhere, a model. */
#include "support/fixture.h"

#include "util/heap.h"

enum { NODES = 48, STEPS = 400, SEEDS = 300 };

static void assert_leave(struct nb_heap *heap, struct nb_heap_node *nodes,
                         const char *names)
{
    for (const char *name = names; *name != '\0'; name++) {
        assert_ptr_equal(heap->first, &nodes[*name - 'a']);
        nb_heap_remove(heap, heap->first);
    }
    assert_null(heap->first);
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
    assert_null(heap.first);
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
    nb_heap_remove(&heap, &nodes[0]);
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

static void any_node_can_be_removed(void **state)
{
    static const char *const left[] = {"dbec", "deac", "dbea", "beac", "dbac"};

    for (int i = 0; i < 5; i++) {
        struct nb_heap heap;
        struct nb_heap_node nodes[5];
        add_all(&heap, nodes, "42513");
        nb_heap_remove(&heap, &nodes[i]);
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

/* Adds or removes nodes at random; false as soon as heap and model differ. */
static bool agrees_with_model(uint64_t seed)
{
    struct chance chance = {seed};
    uint64_t keys = 1 + chance_below(&chance, 40);
    struct nb_heap heap;
    struct nb_heap_node nodes[NODES];
    struct model model = {.len = 0};
    bool inside[NODES] = {false};

    nb_heap_init(&heap);
    for (int step = 0; step < STEPS; step++) {
        int number = (int)chance_below(&chance, NODES);
        if (!inside[number]) {
            nb_heap_add(&heap, &nodes[number],
                        (int64_t)chance_below(&chance, keys));
            model_add(&model, nodes, number);
            inside[number] = true;
        } else {
            int place = chance_below(&chance, 2) == 0
                            ? 0
                            : (int)chance_below(&chance, (uint64_t)model.len);
            number = model_take(&model, place);
            nb_heap_remove(&heap, &nodes[number]);
            inside[number] = false;
        }
        if (heap.first != (model.len == 0 ? NULL : &nodes[model.sorted[0]]))
            return false;
    }
    while (model.len > 0) {
        if (heap.first != &nodes[model_take(&model, 0)])
            return false;
        nb_heap_remove(&heap, heap.first);
    }
    return heap.first == NULL;
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
        cmocka_unit_test(any_node_can_be_removed),
        cmocka_unit_test(a_heap_is_a_sorted_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
