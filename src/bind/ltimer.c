/*
 * The library `timer`: sleeping, and functions that run later in a thread of
 * their own.
 *
 * The thread is made when the timer is armed, because the moment at which it
 * fires belongs to the loop, where Lua must not be touched: firing only
 * starts it. A repeating timer makes the next one when the last has ended,
 * so it never overlaps itself; its deadlines are multiples of the interval
 * from the start, so it does not drift, and those that it missed are skipped.
 */
#include "bind/ltimer.h"

#include <lauxlib.h>
#include <math.h>

#include "bind/lclass.h"
#include "bind/lextra.h"
#include "bind/libs.h"
#include "bind/lthread.h"
#include "bind/lwait.h"
#include "bind/state.h"
#include "core/loop.h"

static const char class_name[] = "timer";

struct nb_ltimer {
    struct nb_timer timer;
    struct nb_list link; /* among those that are armed */
    struct nb_lua *lua;
    struct nb_lthread *next; /* started when the timer fires */
    struct nb_place origin;  /* who armed it */
    int64_t interval;        /* ns; 0: fires once */
    int64_t deadline;
    int kept; /* values for each round: function and arguments */
    bool daemon;
    bool active; /* armed, or its thread runs and it will be armed again */
};

static struct nb_ltimer *check_timer(lua_State *L)
{
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

/* A program that is being stopped starts nothing any more. */
static void arm(struct nb_ltimer *timer)
{
    if (timer->lua->rt.stopping)
        return;
    nb_timer_arm(&timer->lua->rt, &timer->timer, timer->deadline);
    nb_list_push(&timer->lua->timers, &timer->link);
    if (!timer->daemon)
        timer->lua->rt.holders++;
}

static void disarm(struct nb_ltimer *timer)
{
    if (!nb_timer_is_armed(&timer->timer))
        return;
    nb_timer_disarm(&timer->lua->rt, &timer->timer);
    nb_list_remove(&timer->link);
    if (!timer->daemon)
        timer->lua->rt.holders--;
}

void nb_ltimer_disarm_all(struct nb_lua *lua)
{
    while (!nb_list_empty(&lua->timers))
        disarm(NB_CONTAINER_OF(lua->timers.next, struct nb_ltimer, link));
}

static void fire(struct nb_timer *node)
{
    struct nb_ltimer *timer = NB_CONTAINER_OF(node, struct nb_ltimer, timer);

    nb_list_remove(&timer->link);
    if (!timer->daemon)
        timer->lua->rt.holders--;
    timer->active = timer->interval > 0;
    nb_task_start(&timer->next->task, timer->daemon);
    timer->next = NULL;
}

/* The timer will do nothing more: lets it and its thread be collected. */
static void let_go(lua_State *L, struct nb_ltimer *timer)
{
    timer->active = false;
    if (timer->next != NULL) {
        nb_lthread_let_go(L, timer->next);
        timer->next = NULL;
    }
    lua_pushnil(L);
    nb_lua_keep(L, timer);
}

/* Makes the thread of the function and `args` arguments on top of L. */
static void prepare(lua_State *L, struct nb_ltimer *timer, int args)
{
    timer->next = nb_lthread_new(L, timer->lua, args);
    timer->next->timer = timer;
    timer->next->origin = nb_place_copy(&timer->origin);
    lua_pop(L, 1);
}

/* Pushes the function and arguments kept for the next round. */
static int push_kept(lua_State *L, struct nb_ltimer *timer)
{
    nb_lua_push_kept(L, timer);
    lua_getiuservalue(L, -1, 1);
    lua_remove(L, -2);
    int kept = lua_gettop(L);
    int count = timer->kept;
    luaL_checkstack(L, count, "too many arguments");
    for (int i = 1; i <= count; i++)
        lua_rawgeti(L, kept, i);
    lua_remove(L, kept);
    return count;
}

void nb_ltimer_ended(lua_State *L, struct nb_ltimer *timer, bool well)
{
    if (!well || !timer->active || timer->lua->rt.stopping) {
        let_go(L, timer);
        return;
    }
    int64_t late = nb_loop_now(timer->lua->rt.loop) - timer->deadline;
    timer->deadline += (late / timer->interval + 1) * timer->interval;
    prepare(L, timer, push_kept(L, timer) - 1);
    arm(timer);
}

/* Keeps copies of the `count` values on top of L in the timer below them. */
static void keep(lua_State *L, int count)
{
    int first = lua_gettop(L) - count + 1;

    lua_createtable(L, count, 0);
    for (int i = 0; i < count; i++) {
        lua_pushvalue(L, first + i);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setiuservalue(L, first - 1, 1);
}

/* Stack: seconds, function, arguments. Leaves the timer. */
static int new_timer(lua_State *L, int64_t delay, int64_t interval)
{
    struct nb_lua *lua = nb_lua_of(L);
    int values = lua_gettop(L) - 1;

    nb_lthread_check_callable(L, 2);
    nb_lua_check_open(L, lua);
    struct nb_ltimer *timer = lua_newuserdatauv(L, sizeof *timer, 1);
    *timer = (struct nb_ltimer){
        .lua = lua,
        .interval = interval,
        .deadline = nb_loop_now(lua->rt.loop) + delay,
        .daemon = lua->current != NULL && lua->current->task.daemon,
    };
    nb_timer_init(&timer->timer, fire);
    nb_list_init(&timer->link);
    luaL_setmetatable(L, class_name);
    lua_replace(L, 1);
    timer->kept = values;
    if (interval > 0)
        keep(L, values);
    lua_pushboolean(L, false); /* makes room, keeps nothing if this fails */
    nb_lua_keep(L, timer);
    timer->origin = nb_place_here(L, lua);
    prepare(L, timer, values - 1);
    lua_pushvalue(L, 1);
    nb_lua_keep(L, timer);
    timer->active = true;
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

    lua_pushboolean(L, timer->active);
    disarm(timer);
    if (timer->active && timer->next != NULL)
        let_go(L, timer);
    timer->active = false;
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

/* The state is being closed: nothing is anchored any more. */
static int timer_gc(lua_State *L)
{
    struct nb_ltimer *timer = check_timer(L);

    disarm(timer);
    if (timer->next != NULL)
        nb_lextra_drop(timer->next);
    nb_place_drop(&timer->origin);
    return 0;
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
        {"__gc", timer_gc},
        {"__tostring", timer_tostring},
        {NULL, NULL},
    };

    nb_lclass_new(L, class_name, methods, metamethods);
    lua_pop(L, 1);
    nb_lclass_newlib(L, functions);
}
