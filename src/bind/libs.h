/*
 * The libraries that a script sees, each opened once, at the start of the
 * state. Those that are a table leave it on the stack; all may raise.
 */
#ifndef NB_BIND_LIBS_H
#define NB_BIND_LIBS_H

#include <lua.h>

struct nb_origin;

/* Replaces pcall and xpcall by those that a forced cancellation passes. */
void nb_lprotect_open(lua_State *L);

/* Pushes the library `thread`. */
void nb_lthreadlib_open(lua_State *L);

/* Adds what threads wait for in each other to the library on top of L. */
void nb_lsync_open(lua_State *L);

/* Adds deadline and shield to the library `thread` on top of the stack. */
void nb_ldeadline_open(lua_State *L);

/* Adds group to the library `thread` on top of the stack. */
void nb_lgroup_open(lua_State *L);

/* Pushes the library `timer`. */
void nb_ltimer_open(lua_State *L);

/* Pushes the library `trace`. */
void nb_ltracelib_open(lua_State *L);

/* For the bus: the thread that runs, and its line. `context`: the state. */
void nb_ltracelib_locate(void *context, struct nb_origin *origin);

/* Pushes the library `socket`. */
void nb_lsocket_open(lua_State *L);

/*
 * Replaces the global `require` by one whose modules may wait, and which
 * finds the modules in the table on top of the stack, popped, last.
 */
void nb_lrequire_open(lua_State *L);

#endif
