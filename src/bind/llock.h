/* Locks, for what is built on them: see llock.c. */
#ifndef NB_BIND_LLOCK_H
#define NB_BIND_LLOCK_H

#include <lua.h>
#include <stdbool.h>

struct nb_lock;

/* Pushes a new lock. May raise. */
struct nb_lock *nb_llock_push(lua_State *L, bool reentrant);

/* The lock at `arg`; raises if it is something else. */
struct nb_lock *nb_llock_check(lua_State *L, int arg);

/*
 * Takes the lock for `function`, which runs and has its time-out at `arg`. May
 * wait. Returns 0 or -ETIMEDOUT.
 */
int nb_llock_acquire(lua_State *L, struct nb_lock *lock, lua_CFunction function,
                     int arg);

/*
 * Raises the message: a thread does with a lock what it may not. It need not
 * be its fault, and nothing happens, where the end of the program has given
 * the lock to another.
 */
void nb_llock_refuse(lua_State *L, const char *message);

/* Releases the lock for the thread that runs, or raises in Python's words. */
void nb_llock_release(lua_State *L, struct nb_lock *lock);

#endif
