/* The functions of `os` and `io` that end the process or start another. */
#ifndef NB_BIND_LOS_H
#define NB_BIND_LOS_H

#include <lua.h>

/* Sets os.exit, os.execute and io.popen. May raise. */
void nb_los_open(lua_State *L);

#endif
