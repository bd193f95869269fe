/*
 * How a library function waits.
 *
 * A function that may wait is written so that it can be called again from its
 * start after each wait: check the arguments, nb_lwait_enter(), try the
 * operation, and if it must wait, nb_lwait(). Checking may allocate, hence run
 * finalizers; nothing may allocate between enter and leave, for the thread's
 * call record belongs to this call alone.
 *
 *     static int lock_acquire(lua_State *L)
 *     {
 *         struct nb_lock *lock = check_lock(L, 1);
 *         struct nb_lthread *t = nb_lwait_enter(L, lock_acquire);
 *         int rc = t->call.again ? t->call.wake
 *                                : nb_lock_acquire(lock, t->task.id);
 *         if (rc == NB_WANT_READ)
 *             rc = nb_lwait(L, t, &(struct nb_wait){ ... });
 *         nb_lwait_leave(t);
 *         ...
 *     }
 *
 * A wait never returns while it waits: it leaves the C function, and the
 * function is called anew when it is over. It returns, with an error, only
 * where waiting again is pointless: -ETIMEDOUT, -EBADF. A cancellation is
 * raised by nb_lwait_enter(). A wait of the script's own coroutine passes
 * through the coroutine functions of bind/lcoroutine.
 */
#ifndef NB_BIND_LWAIT_H
#define NB_BIND_LWAIT_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "bind/lthread.h"
#include "core/iowait.h"
#include "core/pollwait.h"

/*
 * True if `function`, which runs, is called again after a wait; for those that
 * keep values on the stack over their waits. To be asked before entering.
 */
static inline bool nb_lwait_is_again(const struct nb_lthread *t,
                                     lua_CFunction function)
{
    return t != NULL && t->resumed && t->call.function == function;
}

/*
 * Begins the call, or goes on with it after a wait. Raises if the thread was
 * cancelled; gives way first if the thread's slice is used up. `function` is
 * the caller itself.
 */
struct nb_lthread *nb_lwait_enter(lua_State *L, lua_CFunction function);

/*
 * The same for a call that has to put things right before a cancellation is
 * raised: see enum nb_call_on_cancel. What ended its wait is in t->call.wake;
 * who goes on sets that to 0 and t->call.on_cancel as it needs, and raises in
 * the end: nb_lwait_check().
 */
struct nb_lthread *nb_lwait_enter_as(lua_State *L, lua_CFunction function,
                                     enum nb_call_on_cancel on_cancel);

/*
 * Raises if a wait could not begin now: because of a cancellation, or where
 * Lua cannot suspend. For those who change something before they wait.
 */
void nb_lwait_check(lua_State *L, struct nb_lthread *t);

/*
 * Waits as `wait` says, to which the scopes of the thread are added. Does not
 * return but to say that the wait before this one ended with -ETIMEDOUT or
 * -EBADF. Raises where Lua cannot suspend.
 */
int nb_lwait(lua_State *L, struct nb_lthread *t, struct nb_wait *wait);

/* The same for a descriptor; `wait` without queue. Also -ENOMEM. */
int nb_lwait_io(lua_State *L, struct nb_lthread *t, struct nb_iowait *io,
                enum nb_direction dir, struct nb_wait *wait);

/*
 * The same, but lining up only: no readiness ends it, its deadline does, with
 * -ETIMEDOUT.
 */
int nb_lwait_line(lua_State *L, struct nb_lthread *t, struct nb_iowait *io,
                  enum nb_direction dir, struct nb_wait *wait);

/* The same for many descriptors, those of `poll`. Also -ENOMEM. */
int nb_lwait_poll(lua_State *L, struct nb_lthread *t, struct nb_pollwait *poll,
                  struct nb_wait *wait);

/* Waits whatever happened before, and whatever cancels the thread. */
int nb_lwait_shielded(lua_State *L, struct nb_lthread *t, struct nb_wait wait);

/* The operation is over, well or not: the next in line may try. */
void nb_lwait_leave(struct nb_lthread *t);

/* Gives way to every thread that is ready, then calls the function again. */
int nb_lwait_give_way(lua_State *L, struct nb_lthread *t);

/* The call is over: raises the cancellation that is due in t. */
int nb_lwait_raise(lua_State *L, struct nb_lthread *t);

/*
 * The deadline `seconds` from now, as argument `arg`: NB_NEVER if it is nil,
 * none, negative or huge; raises if it is not a number, or is NaN.
 */
int64_t nb_lwait_deadline(lua_State *L, struct nb_lua *lua, int arg);

#endif
