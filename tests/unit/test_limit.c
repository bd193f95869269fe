/* The limits: what they are by themselves, and what users may write. */
#include "support/fixture.h"

#include <errno.h>
#include <string.h>

#include "guard/limit.h"

#define S UINT64_C(1000000000)

/* The number that `text` sets for `limit`, or 0 where it is refused. */
static uint64_t set(enum nb_limit limit, const char *text)
{
    struct nb_limits limits;

    nb_limits_init(&limits);
    uint64_t before = limits.max[limit];
    int rc = nb_limit_set(&limits, limit, text);
    if (rc == 0)
        return limits.max[limit];
    assert_int_equal(rc, -EINVAL);
    assert_int_equal(limits.max[limit], before);
    return 0;
}

static void only_memory_has_one_by_itself(void **state)
{
    struct nb_limits limits;

    nb_limits_init(&limits);
    assert_int_equal(limits.max[NB_LIMIT_MEMORY], 1 << 30);
    for (int i = NB_LIMIT_MEMORY + 1; i < NB_LIMIT_COUNT; i++)
        assert_true(limits.max[i] == NB_UNLIMITED);
}

static void sizes_have_powers_of_1024(void **state)
{
    assert_int_equal(set(NB_LIMIT_MEMORY, "12345"), 12345);
    assert_int_equal(set(NB_LIMIT_MEMORY, "3K"), 3 << 10);
    assert_int_equal(set(NB_LIMIT_MEMORY, "64M"), 64 << 20);
    assert_int_equal(set(NB_LIMIT_OUTPUT, "2g"), UINT64_C(2) << 30);
    assert_int_equal(set(NB_LIMIT_OUTPUT, "1.5k"), 1536);
    assert_int_equal(set(NB_LIMIT_OUTPUT, "0.000001G"), 1073);
}

static void times_are_in_seconds_minutes_hours(void **state)
{
    assert_int_equal(set(NB_LIMIT_CPU, "2"), 2 * S);
    assert_int_equal(set(NB_LIMIT_CPU, "0.2s"), S / 5);
    assert_int_equal(set(NB_LIMIT_TIME, "1.5m"), 90 * S);
    assert_int_equal(set(NB_LIMIT_TIME, "1h"), 3600 * S);
    assert_int_equal(set(NB_LIMIT_TIME, "1000000000"), 1000000000 * S);
}

static void counts_are_plain_numbers(void **state)
{
    assert_int_equal(set(NB_LIMIT_THREADS, "100"), 100);
    assert_int_equal(set(NB_LIMIT_THREADS, "10K"), 0);
    assert_int_equal(set(NB_LIMIT_SOCKETS, "1.5"), 0);
    assert_int_equal(set(NB_LIMIT_SOCKETS, "4294967295"), UINT32_MAX);
    assert_int_equal(set(NB_LIMIT_SOCKETS, "4294967296"), 0);
}

static void what_is_malformed_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        " 1",
        "1 ",
        "+1",
        "-1",
        "x",
        "K",
        "1.",
        ".5K",
        "1.K",
        "1KK",
        "1kB",
        "1e3",
        "1.2.3",
        "1.5.",
        "0x1",
        "1,5",
        "inf",
        "nan",
        "1T",
        "0",
        "0.0M",
        "1\n",
        "00",
        "1.0000001K",
        "1234567890123",
        "99999999999G",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(set(NB_LIMIT_MEMORY, texts[i]), 0);
    assert_int_equal(set(NB_LIMIT_CPU, "1M"), 0);
    assert_int_equal(set(NB_LIMIT_CPU, "5124095.9h"), 0);
    assert_int_equal(set(NB_LIMIT_TIME, "1000000001"), 0);
}

static void nothing_at_all_is_a_limit_of_some(void **state)
{
    struct nb_limits limits;

    nb_limits_init(&limits);
    assert_int_equal(nb_limit_set(&limits, NB_LIMIT_SOCKETS, "0"), 0);
    assert_int_equal(nb_limit_set(&limits, NB_LIMIT_OUTPUT, "0"), 0);
    assert_int_equal(limits.max[NB_LIMIT_OUTPUT], 0);
    assert_int_equal(nb_limit_set(&limits, NB_LIMIT_THREADS, "0"), -EINVAL);
}

static void sentence_has_the_words_of_the_user(void **state)
{
    struct nb_limits limits;
    char text[NB_LIMIT_TEXT];

    nb_limits_init(&limits);
    nb_limit_describe(&limits, NB_LIMIT_MEMORY, text);
    assert_string_equal(text, "memory of 1G used up (--memory)");
    nb_limit_set(&limits, NB_LIMIT_CPU, "0.25s");
    nb_limit_describe(&limits, NB_LIMIT_CPU, text);
    assert_string_equal(text, "processor time of 0.25s used up (--cpu)");
}

static void sentence_is_cut_to_fit(void **state)
{
    struct nb_limits limits;
    char zeroes[2 * NB_LIMIT_TEXT] = "";
    char text[NB_LIMIT_TEXT];

    nb_limits_init(&limits);
    memset(zeroes, '0', sizeof zeroes - 1);
    limits.text[NB_LIMIT_CPU] = zeroes;
    nb_limit_describe(&limits, NB_LIMIT_CPU, text);
    assert_int_equal(strlen(text), NB_LIMIT_TEXT - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_memory_has_one_by_itself),
        cmocka_unit_test(sizes_have_powers_of_1024),
        cmocka_unit_test(times_are_in_seconds_minutes_hours),
        cmocka_unit_test(counts_are_plain_numbers),
        cmocka_unit_test(what_is_malformed_is_refused),
        cmocka_unit_test(nothing_at_all_is_a_limit_of_some),
        cmocka_unit_test(sentence_has_the_words_of_the_user),
        cmocka_unit_test(sentence_is_cut_to_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
