/* Groups of threads: see lgroup.h. */
#include "bind/lgroup.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>

#include "bind/cancel.h"
#include "bind/lclass.h"
#include "bind/lcoroutine.h"
#include "bind/lextra.h"
#include "bind/lfailure.h"
#include "bind/libs.h"
#include "bind/lspawn.h"
#include "bind/lwait.h"
#include "bind/obstacle.h"
#include "bind/state.h"
#include "core/loop.h"

static const char class_name[] = "group";

static struct nb_lgroup *check_group(lua_State *L)
{
    return luaL_checkudata(L, 1, class_name);
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
    struct nb_lgroup *group =
        lua_newuserdatauv(L, sizeof *group, NB_LGROUP_REASON);
    *group = (struct nb_lgroup){.workers = 0};
    nb_lscope_init(&group->scope, "a thread of the group failed");
    group->scope.lost = nb_lgroup_lose_owner;
    nb_list_init(&group->members);
    nb_list_init(&group->failures);
    nb_list_init(&group->waiters);
    luaL_setmetatable(L, class_name);
    if (t == NULL)
        return 1;
    group->owner = t->task.id;
    nb_lscope_enter(L, &group->scope, t);
    return 1;
}

/* Cancels `t`, on top, as the group at 1 was. */
static void cancel_member(lua_State *L, struct nb_lthread *t)
{
    if (lua_getiuservalue(L, 1, NB_LGROUP_REASON) == LUA_TNIL)
        lua_pop(L, 1);
    else
        nb_lextra_set_reason(L, t);
    nb_task_cancel(&t->task);
}

/* group:spawn([options,] f, ...) -> thread */
static int group_spawn(lua_State *L)
{
    struct nb_lgroup *group = check_group(L);
    struct nb_lspawn spawn = nb_lspawn_check(L, 2, true);

    if (group->left && nb_list_empty(&group->members))
        return luaL_error(L, "the group has ended");
    if (!group->anchored) {
        lua_pushboolean(L, false); /* makes room, keeps nothing */
        nb_lua_keep(L, group);
    }
    struct nb_lthread *t = nb_lspawn_new(L, &spawn);
    lua_pushvalue(L, 1);
    nb_lua_keep(L, group);
    group->anchored = true;
    nb_list_push(&group->members, &t->extra->member.link);
    t->extra->member.group = group;
    t->extra->member.service = spawn.service;
    group->workers += !spawn.service;
    nb_task_start(&t->task, spawn.daemon);
    if (group->cancelled)
        cancel_member(L, t);
    nb_lgroup_end_services(group);
    return 1;
}

/* group:cancel([reason]) -> true, false if no member is alive */
static int group_cancel(lua_State *L)
{
    struct nb_lgroup *group = check_group(L);

    lua_settop(L, 2);
    if (!lua_isnil(L, 2))
        lua_setiuservalue(L, 1, NB_LGROUP_REASON);
    group->cancelled = true;
    for (struct nb_list *link = group->members.next; link != &group->members;
         link = link->next) {
        nb_lthread_push(L, nb_lmember_thread(link));
        cancel_member(L, nb_lmember_thread(link));
        lua_pop(L, 1);
    }
    lua_pushboolean(L, !nb_list_empty(&group->members));
    return 1;
}

static void leave(lua_State *L, struct nb_lgroup *group)
{
    nb_lscope_leave(L, &group->scope);
    group->over = true;
    group->left = true;
    nb_lgroup_end_services(group);
    nb_lgroup_release(L, group);
}

static struct nb_wait wait_for(struct nb_lgroup *group)
{
    return (struct nb_wait){
        .queue = &group->waiters,
        .deadline = NB_NEVER,
        .what = "the threads of a group",
        .object = group,
        .lasting = true,
    };
}

/* Who waits for its own end waits for ever. */
static void check_outside(lua_State *L, const struct nb_lgroup *group)
{
    const struct nb_lthread *t = nb_lua_of(L)->current;

    if (t != NULL && nb_lmember_group(t) == group)
        luaL_error(L, "a thread of the group cannot wait for it");
}

/*
 * The owner waits for all members, in the call of `function`, and goes on
 * waiting when it is cancelled. False if nothing can wait here.
 */
static bool await_members(lua_State *L, lua_CFunction function,
                          struct nb_lgroup *group)
{
    struct nb_lthread *t = nb_lwait_enter_as(L, function, NB_CALL_CATCHES);
    struct nb_wait wait = wait_for(group);
    int rc = 0;

    group->awaited = false;
    while (!nb_list_empty(&group->members)) {
        if (!nb_lcoroutine_can_wait(t, L)) {
            nb_lgroup_cancel_members(group);
            nb_lwait_leave(t);
            return false;
        }
        if (rc == -ECANCELED) {
            nb_lgroup_cancel_members(group);
            t->call.on_cancel = NB_CALL_HOLDS;
            t->call.wake = 0;
        }
        group->awaited = true;
        rc = nb_lwait(L, t, &wait);
    }
    nb_lwait_leave(t);
    return true;
}

/* Raises the first failure, with the traceback that it had. */
static int raise_failure(lua_State *L, struct nb_lgroup *group)
{
    struct nb_lthread *t = nb_lua_of(L)->current;
    struct nb_lthread *first = nb_lmember_thread(group->failures.next);

    nb_lfailure_tell(first);
    nb_lfailure_push(L, first);
    nb_ltrace_take(L, t, nb_ltrace_told(first));
    return lua_error(L);
}

/* The same for the owner, who finds the others in the group. */
static int tell_owner(lua_State *L, struct nb_lgroup *group)
{
    group->told = true;
    for (struct nb_list *link = group->failures.next; link != &group->failures;
         link = link->next)
        nb_lfailure_tell(nb_lmember_thread(link));
    return raise_failure(L, group);
}

/* What group:wait() does where the owner does not call it. */
static int watch(lua_State *L, struct nb_lgroup *group, lua_CFunction function)
{
    struct nb_lthread *t = nb_lwait_enter(L, function);
    struct nb_wait wait = wait_for(group);

    if (!nb_list_empty(&group->members))
        return nb_lwait(L, t, &wait);
    nb_lwait_leave(t);
    if (!nb_list_empty(&group->failures))
        return raise_failure(L, group);
    lua_pushboolean(L, true);
    return 1;
}

/* group:wait() -> true, or raises the first failure. May wait. */
static int group_wait(lua_State *L)
{
    struct nb_lgroup *group = check_group(L);
    struct nb_lthread *t = nb_lua_of(L)->current;

    check_outside(L, group);
    if (t == NULL || t->task.id != group->owner)
        return watch(L, group, group_wait);
    if (!nb_list_empty(&group->members) && !nb_lcoroutine_can_wait(t, L))
        return nb_obstacle_raise(L);
    leave(L, group);
    await_members(L, group_wait, group);
    if (!nb_list_empty(&group->failures))
        return tell_owner(L, group);
    if (nb_lscope_is_due(t))
        return nb_lwait_raise(L, t);
    lua_pushboolean(L, true);
    return 1;
}

/*
 * The members have ended, `err`, not nil, is what ends the block. A failure of
 * theirs comes before a cancellation, but not before another error.
 */
static int close_with_error(lua_State *L, struct nb_lgroup *group, int err)
{
    if (group->told || nb_list_empty(&group->failures))
        return 0;
    if (nb_cancel_is(L, err))
        return tell_owner(L, group);
    group->spared = true;
    nb_lgroup_report(L, group);
    return 0;
}

/* The end of `local group <close>`; an error, or nil, is at 2. May wait. */
static int group_close(lua_State *L)
{
    struct nb_lgroup *group = check_group(L);
    bool failed = !lua_isnoneornil(L, 2);

    check_outside(L, group);
    leave(L, group);
    if (failed)
        nb_lgroup_cancel_members(group);
    if (!await_members(L, group_close, group)) {
        nb_lgroup_report(L, group);
        return failed ? 0 : nb_obstacle_raise(L);
    }
    if (failed)
        return close_with_error(L, group, 2);
    if (!group->told && !nb_list_empty(&group->failures))
        return tell_owner(L, group);
    if (nb_lscope_is_due(nb_lua_of(L)->current))
        return nb_lwait_raise(L, nb_lua_of(L)->current);
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
    const struct nb_lgroup *group = t->task.waiter.object;
    struct nb_list *next =
        member == NULL ? group->members.next : member->extra->member.link.next;

    return next == &group->members ? NULL : nb_lmember_thread(next);
}

/* The members' link is the group's: at the end of the program it goes first. */
static int group_gc(lua_State *L)
{
    struct nb_lgroup *group = check_group(L);

    while (!nb_list_empty(&group->members)) {
        struct nb_lmember *member =
            NB_CONTAINER_OF(group->members.next, struct nb_lmember, link);
        nb_list_remove(&member->link);
        member->group = NULL;
    }
    while (!nb_list_empty(&group->failures))
        nb_list_remove(group->failures.next);
    nb_lscope_leave(L, &group->scope);
    return 0;
}

/* Pushes a list of the failures that the owner is not told. */
static void push_others(lua_State *L, const struct nb_lgroup *group)
{
    bool is_other = group->spared;
    int count = 0;

    lua_newtable(L);
    for (struct nb_list *link = group->failures.next; link != &group->failures;
         link = link->next) {
        if (is_other) {
            nb_lfailure_tell(nb_lmember_thread(link));
            nb_lfailure_push(L, nb_lmember_thread(link));
            lua_rawseti(L, -2, ++count);
        }
        is_other = true;
    }
}

/* A method, or the field `others`: the failures behind the first. */
static int group_index(lua_State *L)
{
    struct nb_lgroup *group = check_group(L);

    if (lua_type(L, 2) == LUA_TSTRING &&
        strcmp(lua_tostring(L, 2), "others") == 0) {
        push_others(L, group);
        return 1;
    }
    luaL_getmetatable(L, class_name);
    lua_getfield(L, -1, "methods");
    lua_pushvalue(L, 2);
    lua_rawget(L, -2);
    return 1;
}

void nb_lgroup_open(lua_State *L)
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

    nb_lclass_new(L, class_name, methods, metamethods);
    lua_getfield(L, -1, "__index");
    lua_setfield(L, -2, "methods");
    lua_pushcfunction(L, group_index);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    luaL_setfuncs(L, functions, 0);
}
