/* Errors in words: LuaSocket's where it has some, and what a report adds. */
#include "support/luafixture.h"

#include <errno.h>
#include <string.h>

#include "bind/fail.h"
#include "bind/lextra.h"
#include "bind/lthread.h"
#include "util/err.h"

static void messages_are_luasockets_where_it_has_one(void **state)
{
    static const struct {
        int err;
        const char *message;
    } cases[] = {
        {NB_EOF, "closed"},
        {-EBADF, "closed"},
        {-EPIPE, "closed"},
        {-ECONNRESET, "closed"},
        {-ECONNABORTED, "closed"},
        {-ETIMEDOUT, "timeout"},
        {-EAGAIN, "timeout"},
        {-EINPROGRESS, "timeout"},
        {NB_WANT_READ, "timeout"},
        {NB_WANT_WRITE, "timeout"},
        {-ECONNREFUSED, "connection refused"},
        {-EADDRINUSE, "address already in use"},
        {-EISCONN, "already connected"},
        {-EACCES, "permission denied"},
        {-EPERM, "permission denied"},
        {NB_EAI_NONAME, "host or service not provided, or not known"},
        {NB_EAI_AGAIN, "temporary failure in name resolution"},
        {NB_EAI_FAIL, "non-recoverable failure in name resolution"},
        {NB_EAI_FAMILY, "ai_family not supported"},
        {NB_EAI_SERVICE, "service not supported for socket type"},
    };

    for (size_t i = 0; i < NB_COUNTOF(cases); i++)
        assert_string_equal(nb_fail_message(cases[i].err), cases[i].message);
}

static void other_messages_are_the_c_librarys(void **state)
{
    assert_string_equal(nb_fail_message(-ENETUNREACH),
                        "Network is unreachable");
    assert_string_equal(nb_fail_message(-EMFILE), "Too many open files");
    assert_string_equal(nb_fail_message(-4000), "Unknown error");
    assert_string_equal(nb_fail_message(-5000), "Unknown error");
}

static int fail_plainly(lua_State *L)
{
    return nb_fail(L, "test", NULL, -ECONNREFUSED);
}

/*
 * Two threads fail, one after the other; as the first gets its failure back,
 * one of the next blocks is refused, or none for 0.
 */
static int fail_without(lua_State *L, size_t block)
{
    struct refusal refusal = {.countdown = block};
    struct nb_lua *lua = nb_lua_of(L);
    struct nb_lthread first = {.task = {.rt = &lua->rt}};
    struct nb_lthread second = {.task = {.rt = &lua->rt}};

    lua->current = &first;
    nb_fail_note(L, "first", NULL, -ETIMEDOUT);
    assert_string_equal(nb_fail_last(&first)->call, "first");
    lua->current = &second;
    nb_alloc_set_gate(refusal_gate, &refusal);
    int results = fail_plainly(L);
    nb_alloc_set_gate(NULL, NULL);
    lua->current = NULL;
    assert_int_equal(refusal.countdown, 0);
    assert_string_equal(nb_fail_last(&second)->call, "test");
    if (block == 0)
        assert_int_equal(nb_fail_last(&first)->err, -ETIMEDOUT);
    else
        assert_null(nb_fail_last(&first));
    nb_lextra_drop(&first);
    nb_lextra_drop(&second);
    assert_null(nb_fail_last(&first));
    assert_null(nb_fail_last(&second));
    return results;
}

static int fail_with_memory(lua_State *L)
{
    return fail_without(L, 0);
}

static int fail_without_extra(lua_State *L)
{
    return fail_without(L, 1);
}

static int fail_without_note(lua_State *L)
{
    return fail_without(L, 2);
}

/* What the function pushes is nil, message and code. */
static void assert_failure(lua_CFunction function)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    lua_pushlightuserdata(fx.lua.L, &fx.lua);
    lua_pushcclosure(fx.lua.L, function, 1);
    lua_call(fx.lua.L, 0, LUA_MULTRET);
    assert_int_equal(lua_gettop(fx.lua.L), 3);
    assert_true(lua_isnil(fx.lua.L, 1));
    assert_string_equal(lua_tostring(fx.lua.L, 2), "connection refused");
    assert_string_equal(lua_tostring(fx.lua.L, 3), "ECONNREFUSED");
    luafixture_end(&fx);
}

static void a_failure_is_nil_message_and_code(void **state)
{
    assert_failure(fail_plainly);
}

static void each_thread_has_its_own_last_failure(void **state)
{
    assert_failure(fail_with_memory);
}

static void without_memory_a_failure_is_told_but_not_noted(void **state)
{
    assert_failure(fail_without_extra);
    assert_failure(fail_without_note);
}

#define REFUSED                                                                \
    "local ECONNREFUSED, ENETUNREACH = 111, 101\n"                             \
    "local s = socket.tcp4()\n"                                                \
    "wire.fail('connect', ECONNREFUSED)\n"

static void a_report_explains_the_last_failed_call(void **state)
{
    luafixture_fails(REFUSED "assert(s:connect('192.0.2.1', 80))",
                     "netbox: (command line):4: connection refused "
                     "(ECONNREFUSED, connect to 192.0.2.1:80)\n"
                     "stack traceback:\n"
                     "\t(command line):4: in main chunk\n");
}

static void a_message_with_a_position_keeps_it(void **state)
{
    luafixture_fails(REFUSED "local _, message = s:connect('192.0.2.1', 80)\n"
                             "error(message)",
                     "netbox: (command line):5: connection refused "
                     "(ECONNREFUSED, connect to 192.0.2.1:80)\n"
                     "stack traceback:\n"
                     "\t(command line):5: in main chunk\n");
}

static void what_a_call_was_about_may_be_its_own_address(void **state)
{
    luafixture_fails("wire.fail('bind', 98)\n"
                     "assert(socket.tcp4():bind('127.0.0.1', 80))",
                     "netbox: (command line):2: address already in use "
                     "(EADDRINUSE, bind to 127.0.0.1:80)\n"
                     "stack traceback:\n"
                     "\t(command line):2: in main chunk\n");
}

static void without_an_address_the_call_alone_is_named(void **state)
{
    luafixture_fails("wire.fail('listen', 98)\n"
                     "assert(socket.tcp4():listen())",
                     "netbox: (command line):2: address already in use "
                     "(EADDRINUSE, listen)\n"
                     "stack traceback:\n"
                     "\t(command line):2: in main chunk\n");
}

static void another_error_is_not_explained(void **state)
{
    luafixture_fails(REFUSED "s:connect('192.0.2.1', 80)\n"
                             "error('the connection refused')",
                     "netbox: (command line):5: the connection refused\n"
                     "stack traceback:\n"
                     "\t(command line):5: in main chunk\n");
    luafixture_fails(REFUSED "s:connect('192.0.2.1', 80)\n"
                             "wire.fail('listen', 98)\n"
                             "s:listen()\n"
                             "error('connection refused', 0)",
                     "netbox: connection refused\n"
                     "stack traceback:\n"
                     "\t(command line):7: in main chunk\n");
}

static void a_failure_of_another_thread_does_not_explain(void **state)
{
    luafixture_fails(REFUSED "thread.spawn(function()\n"
                             "  s:connect('192.0.2.1', 80)\n"
                             "end):join()\n"
                             "error('connection refused', 0)",
                     "netbox: connection refused\n"
                     "stack traceback:\n"
                     "\t(command line):7: in main chunk\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_luasockets_where_it_has_one),
        cmocka_unit_test(other_messages_are_the_c_librarys),
        cmocka_unit_test(a_failure_is_nil_message_and_code),
        cmocka_unit_test(each_thread_has_its_own_last_failure),
        cmocka_unit_test(without_memory_a_failure_is_told_but_not_noted),
        cmocka_unit_test(a_report_explains_the_last_failed_call),
        cmocka_unit_test(a_message_with_a_position_keeps_it),
        cmocka_unit_test(what_a_call_was_about_may_be_its_own_address),
        cmocka_unit_test(without_an_address_the_call_alone_is_named),
        cmocka_unit_test(another_error_is_not_explained),
        cmocka_unit_test(a_failure_of_another_thread_does_not_explain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
