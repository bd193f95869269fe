/*
 * What the things that threads wait for in each other have in common: their
 * classes, and the time-out of their calls, as Python has it: nil, none or
 * below 0 is for ever, 0 or false not at all.
 */
#ifndef NB_BIND_LSYNC_H
#define NB_BIND_LSYNC_H

#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>

struct nb_lthread;
struct nb_wait;

enum nb_lsync_kind {
    NB_LSYNC_BARRIER,
    NB_LSYNC_CONDITION,
    NB_LSYNC_EVENT,
    NB_LSYNC_LOCK,
    NB_LSYNC_QUEUE,
    NB_LSYNC_SEMAPHORE,
    NB_LSYNC_KINDS,
};

struct nb_lsync_class {
    const luaL_Reg *functions; /* of the library */
    const luaL_Reg *methods;
    lua_CFunction close; /* NULL: it cannot be closed */
};

/* Makes the class of a kind, for the library on top of the stack. May raise. */
void nb_lsync_define(lua_State *L, enum nb_lsync_kind kind,
                     const struct nb_lsync_class *class);

/* Pushes a userdata of the kind, with so many user values. May raise. */
void *nb_lsync_push(lua_State *L, enum nb_lsync_kind kind, size_t size,
                    int values);

/* The userdata at `arg`; raises if it is not of the kind. */
void *nb_lsync_check(lua_State *L, int arg, enum nb_lsync_kind kind);

#define NB_LSYNC_TRY INT64_MIN /* a deadline: do not wait at all */

/* The deadline by the time-out at `arg` (true is nil). May raise. */
int64_t nb_lsync_deadline(lua_State *L, int arg);

/* Reads the time-out at `arg` and begins the call. May raise. */
struct nb_lthread *nb_lsync_enter(lua_State *L, lua_CFunction function,
                                  int arg);

/*
 * Waits as `wait` says, until the deadline of the call, which is filled in.
 * Returns as nb_lwait() does.
 */
int nb_lsync_wait(lua_State *L, struct nb_lthread *t, struct nb_wait *wait);

/* Each defines a class. */
void nb_lbarrier_open(lua_State *L);
void nb_lcondition_open(lua_State *L);
void nb_levent_open(lua_State *L);
void nb_llock_open(lua_State *L);
void nb_lqueue_open(lua_State *L);
void nb_lsemaphore_open(lua_State *L);

#endif
