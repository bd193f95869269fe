/*
 * thread.queue: Python's names on the hand-over of core/queue. The items are
 * in a ring under the numbers that the core gives them.
 */
#include <lauxlib.h>

#include "bind/fail.h"
#include "bind/lring.h"
#include "bind/lsync.h"
#include "bind/lwait.h"
#include "core/queue.h"
#include "util/err.h"

struct lqueue {
    struct nb_queue queue;
    struct nb_lring ring;
};

static struct lqueue *check_queue(lua_State *L)
{
    return nb_lsync_check(L, 1, NB_LSYNC_QUEUE);
}

/* thread.queue([max]) -> queue; max <= 0: no limit */
static int queue_new(lua_State *L)
{
    lua_Integer max = luaL_optinteger(L, 1, 0);
    struct lqueue *items = nb_lsync_push(L, NB_LSYNC_QUEUE, sizeof *items, 1);

    nb_queue_init(&items->queue, max > 0 ? (uint64_t)max : 0);
    nb_lring_init(&items->ring);
    return 1;
}

/* Puts the value at 2 into the queue at 1; the time-out is at 3. */
static int put(lua_State *L, lua_CFunction function)
{
    struct lqueue *items = check_queue(L);
    struct nb_queue *queue = &items->queue;

    luaL_argcheck(L, !lua_isnoneornil(L, 2), 2, "nil cannot be put");
    lua_settop(L, 3);
    if (!nb_queue_is_full(queue))
        nb_lring_reserve(L, &items->ring, &queue->tail);
    struct nb_lthread *t = nb_lsync_enter(L, function, 3);
    int rc = nb_queue_may_put(queue, &t->task.waiter);
    if (rc == NB_WANT_READ)
        rc = nb_lsync_wait(L, t,
                           &(struct nb_wait){.queue = &queue->putters,
                                             .what = "room in a queue",
                                             .object = queue});
    if (rc < 0) {
        nb_lwait_leave(t);
        return nb_fail(L, "put", NULL, rc);
    }
    lua_pushvalue(L, 2);
    nb_lring_store(L, &items->ring, queue->tail);
    nb_queue_put(queue);
    nb_lwait_leave(t);
    lua_pushboolean(L, true);
    return 1;
}

/* queue:put(value [, timeout]) -> true | nil, message, code. May wait. */
static int queue_put(lua_State *L)
{
    return put(L, queue_put);
}

/* queue:put_nowait(value) -> true | nil, message, code */
static int queue_put_nowait(lua_State *L)
{
    lua_settop(L, 2);
    lua_pushboolean(L, false);
    return put(L, queue_put_nowait);
}

/* Takes an item of the queue at 1; the time-out is at 2. */
static int get(lua_State *L, lua_CFunction function)
{
    struct lqueue *items = check_queue(L);
    struct nb_queue *queue = &items->queue;
    struct nb_lthread *t = nb_lsync_enter(L, function, 2);
    uint64_t number = t->task.waiter.granted;
    int rc = t->call.again ? t->call.wake : nb_queue_get(queue, &number);

    if (rc == NB_WANT_READ)
        rc = nb_lsync_wait(L, t,
                           &(struct nb_wait){.queue = &queue->getters,
                                             .what = "an item of a queue",
                                             .object = queue});
    nb_lwait_leave(t);
    if (rc < 0)
        return nb_fail(L, "get", NULL, rc);
    nb_lring_take(L, &items->ring, number);
    return 1;
}

/* queue:get([timeout]) -> value | nil, message, code. May wait. */
static int queue_get(lua_State *L)
{
    return get(L, queue_get);
}

/* queue:get_nowait() -> value | nil, message, code */
static int queue_get_nowait(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushboolean(L, false);
    return get(L, queue_get_nowait);
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
    nb_queue_close(&check_queue(L)->queue);
    return 0;
}

/* queue:qsize() -> number of items that nobody has been given yet */
static int queue_qsize(lua_State *L)
{
    const struct nb_queue *queue = &check_queue(L)->queue;
    lua_pushinteger(L, (lua_Integer)(queue->tail - queue->head));
    return 1;
}

/* queue:maxsize() -> number of items that it may hold; 0: any number */
static int queue_maxsize(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check_queue(L)->queue.max);
    return 1;
}

/* queue:empty() -> true | false */
static int queue_empty(lua_State *L)
{
    const struct nb_queue *queue = &check_queue(L)->queue;
    lua_pushboolean(L, queue->head == queue->tail);
    return 1;
}

/* queue:full() -> true | false */
static int queue_full(lua_State *L)
{
    lua_pushboolean(L, nb_queue_is_full(&check_queue(L)->queue));
    return 1;
}

/* queue:task_done() */
static int queue_task_done(lua_State *L)
{
    if (nb_queue_task_done(&check_queue(L)->queue) < 0)
        return luaL_error(L, "task_done() called too many times");
    return 0;
}

/* queue:join([timeout]) -> true | false. May wait. */
static int queue_join(lua_State *L)
{
    struct nb_queue *queue = &check_queue(L)->queue;
    struct nb_lthread *t = nb_lsync_enter(L, queue_join, 2);
    int rc = t->call.wake;

    if (!t->call.again && queue->unfinished > 0)
        rc = nb_lsync_wait(L, t,
                           &(struct nb_wait){.queue = &queue->joiners,
                                             .what = "the tasks of a queue",
                                             .object = queue});
    nb_lwait_leave(t);
    lua_pushboolean(L, rc == 0);
    return 1;
}

/* for value in queue:iter() do: until the queue is closed and empty */
static int queue_iter(lua_State *L)
{
    check_queue(L);
    lua_pushcfunction(L, queue_next);
    lua_pushvalue(L, 1);
    return 2;
}

void nb_lqueue_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"queue", queue_new}, {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"close", queue_close},
        {"empty", queue_empty},
        {"full", queue_full},
        {"get", queue_get},
        {"get_nowait", queue_get_nowait},
        {"iter", queue_iter},
        {"join", queue_join},
        {"maxsize", queue_maxsize},
        {"put", queue_put},
        {"put_nowait", queue_put_nowait},
        {"qsize", queue_qsize},
        {"task_done", queue_task_done},
        {NULL, NULL},
    };
    static const struct nb_lsync_class class = {
        .functions = functions,
        .methods = methods,
    };

    nb_lsync_define(L, NB_LSYNC_QUEUE, &class);
}
