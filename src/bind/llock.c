/*
 * thread.lock and thread.rlock: Python's names and refusals on the hand-over
 * of core/lock. Both are of one class.
 */
#include "bind/llock.h"

#include <lauxlib.h>

#include "bind/lsync.h"
#include "bind/lwait.h"
#include "bind/state.h"
#include "core/lock.h"
#include "util/err.h"

struct nb_lock *nb_llock_push(lua_State *L, bool reentrant)
{
    struct nb_lock *lock = nb_lsync_push(L, NB_LSYNC_LOCK, sizeof *lock, 0);

    nb_lock_init(lock, reentrant);
    return lock;
}

struct nb_lock *nb_llock_check(lua_State *L, int arg)
{
    return nb_lsync_check(L, arg, NB_LSYNC_LOCK);
}

/* thread.lock() -> lock */
static int lock_new(lua_State *L)
{
    nb_llock_push(L, false);
    return 1;
}

/* thread.rlock() -> lock, which its owner may acquire again */
static int rlock_new(lua_State *L)
{
    nb_llock_push(L, true);
    return 1;
}

int nb_llock_acquire(lua_State *L, struct nb_lock *lock, lua_CFunction function,
                     int arg)
{
    struct nb_lthread *t = nb_lsync_enter(L, function, arg);
    int rc = t->call.again ? t->call.wake : nb_lock_acquire(lock, t->task.id);

    if (rc == NB_WANT_READ) {
        struct nb_wait wait = nb_lock_wait(lock);
        rc = nb_lsync_wait(L, t, &wait);
    }
    nb_lwait_leave(t);
    t->held += rc == 0;
    return rc;
}

/* lock:acquire([timeout]) -> true | false. May wait. */
static int lock_acquire(lua_State *L)
{
    int rc = nb_llock_acquire(L, nb_llock_check(L, 1), lock_acquire, 2);

    lua_pushboolean(L, rc == 0);
    return 1;
}

/* lock:hold() -> the lock, to be released by <close>. May wait. */
static int lock_hold(lua_State *L)
{
    lua_settop(L, 1);
    nb_llock_acquire(L, nb_llock_check(L, 1), lock_hold, 2);
    return 1;
}

void nb_llock_refuse(lua_State *L, const char *message)
{
    if (!nb_lua_of(L)->rt.forced)
        luaL_error(L, "%s", message);
}

void nb_llock_release(lua_State *L, struct nb_lock *lock)
{
    struct nb_lthread *t = nb_lua_of(L)->current;
    uint64_t id = t == NULL ? 0 : t->task.id;

    if (t != NULL && t->held > 0 && lock->owner == id)
        t->held--;
    if (nb_lock_release(lock, id) < 0)
        nb_llock_refuse(L, lock->reentrant ? "cannot release un-acquired lock"
                                           : "release unlocked lock");
}

/* lock:release() */
static int lock_release(lua_State *L)
{
    nb_llock_release(L, nb_llock_check(L, 1));
    return 0;
}

/* lock:locked() -> true | false */
static int lock_locked(lua_State *L)
{
    lua_pushboolean(L, nb_llock_check(L, 1)->owner != 0);
    return 1;
}

void nb_llock_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"lock", lock_new},
        {"rlock", rlock_new},
        {NULL, NULL},
    };
    static const luaL_Reg methods[] = {
        {"acquire", lock_acquire}, {"hold", lock_hold}, {"locked", lock_locked},
        {"release", lock_release}, {NULL, NULL},
    };
    static const struct nb_lsync_class class = {
        .functions = functions,
        .methods = methods,
        .close = lock_release,
    };

    nb_lsync_define(L, NB_LSYNC_LOCK, &class);
}
