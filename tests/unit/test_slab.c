/* Blocks of one size: none overlap, all can be used, pages come and go. */
#include "support/fixture.h"

#include <string.h>

#include "util/slab.h"

enum { SIZE = 208, BLOCKS = 1000, STEPS = 20000 };

/* Fills the block with bytes by its number, which check() looks for. */
static void mark(unsigned char *block, int number)
{
    memset(block, number % 251, SIZE);
}

static bool is_marked(const unsigned char *block, int number)
{
    for (int i = 0; i < SIZE; i++) {
        if (block[i] != number % 251)
            return false;
    }
    return true;
}

static void a_block_is_aligned_for_any_type(void **state)
{
    struct nb_slab slab;

    nb_slab_init(&slab, SIZE);
    void *a = nb_slab_take(&slab);
    void *b = nb_slab_take(&slab);
    assert_int_equal((uintptr_t)a % 16, 0);
    assert_int_equal((uintptr_t)b % 16, 0);
    nb_slab_give(&slab, b);
    assert_ptr_equal(nb_slab_take(&slab), b);
    nb_slab_give(&slab, b);
    nb_slab_give(&slab, a);
    assert_ptr_equal(nb_slab_take(&slab), a); /* the last page is kept */
    nb_slab_trim(&slab);
    assert_false(nb_list_empty(&slab.pages));
    nb_slab_give(&slab, a);
    nb_slab_trim(&slab);
    assert_true(nb_list_empty(&slab.pages));
}

static void blocks_come_and_go_and_keep_what_is_in_them(void **state)
{
    static unsigned char *blocks[BLOCKS];
    struct chance chance = {.state = 1};
    struct nb_slab slab;

    nb_slab_init(&slab, SIZE);
    for (int step = 0; step < STEPS; step++) {
        int number = (int)chance_below(&chance, BLOCKS);
        if (blocks[number] == NULL) {
            blocks[number] = nb_slab_take(&slab);
            mark(blocks[number], number);
            continue;
        }
        assert_true(is_marked(blocks[number], number));
        nb_slab_give(&slab, blocks[number]);
        blocks[number] = NULL;
    }
    for (int number = 0; number < BLOCKS; number++) {
        if (blocks[number] != NULL)
            nb_slab_give(&slab, blocks[number]);
        blocks[number] = NULL;
    }
    assert_ptr_equal(slab.pages.next, slab.pages.prev); /* one is kept */
    nb_slab_trim(&slab);
    assert_true(nb_list_empty(&slab.pages));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_is_aligned_for_any_type),
        cmocka_unit_test(blocks_come_and_go_and_keep_what_is_in_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
