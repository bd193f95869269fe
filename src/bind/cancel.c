/* The object that a cancellation raises: see cancel.h. */
#include "bind/cancel.h"

#include <lauxlib.h>

#include "bind/lextra.h"
#include "bind/lthread.h"

static const char metatable_name[] = "cancellation";

/* tostring(object) -> "cancelled" or "cancelled: reason" */
static int cancel_tostring(lua_State *L)
{
    if (lua_getfield(L, 1, "reason") == LUA_TNIL) {
        lua_pushliteral(L, "cancelled");
        return 1;
    }
    lua_pushfstring(L, "cancelled: %s", luaL_tolstring(L, -1, NULL));
    return 1;
}

void nb_cancel_open(lua_State *L)
{
    luaL_newmetatable(L, metatable_name);
    lua_pushcfunction(L, cancel_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

/* Makes a cancellation of the reason on top, in its place. */
static void wrap_reason(lua_State *L)
{
    lua_createtable(L, 0, 2);
    lua_pushliteral(L, "ECANCELED");
    lua_setfield(L, -2, "code");
    lua_insert(L, -2);
    lua_setfield(L, -2, "reason");
    luaL_setmetatable(L, metatable_name);
}

void nb_cancel_push(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    luaL_checkstack(L, 4, NULL);
    nb_lextra_push_reason(L, index);
    wrap_reason(L);
}

void nb_cancel_push_reason(lua_State *L, const char *reason)
{
    luaL_checkstack(L, 4, NULL);
    lua_pushstring(L, reason);
    wrap_reason(L);
}

int nb_cancel_raise(lua_State *L, struct nb_lthread *t)
{
    nb_lthread_push(L, t);
    nb_cancel_push(L, -1);
    return lua_error(L);
}

bool nb_cancel_is(lua_State *L, int index)
{
    if (!lua_istable(L, index) || !lua_getmetatable(L, index))
        return false;
    luaL_getmetatable(L, metatable_name);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}
