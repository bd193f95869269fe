/* The buffer: filled behind, emptied in front, without memory when empty. */
#include "support/fixture.h"

#include <errno.h>
#include <string.h>

#include "util/buf.h"

enum { STEPS = 600, SEEDS = 200 };

static int new_buf(void **state)
{
    static struct nb_buf buf;

    nb_buf_init(&buf);
    *state = &buf;
    return 0;
}

static int free_buf(void **state)
{
    nb_alloc_set_gate(NULL, NULL);
    nb_buf_deinit(*state);
    return nb_alloc_account().blocks == 0 ? 0 : -1;
}

static void assert_holds(const struct nb_buf *buf, const char *text)
{
    assert_int_equal(buf->len, strlen(text));
    assert_memory_equal(nb_buf_bytes(buf), text, buf->len);
}

static void a_new_buffer_is_empty_and_holds_no_memory(void **state)
{
    struct nb_buf *buf = *state;

    assert_int_equal(buf->len, 0);
    assert_string_equal(nb_buf_bytes(buf), "");
    assert_int_equal(nb_alloc_account().blocks, 0);
}

static void what_is_appended_stands_behind(void **state)
{
    struct nb_buf *buf = *state;

    assert_int_equal(nb_buf_append(buf, "abc", 3), 0);
    assert_int_equal(nb_buf_append(buf, "de", 2), 0);
    assert_holds(buf, "abcde");
}

static void appending_nothing_takes_no_memory(void **state)
{
    struct nb_buf *buf = *state;

    assert_int_equal(nb_buf_append(buf, "", 0), 0);
    assert_int_equal(buf->len, 0);
    assert_int_equal(nb_alloc_account().blocks, 0);
}

static void zero_bytes_are_bytes(void **state)
{
    struct nb_buf *buf = *state;

    assert_int_equal(nb_buf_append(buf, "a\0b", 3), 0);
    assert_int_equal(buf->len, 3);
    assert_memory_equal(nb_buf_bytes(buf), "a\0b", 3);
}

static void room_counts_once_it_is_grown(void **state)
{
    struct nb_buf *buf = *state;
    char *place = NULL;

    assert_int_equal(nb_buf_append(buf, "ab", 2), 0);
    assert_int_equal(nb_buf_room(buf, 1000, &place), 0);
    memset(place, 'x', 1000);
    assert_holds(buf, "ab");
    nb_buf_grow(buf, 3);
    assert_holds(buf, "abxxx");
}

static void room_of_no_bytes_can_be_had(void **state)
{
    struct nb_buf *buf = *state;
    char *place;

    assert_int_equal(nb_buf_room(buf, 0, &place), 0);
    nb_buf_grow(buf, 0);
    assert_int_equal(buf->len, 0);
}

static void bytes_are_dropped_in_front(void **state)
{
    struct nb_buf *buf = *state;

    assert_int_equal(nb_buf_append(buf, "abcde", 5), 0);
    nb_buf_drop(buf, 0);
    assert_holds(buf, "abcde");
    nb_buf_drop(buf, 2);
    assert_holds(buf, "cde");
    assert_int_equal(nb_buf_append(buf, "f", 1), 0);
    assert_holds(buf, "cdef");
}

static void the_last_byte_dropped_frees_the_memory(void **state)
{
    struct nb_buf *buf = *state;

    assert_int_equal(nb_buf_append(buf, "abc", 3), 0);
    nb_buf_drop(buf, 3);
    assert_string_equal(nb_buf_bytes(buf), "");
    assert_int_equal(nb_alloc_account().blocks, 0);
    nb_buf_drop(buf, 0);
    assert_int_equal(nb_buf_append(buf, "de", 2), 0);
    assert_holds(buf, "de");
}

static void what_was_dropped_is_reclaimed(void **state)
{
    struct nb_buf *buf = *state;
    char *place;

    assert_int_equal(nb_buf_room(buf, 200, &place), 0);
    memset(place, 'x', 200);
    nb_buf_grow(buf, 200);
    size_t bytes = nb_alloc_account().bytes;
    for (int i = 0; i < 1000; i++) {
        nb_buf_drop(buf, 150);
        assert_int_equal(nb_buf_room(buf, 150, &place), 0);
        memset(place, 'x', 150);
        nb_buf_grow(buf, 150);
    }
    assert_int_equal(buf->len, 200);
    assert_int_equal(nb_alloc_account().bytes, bytes);
}

static void deinit_leaves_a_usable_buffer(void **state)
{
    struct nb_buf *buf = *state;

    assert_int_equal(nb_buf_append(buf, "abc", 3), 0);
    nb_buf_deinit(buf);
    nb_buf_deinit(buf);
    assert_int_equal(buf->len, 0);
    assert_int_equal(nb_buf_append(buf, "de", 2), 0);
    assert_holds(buf, "de");
}

static void without_memory_the_bytes_stay_as_they_were(void **state)
{
    struct nb_buf *buf = *state;
    struct refusal refusal = {.countdown = 1, .for_good = true};
    static const char big[5000];
    char *place = NULL;

    assert_int_equal(nb_buf_append(buf, "abc", 3), 0);
    nb_buf_drop(buf, 1);
    nb_alloc_set_gate(refusal_gate, &refusal);
    assert_int_equal(nb_buf_append(buf, big, sizeof big), -ENOMEM);
    assert_int_equal(nb_buf_room(buf, sizeof big, &place), -ENOMEM);
    assert_null(place);
    assert_holds(buf, "bc");
    nb_alloc_set_gate(NULL, NULL);
    assert_int_equal(nb_buf_append(buf, "d", 1), 0);
    assert_holds(buf, "bcd");
}

static void a_first_append_without_memory_fails(void **state)
{
    struct nb_buf *buf = *state;
    struct refusal refusal = {.countdown = 1};

    nb_alloc_set_gate(refusal_gate, &refusal);
    assert_int_equal(nb_buf_append(buf, "a", 1), -ENOMEM);
    assert_int_equal(buf->len, 0);
    assert_int_equal(nb_buf_append(buf, "a", 1), 0);
}

static void lengths_that_overflow_are_refused(void **state)
{
    struct nb_buf *buf = *state;
    char *place = NULL;

    assert_int_equal(nb_buf_append(buf, "abc", 3), 0);
    assert_int_equal(nb_buf_room(buf, SIZE_MAX, &place), -ENOMEM);
    assert_int_equal(nb_buf_room(buf, SIZE_MAX / 2, &place), -ENOMEM);
    assert_int_equal(nb_buf_room(buf, SIZE_MAX / 2 - 3, &place), -ENOMEM);
    assert_null(place);
    assert_holds(buf, "abc");
}

/*
 * Appends the numbers 0, 1, 2 ... as bytes and drops them; false as soon as
 * the buffer does not hold exactly those between.
 */
static bool holds_what_was_put(struct nb_buf *buf, uint64_t seed)
{
    struct chance chance = {seed};
    size_t in = 0;
    size_t out = 0;

    for (int step = 0; step < STEPS; step++) {
        size_t len = chance_below(&chance, 700);
        char *place;
        if (chance_below(&chance, 2) == 0) {
            if (nb_buf_room(buf, len, &place) < 0)
                return false;
            for (size_t i = 0; i < len; i++)
                place[i] = (char)(in + i);
            nb_buf_grow(buf, len);
            in += len;
        } else {
            len = len < in - out ? len : in - out;
            nb_buf_drop(buf, len);
            out += len;
        }
        if (buf->len != in - out)
            return false;
        for (size_t i = 0; i < buf->len; i++) {
            if (nb_buf_bytes(buf)[i] != (char)(out + i))
                return false;
        }
    }
    nb_buf_deinit(buf);
    return true;
}

static void bytes_leave_in_the_order_of_their_coming(void **state)
{
    uint64_t last;

    for (uint64_t seed = chance_seeds(SEEDS, &last); seed <= last; seed++) {
        if (!holds_what_was_put(*state, seed))
            fail_msg("repeat with NB_SEED=%llu", (unsigned long long)seed);
    }
}

/* A test with a buffer of its own. */
#define WITH_BUF(test) cmocka_unit_test_setup_teardown(test, new_buf, free_buf)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BUF(a_new_buffer_is_empty_and_holds_no_memory),
        WITH_BUF(what_is_appended_stands_behind),
        WITH_BUF(appending_nothing_takes_no_memory),
        WITH_BUF(zero_bytes_are_bytes),
        WITH_BUF(room_counts_once_it_is_grown),
        WITH_BUF(room_of_no_bytes_can_be_had),
        WITH_BUF(bytes_are_dropped_in_front),
        WITH_BUF(the_last_byte_dropped_frees_the_memory),
        WITH_BUF(what_was_dropped_is_reclaimed),
        WITH_BUF(deinit_leaves_a_usable_buffer),
        WITH_BUF(without_memory_the_bytes_stay_as_they_were),
        WITH_BUF(a_first_append_without_memory_fails),
        WITH_BUF(lengths_that_overflow_are_refused),
        WITH_BUF(bytes_leave_in_the_order_of_their_coming),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
