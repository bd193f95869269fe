/*
 * Names from a script: the functions for them, and the lookup of a name as a
 * part of other calls.
 */
#ifndef NB_BIND_LRESOLVE_H
#define NB_BIND_LRESOLVE_H

#include <lua.h>

struct nb_lthread;
struct nb_query;
struct nb_socket;

/*
 * Looks up `query` as part of the call; `sock` gives the time-out and may be
 * NULL. Returns 0 once t->call.lookup has addresses, or an error. Waits. A
 * lookup that takes longer than the time-out is kept by `sock`.
 */
int nb_lresolve_lookup(lua_State *L, struct nb_lthread *t,
                       struct nb_socket *sock, const struct nb_query *query);

/* Adds the functions for names to the library on top of the stack. */
void nb_lresolve_open(lua_State *L);

#endif
