/* How far a cancellation reaches: see lscope.h. */
#include "bind/lscope.h"

#include <errno.h>
#include <lauxlib.h>

#include "bind/cancel.h"
#include "bind/lcoroutine.h"
#include "bind/state.h"
#include "core/loop.h"

static struct nb_lscope *scope_at(struct nb_list *link)
{
    return NB_CONTAINER_OF(link, struct nb_lscope, link);
}

static void on_timer(struct nb_timer *timer)
{
    nb_lscope_fire(NB_CONTAINER_OF(timer, struct nb_lscope, timer));
}

void nb_lscope_init(struct nb_lscope *scope, const char *reason)
{
    *scope = (struct nb_lscope){.reason = reason, .deadline = NB_NEVER};
    nb_list_init(&scope->link);
    nb_timer_init(&scope->timer, on_timer);
}

void nb_lscope_enter(struct nb_lscope *scope, struct nb_lthread *t,
                     const lua_State *co)
{
    scope->t = t;
    scope->co = co;
    nb_list_push(&t->scopes, &scope->link);
}

void nb_lscope_fire(struct nb_lscope *scope)
{
    struct nb_lthread *t = scope->t;

    if (t == NULL || scope->fired)
        return;
    scope->fired = true;
    t->fired++;
    if (t->task.state == NB_TASK_WAITING && !t->task.waiter.shielded &&
        nb_lscope_is_due(t))
        nb_waiter_complete(&t->task.waiter, -ECANCELED);
}

void nb_lscope_fire_at(struct nb_lscope *scope, int64_t deadline)
{
    struct nb_runtime *rt = scope->t->task.rt;

    if (deadline == NB_NEVER)
        return;
    scope->deadline = deadline;
    scope->t->deadlines++;
    if (deadline <= nb_loop_now(rt->loop))
        nb_lscope_fire(scope);
    else
        nb_timer_arm(rt, &scope->timer, deadline);
}

void nb_lscope_look(struct nb_lthread *t)
{
    int64_t now = nb_loop_now(t->task.rt->loop);

    for (struct nb_list *link = t->scopes.next; link != &t->scopes;
         link = link->next) {
        if (scope_at(link)->deadline <= now)
            nb_lscope_fire(scope_at(link));
    }
}

/* Pushes what the scope has raised, nil if it has not. */
static void push_raised(lua_State *L, const struct nb_lscope *scope)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, scope);
}

bool nb_lscope_has_raised(lua_State *L, const struct nb_lscope *scope,
                          int index)
{
    if (!scope->raised)
        return false;
    index = lua_absindex(L, index);
    push_raised(L, scope);
    bool same = lua_rawequal(L, -1, index) != 0;
    lua_pop(L, 1);
    return same;
}

/* Takes it out of its thread. */
static void detach(struct nb_lscope *scope)
{
    struct nb_lthread *t = scope->t;

    if (t == NULL)
        return;
    nb_timer_disarm(t->task.rt, &scope->timer);
    nb_list_remove(&scope->link);
    if (scope->deadline != NB_NEVER)
        t->deadlines--;
    if (scope->fired)
        t->fired--;
    t->raised = 0;
    scope->t = NULL;
}

void nb_lscope_leave(lua_State *L, struct nb_lscope *scope)
{
    detach(scope);
    if (!scope->raised)
        return;
    scope->raised = false;
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, scope);
}

void nb_lscope_forget_all(struct nb_lthread *t)
{
    while (!nb_list_empty(&t->scopes))
        detach(scope_at(t->scopes.next));
}

/* True if the coroutine that entered it runs or has resumed who does. */
static bool is_active(const struct nb_lthread *t, const struct nb_lscope *scope)
{
    for (lua_State *co = t->inner; co != NULL; co = nb_lcoroutine_resumer(co)) {
        if (co == scope->co)
            return true;
    }
    return false;
}

bool nb_lscope_is_shielded(const struct nb_lthread *t)
{
    for (struct nb_list *link = t->scopes.prev; link != &t->scopes;
         link = link->prev) {
        if (scope_at(link)->shield && is_active(t, scope_at(link)))
            return true;
    }
    return false;
}

bool nb_lscope_find_due(const struct nb_lthread *t, struct nb_lscope **scope)
{
    bool due = false;

    *scope = NULL;
    for (struct nb_list *link = t->scopes.prev; link != &t->scopes;
         link = link->prev) {
        struct nb_lscope *at = scope_at(link);
        if ((!at->shield && !at->fired) || !is_active(t, at))
            continue;
        if (at->shield)
            return due;
        *scope = at;
        due = true;
    }
    if (t->task.cancelled)
        *scope = NULL;
    return due || t->task.cancelled;
}

/* Raises the cancellation of a scope: the same object each time. */
static int raise_scope(lua_State *L, struct nb_lscope *scope)
{
    luaL_checkstack(L, 4, NULL);
    if (!scope->raised) {
        nb_cancel_push_reason(L, scope->reason);
        scope->raised = true;
        lua_rawsetp(L, LUA_REGISTRYINDEX, scope);
    }
    push_raised(L, scope);
    return lua_error(L);
}

int nb_lscope_raise(lua_State *L, struct nb_lthread *t)
{
    struct nb_lscope *scope;

    if (nb_lscope_find_due(t, &scope) && scope != NULL)
        return raise_scope(L, scope);
    return nb_cancel_raise(L, t);
}
