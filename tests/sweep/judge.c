/*
 * The judge of the sweep sees what it is there for: each of these programs has
 * one fault, in a run whose first request for memory is refused.
 */
#include "support/trial.h"

#include <fcntl.h>
#include <stdlib.h>

#include "support/fixture.h"

static int leak(lua_State *L)
{
    lua_pushboolean(L, nb_malloc(1) != NULL);
    return 1;
}

static int open_file(lua_State *L)
{
    lua_pushinteger(L, open("/dev/null", O_RDONLY));
    return 1;
}

static int crash(lua_State *L)
{
    (void)L;
    abort();
}

/* The verdict on a run of `code`, which may take a second. */
static const char *verdict(const char *code, enum trial_mode mode)
{
    char *no_args[] = {NULL};
    struct nb_options options = {
        .action = NB_ACTION_RUN,
        .code = (char *)(uintptr_t)code,
        .args = no_args,
    };
    struct trial trial;

    trial_open(&trial);
    trial.limit = 1;
    lua_register(trial.lua.L, "leak", leak);
    lua_register(trial.lua.L, "open", open_file);
    lua_register(trial.lua.L, "crash", crash);
    assert_true(trial_load(&trial, &options));
    trial_run(&trial, (struct trial_shortage){mode, 1});
    const char *fault = trial_fault(&trial);
    trial_close(&trial);
    return fault;
}

static void assert_verdict(const char *code, const char *fault)
{
    const char *got = verdict(code, TRIAL_ONCE);

    assert_non_null(got);
    assert_string_equal(got, fault);
}

static void what_is_left_is_seen(void **state)
{
    assert_verdict("leak()", "something is left behind");
    assert_verdict("open()", "something is left behind");
}

static void a_crash_is_seen(void **state)
{
    assert_verdict("crash()", "it crashes");
}

static void a_hang_is_seen(void **state)
{
    assert_verdict("while true do end", "it hangs");
    assert_verdict("socket.bind('127.0.0.1', 0):accept()", "it hangs");
}

static void a_deadlock_is_no_lack_of_memory(void **state)
{
    assert_verdict("thread.event():wait()",
                   "it names another reason than memory");
}

static void every_error_must_be_about_memory(void **state)
{
    assert_verdict("error('boom')", "it names another reason than memory");
    assert_verdict("thread.spawn(error, 'no memory')\n"
                   "thread.spawn(error, 'boom')\n",
                   "it names another reason than memory");
    assert_null(verdict("error('not enough memory')", TRIAL_ONCE));
}

static void the_exit_status_must_fit(void **state)
{
    assert_verdict("os.exit(1)", "it fails and does not say why");
    assert_verdict("os.exit(4)",
                   "its exit status is none for a lack of memory");
}

static void without_a_refusal_nothing_may_fail(void **state)
{
    assert_string_equal(verdict("error('no memory')", TRIAL_PLENTY),
                        "it fails");
    assert_null(verdict("print('well')", TRIAL_PLENTY));
}

static void without_memory_it_ends_and_says_so(void **state)
{
    assert_null(
        verdict("local t = {} for i = 1, 100 do t[i] = {} end", TRIAL_EVER));
}

static void at_the_limit_garbage_makes_room(void **state)
{
    assert_null(verdict("for i = 1, 1000 do local t = {i} end", TRIAL_LIMIT));
    assert_null(
        verdict("local t = {} for i = 1, 1000 do t[i] = {} end", TRIAL_LIMIT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_is_seen),
        cmocka_unit_test(a_crash_is_seen),
        cmocka_unit_test(a_hang_is_seen),
        cmocka_unit_test(a_deadlock_is_no_lack_of_memory),
        cmocka_unit_test(every_error_must_be_about_memory),
        cmocka_unit_test(the_exit_status_must_fit),
        cmocka_unit_test(without_a_refusal_nothing_may_fail),
        cmocka_unit_test(without_memory_it_ends_and_says_so),
        cmocka_unit_test(at_the_limit_garbage_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
