/*
 * The files that a script opens: each through guard/file. What is opened is a
 * file of Lua's own, with its methods.
 */
#ifndef NB_BIND_LFILE_H
#define NB_BIND_LFILE_H

#include <lua.h>

/* Replaces open, input and output of `io`. May raise. */
void nb_lfile_open(lua_State *L);

/* io.lines(name, ...) -> iterator, nil, nil, file */
int nb_lfile_lines(lua_State *L);

#endif
