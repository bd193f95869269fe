/* Libraries and classes: see lclass.h. */
#include "bind/lclass.h"

#include "bind/state.h"

void nb_lclass_newlib(lua_State *L, struct nb_lua *lua,
                      const luaL_Reg *functions)
{
    lua_newtable(L);
    lua_pushlightuserdata(L, lua);
    luaL_setfuncs(L, functions, 1);
}

void nb_lclass_new(lua_State *L, struct nb_lua *lua, const char *name,
                   const luaL_Reg *methods, const luaL_Reg *metamethods)
{
    luaL_newmetatable(L, name);
    lua_pushlightuserdata(L, lua);
    luaL_setfuncs(L, metamethods, 1);
    nb_lclass_newlib(L, lua, methods);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
}
