/* Frames through shared memory: whole, in order, never more than fit. */
#include "support/fixture.h"

#include <string.h>

#include "trace/ring.h"

enum { SIZE = 1024 };

static int begin(void **state)
{
    static struct nb_ring ring;

    *state = &ring;
    return nb_ring_init(&ring, SIZE);
}

static int end(void **state)
{
    nb_ring_deinit(*state);
    return 0;
}

/* Takes a frame, which must be that text. */
static void assert_next(struct nb_ring *ring, const char *text)
{
    size_t len = 0;
    const void *frame = nb_ring_look(ring, &len);

    assert_non_null(frame);
    assert_int_equal(len, strlen(text));
    assert_memory_equal(frame, text, len);
    nb_ring_next(ring);
}

static bool put(struct nb_ring *ring, const char *first, const char *second)
{
    return nb_ring_put(ring, first, strlen(first), second, strlen(second));
}

static void two_parts_are_one_frame(void **state)
{
    assert_true(put(*state, "hel", "lo"));
    assert_true(put(*state, "", ""));
    assert_true(put(*state, "world", ""));
    assert_next(*state, "hello");
    assert_next(*state, "");
    assert_next(*state, "world");
}

static void empty_has_nothing(void **state)
{
    size_t len = 0;

    assert_null(nb_ring_look(*state, &len));
    assert_true(nb_ring_has_room(*state));
}

static void a_full_one_takes_no_more(void **state)
{
    char block[SIZE / 4] = "";
    int count = 0;

    while (nb_ring_put(*state, block, sizeof block, NULL, 0))
        assert_in_range(++count, 1, 4);
    assert_in_range(count, 3, 4);
    assert_false(nb_ring_has_room(*state));
    nb_ring_next(*state);
    assert_true(nb_ring_put(*state, block, 16, NULL, 0));
}

static void too_long_never_fits(void **state)
{
    char block[SIZE] = "";

    assert_false(nb_ring_takes(*state, SIZE / 2));
    assert_false(nb_ring_put(*state, block, SIZE / 2, NULL, 0));
    assert_false(nb_ring_takes(*state, SIZE_MAX));
    assert_true(nb_ring_takes(*state, SIZE / 2 - 64));
}

/* Round and round, by all lengths: what goes in comes out. */
static void frames_survive_the_end_of_the_memory(void **state)
{
    char block[200];
    size_t len = 0;
    unsigned put_count = 0;
    unsigned taken = 0;

    while (taken < 5000) {
        while (put_count < 5000) {
            memset(block, (int)(put_count & 0xff), sizeof block);
            if (!nb_ring_put(*state, block, put_count % 199, block, 1))
                break;
            put_count++;
        }
        const unsigned char *frame = nb_ring_look(*state, &len);
        assert_non_null(frame);
        assert_int_equal(len, taken % 199 + 1);
        assert_int_equal((uintptr_t)frame % 16, 0);
        assert_int_equal(frame[0], taken & 0xff);
        assert_int_equal(frame[len - 1], taken & 0xff);
        nb_ring_next(*state);
        taken++;
    }
    assert_null(nb_ring_look(*state, &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_parts_are_one_frame, begin, end),
        cmocka_unit_test_setup_teardown(empty_has_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_full_one_takes_no_more, begin, end),
        cmocka_unit_test_setup_teardown(too_long_never_fits, begin, end),
        cmocka_unit_test_setup_teardown(frames_survive_the_end_of_the_memory,
                                        begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
