/*
 * Who is told of the failure of a thread: somebody who joins it, the owner of
 * its group, or the user. Only in the last case it counts for the exit status.
 */
#ifndef NB_BIND_LFAILURE_H
#define NB_BIND_LFAILURE_H

#include <lua.h>
#include <stdbool.h>

struct nb_lthread;

/* True if somebody was told of the failure of `t`. */
bool nb_lfailure_is_told(const struct nb_lthread *t);

/* Tells the user of the failure of `t`, unless somebody was. May raise. */
void nb_lfailure_print(lua_State *L, struct nb_lthread *t);

/* Somebody else is told of it: it counts no more. */
void nb_lfailure_tell(struct nb_lthread *t);

/* Pushes the error with which `t` has failed. May raise. */
void nb_lfailure_push(lua_State *L, struct nb_lthread *t);

#endif
