/* What few threads need: see lextra.h. */
#include "bind/lextra.h"

#include <lauxlib.h>

#include "bind/fail.h"
#include "bind/lfailure.h"
#include "bind/lthread.h"
#include "bind/state.h"
#include "util/alloc.h"

static const char class_name[] = "thread's extra";

/* The user value of a thread, and those of a guard. */
enum { VALUE = 1, THREAD, REASON };

struct guard {
    struct nb_lthread *t;
};

struct nb_lextra *nb_lextra_of(struct nb_lthread *t)
{
    struct nb_lextra *extra = t->extra;

    if (extra != NULL)
        return extra;
    extra = nb_calloc(1, sizeof *extra);
    if (extra == NULL)
        return NULL;
    extra->t = t;
    nb_lmember_init(&extra->member);
    t->extra = extra;
    return extra;
}

void nb_lextra_push_guard(lua_State *L)
{
    struct guard *guard = lua_newuserdatauv(L, sizeof *guard, REASON);

    guard->t = NULL;
    luaL_setmetatable(L, class_name);
}

struct nb_lextra *nb_lextra_attach(lua_State *L, struct nb_lthread *t)
{
    struct nb_lextra *extra = nb_lextra_of(t);

    if (extra == NULL)
        return NULL;
    ((struct guard *)lua_touserdata(L, -2))->t = t;
    lua_getiuservalue(L, -1, VALUE);
    lua_setiuservalue(L, -3, VALUE);
    t->guarded = true;
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, -3, THREAD);
    lua_insert(L, -2);
    lua_setiuservalue(L, -2, VALUE);
    return extra;
}

/* Pushes the guard of the thread at `index`, which debug may have replaced. */
static bool push_guard(lua_State *L, int index)
{
    return lua_getiuservalue(L, index, VALUE) == LUA_TUSERDATA;
}

void nb_lextra_set_value(lua_State *L, const struct nb_lthread *t)
{
    if (!t->guarded) {
        lua_setiuservalue(L, -2, VALUE);
        return;
    }
    if (push_guard(L, -2)) {
        lua_pushvalue(L, -2);
        lua_setiuservalue(L, -2, VALUE);
    }
    lua_pop(L, 2);
}

void nb_lextra_push_value(lua_State *L, const struct nb_lthread *t, int index)
{
    if (!push_guard(L, index) || !t->guarded)
        return;
    lua_getiuservalue(L, -1, VALUE);
    lua_remove(L, -2);
}

/* Guards the thread on top. */
static void guard(lua_State *L, struct nb_lthread *t)
{
    if (t->guarded)
        return;
    nb_lextra_push_guard(L);
    lua_insert(L, -2);
    if (nb_lextra_attach(L, t) == NULL)
        luaL_error(L, "not enough memory");
}

void nb_lextra_set_reason(lua_State *L, struct nb_lthread *t)
{
    lua_insert(L, -2);
    guard(L, t);
    if (push_guard(L, -1)) {
        lua_pushvalue(L, -3);
        lua_setiuservalue(L, -2, REASON);
    }
    lua_pop(L, 1);
    lua_remove(L, -2);
}

void nb_lextra_push_reason(lua_State *L, int index)
{
    const struct nb_lthread *t = lua_touserdata(L, index);

    if (push_guard(L, index) && t->guarded)
        lua_getiuservalue(L, -1, REASON);
    else
        lua_pushnil(L);
    lua_remove(L, -2);
}

/* True if somebody may ask later. */
static bool is_asked_for(const struct nb_lthread *t)
{
    return t->outcome == NB_LTHREAD_FAILED || t->held > 0;
}

/* Guards the thread at 1. */
static int guard_protected(lua_State *L)
{
    guard(L, lua_touserdata(L, 1));
    return 0;
}

void nb_lextra_settle(lua_State *L, struct nb_lthread *t, bool taken)
{
    if (is_asked_for(t)) {
        lua_pushcfunction(L, guard_protected);
        nb_lthread_push(L, t);
        if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
            lua_pop(L, 1);
            if (t->outcome == NB_LTHREAD_FAILED && !taken)
                nb_lfailure_print(L, t);
        }
    }
    nb_lextra_drop(t);
    if (t->extra != NULL)
        nb_list_push(&nb_lua_at(t)->ended, &t->task.all);
}

static void free_all(struct nb_lthread *t)
{
    struct nb_lextra *extra = t->extra;

    nb_place_drop(&t->origin);
    nb_fail_forget(t);
    if (extra == NULL)
        return;
    t->extra = NULL;
    nb_list_remove(&extra->member.link);
    nb_ltrace_deinit(&extra->trace);
    nb_free(extra->name);
    nb_free(extra->failure);
    nb_free(extra);
}

void nb_lextra_drop(struct nb_lthread *t)
{
    if (!t->guarded)
        free_all(t);
}

/*
 * The thread is collected: at the latest when the state is closed. A failure
 * that was promised to somebody who did not come for it is told to the user.
 */
static int guard_gc(lua_State *L)
{
    const struct guard *guard = luaL_checkudata(L, 1, class_name);
    struct nb_lthread *t = guard->t;

    if (t == NULL)
        return 0;
    nb_list_remove(&t->task.all);
    if (t->outcome == NB_LTHREAD_FAILED)
        nb_lfailure_print(L, t);
    free_all(t);
    return 0;
}

void nb_lextra_open(lua_State *L)
{
    luaL_newmetatable(L, class_name);
    lua_pushcfunction(L, guard_gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
}
