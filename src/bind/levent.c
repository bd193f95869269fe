/* thread.event: Python's names on the flag of core/event_flag. */
#include <lauxlib.h>

#include "bind/lsync.h"
#include "bind/lwait.h"
#include "core/event_flag.h"
#include "util/err.h"

static struct nb_event_flag *check_event(lua_State *L)
{
    return nb_lsync_check(L, 1, NB_LSYNC_EVENT);
}

/* thread.event() -> event */
static int event_new(lua_State *L)
{
    struct nb_event_flag *event =
        nb_lsync_push(L, NB_LSYNC_EVENT, sizeof *event, 0);

    nb_event_flag_init(event);
    return 1;
}

/* event:wait([timeout]) -> true | false. May wait. */
static int event_wait(lua_State *L)
{
    struct nb_event_flag *event = check_event(L);
    struct nb_lthread *t = nb_lsync_enter(L, event_wait, 2);
    int rc = t->call.again ? t->call.wake : NB_WANT_READ;

    if (rc == NB_WANT_READ && event->set)
        rc = 0;
    if (rc == NB_WANT_READ)
        rc = nb_lsync_wait(L, t,
                           &(struct nb_wait){.queue = &event->waiters,
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

void nb_levent_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"event", event_new}, {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"clear", event_clear}, {"is_set", event_is_set},
        {"set", event_set},     {"wait", event_wait},
        {NULL, NULL},
    };
    static const struct nb_lsync_class class = {
        .functions = functions,
        .methods = methods,
    };

    nb_lsync_define(L, NB_LSYNC_EVENT, &class);
}
