/*
 * What libraries are made of: tables of functions, and classes of userdata.
 */
#ifndef NB_BIND_LCLASS_H
#define NB_BIND_LCLASS_H

#include <lauxlib.h>
#include <lua.h>

/* Pushes a library table of `functions`. May raise. */
void nb_lclass_newlib(lua_State *L, const luaL_Reg *functions);

/*
 * Makes the metatable of a kind of userdata, with `methods` in its __index
 * and `metamethods` in itself, and leaves it on the stack. May raise.
 */
void nb_lclass_new(lua_State *L, const char *name, const luaL_Reg *methods,
                   const luaL_Reg *metamethods);

#endif
