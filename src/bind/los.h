/*
 * The functions of `os` and `io` that end the process, start another, or reach
 * its environment and files.
 */
#ifndef NB_BIND_LOS_H
#define NB_BIND_LOS_H

#include <lua.h>

/* Sets those of `os`, io.popen and io.tmpfile. May raise. */
void nb_los_open(lua_State *L);

#endif
