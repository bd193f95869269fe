/*
 * What libraries are made of: tables of functions, and classes of userdata.
 */
#ifndef NB_BIND_LCLASS_H
#define NB_BIND_LCLASS_H

#include <lauxlib.h>
#include <lua.h>

struct nb_lua;

/*
 * Makes a new library table from `functions` (each gets upvalue 1) and leaves
 * it on the stack. May raise.
 */
void nb_lclass_newlib(lua_State *L, struct nb_lua *lua,
                      const luaL_Reg *functions);

/*
 * Makes the metatable of a kind of userdata, with `methods` in its __index
 * and `metamethods` in itself, and leaves it on the stack. May raise.
 */
void nb_lclass_new(lua_State *L, struct nb_lua *lua, const char *name,
                   const luaL_Reg *methods, const luaL_Reg *metamethods);

#endif
