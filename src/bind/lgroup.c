/* Groups of threads: see lgroup.h. */
#include "bind/lgroup.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>

#include "bind/lcoroutine.h"
#include "bind/libs.h"
#include "bind/lscope.h"
#include "bind/lspawn.h"
#include "bind/lwait.h"
#include "bind/state.h"
#include "core/loop.h"
#include "util/alloc.h"

static const char class_name[] = "group";

/* The user values of a group. */
enum { FIRST = 1, OTHERS, REASON };

struct group {
    struct nb_lscope scope; /* of its owner, until that waits or closes it */
    struct nb_list members;
    struct nb_list waiters;         /* for all members to end */
    size_t workers;                 /* members that are no services */
    char *trace;                    /* of the first failure, or NULL */
    const struct nb_lthread *owner; /* to be compared only */
    bool over;      /* its owner waits: no more is to come from it */
    bool failed;    /* a member has */
    bool cancelled; /* what comes is cancelled too */
    bool told;      /* the owner knows of the failure */
    bool quits;     /* the owner's error is the group's own */
};

/* A thread in a group. */
struct nb_lmember {
    struct nb_list link;
    struct group *group;
    struct nb_lthread *t;
    bool service;
};

static struct nb_lmember *member_at(struct nb_list *link)
{
    return NB_CONTAINER_OF(link, struct nb_lmember, link);
}

static struct group *check_group(lua_State *L)
{
    return luaL_checkudata(L, 1, class_name);
}

/* Cancels the members; with `services`, those that are services only. */
static void cancel_members(const struct group *group, bool services)
{
    for (struct nb_list *link = group->members.next; link != &group->members;
         link = link->next) {
        if (!services || member_at(link)->service)
            nb_task_cancel(&member_at(link)->t->task);
    }
}

/* Services end when they have nobody left to serve. */
static void end_services(const struct group *group)
{
    if (group->over && group->workers == 0)
        cancel_members(group, true);
}

/* Takes the member out of its group. */
static void remove_member(struct nb_lthread *t)
{
    struct group *group = t->member->group;

    nb_list_remove(&t->member->link);
    if (!t->member->service)
        group->workers--;
    nb_free(t->member);
    t->member = NULL;
    end_services(group);
    if (nb_list_empty(&group->members))
        nb_waiter_complete_all(&group->waiters, 0);
}

/* Stack: the group, an error. Notes the error, which it pops. */
static void note_failure(lua_State *L, struct group *group,
                         struct nb_lthread *t)
{
    if (!group->failed) {
        group->failed = true;
        nb_free(group->trace);
        group->trace = nb_ltrace_told(t);
        cancel_members(group, false);
        nb_lscope_fire(&group->scope);
        lua_setiuservalue(L, -2, FIRST);
        return;
    }
    if (lua_getiuservalue(L, -2, OTHERS) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setiuservalue(L, -4, OTHERS);
    }
    lua_insert(L, -2);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
}

bool nb_lgroup_takes(const struct nb_lthread *t)
{
    const struct nb_lmember *member = t->member;

    return member != NULL &&
           (member->group->over || member->group->scope.t != NULL);
}

void nb_lgroup_ended(lua_State *L, struct nb_lthread *t)
{
    if (t->member == NULL)
        return;
    struct group *group = t->member->group;
    bool failed = t->outcome == NB_LTHREAD_FAILED;
    int top = lua_gettop(L);

    nb_lthread_push(L, t);
    lua_getiuservalue(L, -1, NB_LTHREAD_GROUP);
    remove_member(t);
    if (failed && t->results > 0 && lua_checkstack(t->co, 1)) {
        lua_pushvalue(t->co, -1);
        lua_xmove(t->co, L, 1);
        note_failure(L, group, t);
    } else if (failed && !group->failed) { /* broken off: no memory */
        lua_pushnil(L);
        note_failure(L, group, t);
    }
    lua_settop(L, top);
}

static void check_options(lua_State *L)
{
    if (lua_isnoneornil(L, 1))
        return;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushnil(L);
    if (lua_next(L, 1)) {
        lua_pushfstring(L, "unknown option '%s'", luaL_tolstring(L, -2, NULL));
        luaL_argerror(L, 1, lua_tostring(L, -1));
    }
}

/* thread.group([options]) -> group; there are no options yet */
static int thread_group(lua_State *L)
{
    struct nb_lthread *t = nb_lua_of(L)->current;

    check_options(L);
    nb_lua_check_open(L, nb_lua_of(L));
    struct group *group = lua_newuserdatauv(L, sizeof *group, 3);
    *group = (struct group){.owner = t};
    nb_lscope_init(&group->scope, "a thread of the group failed");
    nb_list_init(&group->members);
    nb_list_init(&group->waiters);
    luaL_setmetatable(L, class_name);
    if (t != NULL)
        nb_lscope_enter(&group->scope, t, L);
    return 1;
}

/* Makes `t`, the thread on top, a member of the group at 1. */
static void add_member(lua_State *L, struct group *group, struct nb_lthread *t,
                       bool service)
{
    struct nb_lmember *member = nb_malloc(sizeof *member);

    if (member == NULL) {
        lua_pushnil(L);
        nb_lthread_anchor(L, t);
        luaL_error(L, "not enough memory");
    }
    *member = (struct nb_lmember){.group = group, .t = t, .service = service};
    nb_list_init(&member->link);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, NB_LTHREAD_GROUP);
    nb_list_push(&group->members, &member->link);
    t->member = member;
    if (!service)
        group->workers++;
}

/* Stack: the thread, a reason or nil, which is popped. */
static void cancel_member(lua_State *L, struct nb_lthread *t)
{
    if (lua_isnil(L, -1))
        lua_pop(L, 1);
    else
        lua_setiuservalue(L, -2, NB_LTHREAD_REASON);
    nb_task_cancel(&t->task);
}

/* group:spawn([options,] f, ...) -> thread */
static int group_spawn(lua_State *L)
{
    struct group *group = check_group(L);
    struct nb_lspawn spawn = nb_lspawn_check(L, 2, true);

    if (group->over && nb_list_empty(&group->members))
        return luaL_error(L, "the group has ended");
    struct nb_lthread *t = nb_lspawn_new(L, &spawn);
    add_member(L, group, t, spawn.service);
    nb_task_start(&t->task, spawn.daemon);
    if (group->failed || group->cancelled) {
        lua_getiuservalue(L, 1, REASON);
        cancel_member(L, t);
    }
    return 1;
}

/* group:cancel([reason]) -> true, false if no member is alive */
static int group_cancel(lua_State *L)
{
    struct group *group = check_group(L);
    bool alive = !nb_list_empty(&group->members);

    group->cancelled = true;
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    lua_setiuservalue(L, 1, REASON);
    for (struct nb_list *link = group->members.next; link != &group->members;
         link = link->next) {
        struct nb_lthread *t = member_at(link)->t;
        nb_lthread_push(L, t);
        lua_pushvalue(L, 2);
        cancel_member(L, t);
        lua_pop(L, 1);
    }
    lua_pushboolean(L, alive);
    return 1;
}

static bool is_owner(lua_State *L, const struct group *group)
{
    return group->owner == nb_lua_of(L)->current;
}

/* The owner, if it is that, leaves: its error, nil for none, is at 2. */
static void leave(lua_State *L, struct group *group)
{
    if (!is_owner(L, group))
        return;
    if (group->scope.t != NULL) {
        group->quits = nb_lscope_has_raised(L, &group->scope, 2);
        nb_lscope_leave(L, &group->scope);
    }
    group->over = true;
    end_services(group);
}

/*
 * Waits for all members, for the call of `function`. Only the owner cannot be
 * kept from that.
 */
static void await_members(lua_State *L, lua_CFunction function,
                          struct group *group)
{
    struct nb_lthread *t = nb_lwait_enter_as(
        L, function, is_owner(L, group) ? NB_CALL_CATCHES : NB_CALL_RAISES);
    int rc = 0;

    while (!nb_list_empty(&group->members)) {
        if (rc == -ECANCELED || !nb_lcoroutine_can_wait(t, L)) {
            cancel_members(group, false);
            t->call.on_cancel = NB_CALL_HOLDS;
            t->call.wake = 0;
        }
        rc = nb_lwait(L, t,
                      &(struct nb_wait){
                          .queue = &group->waiters,
                          .deadline = NB_NEVER,
                          .what = "the threads of a group",
                          .object = group,
                      });
    }
    nb_lwait_leave(t);
    if (nb_lscope_is_due(t))
        nb_lwait_raise(L, t);
}

/* Raises the first failure with the traceback that it had. */
static int raise_failure(lua_State *L, struct group *group)
{
    struct nb_lthread *t = nb_lua_of(L)->current;

    group->told = group->told || is_owner(L, group);
    lua_getiuservalue(L, 1, FIRST);
    nb_ltrace_take(L, t, group->trace == NULL ? NULL : nb_strdup(group->trace));
    return lua_error(L);
}

/* A member would wait for its own end. */
static void check_outside(lua_State *L, const struct group *group)
{
    const struct nb_lthread *t = nb_lua_of(L)->current;

    if (t != NULL && t->member != NULL && t->member->group == group)
        luaL_error(L, "a thread of the group cannot wait for it");
}

/* group:wait() -> true, or raises the first failure. May wait. */
static int group_wait(lua_State *L)
{
    struct group *group = check_group(L);

    lua_settop(L, 2);
    check_outside(L, group);
    leave(L, group);
    await_members(L, group_wait, group);
    if (group->failed)
        return raise_failure(L, group);
    lua_pushboolean(L, true);
    return 1;
}

/* The end of `local group <close>`. May wait. */
static int group_close(lua_State *L)
{
    struct group *group = check_group(L);

    lua_settop(L, 2);
    check_outside(L, group);
    leave(L, group);
    if (!lua_isnil(L, 2))
        cancel_members(group, false);
    await_members(L, group_close, group);
    if (group->failed && !group->told && (lua_isnil(L, 2) || group->quits))
        return raise_failure(L, group);
    return 0;
}

bool nb_lgroup_is_awaited_by(const struct nb_lthread *t)
{
    lua_CFunction call = t->call.function;

    return t->task.state == NB_TASK_WAITING &&
           (call == group_wait || call == group_close);
}

struct nb_lthread *nb_lgroup_next_awaited(const struct nb_lthread *t,
                                          const struct nb_lthread *member)
{
    const struct group *group = t->task.waiter.object;
    struct nb_list *next =
        member == NULL ? group->members.next : member->member->link.next;

    return next == &group->members ? NULL : member_at(next)->t;
}

static int group_gc(lua_State *L)
{
    struct group *group = check_group(L);

    while (!nb_list_empty(&group->members)) {
        struct nb_lmember *member = member_at(group->members.next);
        nb_list_remove(&member->link);
        member->t->member = NULL;
        nb_free(member);
    }
    nb_lscope_leave(L, &group->scope);
    nb_free(group->trace);
    group->trace = NULL;
    return 0;
}

/* A method, or the field `others`: the failures behind the first. */
static int group_index(lua_State *L)
{
    check_group(L);
    if (lua_type(L, 2) == LUA_TSTRING &&
        strcmp(lua_tostring(L, 2), "others") == 0) {
        if (lua_getiuservalue(L, 1, OTHERS) == LUA_TNIL)
            lua_newtable(L);
        return 1;
    }
    luaL_getmetatable(L, class_name);
    lua_getfield(L, -1, "methods");
    lua_pushvalue(L, 2);
    lua_rawget(L, -2);
    return 1;
}

void nb_lgroup_open(lua_State *L, struct nb_lua *lua)
{
    static const luaL_Reg functions[] = {
        {"group", thread_group},
        {NULL, NULL},
    };
    static const luaL_Reg methods[] = {
        {"cancel", group_cancel},
        {"spawn", group_spawn},
        {"wait", group_wait},
        {NULL, NULL},
    };
    static const luaL_Reg metamethods[] = {
        {"__close", group_close},
        {"__gc", group_gc},
        {NULL, NULL},
    };

    nb_lua_newclass(L, lua, class_name, methods, metamethods);
    lua_getfield(L, -1, "__index");
    lua_setfield(L, -2, "methods");
    lua_pushlightuserdata(L, lua);
    lua_pushcclosure(L, group_index, 1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    lua_pushlightuserdata(L, lua);
    luaL_setfuncs(L, functions, 1);
}
