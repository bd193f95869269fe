/*
 * pcall and xpcall as in Lua, but for one thing: they do not catch an error
 * while a cancellation is forced that was not when they were called. The
 * continuations carry how many had been forced by then.
 */
#include <lauxlib.h>

#include "bind/libs.h"
#include "bind/lscope.h"
#include "bind/obstacle.h"
#include "bind/state.h"

/*
 * What a protected call returns: `ok` is the slot in front of its results, and
 * of the error.
 */
static int over(lua_State *L, int status, lua_KContext forced, int ok)
{
    const struct nb_lua *lua = nb_lua_of(L);
    bool well = status == LUA_OK || status == LUA_YIELD;

    if (!well && nb_lscope_passes(lua->current, (unsigned)forced))
        return lua_error(L);
    lua_pushboolean(L, well);
    lua_replace(L, ok);
    return lua_gettop(L) - ok + 1;
}

static int pcall_over(lua_State *L, int status, lua_KContext forced)
{
    return over(L, status, forced, 1);
}

/* pcall(f, ...) -> true, results of f | false, error */
static int protected_call(lua_State *L)
{
    lua_KContext forced = (lua_KContext)nb_lua_of(L)->forced;

    luaL_checkany(L, 1);
    lua_pushnil(L);
    lua_insert(L, 1);
    int status =
        lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, forced, pcall_over);
    return pcall_over(L, status, forced);
}

static int xpcall_over(lua_State *L, int status, lua_KContext forced)
{
    return over(L, status, forced, 2);
}

/* xpcall(f, handler, ...) -> true, results of f | false, what handler gives */
static int protected_call_with_handler(lua_State *L)
{
    lua_KContext forced = (lua_KContext)nb_lua_of(L)->forced;

    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 1);
    lua_insert(L, 3);
    int status =
        lua_pcallk(L, lua_gettop(L) - 3, LUA_MULTRET, 2, forced, xpcall_over);
    return xpcall_over(L, status, forced);
}

void nb_lprotect_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"pcall", protected_call},
        {"xpcall", protected_call_with_handler},
        {NULL, NULL},
    };

    nb_obstacle_except(L, protected_call, "pcall");
    nb_obstacle_except(L, protected_call_with_handler, "xpcall");
    lua_pushglobaltable(L);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
