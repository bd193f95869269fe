/* The threads of a group: see lmember.h and lgroup.h. */
#include "bind/lmember.h"

#include "bind/lextra.h"
#include "bind/lfailure.h"
#include "bind/lgroup.h"
#include "bind/lthread.h"
#include "bind/state.h"

void nb_lmember_init(struct nb_lmember *member)
{
    member->group = NULL;
    member->service = false;
    nb_list_init(&member->link);
}

void nb_lgroup_cancel_members(struct nb_lgroup *group)
{
    group->cancelled = true;
    for (struct nb_list *link = group->members.next; link != &group->members;
         link = link->next)
        nb_task_cancel(&nb_lmember_thread(link)->task);
}

void nb_lgroup_end_services(struct nb_lgroup *group)
{
    if (group->over && group->workers == 0 && !nb_list_empty(&group->members))
        nb_lgroup_cancel_members(group);
}

void nb_lgroup_release(lua_State *L, struct nb_lgroup *group)
{
    bool untold = group->scope.co != NULL && !nb_list_empty(&group->failures);

    if (!group->anchored || untold || !nb_list_empty(&group->members))
        return;
    group->anchored = false;
    lua_pushnil(L);
    nb_lua_keep(L, group);
}

void nb_lgroup_lose_owner(lua_State *L, struct nb_lscope *scope)
{
    struct nb_lgroup *group = NB_CONTAINER_OF(scope, struct nb_lgroup, scope);

    group->over = true;
    group->awaited = false;
    nb_lgroup_end_services(group);
    nb_lgroup_release(L, group);
}

struct nb_lgroup *nb_lmember_group(const struct nb_lthread *t)
{
    return t->extra == NULL ? NULL : t->extra->member.group;
}

bool nb_lmember_is_taken(const struct nb_lthread *t)
{
    const struct nb_lgroup *group = nb_lmember_group(t);

    return group != NULL && (group->scope.co != NULL || group->awaited);
}

/* Takes the member out of its group. */
static void remove_member(struct nb_lgroup *group, struct nb_lthread *t)
{
    struct nb_lmember *member = &t->extra->member;

    nb_list_remove(&member->link);
    member->group = NULL;
    if (!member->service)
        group->workers--;
    nb_lgroup_end_services(group);
    if (nb_list_empty(&group->members))
        nb_waiter_complete_all(&group->waiters, 0);
}

/*
 * Keeps the failed thread in the group, which is on top. One that was broken
 * off for want of memory stays anchored anyway.
 */
static void keep(lua_State *L, struct nb_lgroup *group, struct nb_lthread *t)
{
    if (nb_list_empty(&group->failures)) {
        nb_lthread_push(L, t);
        lua_setiuservalue(L, -2, NB_LGROUP_FIRST);
    } else if (t->results > 0) {
        if (lua_getiuservalue(L, -1, NB_LGROUP_OTHERS) != LUA_TTABLE) {
            lua_newtable(L);
            lua_pushvalue(L, -1);
            lua_setiuservalue(L, -4, NB_LGROUP_OTHERS);
        }
        nb_lthread_push(L, t);
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    }
    nb_list_push(&group->failures, &t->extra->member.link);
}

void nb_lmember_ended(lua_State *L, struct nb_lthread *t)
{
    struct nb_lgroup *group = nb_lmember_group(t);
    int top = lua_gettop(L);

    if (group == NULL)
        return;
    nb_lua_push_kept(L, group);
    remove_member(group, t);
    if (t->outcome == NB_LTHREAD_FAILED) {
        nb_lgroup_cancel_members(group);
        nb_lscope_fire(&group->scope);
        keep(L, group, t);
    }
    nb_lgroup_release(L, group);
    lua_settop(L, top);
}

/* A thread of the group whose failure nobody has been told of, or NULL. */
static struct nb_lthread *find_untold(const struct nb_lgroup *group)
{
    for (struct nb_list *link = group->failures.next; link != &group->failures;
         link = link->next) {
        if (!nb_lfailure_is_told(nb_lmember_thread(link)))
            return nb_lmember_thread(link);
    }
    return NULL;
}

void nb_lgroup_report(lua_State *L, struct nb_lgroup *group)
{
    struct nb_lthread *t;

    while ((t = find_untold(group)) != NULL)
        nb_lfailure_print(L, t);
}

/* A group of `owner` in which there is something to tell, or NULL. */
static struct nb_lgroup *find_telling(const struct nb_lthread *owner)
{
    for (struct nb_lscope *scope = owner->scope; scope != NULL;
         scope = nb_lscope_inner(owner, scope)) {
        struct nb_lgroup *group =
            NB_CONTAINER_OF(scope, struct nb_lgroup, scope);
        if (scope->lost == nb_lgroup_lose_owner && find_untold(group) != NULL)
            return group;
    }
    return NULL;
}

void nb_lmember_disown(lua_State *L, struct nb_lthread *owner)
{
    struct nb_lgroup *group;

    while ((group = find_telling(owner)) != NULL) {
        nb_lua_push_kept(L, group); /* a __tostring may leave the group */
        nb_lgroup_report(L, group);
        lua_pop(L, 1);
    }
}
