/*
 * The standard streams as a script sees them: the functions of `io` that
 * touch them, `print` and `input`. What reaches the system is in lfile.h and
 * los.h; everything else of `io` and `os` stays Lua's own.
 */
#ifndef NB_BIND_LIO_H
#define NB_BIND_LIO_H

#include <lua.h>

struct nb_lua;

/* Sets the functions, `hexdump` among them; Lua's must be there. May raise. */
void nb_lio_open(lua_State *L);

/*
 * Writes standard output out. Returns 0 or why it has failed; does not return
 * if its reader has gone.
 */
int nb_lio_flush(struct nb_lua *lua);

#endif
