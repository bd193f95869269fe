/* The collector is timed where somebody wants to know, and nowhere else. */
#include "support/luafixture.h"

#include <lauxlib.h>

/* How often the collector of a new state has worked for the chunk. */
static uint64_t steps_of(const char *chunk, bool timed)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    fx.lua.collector.timed = timed;
    luafixture_expect(&fx, chunk, "");
    uint64_t steps = fx.lua.collector.steps;
    assert_false(fx.lua.collector.running);
    luafixture_end(&fx);
    return steps;
}

static void a_step_is_counted(void **state)
{
    const char garbage[] = "for i = 1, 100000 do local _ = { i } end";

    assert_true(steps_of(garbage, true) > 0);
    assert_int_equal(steps_of(garbage, false), 0);
}

static void a_collection_that_is_asked_for_is_counted(void **state)
{
    const char stopped[] = "collectgarbage('stop')";
    const char collected[] = "collectgarbage('stop') collectgarbage()";

    assert_int_equal(steps_of(collected, true), steps_of(stopped, true) + 1);
}

/* A finalizer that collects does so inside of a collection. */
static void what_is_inside_is_not_counted_twice(void **state)
{
    const char inside[] = "collectgarbage('stop')\n"
                          "setmetatable({}, { __gc = function()\n"
                          "  for i = 1, 1000 do local _ = { i } end\n"
                          "  collectgarbage()\n"
                          "end })\n"
                          "collectgarbage()";
    const char alone[] = "collectgarbage('stop') collectgarbage()";

    assert_int_equal(steps_of(inside, true), steps_of(alone, true));
}

/* A finalizer that takes two milliseconds is part of it. */
static void the_time_is_that_of_the_clock(void **state)
{
    struct luafixture fx;

    luafixture_begin_real(&fx);
    fx.lua.collector.timed = true;
    luafixture_expect(&fx,
                      "setmetatable({}, { __gc = function()\n"
                      "  local now = timer.now()\n"
                      "  repeat until timer.now() - now > 0.002\n"
                      "end })\n"
                      "collectgarbage()",
                      "");
    assert_true(fx.lua.collector.spent > 2 * NB_SECOND / 1000);
    luafixture_end(&fx);
}

static void other_states_collect_as_ever(void **state)
{
    lua_State *L = luaL_newstate();

    assert_non_null(L);
    assert_null(nb_lua_owner(L));
    lua_newtable(L);
    lua_pop(L, 1);
    lua_gc(L, LUA_GCCOLLECT);
    int before = lua_gc(L, LUA_GCCOUNT);
    for (int i = 0; i < 100000; i++) {
        lua_newtable(L);
        lua_pop(L, 1);
    }
    assert_true(lua_gc(L, LUA_GCCOUNT) < before + 1024);
    lua_close(L);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_counted),
        cmocka_unit_test(a_collection_that_is_asked_for_is_counted),
        cmocka_unit_test(what_is_inside_is_not_counted_twice),
        cmocka_unit_test(the_time_is_that_of_the_clock),
        cmocka_unit_test(other_states_collect_as_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
