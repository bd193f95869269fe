/*
 * The state of a program: its opening and its end, also when memory runs out.
 * What becomes of a program that runs then, the sweep tells.
 */
#include "support/luafixture.h"

enum { MOST = 100000 }; /* allocations of a program */

/* Refuses `times` requests from the one that `countdown` comes to 0 at. */
struct shortage {
    int countdown;
    int times;
};

static bool shortage_gate(void *context, size_t size)
{
    struct shortage *shortage = context;

    (void)size;
    if (shortage->countdown > 0)
        shortage->countdown--;
    if (shortage->countdown > 0 || shortage->times == 0)
        return true;
    shortage->times--;
    return false;
}

static void a_state_can_be_closed_twice(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    nb_lua_close(&fx.lua);
    nb_lua_close(&fx.lua);
    assert_null(fx.lua.L);
    luafixture_end(&fx);
}

/* Opens a state while one request is refused. Returns nb_lua_open()'s. */
static int open_short(int n, int times, bool *refused)
{
    struct shortage shortage = {n, times};
    struct luafixture fx;

    luafixture_prepare(&fx, false);
    nb_alloc_set_gate(shortage_gate, &shortage);
    int rc = nb_lua_open(&fx.lua, fx.net, &fx.console);
    nb_alloc_set_gate(NULL, NULL);
    *refused = shortage.times < times;
    assert_true(rc == 0 || fx.lua.L == NULL);
    luafixture_end(&fx);
    return rc;
}

static void a_state_that_cannot_be_opened_leaves_nothing(void **state)
{
    int failed = 0;
    bool refused = true;

    for (int n = 1; refused; n++) {
        assert_true(n < MOST);
        failed += open_short(n, 2, &refused) < 0;
    }
    assert_true(failed > 1000);
}

static bool refuse(void *context, size_t size)
{
    (void)context;
    (void)size;
    return false;
}

/* A full collection while there is no memory. */
static int collect(lua_State *L)
{
    nb_alloc_set_gate(refuse, NULL);
    lua_gc(L, LUA_GCCOLLECT);
    nb_alloc_set_gate(NULL, NULL);
    return 0;
}

/* In a new coroutine there is no room to call anything. */
static void a_finalizer_runs_without_memory(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    lua_register(fx.lua.L, "collect", collect);
    luafixture_expect(&fx,
                      "socket.udp4()\n"
                      "local co = coroutine.wrap(collect)\n"
                      "co()\n"
                      "print(#socket.sockets())\n",
                      "0\n");
    luafixture_end(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_can_be_closed_twice),
        cmocka_unit_test(a_state_that_cannot_be_opened_leaves_nothing),
        cmocka_unit_test(a_finalizer_runs_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
