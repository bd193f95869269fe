/*
 * The network in memory in the hands of the script, as the global `wire`:
 *
 *     wire.given(fd)       bytes that recv has given
 *     wire.taken(fd)       ... and send has taken
 *     wire.mate(fd)        the other end of its connection, or -1
 *     wire.harmed(fd)      whether something that was to come is lost
 *     wire.why(fd)         the name of the last error, "EOF" at the end; or nil
 *     wire.readable(fd)    whether there is something to read
 *     wire.writable(fd)    whether there is room to write
 *
 * Its fields `stuck` and `over` are those of support/wire.h.
 */
#ifndef NB_SUPPORT_LANWIRE_H
#define NB_SUPPORT_LANWIRE_H

#include <lua.h>

/* Sets the global. */
void lanwire_open(lua_State *L);

#endif
