/*
 * thread.lock, thread.event and thread.queue: Python's names and refusals on
 * the hand-over of core/sync. The items of a queue are in a table, the user
 * value of the queue, under the numbers that the core gives them.
 */
#include <errno.h>
#include <lauxlib.h>

#include "bind/fail.h"
#include "bind/libs.h"
#include "bind/lthread.h"
#include "bind/lwait.h"
#include "bind/state.h"
#include "core/loop.h"
#include "core/sync.h"
#include "util/err.h"

static const char lock_class[] = "lock";
static const char event_class[] = "event";
static const char queue_class[] = "queue";

/* True if argument `arg` asks not to wait at all: 0 or false. */
static bool is_try(lua_State *L, int arg)
{
    if (lua_isboolean(L, arg))
        return !lua_toboolean(L, arg);
    return lua_type(L, arg) == LUA_TNUMBER && lua_tonumber(L, arg) == 0;
}

/* Reads the time-out at `arg` (true is nil) and begins the call. */
static struct nb_lthread *enter(lua_State *L, lua_CFunction function, int arg)
{
    int64_t deadline = NB_NEVER;

    if (!lua_isboolean(L, arg))
        deadline = nb_lwait_deadline(L, nb_lua_of(L), arg);
    struct nb_lthread *t = nb_lwait_enter(L, function);
    if (!t->call.again)
        t->call.deadline = deadline;
    return t;
}

/* Waits in `queue`, unless the time-out at `arg` forbids it. */
static int wait(lua_State *L, struct nb_lthread *t, int arg,
                struct nb_wait wait)
{
    if (is_try(L, arg))
        return -ETIMEDOUT;
    wait.deadline = t->call.deadline;
    return nb_lwait(L, t, &wait);
}

static struct nb_lock *check_lock(lua_State *L)
{
    return luaL_checkudata(L, 1, lock_class);
}

/* thread.lock() -> lock */
static int lock_new(lua_State *L)
{
    nb_lock_init(lua_newuserdatauv(L, sizeof(struct nb_lock), 0));
    luaL_setmetatable(L, lock_class);
    return 1;
}

/* Takes the lock at 1; the time-out is at `arg`. */
static int acquire(lua_State *L, lua_CFunction function, int arg)
{
    struct nb_lock *lock = check_lock(L);
    struct nb_lthread *t = enter(L, function, arg);
    int rc = t->call.again ? t->call.wake : nb_lock_acquire(lock, t->task.id);

    if (rc == NB_WANT_READ)
        rc = wait(L, t, arg,
                  (struct nb_wait){.queue = &lock->waiters,
                                   .what = "a lock",
                                   .object = lock});
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
    lua_settop(L, 1);
    return 1;
}

/* lock:release() */
static int lock_release(lua_State *L)
{
    if (nb_lock_release(check_lock(L)) < 0)
        return luaL_error(L, "release unlocked lock");
    return 0;
}

/* lock:locked() -> true | false */
static int lock_locked(lua_State *L)
{
    lua_pushboolean(L, check_lock(L)->owner != 0);
    return 1;
}

static struct nb_event_flag *check_event(lua_State *L)
{
    return luaL_checkudata(L, 1, event_class);
}

/* thread.event() -> event */
static int event_new(lua_State *L)
{
    nb_event_flag_init(lua_newuserdatauv(L, sizeof(struct nb_event_flag), 0));
    luaL_setmetatable(L, event_class);
    return 1;
}

/* event:wait([timeout]) -> true | false. May wait. */
static int event_wait(lua_State *L)
{
    struct nb_event_flag *event = check_event(L);
    struct nb_lthread *t = enter(L, event_wait, 2);
    int rc = t->call.again ? t->call.wake : NB_WANT_READ;

    if (rc == NB_WANT_READ && event->set)
        rc = 0;
    if (rc == NB_WANT_READ)
        rc = wait(L, t, 2,
                  (struct nb_wait){.queue = &event->waiters,
                                   .what = "an event",
                                   .object = event});
    nb_lwait_leave(t);
    lua_pushboolean(L, rc == 0);
    return 1;
}

/* event:set() */
static int event_set(lua_State *L)
{
    nb_event_flag_set(check_event(L));
    return 0;
}

/* event:clear() */
static int event_clear(lua_State *L)
{
    check_event(L)->set = false;
    return 0;
}

/* event:is_set() -> true | false */
static int event_is_set(lua_State *L)
{
    lua_pushboolean(L, check_event(L)->set);
    return 1;
}

static struct nb_queue *check_queue(lua_State *L)
{
    return luaL_checkudata(L, 1, queue_class);
}

/* thread.queue([max]) -> queue; max <= 0: no limit */
static int queue_new(lua_State *L)
{
    lua_Integer max = luaL_optinteger(L, 1, 0);
    struct nb_queue *queue = lua_newuserdatauv(L, sizeof *queue, 1);

    nb_queue_init(queue, max > 0 ? (uint64_t)max : 0);
    lua_newtable(L);
    lua_setiuservalue(L, -2, 1);
    luaL_setmetatable(L, queue_class);
    return 1;
}

/* queue:put(value [, timeout]) -> true | nil, message, code. May wait. */
static int queue_put(lua_State *L)
{
    struct nb_queue *queue = check_queue(L);
    luaL_argcheck(L, !lua_isnoneornil(L, 2), 2, "nil cannot be put");
    struct nb_lthread *t = enter(L, queue_put, 3);
    int rc = nb_queue_may_put(queue, &t->task.waiter);

    if (rc == NB_WANT_READ)
        rc = wait(L, t, 3,
                  (struct nb_wait){.queue = &queue->putters,
                                   .what = "room in a queue",
                                   .object = queue});
    if (rc < 0) {
        nb_lwait_leave(t);
        return nb_fail(L, "put", NULL, rc);
    }
    lua_getiuservalue(L, 1, 1);
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, (lua_Integer)queue->tail);
    nb_queue_put(queue);
    nb_lwait_leave(t);
    lua_pushboolean(L, true);
    return 1;
}

/* Pushes item `number` and takes it out of the queue at 1. */
static void take_item(lua_State *L, uint64_t number)
{
    lua_getiuservalue(L, 1, 1);
    lua_rawgeti(L, -1, (lua_Integer)number);
    lua_pushnil(L);
    lua_rawseti(L, -3, (lua_Integer)number);
    lua_remove(L, -2);
}

/* Takes an item of the queue at 1; the time-out is at 2. */
static int get(lua_State *L, lua_CFunction function)
{
    struct nb_queue *queue = check_queue(L);
    struct nb_lthread *t = enter(L, function, 2);
    uint64_t number = t->task.waiter.granted;
    int rc = t->call.again ? t->call.wake : nb_queue_get(queue, &number);

    if (rc == NB_WANT_READ)
        rc = wait(L, t, 2,
                  (struct nb_wait){.queue = &queue->getters,
                                   .what = "an item of a queue",
                                   .object = queue});
    nb_lwait_leave(t);
    if (rc < 0)
        return nb_fail(L, "get", NULL, rc);
    take_item(L, number);
    return 1;
}

/* queue:get([timeout]) -> value | nil, message, code. May wait. */
static int queue_get(lua_State *L)
{
    return get(L, queue_get);
}

/* The iterator of iter: the loop's control variable is no time-out. */
static int queue_next(lua_State *L)
{
    lua_settop(L, 1);
    return get(L, queue_next);
}

/* queue:close() */
static int queue_close(lua_State *L)
{
    nb_queue_close(check_queue(L));
    return 0;
}

/* queue:qsize() -> number of items that nobody has been given yet */
static int queue_qsize(lua_State *L)
{
    const struct nb_queue *queue = check_queue(L);
    lua_pushinteger(L, (lua_Integer)(queue->tail - queue->head));
    return 1;
}

/* for value in queue:iter() do: until the queue is closed and empty */
static int queue_iter(lua_State *L)
{
    check_queue(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, queue_next, 1);
    lua_pushvalue(L, 1);
    return 2;
}

static void new_lock(lua_State *L, struct nb_lua *lua)
{
    static const luaL_Reg methods[] = {
        {"acquire", lock_acquire}, {"hold", lock_hold}, {"locked", lock_locked},
        {"release", lock_release}, {NULL, NULL},
    };
    static const luaL_Reg metamethods[] = {
        {"__close", lock_release},
        {NULL, NULL},
    };
    nb_lua_newclass(L, lua, lock_class, methods, metamethods);
    lua_pop(L, 1);
}

static void new_event(lua_State *L, struct nb_lua *lua)
{
    static const luaL_Reg methods[] = {
        {"clear", event_clear}, {"is_set", event_is_set},
        {"set", event_set},     {"wait", event_wait},
        {NULL, NULL},
    };
    static const luaL_Reg metamethods[] = {{NULL, NULL}};
    nb_lua_newclass(L, lua, event_class, methods, metamethods);
    lua_pop(L, 1);
}

static void new_queue(lua_State *L, struct nb_lua *lua)
{
    static const luaL_Reg methods[] = {
        {"close", queue_close}, {"get", queue_get},     {"iter", queue_iter},
        {"put", queue_put},     {"qsize", queue_qsize}, {NULL, NULL},
    };
    static const luaL_Reg metamethods[] = {{NULL, NULL}};
    nb_lua_newclass(L, lua, queue_class, methods, metamethods);
    lua_pop(L, 1);
}

void nb_lsync_open(lua_State *L, struct nb_lua *lua)
{
    static const luaL_Reg functions[] = {
        {"event", event_new},
        {"lock", lock_new},
        {"queue", queue_new},
        {NULL, NULL},
    };

    new_lock(L, lua);
    new_event(L, lua);
    new_queue(L, lua);
    lua_pushlightuserdata(L, lua);
    luaL_setfuncs(L, functions, 1);
}
