/*
 * What few threads need, apart from the thread and made on first use: so a
 * thread is small, and needs no finalizer to be freed.
 *
 * It is freed when the thread has ended, unless it may be asked for later: a
 * name, a failure, the reason of a cancellation. Then it is guarded by a
 * userdata that frees it when both are collected.
 *
 * The one user value of a thread is its coroutine or, given back, its result;
 * of one that is guarded it is the guard, which has that value instead.
 */
#ifndef NB_BIND_LEXTRA_H
#define NB_BIND_LEXTRA_H

#include <lua.h>
#include <stdbool.h>

#include "bind/lmember.h"
#include "bind/ltrace.h"

struct nb_failure;
struct nb_lthread;

struct nb_lextra {
    struct nb_lthread *t;
    char *name;                 /* NULL: made of its number */
    struct nb_ltrace trace;     /* of its last error */
    struct nb_failure *failure; /* its last failed call (bind/fail), or NULL */
    struct nb_lmember member;   /* of a group */
};

/* Makes it, if there is none. NULL: out of memory. */
struct nb_lextra *nb_lextra_of(struct nb_lthread *t);

/* Pushes a guard, for nb_lextra_attach(). May raise. */
void nb_lextra_push_guard(lua_State *L);

/*
 * Makes it for the thread on top of L, and gives it the guard below, which is
 * removed. NULL: out of memory.
 */
struct nb_lextra *nb_lextra_attach(lua_State *L, struct nb_lthread *t);

/* Lets the thread below it have the value on top, popped. */
void nb_lextra_set_value(lua_State *L, const struct nb_lthread *t);

/* Pushes it, for the thread `t` at `index`. */
void nb_lextra_push_value(lua_State *L, const struct nb_lthread *t, int index);

/* Sets the reason of the cancellation of the thread below it. May raise. */
void nb_lextra_set_reason(lua_State *L, struct nb_lthread *t);

/* Pushes it, nil if there is none, for the thread at `index`. */
void nb_lextra_push_reason(lua_State *L, int index);

/*
 * The thread, anchored, has ended: keeps what may be asked for. Where there is
 * no memory for that, a failure that is not `taken` is told to the user now.
 */
void nb_lextra_settle(lua_State *L, struct nb_lthread *t, bool taken);

/* Nobody will ask: frees what is not guarded, and the thread's origin. */
void nb_lextra_drop(struct nb_lthread *t);

/* Prepares the state: once, at its start. May raise. */
void nb_lextra_open(lua_State *L);

#endif
