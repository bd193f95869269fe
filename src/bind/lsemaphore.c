/*
 * thread.semaphore and thread.bounded_semaphore: Python's names and refusals
 * on the hand-over of core/semaphore. Both are of one class.
 */
#include <lauxlib.h>

#include "bind/lsync.h"
#include "bind/lwait.h"
#include "core/semaphore.h"
#include "util/err.h"

static struct nb_semaphore *check_semaphore(lua_State *L)
{
    return nb_lsync_check(L, 1, NB_LSYNC_SEMAPHORE);
}

static lua_Integer check_value(lua_State *L)
{
    lua_Integer value = luaL_optinteger(L, 1, 1);

    luaL_argcheck(L, value >= 0, 1, "semaphore initial value must be >= 0");
    return value;
}

static int new (lua_State *L, lua_Integer value, lua_Integer max)
{
    struct nb_semaphore *semaphore =
        nb_lsync_push(L, NB_LSYNC_SEMAPHORE, sizeof *semaphore, 0);

    nb_semaphore_init(semaphore, (uint64_t)value, (uint64_t)max);
    return 1;
}

/* thread.semaphore([value=1]) -> semaphore */
static int semaphore_new(lua_State *L)
{
    return new (L, check_value(L), LUA_MAXINTEGER);
}

/* thread.bounded_semaphore([value=1]) -> semaphore */
static int bounded_semaphore_new(lua_State *L)
{
    lua_Integer value = check_value(L);
    return new (L, value, value);
}

/* Takes a permit of the semaphore at 1; the time-out is at `arg`. */
static int acquire(lua_State *L, lua_CFunction function, int arg)
{
    struct nb_semaphore *semaphore = check_semaphore(L);
    struct nb_lthread *t = nb_lsync_enter(L, function, arg);
    int rc = t->call.again ? t->call.wake : nb_semaphore_acquire(semaphore);

    if (rc == NB_WANT_READ)
        rc = nb_lsync_wait(L, t,
                           &(struct nb_wait){.queue = &semaphore->waiters,
                                             .what = "a semaphore",
                                             .object = semaphore});
    nb_lwait_leave(t);
    return rc;
}

/* semaphore:acquire([timeout]) -> true | false. May wait. */
static int semaphore_acquire(lua_State *L)
{
    lua_pushboolean(L, acquire(L, semaphore_acquire, 2) == 0);
    return 1;
}

/* semaphore:hold() -> it, to be released by <close>. May wait. */
static int semaphore_hold(lua_State *L)
{
    lua_settop(L, 1);
    acquire(L, semaphore_hold, 2);
    return 1;
}

static int release(lua_State *L, lua_Integer count)
{
    if (nb_semaphore_release(check_semaphore(L), (uint64_t)count) < 0)
        return luaL_error(L, "Semaphore released too many times");
    return 0;
}

/* semaphore:release([count=1]) */
static int semaphore_release(lua_State *L)
{
    lua_Integer count = luaL_optinteger(L, 2, 1);

    luaL_argcheck(L, count >= 1, 2, "n must be one or more");
    return release(L, count);
}

/* What <close> calls, with the error as its second argument. */
static int semaphore_close(lua_State *L)
{
    return release(L, 1);
}

/* semaphore:value() -> the number of permits that nobody has */
static int semaphore_value(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check_semaphore(L)->value);
    return 1;
}

void nb_lsemaphore_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"bounded_semaphore", bounded_semaphore_new},
        {"semaphore", semaphore_new},
        {NULL, NULL},
    };
    static const luaL_Reg methods[] = {
        {"acquire", semaphore_acquire},
        {"hold", semaphore_hold},
        {"release", semaphore_release},
        {"value", semaphore_value},
        {NULL, NULL},
    };
    static const struct nb_lsync_class class = {
        .functions = functions,
        .methods = methods,
        .close = semaphore_close,
    };

    nb_lsync_define(L, NB_LSYNC_SEMAPHORE, &class);
}
