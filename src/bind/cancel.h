/*
 * What a cancellation raises: an object with `code` "ECANCELED", `reason`
 * (what was given to cancel, or nil) and a text.
 */
#ifndef NB_BIND_CANCEL_H
#define NB_BIND_CANCEL_H

#include <lua.h>
#include <stdbool.h>

struct nb_lthread;

/* Prepares the state: once, at its start. May raise. */
void nb_cancel_open(lua_State *L);

/* Pushes the cancellation of the thread at `index`, a userdata. May raise. */
void nb_cancel_push(lua_State *L, int index);

/* Pushes a cancellation with a reason, a string constant. May raise. */
void nb_cancel_push_reason(lua_State *L, const char *reason);

/* Raises the cancellation of `t`, which is alive. */
int nb_cancel_raise(lua_State *L, struct nb_lthread *t);

/* True if the value at `index` is such an object. */
bool nb_cancel_is(lua_State *L, int index);

#endif
