/*
 * Functions that stand in for Lua's own: each knows the one that it replaces
 * and leaves to it whatever is not about the standard streams.
 */
#ifndef NB_BIND_LSTOCK_H
#define NB_BIND_LSTOCK_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdio.h>

#include "guard/policy.h"

/*
 * Replaces functions of a library ("_G" for the basic one), or the methods of
 * files. Each gets as its upvalue the one that it replaces: a C function
 * without upvalues, or nil. May raise.
 */
void nb_lstock_replace(lua_State *L, const char *library,
                       const luaL_Reg *functions);
void nb_lstock_replace_methods(lua_State *L, const luaL_Reg *methods);

/* Calls the one that the running function replaces, with its arguments. */
int nb_lstock_call(lua_State *L);

/* True if the value at `index` is the open file on `stream`. */
bool nb_lstock_is_file(lua_State *L, int index, const FILE *stream);

/*
 * True if the default file of `io` for `key` ("_IO_input", "_IO_output") is
 * the open one on `stream`: pushes it. Else pushes nothing.
 */
bool nb_lstock_push_default(lua_State *L, const char *key, const FILE *stream);

/*
 * Pushes nil, message and number, as Lua's `io` does; returns 3. What is not
 * allowed has the sentence that says so, and EPERM.
 */
int nb_lstock_fail(lua_State *L, int err);

/* The same with a path in front of a message of the system's. */
int nb_lstock_fail_path(lua_State *L, const char *path, int err);

/* What the script may do; NULL: everything. */
struct nb_policy *nb_lstock_policy(lua_State *L);

/*
 * Asks the policy. Returns 0, or pushes the sentence that refuses it behind
 * nil, and EPERM behind that, and returns 3.
 */
int nb_lstock_ask(lua_State *L, enum nb_right right, const char *text);

#endif
