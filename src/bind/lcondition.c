/*
 * thread.condition: Python's names and refusals on core/condition. Its lock is
 * its user value.
 *
 * A wait has two parts: for the notification, and for the lock, which no
 * cancellation cuts short. The call record counts in `done` how often the
 * thread held the lock; above 0, the lock was given up.
 */
#include <lauxlib.h>

#include "bind/llock.h"
#include "bind/lsync.h"
#include "bind/lwait.h"
#include "bind/obstacle.h"
#include "bind/state.h"
#include "core/condition.h"
#include "core/lock.h"
#include "util/err.h"

static struct nb_condition *check_condition(lua_State *L)
{
    return nb_lsync_check(L, 1, NB_LSYNC_CONDITION);
}

/* thread.condition([lock]) -> condition, with an rlock of its own if none */
static int condition_new(lua_State *L)
{
    struct nb_lock *lock = NULL;

    if (!lua_isnoneornil(L, 1))
        lock = nb_llock_check(L, 1);
    lua_settop(L, 1);
    if (lock == NULL) {
        lock = nb_llock_push(L, true);
        lua_replace(L, 1);
    }
    struct nb_condition *condition =
        nb_lsync_push(L, NB_LSYNC_CONDITION, sizeof *condition, 1);
    nb_condition_init(condition, lock);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

/* condition:acquire([timeout]) -> true | false. May wait. */
static int condition_acquire(lua_State *L)
{
    struct nb_lock *lock = check_condition(L)->lock;

    lua_pushboolean(L, nb_llock_acquire(L, lock, condition_acquire, 2) == 0);
    return 1;
}

/* condition:hold() -> it, its lock to be released by <close>. May wait. */
static int condition_hold(lua_State *L)
{
    lua_settop(L, 1);
    nb_llock_acquire(L, check_condition(L)->lock, condition_hold, 2);
    return 1;
}

/* condition:release() */
static int condition_release(lua_State *L)
{
    nb_llock_release(L, check_condition(L)->lock);
    return 0;
}

/* Gives the lock up and waits for a notification, unless it only tries. */
static void begin(lua_State *L, struct nb_lthread *t, int64_t deadline)
{
    struct nb_condition *condition = check_condition(L);

    if (!nb_lock_is_held(condition->lock, t->task.id))
        luaL_error(L, "cannot wait on un-acquired lock");
    nb_lwait_check(L, t);
    t->call.done = nb_condition_give_up(condition, &t->task.waiter);
    if (deadline != NB_LSYNC_TRY)
        nb_lwait(L, t,
                 &(struct nb_wait){.queue = &condition->waiters,
                                   .deadline = deadline,
                                   .what = "a condition",
                                   .object = condition});
}

/*
 * Waits for `function`, which runs. True if it was notified. However the wait
 * ends, the thread holds the lock again.
 */
static bool wait(lua_State *L, lua_CFunction function, int64_t deadline)
{
    const struct nb_condition *condition = check_condition(L);
    struct nb_lthread *t = nb_lwait_enter_as(L, function, NB_CALL_RAISES_LATE);
    const struct nb_waiter *waiter = &t->task.waiter;

    if (!t->call.again)
        begin(L, t, deadline);
    if (nb_condition_take_back(condition, waiter, t->call.done) != 0)
        nb_lwait_shielded(L, t, nb_lock_wait(condition->lock));
    bool notified = waiter->granted != 0;
    nb_lwait_leave(t);
    if (!notified)
        nb_lwait_check(L, t);
    return notified;
}

/* condition:wait([timeout]) -> true | false. May wait. */
static int condition_wait(lua_State *L)
{
    int64_t deadline = nb_lsync_deadline(L, 2);

    lua_pushboolean(L, wait(L, condition_wait, deadline));
    return 1;
}

/* Stack slots of condition:wait_for() besides the condition. */
enum { PREDICATE = 2, TIMEOUT, DEADLINE, NOTIFIED };

static int wait_and_ask(lua_State *L);

/* The answer is on top. It counts if it is true, or when the time is up. */
static int answered(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    if (lua_toboolean(L, -1) || !lua_toboolean(L, NOTIFIED))
        return 1;
    lua_settop(L, NOTIFIED);
    return wait_and_ask(L);
}

static int ask(lua_State *L)
{
    lua_pushvalue(L, PREDICATE);
    lua_callk(L, 0, 1, 0, answered);
    return answered(L, LUA_OK, 0);
}

static int wait_and_ask(lua_State *L)
{
    int64_t deadline = lua_tointeger(L, DEADLINE);

    lua_pushboolean(L, wait(L, wait_and_ask, deadline));
    lua_replace(L, NOTIFIED);
    return ask(L);
}

/*
 * condition:wait_for(predicate [, timeout]) -> what the predicate gave last.
 * May wait.
 */
static int condition_wait_for(lua_State *L)
{
    check_condition(L);
    nb_lthread_check_callable(L, PREDICATE);
    lua_settop(L, TIMEOUT);
    lua_pushinteger(L, nb_lsync_deadline(L, TIMEOUT));
    lua_pushboolean(L, true);
    return ask(L);
}

static int notify(lua_State *L, size_t count)
{
    const struct nb_lthread *t = nb_lua_of(L)->current;

    if (nb_condition_notify(check_condition(L), t == NULL ? 0 : t->task.id,
                            count) < 0)
        nb_llock_refuse(L, "cannot notify on un-acquired lock");
    return 0;
}

/* condition:notify([count=1]) */
static int condition_notify(lua_State *L)
{
    lua_Integer count = luaL_optinteger(L, 2, 1);

    return notify(L, count > 0 ? (size_t)count : 0);
}

/* condition:notify_all() */
static int condition_notify_all(lua_State *L)
{
    return notify(L, SIZE_MAX);
}

void nb_lcondition_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"condition", condition_new},
        {NULL, NULL},
    };
    static const luaL_Reg methods[] = {
        {"acquire", condition_acquire},   {"hold", condition_hold},
        {"notify", condition_notify},     {"notify_all", condition_notify_all},
        {"release", condition_release},   {"wait", condition_wait},
        {"wait_for", condition_wait_for}, {NULL, NULL},
    };
    static const struct nb_lsync_class class = {
        .functions = functions,
        .methods = methods,
        .close = condition_release,
    };

    nb_obstacle_except(L, condition_wait_for, "condition:wait_for");
    nb_lsync_define(L, NB_LSYNC_CONDITION, &class);
}
