/*
 * Coroutines of the script: see lcoroutine.h.
 *
 * The extra space of a coroutine is one word: 0 while it rests, BASE for the
 * first one of a thread and OVER when that has ended (what it holds then are
 * the thread's results), else the state that resumed it, with NO_WAIT set
 * when a function that Lua cannot suspend lies between the two.
 */
#include "bind/lcoroutine.h"

#include <lauxlib.h>
#include <stdint.h>

#include "bind/lthread.h"
#include "bind/state.h"

enum { NO_WAIT = 1, BASE = 2, OVER = 4, TAGS = 7 };

/* What resume() returns where it has no number of results. */
enum { FAILED = -1, PARKED = -2 };

/* Bytes of the C stack that nested coroutine.close calls may take. */
enum { MAX_CLOSING = 2 * 1024 * 1024 };

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

void nb_lcoroutine_forget(lua_State *co)
{
    *slot(co) = 0;
}

lua_State *nb_lcoroutine_resumer(lua_State *co)
{
    return (lua_State *)(*slot(co) & ~(uintptr_t)TAGS);
}

bool nb_lcoroutine_can_wait(const struct nb_lthread *t, lua_State *L)
{
    return t->inner == L && lua_isyieldable(L) && (*slot(L) & NO_WAIT) == 0;
}

lua_State *nb_lcoroutine_stopped(struct nb_lthread *t, lua_State *co,
                                 int status, int results)
{
    lua_State *resumer = nb_lcoroutine_resumer(co);

    *slot(co) = 0;
    t->inner = resumer;
    t->handed_status = status;
    t->handed_results = results;
    return resumer;
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

/* What runs in `t`, if that is a thread, is `co` now: a signal may wait. */
static void set_inner(struct nb_lthread *t, lua_State *co)
{
    if (t == NULL)
        return;
    t->inner = co;
    if (nb_runtime_is_called(&t->lua->rt))
        nb_lthread_interrupt(t->lua);
}

/* Resumes `co` with the `args` values on top of L. */
static int resume(lua_State *L, lua_State *co, int args)
{
    struct nb_lthread *t = nb_lua_of(L)->current;
    lua_State *outer = t == NULL ? L : t->inner;
    int results = 0;

    if (!lua_checkstack(co, args)) {
        lua_pushliteral(L, "too many arguments to resume");
        return FAILED;
    }
    if (*slot(co) != 0) {
        lua_pushfstring(L, "cannot resume %s coroutine",
                        *slot(co) == OVER ? "dead" : "non-suspended");
        return FAILED;
    }
    if (is_error(lua_status(co))) {
        lua_pushliteral(L, "cannot resume dead coroutine");
        return FAILED;
    }
    bool passes = t != NULL && nb_lcoroutine_can_wait(t, L);
    *slot(co) = (uintptr_t)L | (passes ? 0 : NO_WAIT);
    set_inner(t, co);
    lua_xmove(L, co, args);
    int status = lua_resume(co, L, args, &results);
    if (status == LUA_YIELD && t != NULL && t->parked)
        return PARKED;
    set_inner(t, outer);
    *slot(co) = 0;
    return collect(L, co, status, results);
}

/* The results of coroutine.resume, from what resume() returned. */
static int push_resumed(lua_State *L, int results)
{
    lua_pushboolean(L, results != FAILED);
    int count = results == FAILED ? 1 : results;
    lua_insert(L, -(count + 1));
    return count + 1;
}

static int resumed_after_wait(lua_State *L, int status, lua_KContext context)
{
    struct nb_lthread *t = nb_lua_of(L)->current;

    (void)status;
    (void)context;
    return push_resumed(
        L, collect(L, lua_tothread(L, 1), t->handed_status, t->handed_results));
}

static int co_resume(lua_State *L)
{
    lua_State *co = check_coroutine(L);
    int results = resume(L, co, lua_gettop(L) - 1);

    if (results == PARKED)
        return lua_yieldk(L, 0, 0, resumed_after_wait);
    return push_resumed(L, results);
}

/* The results of a wrapped coroutine; its errors are the caller's. */
static int push_wrapped(lua_State *L, lua_State *co, int results)
{
    if (results != FAILED)
        return results;
    struct nb_lthread *t = nb_lua_of(L)->current;
    int status = lua_status(co);
    if (is_error(status)) {
        status = lua_resetthread(co);
        lua_pop(L, 1);
        lua_xmove(co, L, 1);
    }
    bool kept = t != NULL && nb_ltrace_is_kept(L, t);
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
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
    struct nb_lthread *t = nb_lua_of(L)->current;
    lua_State *co = lua_tothread(L, lua_upvalueindex(2));

    (void)status;
    (void)context;
    return push_wrapped(L, co,
                        collect(L, co, t->handed_status, t->handed_results));
}

static int wrapped(lua_State *L)
{
    lua_State *co = lua_tothread(L, lua_upvalueindex(2));
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
    lua_pushvalue(L, lua_upvalueindex(1));
    co_create(L);
    lua_pushcclosure(L, wrapped, 2);
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
    if (*slot(co) != 0)
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
    int is_main = lua_pushthread(L);
    lua_pushboolean(L, is_main || *slot(L) == BASE);
    return 2;
}

/*
 * Resets `co`, whose <close> variables may close further coroutines. Lua does
 * not count these as nested calls, so the C stack is watched here.
 */
static int reset(lua_State *L, struct nb_lua *lua, lua_State *co)
{
    char here = 0;
    char *outer = lua->closing;

    if (outer == NULL)
        lua->closing = &here;
    else if ((uintptr_t)outer - (uintptr_t)&here > MAX_CLOSING)
        return luaL_error(L, "C stack overflow");
    int status = lua_resetthread(co);
    lua->closing = outer;
    return status;
}

static int co_close(lua_State *L)
{
    lua_State *co = check_coroutine(L);
    const char *state = status_of(L, co);
    int status = LUA_OK;

    if (*state != 's' && *state != 'd')
        return luaL_error(L, "cannot close a %s coroutine", state);
    if (*slot(co) != OVER)
        status = reset(L, nb_lua_of(L), co);
    lua_pushboolean(L, status == LUA_OK);
    if (status == LUA_OK)
        return 1;
    lua_xmove(co, L, 1);
    return 2;
}

void nb_lcoroutine_open(lua_State *L, struct nb_lua *lua)
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
    lua_getglobal(L, "coroutine");
    lua_pushlightuserdata(L, lua);
    luaL_setfuncs(L, functions, 1);
    lua_pop(L, 1);
}
