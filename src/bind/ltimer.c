/*
 * The library `timer`: sleeping, and functions that run later in a thread of
 * their own.
 *
 * An armed timer is one userdata, with its function and arguments as user
 * values, anchored until it is over. The moment at which it fires belongs to
 * the loop, where Lua must not be touched: it only takes its place among the
 * tasks that are ready, and makes its thread when its turn comes. One that
 * repeats is armed again when its thread has ended, so it never overlaps
 * itself; its deadlines are multiples of the interval from the start, so it
 * does not drift, and those that it missed are skipped.
 */
#include "bind/ltimer.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>

#include "bind/lclass.h"
#include "bind/libs.h"
#include "bind/llimit.h"
#include "bind/lpool.h"
#include "bind/lthread.h"
#include "bind/lwait.h"
#include "bind/state.h"
#include "core/loop.h"
#include "util/alloc.h"

static const char class_name[] = "timer";

enum { MOST_VALUES = 60000 }; /* Lua allows 65,535 user values */

struct nb_ltimer {
    struct nb_timer timer;
    struct nb_job job;   /* makes the thread, once it has fired */
    struct nb_list link; /* among those that are not over */
    struct nb_lua *lua;
    struct nb_place origin; /* who armed it */
    int64_t interval;       /* ns; 0: fires once */
    int64_t deadline;
    int place;  /* where it is anchored */
    int values; /* its user values: function and arguments */
    bool daemon;
    bool active;  /* armed, or its thread runs and it will be armed again */
    bool pending; /* its thread is still to be made, and counts already */
};

/* What Lua puts before the bytes of a userdata with one user value. */
enum { HEADER = 56 };

_Static_assert(sizeof(void *) != 8 ||
                   HEADER + sizeof(struct nb_ltimer) == NB_ALLOC_TIMER,
               "timers have pages of their own (util/slab)");

static void fire(struct nb_timer *node);

/* Nothing else of that size has the address of fire() there. */
static struct nb_ltimer *check_timer(lua_State *L)
{
    struct nb_ltimer *timer = lua_touserdata(L, 1);

    if (lua_rawlen(L, 1) >= sizeof *timer && timer != NULL &&
        timer->timer.fire == fire)
        return timer;
    return luaL_checkudata(L, 1, class_name);
}

/* Seconds as a span of time in ns; more than we can count is the longest. */
static int64_t span(lua_State *L, lua_Number seconds)
{
    luaL_argcheck(L, !isnan(seconds), 1, "time must not be NaN");
    if (seconds >= NB_LTHREAD_MAX_SECONDS)
        return NB_LTHREAD_MAX_SECONDS * NB_SECOND;
    return seconds <= 0 ? 0 : (int64_t)(seconds * (double)NB_SECOND);
}

static void arm(struct nb_ltimer *timer)
{
    nb_timer_arm(&timer->lua->rt, &timer->timer, timer->deadline);
    timer->pending = true;
    timer->lua->threads++;
    if (!timer->daemon)
        timer->lua->rt.holders++;
}

/* Its thread is no more to come, or is made now. */
static void settle(struct nb_ltimer *timer)
{
    if (!timer->pending)
        return;
    timer->pending = false;
    timer->lua->threads--;
    if (!timer->daemon)
        timer->lua->rt.holders--;
}

static void fire(struct nb_timer *node)
{
    struct nb_ltimer *timer = NB_CONTAINER_OF(node, struct nb_ltimer, timer);

    timer->active = timer->interval > 0;
    nb_job_ready(&timer->job, &timer->lua->rt);
}

/* It will do nothing more. */
static void end(struct nb_ltimer *timer)
{
    timer->active = false;
    nb_timer_disarm(&timer->lua->rt, &timer->timer);
    nb_job_drop(&timer->job, &timer->lua->rt);
    settle(timer);
    nb_list_remove(&timer->link);
    nb_place_drop(&timer->origin);
}

void nb_ltimer_end_all(struct nb_lua *lua)
{
    while (!nb_list_empty(&lua->timers))
        end(NB_CONTAINER_OF(lua->timers.next, struct nb_ltimer, link));
}

/* The timer on top forgets its function and arguments. */
static void forget_values(lua_State *L, struct nb_ltimer *timer)
{
    for (; timer->values > 0; timer->values--) {
        lua_pushnil(L);
        lua_setiuservalue(L, -2, timer->values);
    }
}

/* The timer on top will do nothing more, and may be collected. */
static void let_go(lua_State *L, struct nb_ltimer *timer)
{
    end(timer);
    forget_values(L, timer);
    nb_lpool_free(L, timer->lua, timer->place, NULL);
}

static void push(lua_State *L, const struct nb_ltimer *timer)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, timer->place);
}

/* Starts the thread of the timer at 1. It takes the turn of the timer. */
static int start_protected(lua_State *L)
{
    struct nb_ltimer *timer = lua_touserdata(L, 1);
    int values = timer->values;

    luaL_checkstack(L, values, "too many arguments");
    for (int i = 1; i <= values; i++)
        lua_getiuservalue(L, 1, i);
    struct nb_lthread *t = nb_lthread_new(L, timer->lua, values - 1);
    t->timer = timer;
    t->origin = nb_place_copy(&timer->origin);
    nb_task_start(&t->task, timer->daemon);
    nb_task_hurry(&t->task);
    lua_settop(L, 1);
    if (timer->interval == 0)
        forget_values(L, timer);
    return 0;
}

/* There is no memory for its thread: the error is on top, popped. */
static void fail(lua_State *L, struct nb_ltimer *timer)
{
    const char *problem = lua_tostring(L, -1);
    char place[NB_PLACE_TEXT];
    char text[NB_PLACE_TEXT + 64];

    nb_place_format(&timer->origin, place);
    snprintf(text, sizeof text, "timer armed at %s: %.40s", place,
             problem == NULL ? "it failed" : problem);
    lua_pop(L, 1);
    push(L, timer);
    let_go(L, timer);
    lua_pop(L, 1);
    nb_lua_exhausted(timer->lua, text);
}

/* It has fired, and this is its turn. */
static void start(struct nb_job *job)
{
    struct nb_ltimer *timer = NB_CONTAINER_OF(job, struct nb_ltimer, job);
    lua_State *L = timer->lua->L;

    settle(timer);
    lua_pushcfunction(L, start_protected);
    push(L, timer);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK)
        fail(L, timer);
}

void nb_ltimer_ended(lua_State *L, struct nb_ltimer *timer, bool well)
{
    if (!well || !timer->active) {
        push(L, timer);
        let_go(L, timer);
        lua_pop(L, 1);
        return;
    }
    int64_t late = nb_loop_now(timer->lua->rt.loop) - timer->deadline;
    timer->deadline += (late / timer->interval + 1) * timer->interval;
    arm(timer);
}

/* Pushes a timer for the `values` values on top, which it takes. */
static struct nb_ltimer *push_new(lua_State *L, struct nb_lua *lua, int values)
{
    luaL_argcheck(L, values <= MOST_VALUES, MOST_VALUES, "too many arguments");
    struct nb_ltimer *timer = lua_newuserdatauv(L, sizeof *timer, values);
    *timer = (struct nb_ltimer){
        .lua = lua,
        .values = values,
        .daemon = lua->current != NULL && lua->current->task.daemon,
    };
    nb_timer_init(&timer->timer, fire);
    nb_job_init(&timer->job, start);
    nb_list_init(&timer->link);
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->timer_class);
    lua_setmetatable(L, -2);
    lua_insert(L, -(values + 1));
    for (int i = values; i > 0; i--)
        lua_setiuservalue(L, -(i + 1), i);
    return timer;
}

/*
 * Stack: seconds, function, arguments. Leaves the timer. A program that is
 * being stopped starts nothing any more.
 */
static int new_timer(lua_State *L, int64_t delay, int64_t interval)
{
    struct nb_lua *lua = nb_lua_of(L);

    nb_lthread_check_callable(L, 2);
    nb_lua_check_open(L, lua);
    nb_llimit_check_threads(L, lua);
    struct nb_ltimer *timer = push_new(L, lua, lua_gettop(L) - 1);
    if (lua->rt.stopping)
        return 1;
    lua_pushvalue(L, -1);
    timer->place = nb_lpool_anchor(L, lua);
    timer->origin = nb_place_here(L, lua);
    timer->interval = interval;
    timer->deadline = nb_loop_now(lua->rt.loop) + delay;
    timer->active = true;
    nb_list_push(&lua->timers, &timer->link);
    arm(timer);
    return 1;
}

/* timer.after(seconds, f, ...) -> timer */
static int timer_after(lua_State *L)
{
    return new_timer(L, span(L, luaL_checknumber(L, 1)), 0);
}

/* timer.every(seconds, f, ...) -> timer */
static int timer_every(lua_State *L)
{
    int64_t interval = span(L, luaL_checknumber(L, 1));
    luaL_argcheck(L, interval > 0, 1, "interval must be greater than 0");
    return new_timer(L, interval, interval);
}

/* timer:cancel() -> true if it was armed */
static int timer_cancel(lua_State *L)
{
    struct nb_ltimer *timer = check_timer(L);
    bool active = timer->active;

    timer->active = false;
    if (nb_timer_is_armed(&timer->timer)) {
        lua_settop(L, 1);
        let_go(L, timer);
    }
    lua_pushboolean(L, active);
    return 1;
}

/* timer:remaining() -> seconds, nil if it is not armed */
static int timer_remaining(lua_State *L)
{
    struct nb_ltimer *timer = check_timer(L);

    if (!nb_timer_is_armed(&timer->timer)) {
        lua_pushnil(L);
        return 1;
    }
    int64_t left = timer->deadline - nb_loop_now(timer->lua->rt.loop);
    lua_pushnumber(L, left <= 0 ? 0 : (double)left / (double)NB_SECOND);
    return 1;
}

static int timer_tostring(lua_State *L)
{
    const struct nb_ltimer *timer = check_timer(L);
    lua_pushfstring(L, "timer: %s", timer->active ? "armed" : "over");
    return 1;
}

/* timer.sleep(seconds). May wait. */
static int timer_sleep(lua_State *L)
{
    int64_t delay = span(L, luaL_checknumber(L, 1));
    struct nb_lthread *t = nb_lwait_enter(L, timer_sleep);

    if (!t->call.again) {
        return nb_lwait(
            L, t,
            &(struct nb_wait){.deadline = nb_loop_now(t->task.rt->loop) + delay,
                              .what = "sleep"});
    }
    nb_lwait_leave(t);
    return 0;
}

/* timer.now() -> seconds since some fixed point; never goes back */
static int timer_now(lua_State *L)
{
    int64_t now = nb_loop_now(nb_lua_of(L)->rt.loop);
    lua_pushnumber(L, (double)now / (double)NB_SECOND);
    return 1;
}

/* timer.time() -> seconds since 1970-01-01 00:00 UTC */
static int timer_time(lua_State *L)
{
    int64_t now = nb_loop_wall(nb_lua_of(L)->rt.loop);
    lua_pushnumber(L, (double)now / (double)NB_SECOND);
    return 1;
}

void nb_ltimer_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"after", timer_after}, {"every", timer_every}, {"now", timer_now},
        {"sleep", timer_sleep}, {"time", timer_time},   {NULL, NULL},
    };
    static const luaL_Reg methods[] = {
        {"cancel", timer_cancel},
        {"remaining", timer_remaining},
        {NULL, NULL},
    };
    static const luaL_Reg metamethods[] = {
        {"__tostring", timer_tostring},
        {NULL, NULL},
    };

    nb_lclass_new(L, class_name, methods, metamethods);
    nb_lua_of(L)->timer_class = luaL_ref(L, LUA_REGISTRYINDEX);
    nb_lclass_newlib(L, functions);
}
