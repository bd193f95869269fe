/* The allocator at its limit: what is charged, who may go beyond, who is told. */
#include "support/fixture.h"

static int remove_limit(void **state)
{
    nb_alloc_set_limit(NULL);
    return 0;
}

/* What was told of the last refusal, and how many there were. */
struct told {
    int times;
    enum nb_alloc_refusal last;
};

static void note_refusal(void *context, enum nb_alloc_refusal refusal)
{
    struct told *told = context;

    told->times++;
    told->last = refusal;
}

/* A limit so many bytes beyond what is charged now. */
static void limit_to(size_t bytes, size_t host, struct told *told)
{
    struct nb_alloc_limit limit = {
        .bytes = nb_alloc_account().charged + bytes,
        .host = host,
        .urgent = 4096,
        .refused = note_refusal,
        .context = told,
    };

    *told = (struct told){.times = 0};
    nb_alloc_set_limit(&limit);
}

static void what_the_library_takes_is_charged(void **state)
{
    const struct nb_alloc_account account = nb_alloc_account();
    const struct nb_alloc_account *before = &account;
    void *block = nb_alloc_sized(NULL, 0, 24);

    assert_int_equal(nb_alloc_account().charged - before->charged, 32);
    block = nb_alloc_sized(block, 24, 25);
    assert_int_equal(nb_alloc_account().charged - before->charged, 48);
    nb_alloc_sized(block, 25, 0);
    void *host = nb_malloc(24); /* and 32 in front of it */
    assert_int_equal(nb_alloc_account().charged - before->charged, 64);
    host = nb_realloc(host, 100);
    assert_int_equal(nb_alloc_account().charged - before->charged, 144);
    nb_free(host);
    assert_int_equal(nb_alloc_account().charged, before->charged);
}

static void beyond_the_limit_nothing_is_granted(void **state)
{
    struct told told;

    limit_to(2000, 0, &told);
    void *block = nb_malloc(1000);
    assert_non_null(block);
    assert_int_equal(told.times, 0);
    assert_null(nb_malloc(1000));
    assert_int_equal(told.times, 1);
    assert_int_equal(told.last, NB_ALLOC_FAILS);
    assert_null(nb_malloc(SIZE_MAX / 4));
    nb_free(block);
    block = nb_malloc(1500);
    assert_non_null(block);
    nb_free(block);
}

static void lua_may_ask_again_when_it_has_collected(void **state)
{
    struct told told;

    limit_to(2000, 0, &told);
    void *garbage = nb_alloc_sized(NULL, 0, 1000);
    assert_null(nb_alloc_sized(NULL, 0, 1500));
    assert_int_equal(told.last, NB_ALLOC_AGAIN);
    assert_true(nb_alloc_is_retried());
    nb_alloc_sized(garbage, 1000, 0);
    void *block = nb_alloc_sized(NULL, 0, 1500);
    assert_non_null(block);
    assert_int_equal(told.times, 1);
    assert_false(nb_alloc_is_retried());
    nb_alloc_sized(block, 1500, 0);
}

static void second_refusal_of_lua_is_final(void **state)
{
    struct told told;

    limit_to(2000, 0, &told);
    assert_null(nb_alloc_sized(NULL, 0, 3000));
    assert_null(nb_alloc_sized(NULL, 0, 3000));
    assert_int_equal(told.times, 2);
    assert_int_equal(told.last, NB_ALLOC_FAILS);
    assert_false(nb_alloc_is_retried());
    assert_null(nb_alloc_sized(NULL, 0, 3000));
    assert_int_equal(told.last, NB_ALLOC_AGAIN);
}

static void request_that_does_not_come_again_has_failed(void **state)
{
    struct told told;

    limit_to(2000, 0, &told);
    assert_null(nb_alloc_sized(NULL, 0, 3000));
    void *block = nb_alloc_sized(NULL, 0, 10);
    assert_non_null(block);
    assert_int_equal(told.times, 2);
    assert_int_equal(told.last, NB_ALLOC_GONE);
    nb_alloc_sized(block, 10, 0);
}

static void host_may_go_beyond_by_some(void **state)
{
    struct told told;

    limit_to(2000, 2000, &told);
    void *block = nb_malloc(3000);
    assert_non_null(block);
    assert_null(nb_alloc_sized(NULL, 0, 10));
    assert_null(nb_malloc(3000));
    nb_free(block);
}

static void the_urgent_may_go_beyond_by_some(void **state)
{
    struct told told;

    limit_to(2000, 0, &told);
    assert_null(nb_alloc_sized(NULL, 0, 5000));
    void *block = nb_alloc_sized_or_exit(NULL, 0, 5000);
    assert_int_equal(told.times, 1);
    nb_alloc_sized(block, 5000, 0);
}

static void system_without_memory_is_told_apart(void **state)
{
    struct told told;

    limit_to(SIZE_MAX / 2, 0, &told);
    assert_null(nb_malloc((size_t)1 << 60));
    assert_int_equal(told.last, NB_ALLOC_SYSTEM);
}

#define LIMITED(test) cmocka_unit_test_teardown(test, remove_limit)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIMITED(what_the_library_takes_is_charged),
        LIMITED(beyond_the_limit_nothing_is_granted),
        LIMITED(lua_may_ask_again_when_it_has_collected),
        LIMITED(second_refusal_of_lua_is_final),
        LIMITED(request_that_does_not_come_again_has_failed),
        LIMITED(host_may_go_beyond_by_some),
        LIMITED(the_urgent_may_go_beyond_by_some),
        LIMITED(system_without_memory_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
