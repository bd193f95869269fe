/*
 * Coroutines of the script: see lcoroutine.h.
 *
 * The extra space of a coroutine is one word: while it rests 0, or the first
 * scope that rests with it and RESTS; BASE for the first one of a thread and
 * OVER when that has ended (what it holds then are the thread's results); else
 * the state that resumed or closes it, with NO_WAIT set when a function that
 * Lua cannot suspend lies between the two.
 */
#include "bind/lcoroutine.h"

#include <lauxlib.h>
#include <stdint.h>

#include "bind/lscope.h"
#include "bind/lthread.h"
#include "bind/ltrace.h"
#include "bind/obstacle.h"
#include "bind/state.h"

enum { NO_WAIT = 1, BASE = 2, OVER = 4, RESTS = 6, TAGS = 7 };

/* What resume() returns where it has no number of results. */
enum { FAILED = -1, PARKED = -2 };

enum {
    /* Coroutines that may resume each other: each takes a kilobyte. */
    MAX_DEPTH = 50000,
    /* The same on the C stack, where Lua has room for 200 calls of all kinds */
    MAX_NESTED = 40,
    /* Bytes of the C stack that nested coroutine.close calls may take. */
    MAX_CLOSING = 2 * 1024 * 1024,
    /* Bytes of an error's message, before which no more positions are put. */
    MAX_MESSAGE = 16384,
};

static uintptr_t *slot(lua_State *co)
{
    return lua_getextraspace(co);
}

void nb_lcoroutine_set_base(lua_State *co)
{
    *slot(co) = BASE;
}

void nb_lcoroutine_end_base(lua_State *co)
{
    *slot(co) = OVER;
}

static bool rests(lua_State *co)
{
    return *slot(co) == 0 || (*slot(co) & TAGS) == RESTS;
}

void nb_lcoroutine_rest(lua_State *co, struct nb_lscope *first)
{
    *slot(co) = first == NULL ? 0 : (uintptr_t)first | RESTS;
}

struct nb_lscope *nb_lcoroutine_resting(lua_State *co)
{
    bool is = (*slot(co) & TAGS) == RESTS;
    return is ? (struct nb_lscope *)(*slot(co) & ~(uintptr_t)TAGS) : NULL;
}

lua_State *nb_lcoroutine_resumer(lua_State *co)
{
    return rests(co) ? NULL : (lua_State *)(*slot(co) & ~(uintptr_t)TAGS);
}

/* What runs in `t` is `co` now: a signal may wait. */
static void set_inner(struct nb_lthread *t, lua_State *co)
{
    t->inner = co;
    if (nb_runtime_is_called(t->task.rt))
        nb_lthread_interrupt(nb_lua_at(t));
}

/* L makes `co`, which rested, the innermost coroutine of the thread. */
static void enter(struct nb_lthread *t, lua_State *L, lua_State *co,
                  bool can_wait)
{
    struct nb_lscope *first = nb_lcoroutine_resting(co);

    *slot(co) = (uintptr_t)L | (can_wait ? 0 : NO_WAIT);
    if (t == NULL)
        return;
    t->depth++;
    set_inner(t, co);
    if (first != NULL)
        nb_lscope_resume(t, first);
}

/* It is that no more: it has stopped with `status`. */
static void leave(struct nb_lthread *t, lua_State *co, lua_State *outer,
                  int status)
{
    *slot(co) = 0;
    if (t == NULL)
        return;
    t->depth--;
    set_inner(t, outer);
    if (t->scope != NULL)
        nb_lscope_stop(t, co, status == LUA_YIELD);
}

bool nb_lcoroutine_can_wait(const struct nb_lthread *t, lua_State *L)
{
    return t->inner == L && lua_isyieldable(L) && (*slot(L) & NO_WAIT) == 0;
}

void nb_lcoroutine_begin(struct nb_lthread *t)
{
    struct nb_lua *lua = nb_lua_at(t);

    t->parked = false;
    lua->handed_args = -1;
    lua->max_depth = t->depth + MAX_NESTED;
}

void nb_lcoroutine_stopped(struct nb_lthread *t, lua_State *co, int status,
                           int results)
{
    struct nb_lua *lua = nb_lua_at(t);

    leave(t, co, nb_lcoroutine_resumer(co), status);
    lua->handed_status = status;
    lua->handed_results = results;
}

static lua_State *check_coroutine(lua_State *L)
{
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co != NULL, 1, "thread");
    return co;
}

static bool is_error(int status)
{
    return status != LUA_OK && status != LUA_YIELD;
}

/* Moves what `co` left to L: results, or FAILED and an error value. */
static int collect(lua_State *L, lua_State *co, int status, int results)
{
    struct nb_lthread *t = nb_lua_of(L)->current;

    if (is_error(status)) {
        lua_xmove(co, L, 1);
        if (t != NULL && is_error(lua_status(co)))
            nb_ltrace_leave(L, t, co);
        return FAILED;
    }
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(co, results);
        lua_pushliteral(L, "too many results to resume");
        return FAILED;
    }
    lua_xmove(co, L, results);
    return results;
}

/* Lets the scheduler resume the innermost coroutine, as after a wait. */
static int hand_over(struct nb_lthread *t, int args)
{
    t->parked = true;
    nb_lua_at(t)->handed_args = args;
    return PARKED;
}

/* Pushes why `t` cannot resume `co` with `args` values; false if it can. */
static bool push_refusal(lua_State *L, const struct nb_lthread *t,
                         lua_State *co, int args)
{
    if (!lua_checkstack(co, args))
        lua_pushliteral(L, "too many arguments to resume");
    else if (!rests(co))
        lua_pushfstring(L, "cannot resume %s coroutine",
                        *slot(co) == OVER ? "dead" : "non-suspended");
    else if (is_error(lua_status(co)))
        lua_pushliteral(L, "cannot resume dead coroutine");
    else if (t == NULL && *slot(co) != 0)
        lua_pushliteral(L, "cannot resume a coroutine of a thread here");
    else if (t != NULL && t->depth >= MAX_DEPTH)
        lua_pushliteral(L, "C stack overflow");
    else
        return false;
    return true;
}

/* Resumes `co` with the `args` values on top of L. */
static int resume(lua_State *L, lua_State *co, int args)
{
    struct nb_lthread *t = nb_lua_of(L)->current;
    lua_State *outer = t == NULL ? L : t->inner;
    int results = 0;

    if (push_refusal(L, t, co, args))
        return FAILED;
    bool can_wait = t != NULL && nb_lcoroutine_can_wait(t, L);
    bool full = can_wait && t->depth >= nb_lua_at(t)->max_depth;
    enter(t, L, co, can_wait);
    lua_xmove(L, co, args);
    if (full)
        return hand_over(t, args);
    int status = lua_resume(co, L, args, &results);
    if (status == LUA_YIELD && t != NULL && t->parked)
        return PARKED;
    leave(t, co, outer, status);
    return collect(L, co, status, results);
}

/*
 * Resets `co`, whose <close> variables may close further coroutines. Lua does
 * not count these as nested calls, so the C stack is watched here.
 */
static int reset(lua_State *L, lua_State *co)
{
    struct nb_lua *lua = nb_lua_of(L);
    struct nb_lthread *t = lua->current;
    lua_State *outer = t == NULL ? L : t->inner;
    char here = 0;
    char *outermost = lua->closing;

    if (outermost == NULL)
        lua->closing = &here;
    else if ((uintptr_t)outermost - (uintptr_t)&here > MAX_CLOSING)
        return luaL_error(L, "C stack overflow");
    enter(t, L, co, false);
    int status = lua_resetthread(co);
    leave(t, co, outer, LUA_OK);
    lua->closing = outermost;
    return status;
}

/* What is on top of L has ended `co`: closes it, and so may replace it. */
static int close_failed(lua_State *L, lua_State *co)
{
    int status = lua_status(co);

    if (status == LUA_OK || status == LUA_YIELD)
        return status; /* it could not be resumed */
    status = reset(L, co);
    lua_pop(L, 1);
    lua_xmove(co, L, 1);
    return status;
}

/*
 * The results of coroutine.resume, from what resume() returned. `forced` is
 * nb_lua.forced as it was before.
 */
static int push_resumed(lua_State *L, int results, lua_KContext forced)
{
    bool failed = results == FAILED;

    if (failed && nb_lscope_passes(nb_lua_of(L)->current, (unsigned)forced)) {
        close_failed(L, lua_tothread(L, 1));
        return lua_error(L);
    }
    int count = failed ? 1 : results;
    lua_pushboolean(L, !failed);
    lua_insert(L, -(count + 1));
    return count + 1;
}

static int resumed_after_wait(lua_State *L, int status, lua_KContext context)
{
    const struct nb_lua *lua = nb_lua_of(L);

    int results =
        collect(L, lua_tothread(L, 1), lua->handed_status, lua->handed_results);

    (void)status;
    return push_resumed(L, results, context);
}

static int co_resume(lua_State *L)
{
    lua_State *co = check_coroutine(L);
    lua_KContext forced = (lua_KContext)nb_lua_of(L)->forced;
    int results = resume(L, co, lua_gettop(L) - 1);

    if (results == PARKED)
        return lua_yieldk(L, 0, forced, resumed_after_wait);
    return push_resumed(L, results, forced);
}

/* The results of a wrapped coroutine; its errors are the caller's. */
static int push_wrapped(lua_State *L, lua_State *co, int results)
{
    if (results != FAILED)
        return results;
    struct nb_lthread *t = nb_lua_of(L)->current;
    int status = close_failed(L, co);
    bool kept = t != NULL && nb_ltrace_is_kept(L, t);
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING &&
        lua_rawlen(L, -1) < MAX_MESSAGE) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    if (kept)
        nb_ltrace_rename(L, t);
    return lua_error(L);
}

static int wrapped_after_wait(lua_State *L, int status, lua_KContext context)
{
    const struct nb_lua *lua = nb_lua_of(L);
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));

    (void)status;
    (void)context;
    return push_wrapped(
        L, co, collect(L, co, lua->handed_status, lua->handed_results));
}

static int wrapped(lua_State *L)
{
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int results = resume(L, co, lua_gettop(L));

    if (results == PARKED)
        return lua_yieldk(L, 0, 0, wrapped_after_wait);
    return push_wrapped(L, co, results);
}

static int co_create(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    return 1;
}

static int co_wrap(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    co_create(L);
    lua_pushcclosure(L, wrapped, 1);
    return 1;
}

static int co_yield (lua_State *L)
{
    if (*slot(L) == BASE || lua_pushthread(L))
        return luaL_error(L, "attempt to yield from outside a coroutine");
    lua_pop(L, 1);
    return lua_yield(L, lua_gettop(L));
}

/* What the script calls the state of `co`, as seen from L. */
static const char *status_of(lua_State *L, lua_State *co)
{
    lua_Debug frame;

    if (L == co)
        return "running";
    if (*slot(co) == OVER)
        return "dead";
    if (!rests(co))
        return "normal";
    switch (lua_status(co)) {
    case LUA_YIELD:
        return "suspended";
    case LUA_OK:
        if (lua_getstack(co, 0, &frame))
            return "normal";
        return lua_gettop(co) == 0 ? "dead" : "suspended";
    default:
        return "dead";
    }
}

static int co_status(lua_State *L)
{
    lua_pushstring(L, status_of(L, check_coroutine(L)));
    return 1;
}

static int co_isyieldable(lua_State *L)
{
    lua_State *co = lua_isnone(L, 1) ? L : check_coroutine(L);
    lua_pushboolean(L, *slot(co) != BASE && lua_isyieldable(co));
    return 1;
}

static int co_running(lua_State *L)
{
    struct nb_lthread *t = nb_lua_of(L)->current;
    int is_main = lua_pushthread(L);

    if (t != NULL && t->co == L)
        t->shown = true;
    lua_pushboolean(L, is_main || *slot(L) == BASE);
    return 2;
}

static int co_close(lua_State *L)
{
    lua_State *co = check_coroutine(L);
    const char *state = status_of(L, co);
    struct nb_lua *lua = nb_lua_of(L);
    unsigned forced = lua->forced;
    int status = LUA_OK;

    if (*state != 's' && *state != 'd')
        return luaL_error(L, "cannot close a %s coroutine", state);
    if (*slot(co) != OVER)
        status = reset(L, co);
    lua_pushboolean(L, status == LUA_OK);
    if (status == LUA_OK)
        return 1;
    lua_xmove(co, L, 1);
    return nb_lscope_passes(lua->current, forced) ? lua_error(L) : 2;
}

void nb_lcoroutine_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"close", co_close},
        {"create", co_create},
        {"isyieldable", co_isyieldable},
        {"resume", co_resume},
        {"running", co_running},
        {"status", co_status},
        {"wrap", co_wrap},
        {"yield", co_yield },
        {NULL, NULL},
    };

    *slot(L) = 0; /* Lua copies it into every new coroutine */
    nb_obstacle_except(L, co_resume, "coroutine.resume");
    nb_obstacle_except(L, wrapped, "coroutine.wrap");
    lua_getglobal(L, "coroutine");
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
