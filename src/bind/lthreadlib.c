/*
 * The library `thread`: spawning, joining and cancelling threads, and asking
 * what they do.
 */
#include <errno.h>
#include <lauxlib.h>

#include "bind/cancel.h"
#include "bind/fail.h"
#include "bind/lclass.h"
#include "bind/lextra.h"
#include "bind/lfailure.h"
#include "bind/libs.h"
#include "bind/lspawn.h"
#include "bind/lthread.h"
#include "bind/lwait.h"
#include "bind/state.h"
#include "core/loop.h"

static const char storage_key = 's'; /* registry: the storage of threads */

/* thread.spawn([options,] f, ...) -> thread */
static int thread_spawn(lua_State *L)
{
    struct nb_lspawn spawn = nb_lspawn_check(L, 1, false);

    nb_task_start(&nb_lspawn_new(L, &spawn)->task, spawn.daemon);
    return 1;
}

/* thread.yield(). Gives way to every thread that is ready. */
static int thread_yield(lua_State *L)
{
    struct nb_lthread *t = nb_lwait_enter(L, thread_yield);

    if (!t->call.again)
        return nb_lwait_give_way(L, t);
    nb_lwait_leave(t);
    return 0;
}

/* thread.self() -> thread */
static int thread_self(lua_State *L)
{
    struct nb_lthread *t = nb_lua_of(L)->current;

    if (t == NULL)
        return 0;
    nb_lthread_push(L, t);
    return 1;
}

/*
 * Pushes the storage of the thread at 1, made when it is first used. Few
 * threads have one: they are in a table, by threads, which does not keep them.
 */
static int push_storage(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &storage_key);
    lua_pushvalue(L, 1);
    if (lua_rawget(L, -2) == LUA_TTABLE)
        return 1;
    lua_newtable(L);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
    return 1;
}

/* thread.storage() -> the table of the running thread */
static int thread_storage(lua_State *L)
{
    struct nb_lthread *t = nb_lua_of(L)->current;

    if (t == NULL)
        return luaL_error(L, "the program is closing: no thread runs any more");
    lua_settop(L, 0);
    nb_lthread_push(L, t);
    return push_storage(L);
}

/* thread.list() -> the threads that are alive, the oldest first */
static int thread_list(lua_State *L)
{
    const struct nb_list *tasks = &nb_lua_of(L)->rt.tasks;
    int count = 0;

    lua_newtable(L);
    for (struct nb_list *link = tasks->next; link != tasks; link = link->next) {
        struct nb_task *task = NB_CONTAINER_OF(link, struct nb_task, all);
        nb_lthread_push(L, nb_lthread_of(task));
        lua_rawseti(L, -2, ++count);
    }
    return 1;
}

/* Pushes what `t`, at argument 1, has returned. */
static void push_results(lua_State *L, struct nb_lthread *t)
{
    if (t->co == NULL) {
        if (t->results == 1)
            nb_lextra_push_value(L, t, 1);
        return;
    }
    luaL_checkstack(L, t->results, "too many results to join");
    int first = lua_gettop(t->co) - t->results + 1;
    if (!lua_checkstack(t->co, 1))
        luaL_error(L, "too many results to join");
    for (int i = 0; i < t->results; i++) {
        lua_pushvalue(t->co, first + i);
        lua_xmove(t->co, L, 1);
    }
}

/* Pushes what `t`, at argument 1, has ended with. */
static int push_outcome(lua_State *L, struct nb_lthread *t)
{
    lua_pushboolean(L, t->outcome == NB_LTHREAD_DONE);
    if (t->outcome == NB_LTHREAD_CANCELLED && t->results == 0) {
        nb_cancel_push(L, 1);
        return 2;
    }
    if (t->outcome == NB_LTHREAD_FAILED) {
        nb_lfailure_tell(t);
        nb_lfailure_push(L, t);
        nb_ltrace_take(L, nb_lua_of(L)->current, nb_ltrace_told(t));
        return 2;
    }
    push_results(L, t);
    return 1 + t->results;
}

/*
 * thread:join([timeout]) -> true, results | false, error |
 * nil, "timeout", "ETIMEDOUT". May wait.
 */
static int thread_join(lua_State *L)
{
    struct nb_lthread *t = nb_lthread_check(L, 1);
    int64_t deadline = nb_lwait_deadline(L, nb_lua_of(L), 2);
    struct nb_lthread *me = nb_lwait_enter(L, thread_join);
    int rc = 0;

    if (t == me)
        return luaL_error(L, "cannot join current thread");
    if (!me->call.again)
        me->call.deadline = deadline;
    if (t->outcome == NB_LTHREAD_ALIVE) {
        rc = -ETIMEDOUT;
        if (lua_isnoneornil(L, 2) || lua_tonumber(L, 2) != 0)
            rc = nb_lwait(L, me,
                          &(struct nb_wait){
                              .queue = &t->task.joiners,
                              .deadline = me->call.deadline,
                              .what = "a thread to end",
                              .object = t,
                              .holder = &t->task.id,
                          });
    }
    nb_lwait_leave(me);
    return rc < 0 ? nb_fail(L, "join", NULL, rc) : push_outcome(L, t);
}

/* thread:cancel([reason]) -> true, false if it had ended */
static int thread_cancel(lua_State *L)
{
    struct nb_lthread *t = nb_lthread_check(L, 1);

    if (t->outcome != NB_LTHREAD_ALIVE) {
        lua_pushboolean(L, false);
        return 1;
    }
    lua_settop(L, 2);
    if (!lua_isnil(L, 2))
        nb_lextra_set_reason(L, t);
    lua_pushboolean(L, nb_task_cancel(&t->task));
    return 1;
}

/* t:storage() -> its table */
static int thread_storage_of(lua_State *L)
{
    nb_lthread_check(L, 1);
    return push_storage(L);
}

static const char *status_of(const struct nb_lthread *t)
{
    switch (t->outcome) {
    case NB_LTHREAD_DONE:
        return "done";
    case NB_LTHREAD_FAILED:
        return "failed";
    case NB_LTHREAD_CANCELLED:
        return "cancelled";
    case NB_LTHREAD_ALIVE:
        break;
    }
    switch (t->task.state) {
    case NB_TASK_READY:
        return "ready";
    case NB_TASK_RUNNING:
        return "running";
    case NB_TASK_WAITING:
        return "waiting";
    case NB_TASK_ENDED:
        break;
    }
    return "done";
}

/* thread:status() -> "ready", "running", "waiting", "done", ... */
static int thread_status(lua_State *L)
{
    lua_pushstring(L, status_of(nb_lthread_check(L, 1)));
    return 1;
}

/* thread:name() -> what it was given, "main" or "thread 2" */
static int thread_name(lua_State *L)
{
    const struct nb_lthread *t = nb_lthread_check(L, 1);
    char name[NB_LTHREAD_NAME];

    if (t->extra != NULL && t->extra->name != NULL) {
        lua_pushstring(L, t->extra->name);
    } else {
        nb_lthread_name(t, name);
        lua_pushstring(L, name);
    }
    return 1;
}

/* thread:id() -> 1 for the main thread, then in the order of their start */
static int thread_id(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)nb_lthread_check(L, 1)->task.id);
    return 1;
}

/* thread:daemon() -> true if it does not keep the program alive */
static int thread_daemon(lua_State *L)
{
    lua_pushboolean(L, nb_lthread_check(L, 1)->task.daemon);
    return 1;
}

/* thread:traceback() -> where it is, or where it failed */
static int thread_traceback(lua_State *L)
{
    struct nb_lthread *t = nb_lthread_check(L, 1);
    const struct nb_lextra *extra = t->extra;
    bool failed = t->outcome == NB_LTHREAD_FAILED;

    if (t->outcome == NB_LTHREAD_ALIVE)
        nb_ltrace_push(L, t->inner);
    else if (failed && extra != NULL && extra->trace.text != NULL)
        lua_pushstring(L, extra->trace.text);
    else
        lua_pushliteral(L, "");
    return 1;
}

/* thread:waiting_for() -> "sleep", "recv", ...; nil if it does not wait */
static int thread_waiting_for(lua_State *L)
{
    const struct nb_lthread *t = nb_lthread_check(L, 1);

    if (t->task.state == NB_TASK_WAITING)
        lua_pushstring(L, t->task.waiter.what);
    else
        lua_pushnil(L);
    return 1;
}

static int thread_tostring(lua_State *L)
{
    thread_name(L);
    lua_pushfstring(L, "thread: %s", lua_tostring(L, -1));
    return 1;
}

void nb_lthreadlib_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"list", thread_list},   {"self", thread_self},
        {"spawn", thread_spawn}, {"storage", thread_storage},
        {"yield", thread_yield}, {NULL, NULL},
    };
    static const luaL_Reg methods[] = {
        {"cancel", thread_cancel},
        {"daemon", thread_daemon},
        {"id", thread_id},
        {"join", thread_join},
        {"name", thread_name},
        {"status", thread_status},
        {"storage", thread_storage_of},
        {"traceback", thread_traceback},
        {"waiting_for", thread_waiting_for},
        {NULL, NULL},
    };
    static const luaL_Reg metamethods[] = {
        {"__tostring", thread_tostring},
        {NULL, NULL},
    };

    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &storage_key);

    nb_lclass_new(L, "thread", methods, metamethods);
    lua_pop(L, 1);
    nb_lclass_newlib(L, functions);
}
