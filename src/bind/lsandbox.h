/*
 * The globals of a script: Lua's libraries, made of what is on a list.
 *
 * The functions of Lua's own libraries are opened out of reach, and those on
 * the list copied. --allow-native adds the others: `debug` whole,
 * string.dump, modules in C, precompiled chunks.
 */
#ifndef NB_BIND_LSANDBOX_H
#define NB_BIND_LSANDBOX_H

#include <lua.h>
#include <stdbool.h>

/* Makes the globals, and `package.loaded`. May raise. */
void nb_lsandbox_open(lua_State *L);

/*
 * True if modules in C are allowed: who loads one can do whatever the process
 * can, so nothing is kept from the script then.
 */
bool nb_lsandbox_is_native(lua_State *L);

#endif
