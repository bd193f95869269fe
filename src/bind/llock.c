/*
 * thread.lock and thread.rlock: Python's names and refusals on the hand-over
 * of core/lock. Both are of one class.
 */
#include <lauxlib.h>

#include "bind/lsync.h"
#include "bind/lwait.h"
#include "bind/state.h"
#include "core/lock.h"
#include "util/err.h"

static const char class_name[] = "lock";

static struct nb_lock *check_lock(lua_State *L)
{
    return luaL_checkudata(L, 1, class_name);
}

static int new (lua_State *L, bool reentrant)
{
    nb_lock_init(lua_newuserdatauv(L, sizeof(struct nb_lock), 0), reentrant);
    luaL_setmetatable(L, class_name);
    return 1;
}

/* thread.lock() -> lock */
static int lock_new(lua_State *L)
{
    return new (L, false);
}

/* thread.rlock() -> lock, which its owner may acquire again */
static int rlock_new(lua_State *L)
{
    return new (L, true);
}

/* Takes the lock at 1; the time-out is at `arg`. */
static int acquire(lua_State *L, lua_CFunction function, int arg)
{
    struct nb_lock *lock = check_lock(L);
    struct nb_lthread *t = nb_lsync_enter(L, function, arg);
    int rc = t->call.again ? t->call.wake : nb_lock_acquire(lock, t->task.id);

    if (rc == NB_WANT_READ)
        rc = nb_lsync_wait(L, t, arg,
                           &(struct nb_wait){.queue = &lock->waiters,
                                             .what = "a lock",
                                             .object = lock,
                                             .holder = &lock->owner});
    nb_lwait_leave(t);
    return rc;
}

/* lock:acquire([timeout]) -> true | false. May wait. */
static int lock_acquire(lua_State *L)
{
    lua_pushboolean(L, acquire(L, lock_acquire, 2) == 0);
    return 1;
}

/* lock:hold() -> the lock, to be released by <close>. May wait. */
static int lock_hold(lua_State *L)
{
    lua_settop(L, 1);
    acquire(L, lock_hold, 2);
    return 1;
}

/* lock:release() */
static int lock_release(lua_State *L)
{
    struct nb_lock *lock = check_lock(L);
    const struct nb_lthread *t = nb_lua_of(L)->current;

    if (nb_lock_release(lock, t == NULL ? 0 : t->task.id) == 0)
        return 0;
    return luaL_error(L, lock->reentrant ? "cannot release un-acquired lock"
                                         : "release unlocked lock");
}

/* lock:locked() -> true | false */
static int lock_locked(lua_State *L)
{
    lua_pushboolean(L, check_lock(L)->owner != 0);
    return 1;
}

void nb_llock_open(lua_State *L, struct nb_lua *lua)
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
    static const luaL_Reg metamethods[] = {
        {"__close", lock_release},
        {NULL, NULL},
    };

    nb_lua_newclass(L, lua, class_name, methods, metamethods);
    lua_pop(L, 1);
    lua_pushlightuserdata(L, lua);
    luaL_setfuncs(L, functions, 1);
}
