/* Libraries and classes: see lclass.h. */
#include "bind/lclass.h"

#include <stdbool.h>

void nb_lclass_newlib(lua_State *L, const luaL_Reg *functions)
{
    int count = 0;

    while (functions[count].name != NULL)
        count++;
    lua_createtable(L, 0, count);
    luaL_setfuncs(L, functions, 0);
}

void nb_lclass_new(lua_State *L, const char *name, const luaL_Reg *methods,
                   const luaL_Reg *metamethods)
{
    luaL_newmetatable(L, name);
    luaL_setfuncs(L, metamethods, 0);
    nb_lclass_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
}
