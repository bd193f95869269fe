/*
 * Threads of the script: see lthread.h.
 *
 * A thread's coroutine runs thread_main, which calls the script's function
 * protected, so that its <close> variables may wait even when it fails. Its
 * results stay on the coroutine's stack for whoever joins, unless there is one
 * at most and the coroutine can go on to another thread.
 */
#include "bind/lthread.h"
#include "bind/lwait.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "bind/cancel.h"
#include "bind/fail.h"
#include "bind/lcoroutine.h"
#include "bind/lextra.h"
#include "bind/lfailure.h"
#include "bind/llimit.h"
#include "bind/lmember.h"
#include "bind/lpool.h"
#include "bind/lscope.h"
#include "bind/ltimer.h"
#include "bind/report.h"
#include "bind/roster.h"
#include "bind/state.h"
#include "core/loop.h"
#include "net/resolve.h"
#include "util/alloc.h"

/* What Lua puts before the bytes of a userdata with one user value. */
enum { HEADER = 56 };

_Static_assert(sizeof(void *) != 8 ||
                   HEADER + sizeof(struct nb_lthread) == NB_ALLOC_THREAD,
               "threads have pages of their own (util/slab)");

static void run(struct nb_task *task);

void nb_lthread_let_go(lua_State *L, struct nb_lthread *t)
{
    struct nb_lua *lua = nb_lua_at(t);

    lua->threads--;
    nb_lextra_drop(t);
    nb_lpool_free(L, lua, t->place, NULL);
}

void nb_lthread_push(lua_State *L, const struct nb_lthread *t)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->place);
}

/*
 * Nothing but a thread is as large and has the address of run() there: to look
 * is a quarter of what Lua's own check takes, which is left to complain.
 */
struct nb_lthread *nb_lthread_check(lua_State *L, int arg)
{
    struct nb_lthread *t = lua_touserdata(L, arg);

    if (lua_rawlen(L, arg) >= sizeof *t && t != NULL && t->task.run == run)
        return t;
    return luaL_checkudata(L, arg, "thread");
}

void nb_lthread_check_callable(lua_State *L, int arg)
{
    if (lua_isfunction(L, arg))
        return;
    luaL_argexpected(L, luaL_getmetafield(L, arg, "__call") != LUA_TNIL, arg,
                     "function");
    lua_pop(L, 1);
}

void nb_lthread_name(const struct nb_lthread *t, char name[NB_LTHREAD_NAME])
{
    if (t->extra != NULL && t->extra->name != NULL)
        snprintf(name, NB_LTHREAD_NAME, "%s", t->extra->name);
    else if (t->task.id == 1)
        snprintf(name, NB_LTHREAD_NAME, "main");
    else
        snprintf(name, NB_LTHREAD_NAME, "thread %llu",
                 (unsigned long long)t->task.id);
}

void nb_lthread_describe(const struct nb_lthread *t, char text[NB_LTHREAD_TEXT])
{
    const char *how = t->timer == NULL ? "spawned" : "timer armed";
    char name[NB_LTHREAD_NAME];
    char place[NB_PLACE_TEXT];

    nb_lthread_name(t, name);
    nb_place_format(&t->origin, place);
    if (*place == '\0')
        snprintf(text, NB_LTHREAD_TEXT, "thread '%s'", name);
    else
        snprintf(text, NB_LTHREAD_TEXT, "thread '%s' (%s at %s)", name, how,
                 place);
}

/* It ends with the error on top of the stack of `L`: one value. */
static int thread_failed(struct nb_lthread *t, lua_State *L)
{
    bool cancelled = t->task.cancelled && nb_cancel_is(L, -1);

    t->outcome = cancelled ? NB_LTHREAD_CANCELLED : NB_LTHREAD_FAILED;
    return 1;
}

static int thread_ended(lua_State *L, int status, lua_KContext context)
{
    struct nb_lthread *t = (struct nb_lthread *)context;

    if (status == LUA_ERRMEM && t->extra != NULL)
        nb_ltrace_deinit(&t->extra->trace); /* its own was not made */
    if (status != LUA_OK && status != LUA_YIELD)
        return thread_failed(t, L);
    t->outcome = NB_LTHREAD_DONE;
    return lua_gettop(L) - 1;
}

/* What every coroutine runs; on its stack: a message handler, the function. */
static int thread_main(lua_State *L)
{
    lua_KContext context = (lua_KContext)nb_lua_of(L)->current;
    int args = lua_gettop(L) - 2;

    int status = lua_pcallk(L, args, LUA_MULTRET, 1, context, thread_ended);
    return thread_ended(L, status, context);
}

/* It is alive no more: it waits for nothing, and makes room for another. */
static void retire(struct nb_lthread *t)
{
    nb_lwait_leave(t);
    nb_lscope_end(t);
    nb_task_end(&t->task);
    nb_lua_at(t)->threads--;
}

/*
 * It is anchored no more. The coroutine of one that ended well goes on to
 * another: to make and to collect one is a third of what a thread costs.
 */
static void give_back(lua_State *L, struct nb_lthread *t)
{
    struct nb_lua *lua = nb_lua_at(t);
    lua_State *co = t->co;

    if (t->outcome != NB_LTHREAD_DONE || t->results > 1 || t->shown) {
        nb_lpool_free(L, lua, t->place, NULL);
        return;
    }
    nb_lthread_push(L, t);
    if (t->results == 0)
        lua_pushnil(L);
    else
        lua_xmove(co, L, 1);
    nb_lextra_set_value(L, t);
    nb_lpool_free(L, lua, t->place, co);
    lua_pop(L, 1);
    t->co = NULL;
    t->inner = NULL;
}

/* The thread is over: reports a failure, wakes whoever joins. */
static void finish(struct nb_lthread *t)
{
    lua_State *L = nb_lua_at(t)->L;

    bool taken =
        nb_waiter_first(&t->task.joiners) != NULL || nb_lmember_is_taken(t);

    nb_lmember_disown(L, t);
    if (t->outcome == NB_LTHREAD_FAILED && !taken)
        nb_lfailure_print(L, t);
    nb_lcoroutine_end_base(t->co);
    retire(t);
    nb_lmember_ended(L, t);
    if (t->timer != NULL)
        nb_ltimer_ended(L, t->timer, t->outcome == NB_LTHREAD_DONE);
    nb_lextra_settle(L, t, taken);
    give_back(L, t);
}

/* The coroutine itself has stopped, with `results` values on its stack. */
static void stopped(struct nb_lthread *t, int status, int results)
{
    if (status == LUA_YIELD) {
        lua_settop(t->co, 0);
        lua_pushliteral(t->co, "attempt to yield from outside a coroutine");
        status = LUA_ERRRUN;
    }
    if (status != LUA_OK) /* a signal may come before thread_main protects */
        results = thread_failed(t, t->co);
    t->results = results;
    finish(t);
}

/*
 * Resumes the innermost coroutine, its resumers as they are reached, and those
 * that it would have to resume too deep in the C stack.
 */
static void resume(struct nb_lthread *t, int args)
{
    struct nb_lua *lua = nb_lua_at(t);

    for (;;) {
        lua_State *co = t->inner;
        int results = 0;
        nb_lcoroutine_begin(t);
        int status = lua_resume(co, lua->L, args, &results);
        if (status == LUA_YIELD && t->parked) {
            args = lua->handed_args;
            if (args < 0)
                return;
            continue;
        }
        if (co == t->co) {
            stopped(t, status, results);
            return;
        }
        nb_lcoroutine_stopped(t, co, status, results);
        args = 0;
    }
}

void nb_lthread_abandon(struct nb_lthread *t)
{
    struct nb_lua *lua = nb_lua_at(t);

    lua->current = NULL;
    lua->rt.current = NULL;
    lua->failures++;
    t->outcome = NB_LTHREAD_FAILED;
    t->results = 0;
    t->reported = true;
    retire(t);
    nb_lmember_ended(lua->L, t);
    nb_lextra_drop(t);
}

void nb_lthread_drop(struct nb_lthread *t)
{
    retire(t);
    nb_lextra_drop(t);
}

static void run(struct nb_task *task)
{
    struct nb_lthread *t = nb_lthread_of(task);
    struct nb_lua *lua = nb_lua_at(t);
    int args = 0;

    if (!t->started && task->cancelled) {
        lua_settop(t->co, 0);
        t->outcome = NB_LTHREAD_CANCELLED;
        finish(t);
        return;
    }
    if (!t->started)
        args = lua_gettop(t->co) - 1;
    t->started = true;
    t->slice = 0;
    lua->current = t;
    if (nb_runtime_is_called(&lua->rt))
        nb_lthread_interrupt(lua);
    resume(t, args);
    lua->current = NULL;
}

struct nb_lthread *nb_lthread_new(lua_State *L, struct nb_lua *lua, int args)
{
    nb_lua_check_open(L, lua);
    nb_llimit_check_threads(L, lua);
    struct nb_lthread *t = lua_newuserdatauv(L, sizeof *t, 1);
    lua_State *co = nb_lpool_coroutine(L, lua);
    if (!lua_checkstack(co, args + 3))
        luaL_error(L, args > LUAI_MAXSTACK / 2 ? "too many arguments to spawn"
                                               : "not enough memory");

    *t = (struct nb_lthread){.co = co, .inner = co};
    nb_task_init(&t->task, &lua->rt, run);
    nb_lextra_set_value(L, t);
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->thread_class);
    lua_setmetatable(L, -2);
    t->place = nb_lpool_place(L, lua, co);
    lua_insert(L, -(args + 2));
    lua_pushcfunction(co, thread_main);
    lua_pushcfunction(co, nb_ltrace_keep);
    lua_xmove(L, co, args + 1);
    nb_lcoroutine_set_base(co);
    lua->threads++;
    return t;
}

void nb_lthread_open(lua_State *L, struct nb_lua *lua)
{
    luaL_newmetatable(L, "thread");
    lua->thread_class = luaL_ref(L, LUA_REGISTRYINDEX);
    nb_lextra_open(L);
}

/* Gives the script back the hook that it had. */
static void restore_hook(lua_State *L, const struct nb_hook *hook)
{
    if (hook->L == L)
        lua_sethook(L, hook->function, hook->events, hook->count);
    else
        lua_sethook(L, NULL, 0, 0);
}

/* The hook that a signal has set: ends the computation, or shows it. */
static void interrupt(lua_State *L, lua_Debug *frame)
{
    struct nb_lua *lua = nb_lua_of(L);
    struct nb_lthread *t = lua->current;

    (void)frame;
    restore_hook(L, &lua->hook);
    nb_llimit_check(lua);
    if (lua->rt.asked) {
        lua->rt.asked = false;
        nb_roster_print(L, lua);
    }
    if (lua->rt.signal == 0)
        return;
    bool first = !lua->rt.stopping;

    if (first)
        nb_runtime_stop(&lua->rt);
    else if (t == NULL || !t->interrupted)
        return; /* it waited first: what runs now cleans up */
    if (t == NULL)
        return;
    t->interrupted = !nb_lscope_is_due(t);
    if (!t->interrupted)
        nb_lwait_raise(L, t);
}

void nb_lthread_interrupt(struct nb_lua *lua)
{
    struct nb_lthread *t = lua->current;
    int events = LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT;

    if (t == NULL)
        return;
    if (lua_gethook(t->inner) != interrupt)
        lua->hook = (struct nb_hook){
            .L = t->inner,
            .function = lua_gethook(t->inner),
            .events = lua_gethookmask(t->inner),
            .count = lua_gethookcount(t->inner),
        };
    lua_sethook(t->inner, interrupt, events, 1);
}
