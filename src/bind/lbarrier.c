/*
 * thread.barrier: Python's names on core/barrier. The action is its user
 * value.
 *
 * While a thread acts, the barrier stands in a slot to be closed, so that it
 * breaks whichever way the action fails.
 */
#include <errno.h>
#include <lauxlib.h>

#include "bind/lsync.h"
#include "bind/lwait.h"
#include "bind/obstacle.h"
#include "bind/state.h"
#include "core/barrier.h"
#include "util/err.h"

static struct nb_barrier *check_barrier(lua_State *L)
{
    return nb_lsync_check(L, 1, NB_LSYNC_BARRIER);
}

/* thread.barrier(parties [, action]) -> barrier */
static int barrier_new(lua_State *L)
{
    lua_Integer parties = luaL_checkinteger(L, 1);

    luaL_argcheck(L, parties >= 1, 1, "parties must be >= 1");
    lua_settop(L, 2);
    if (!lua_isnil(L, 2))
        nb_lthread_check_callable(L, 2);
    struct nb_barrier *barrier =
        nb_lsync_push(L, NB_LSYNC_BARRIER, sizeof *barrier, 1);
    nb_barrier_init(barrier, (size_t)parties);
    lua_pushvalue(L, 2);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

/* What the last one of a round gets, who has acted. */
static int push_last(lua_State *L, struct nb_barrier *barrier)
{
    nb_barrier_open(barrier, true);
    lua_pushinteger(L, (lua_Integer)barrier->parties - 1);
    return 1;
}

static int acted(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    return push_last(L, check_barrier(L));
}

/* Everybody has come, and this thread was the last one. */
static int act(lua_State *L, struct nb_barrier *barrier)
{
    lua_settop(L, 1);
    if (lua_getiuservalue(L, 1, 1) == LUA_TNIL)
        return push_last(L, barrier);
    lua_toclose(L, 1);
    lua_callk(L, 0, 0, 0, acted);
    return acted(L, LUA_OK, 0);
}

/* Closes the slot in which the barrier is while a thread acts. */
static int barrier_close(lua_State *L)
{
    struct nb_barrier *barrier = check_barrier(L);
    const struct nb_lthread *t = nb_lua_of(L)->current;

    if (t != NULL && barrier->actor == t->task.id)
        nb_barrier_open(barrier, false);
    return 0;
}

/* Comes to the barrier, and waits there unless it is the last one. */
static int come(lua_State *L, struct nb_lthread *t, struct nb_barrier *barrier,
                int64_t deadline)
{
    if (nb_barrier_must_wait(barrier))
        nb_lwait_check(L, t);
    int rc = nb_barrier_come(barrier, &t->task.waiter);
    if (rc != NB_WANT_READ)
        return rc;
    if (deadline == NB_LSYNC_TRY) {
        nb_barrier_abort(barrier);
        return -ETIMEDOUT;
    }
    return nb_lwait(L, t,
                    &(struct nb_wait){.queue = &barrier->line,
                                      .deadline = deadline,
                                      .what = "a barrier",
                                      .object = barrier});
}

/* barrier:wait([timeout]) -> which one it was, from 0 | false. May wait. */
static int barrier_wait(lua_State *L)
{
    struct nb_barrier *barrier = check_barrier(L);
    int64_t deadline = nb_lsync_deadline(L, 2);
    struct nb_lthread *t =
        nb_lwait_enter_as(L, barrier_wait, NB_CALL_RAISES_LATE);
    int rc = t->call.again ? t->call.wake : come(L, t, barrier, deadline);
    uint64_t number = t->task.waiter.granted;

    if (rc < 0)
        nb_barrier_give_up(barrier, &t->task.waiter);
    nb_lwait_leave(t);
    if (rc == -ECANCELED)
        return nb_lwait_raise(L, t);
    if (rc == 0 && number + 1 == barrier->parties)
        return act(L, barrier);
    if (rc == 0)
        lua_pushinteger(L, (lua_Integer)number);
    else
        lua_pushboolean(L, false);
    return 1;
}

/* barrier:abort() */
static int barrier_abort(lua_State *L)
{
    nb_barrier_abort(check_barrier(L));
    return 0;
}

/* barrier:reset() */
static int barrier_reset(lua_State *L)
{
    nb_barrier_reset(check_barrier(L));
    return 0;
}

/* barrier:broken() -> true | false */
static int barrier_broken(lua_State *L)
{
    lua_pushboolean(L, check_barrier(L)->broken);
    return 1;
}

/* barrier:parties() -> how many it waits for */
static int barrier_parties(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check_barrier(L)->parties);
    return 1;
}

/* barrier:waiting() -> how many wait for others to come */
static int barrier_waiting(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check_barrier(L)->waiting);
    return 1;
}

void nb_lbarrier_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"barrier", barrier_new},
        {NULL, NULL},
    };
    static const luaL_Reg methods[] = {
        {"abort", barrier_abort},
        {"broken", barrier_broken},
        {"parties", barrier_parties},
        {"reset", barrier_reset},
        {"wait", barrier_wait},
        {"waiting", barrier_waiting},
        {NULL, NULL},
    };
    static const struct nb_lsync_class class = {
        .functions = functions,
        .methods = methods,
        .close = barrier_close,
    };

    nb_obstacle_except(L, barrier_wait, "barrier:wait");
    nb_lsync_define(L, NB_LSYNC_BARRIER, &class);
}
