/* The network in memory in the hands of the script: see lanwire.h. */
#include "support/lanwire.h"

#include <lauxlib.h>

#include "bind/lclass.h"
#include "bind/state.h"
#include "support/lan.h"
#include "util/err.h"

static const struct nb_net *net_of(lua_State *L)
{
    return nb_lua_of(L)->net;
}

static int check_fd(lua_State *L)
{
    return (int)luaL_checkinteger(L, 1);
}

static int wire_given(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lan_given(net_of(L), check_fd(L)));
    return 1;
}

static int wire_taken(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lan_taken(net_of(L), check_fd(L)));
    return 1;
}

static int wire_mate(lua_State *L)
{
    lua_pushinteger(L, lan_mate(net_of(L), check_fd(L)));
    return 1;
}

static int wire_harmed(lua_State *L)
{
    lua_pushboolean(L, lan_harmed(net_of(L), check_fd(L)));
    return 1;
}

static int wire_why(lua_State *L)
{
    int err = lan_why(net_of(L), check_fd(L));

    if (err == 0)
        lua_pushnil(L);
    else
        lua_pushstring(L, nb_err_name(err));
    return 1;
}

static int wire_readable(lua_State *L)
{
    lua_pushboolean(L, lan_readable(net_of(L), check_fd(L)));
    return 1;
}

static int wire_writable(lua_State *L)
{
    lua_pushboolean(L, lan_writable(net_of(L), check_fd(L)));
    return 1;
}

void lanwire_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"given", wire_given},       {"harmed", wire_harmed},
        {"mate", wire_mate},         {"readable", wire_readable},
        {"taken", wire_taken},       {"why", wire_why},
        {"writable", wire_writable}, {NULL, NULL},
    };

    nb_lclass_newlib(L, functions);
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "stuck");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "over");
    lua_setglobal(L, "wire");
}
