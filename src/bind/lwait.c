/*
 * How a library function waits: see lwait.h.
 *
 * A wait is a yield that the thread has announced with `parked`; the
 * coroutine functions pass it on, and the scheduler does not mistake it for
 * one of the script's.
 */
#include "bind/lwait.h"

#include <errno.h>
#include <lauxlib.h>
#include <math.h>

#include "bind/lcoroutine.h"
#include "bind/lextra.h"
#include "bind/lscope.h"
#include "bind/obstacle.h"
#include "bind/state.h"
#include "core/loop.h"
#include "net/resolve.h"

/* Calls that need not wait before a thread gives way. */
enum { SLICE = 64 };

int nb_lwait_raise(lua_State *L, struct nb_lthread *t)
{
    nb_lwait_leave(t);
    return nb_lscope_raise(L, t);
}

static int again(lua_State *L, int status, lua_KContext context)
{
    struct nb_lthread *t = nb_lua_of(L)->current;

    (void)status;
    (void)context;
    t->resumed = true;
    t->call.again = true;
    t->call.wake = t->task.waiter.status < 0 ? t->task.waiter.status : 0;
    return t->call.function(L);
}

/* After giving way the call begins as if it had just been made. */
static int afresh(lua_State *L, int status, lua_KContext context)
{
    struct nb_lthread *t = nb_lua_of(L)->current;

    (void)status;
    (void)context;
    return t->call.function(L);
}

static int park(lua_State *L, struct nb_lthread *t, lua_KFunction continuation)
{
    t->parked = true;
    t->interrupted = false;
    return lua_yieldk(L, 0, 0, continuation);
}

/*
 * True if the wait that is over has ended by a cancellation. At the end of the
 * program those count that have failed in any way: what a daemon waited for
 * is mostly closed by whoever leaves before it, and that is no mistake.
 */
static bool was_cancelled(const struct nb_lthread *t)
{
    int wake = t->call.wake;

    return wake == -ECANCELED ||
           (wake < 0 && t->task.rt->stopping && nb_lscope_is_due(t));
}

struct nb_lthread *nb_lwait_enter_as(lua_State *L, lua_CFunction function,
                                     enum nb_call_on_cancel on_cancel)
{
    struct nb_lthread *t = nb_lua_of(L)->current;

    if (t == NULL)
        luaL_error(L, "the program is closing: nothing can wait any more");
    bool resumed = nb_lwait_is_again(t, function);

    t->resumed = false;
    if (resumed) {
        if (t->call.on_cancel == NB_CALL_RAISES && was_cancelled(t))
            nb_lwait_raise(L, t);
        return t;
    }
    nb_lwait_leave(t);
    t->call = (struct nb_call){.function = function, .on_cancel = on_cancel};
    if (t->extra != NULL)
        nb_ltrace_settle(&t->extra->trace);
    if (++t->slice > SLICE && nb_lcoroutine_can_wait(t, L)) {
        nb_task_ready(&t->task);
        park(L, t, afresh);
    }
    if (t->scope != NULL)
        nb_lscope_look(t);
    if (on_cancel <= NB_CALL_RAISES_LATE && nb_lscope_is_due(t))
        nb_lwait_raise(L, t);
    return t;
}

struct nb_lthread *nb_lwait_enter(lua_State *L, lua_CFunction function)
{
    return nb_lwait_enter_as(L, function, NB_CALL_RAISES);
}

/* Raises where Lua cannot suspend. */
static void check_suspends(lua_State *L, struct nb_lthread *t)
{
    if (nb_lcoroutine_can_wait(t, L))
        return;
    nb_lwait_leave(t);
    nb_obstacle_raise(L);
}

void nb_lwait_check(lua_State *L, struct nb_lthread *t)
{
    if (nb_lscope_is_due(t))
        nb_lwait_raise(L, t);
    check_suspends(L, t);
}

/*
 * 0 if the thread can be suspended in L now, else an error, or it raises. A
 * deadline that has passed counts even if something always comes before it.
 */
static int may_wait(lua_State *L, struct nb_lthread *t, int64_t deadline)
{
    if (t->call.again && t->call.wake < 0)
        return t->call.wake;
    if (t->call.again && deadline != NB_NEVER &&
        deadline <= nb_loop_now(t->task.rt->loop))
        return -ETIMEDOUT;
    if (t->call.on_cancel == NB_CALL_CATCHES && nb_lscope_is_due(t))
        return -ECANCELED;
    if (t->call.on_cancel == NB_CALL_HOLDS)
        check_suspends(L, t);
    else
        nb_lwait_check(L, t);
    return 0;
}

/* What the script asked for becomes what it is in the scopes of `t`. */
static void scope(const struct nb_lthread *t, struct nb_wait *wait)
{
    wait->shielded |= t->call.on_cancel == NB_CALL_HOLDS;
    wait->hidden = nb_lscope_is_shielded(t);
}

int nb_lwait_give_way(lua_State *L, struct nb_lthread *t)
{
    int rc = may_wait(L, t, NB_NEVER);

    if (rc < 0)
        return rc;
    nb_task_ready(&t->task);
    return park(L, t, again);
}

int nb_lwait(lua_State *L, struct nb_lthread *t, struct nb_wait *wait)
{
    int rc = may_wait(L, t, wait->deadline);

    if (rc < 0)
        return rc;
    scope(t, wait);
    nb_waiter_begin(&t->task.waiter, wait);
    return park(L, t, again);
}

int nb_lwait_io(lua_State *L, struct nb_lthread *t, struct nb_iowait *io,
                enum nb_direction dir, struct nb_wait *wait)
{
    int rc = may_wait(L, t, wait->deadline);

    if (rc < 0)
        return rc;
    scope(t, wait);
    rc = nb_iowait_begin(io, dir, &t->task.waiter, wait);
    if (rc < 0)
        return rc;
    return park(L, t, again);
}

int nb_lwait_line(lua_State *L, struct nb_lthread *t, struct nb_iowait *io,
                  enum nb_direction dir, struct nb_wait *wait)
{
    int rc = may_wait(L, t, wait->deadline);

    if (rc < 0)
        return rc;
    scope(t, wait);
    rc = nb_iowait_line_up(io, dir, &t->task.waiter, wait);
    return rc < 0 ? rc : park(L, t, again);
}

int nb_lwait_poll(lua_State *L, struct nb_lthread *t, struct nb_pollwait *poll,
                  struct nb_wait *wait)
{
    int rc = may_wait(L, t, wait->deadline);

    if (rc < 0)
        return rc;
    scope(t, wait);
    rc = nb_pollwait_begin(poll, &t->task.waiter, wait);
    if (rc < 0)
        return rc;
    return park(L, t, again);
}

int nb_lwait_shielded(lua_State *L, struct nb_lthread *t, struct nb_wait wait)
{
    wait.shielded = true;
    nb_waiter_begin(&t->task.waiter, &wait);
    return park(L, t, again);
}

void nb_lwait_leave(struct nb_lthread *t)
{
    if (t->task.waiter.status != NB_WAITER_IDLE)
        nb_waiter_end(&t->task.waiter);
    if (t->call.lookup != NULL)
        nb_lookup_free(t->call.lookup);
    t->call.lookup = NULL;
}

int64_t nb_lwait_deadline(lua_State *L, struct nb_lua *lua, int arg)
{
    if (lua_isnoneornil(L, arg))
        return NB_NEVER;
    lua_Number seconds = luaL_checknumber(L, arg);
    luaL_argcheck(L, !isnan(seconds), arg, "time must not be NaN");
    if (seconds < 0 || seconds >= NB_LTHREAD_MAX_SECONDS)
        return NB_NEVER;
    return nb_loop_now(lua->rt.loop) + (int64_t)(seconds * (double)NB_SECOND);
}
