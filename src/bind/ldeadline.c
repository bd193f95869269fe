/*
 * thread.deadline and thread.shield: calling a function inside of a scope.
 */
#include <errno.h>
#include <lauxlib.h>

#include "bind/fail.h"
#include "bind/lclass.h"
#include "bind/libs.h"
#include "bind/lscope.h"
#include "bind/ltrace.h"
#include "bind/lwait.h"
#include "bind/obstacle.h"
#include "bind/state.h"
#include "core/loop.h"

static const char class_name[] = "scope";

static int scope_close(lua_State *L)
{
    nb_lscope_leave(L, luaL_checkudata(L, 1, class_name));
    return 0;
}

/*
 * Enters a scope, which takes the place of the value at 1 and is left when
 * the running function is, in whatever way.
 */
static struct nb_lscope *enter(lua_State *L, struct nb_lthread *t,
                               const char *reason)
{
    struct nb_lscope *scope = lua_newuserdatauv(L, sizeof *scope, 1);

    nb_lscope_init(scope, reason);
    luaL_setmetatable(L, class_name);
    nb_lscope_enter(L, scope, t);
    lua_replace(L, 1);
    lua_toclose(L, 1);
    return scope;
}

/* What deadline returns after `f`: its scope is at 1, the handler at 2. */
static int deadline_over(lua_State *L, int status, lua_KContext context)
{
    struct nb_lscope *scope = lua_touserdata(L, 1);

    (void)context;
    if (status == LUA_OK || status == LUA_YIELD) {
        nb_lscope_leave(L, scope);
        lua_pushboolean(L, true);
        lua_replace(L, 2);
        return lua_gettop(L) - 1;
    }
    bool ours = nb_lscope_has_raised(L, scope, -1);
    nb_lscope_leave(L, scope);
    if (ours)
        return nb_fail(L, "deadline", NULL, -ETIMEDOUT);
    nb_ltrace_rename(L, nb_lua_of(L)->current);
    return lua_error(L);
}

/* The time at argument 1. Unlike a time-out, one below 0 has passed. */
static int64_t check_deadline(lua_State *L)
{
    int64_t deadline = nb_lwait_deadline(L, nb_lua_of(L), 1);

    return lua_tonumber(L, 1) < 0 ? INT64_MIN : deadline;
}

/*
 * thread.deadline(seconds, f, ...) -> true, results of f | nil, "timeout",
 * "ETIMEDOUT". f may wait.
 */
static int thread_deadline(lua_State *L)
{
    int64_t deadline = check_deadline(L);
    nb_lthread_check_callable(L, 2);
    struct nb_lthread *t = nb_lwait_enter(L, thread_deadline);

    nb_lwait_leave(t);
    nb_lscope_fire_at(enter(L, t, "the time is up"), deadline);
    lua_pushcfunction(L, nb_ltrace_keep);
    lua_insert(L, 2);
    int status =
        lua_pcallk(L, lua_gettop(L) - 3, LUA_MULTRET, 2, 0, deadline_over);
    return deadline_over(L, status, 0);
}

static int shield_over(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    return lua_gettop(L) - 1;
}

/* thread.shield(f, ...) -> results of f. f may wait. */
static int thread_shield(lua_State *L)
{
    struct nb_lthread *t = nb_lua_of(L)->current;

    nb_lthread_check_callable(L, 1);
    lua_pushnil(L);
    lua_insert(L, 1);
    if (t != NULL)
        enter(L, t, NULL);
    lua_callk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, shield_over);
    return shield_over(L, LUA_OK, 0);
}

void nb_ldeadline_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"deadline", thread_deadline},
        {"shield", thread_shield},
        {NULL, NULL},
    };
    static const luaL_Reg methods[] = {{NULL, NULL}};
    static const luaL_Reg metamethods[] = {
        {"__close", scope_close},
        {"__gc", scope_close},
        {NULL, NULL},
    };

    nb_obstacle_except(L, thread_deadline, "thread.deadline");
    nb_obstacle_except(L, thread_shield, "thread.shield");
    nb_lclass_new(L, class_name, methods, metamethods);
    lua_pop(L, 1);
    luaL_setfuncs(L, functions, 0);
}
