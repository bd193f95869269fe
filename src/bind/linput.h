/* Reading standard input from Lua: input, io.read, io.lines and the like. */
#ifndef NB_BIND_LINPUT_H
#define NB_BIND_LINPUT_H

#include <lua.h>

/* Sets `input`, and in `io` and its files what reads. May raise. */
void nb_linput_open(lua_State *L);

#endif
