/* How far a cancellation reaches: see lscope.h. */
#include "bind/lscope.h"

#include <errno.h>
#include <lauxlib.h>

#include "bind/cancel.h"
#include "bind/lcoroutine.h"
#include "bind/state.h"
#include "core/loop.h"

enum { MAX_IGNORED = 64 };

static struct nb_lscope *scope_at(struct nb_list *link)
{
    return NB_CONTAINER_OF(link, struct nb_lscope, link);
}

static bool is_shield(const struct nb_lscope *scope)
{
    return scope->reason == NULL;
}

static void on_timer(struct nb_timer *timer)
{
    nb_lscope_fire(NB_CONTAINER_OF(timer, struct nb_lscope, timer));
}

struct nb_lscope *nb_lscope_inner(const struct nb_lthread *t,
                                  const struct nb_lscope *scope)
{
    return scope->link.next == &t->scope->link ? NULL
                                               : scope_at(scope->link.next);
}

void nb_lscope_init(struct nb_lscope *scope, const char *reason)
{
    *scope = (struct nb_lscope){.reason = reason, .deadline = NB_NEVER};
    nb_list_init(&scope->link);
    nb_timer_init(&scope->timer, on_timer);
}

/* The innermost of those of the thread, which is in one. */
static struct nb_lscope *innermost(const struct nb_lthread *t)
{
    return scope_at(t->scope->link.prev);
}

/* Makes it that. */
static void attach(struct nb_lscope *scope, struct nb_lthread *t)
{
    scope->t = t;
    if (t->scope == NULL)
        t->scope = scope;
    else
        nb_list_push(&t->scope->link, &scope->link);
}

/* Takes it out of the ring; the first in that, which was `first`, or NULL. */
static struct nb_lscope *take_out(struct nb_lscope *first,
                                  struct nb_lscope *scope)
{
    struct nb_lscope *next = scope_at(scope->link.next);

    nb_list_remove(&scope->link);
    if (first != scope)
        return first;
    return next == scope ? NULL : next;
}

static void detach(struct nb_lscope *scope)
{
    struct nb_lthread *t = scope->t;

    nb_timer_disarm(t->task.rt, &scope->timer);
    t->scope = take_out(t->scope, scope);
    scope->t = NULL;
    if (is_shield(scope) && t->interrupted)
        nb_lthread_interrupt(nb_lua_at(t));
}

void nb_lscope_enter(lua_State *L, struct nb_lscope *scope,
                     struct nb_lthread *t)
{
    lua_pushthread(L);
    lua_setiuservalue(L, -2, 1);
    scope->co = L;
    attach(scope, t);
}

void nb_lscope_fire(struct nb_lscope *scope)
{
    struct nb_lthread *t = scope->t;

    if (scope->co == NULL || scope->fired)
        return;
    scope->fired = true;
    if (t == NULL)
        return;
    if (!t->task.waiter.shielded && nb_lscope_is_due(t))
        nb_waiter_complete(&t->task.waiter, -ECANCELED);
}

/* It fires at its deadline, at once if that has passed. */
static void arm(struct nb_lscope *scope)
{
    struct nb_runtime *rt = scope->t->task.rt;

    if (scope->deadline == NB_NEVER || scope->fired)
        return;
    if (scope->deadline <= nb_loop_now(rt->loop))
        nb_lscope_fire(scope);
    else
        nb_timer_arm(rt, &scope->timer, scope->deadline);
}

void nb_lscope_fire_at(struct nb_lscope *scope, int64_t deadline)
{
    scope->deadline = deadline;
    arm(scope);
}

void nb_lscope_look(struct nb_lthread *t)
{
    for (struct nb_lscope *scope = t->scope; scope != NULL;
         scope = nb_lscope_inner(t, scope)) {
        if (scope->deadline != NB_NEVER &&
            scope->deadline <= nb_loop_now(t->task.rt->loop))
            nb_lscope_fire(scope);
    }
}

/* Pushes what the scope has raised. */
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

/* Takes it from those that rest with it. */
static void take_from_rest(struct nb_lscope *scope)
{
    lua_State *co = scope->co;
    bool first = nb_lcoroutine_resting(co) == scope;
    struct nb_lscope *next = take_out(scope, scope);

    if (first)
        nb_lcoroutine_rest(co, next);
}

/* It has ended, but what it raised may still be under way. */
static void end(struct nb_lscope *scope)
{
    lua_State *L = nb_lua_at(scope->t)->L;

    detach(scope);
    scope->co = NULL;
    if (scope->lost != NULL)
        scope->lost(L, scope);
}

void nb_lscope_leave(lua_State *L, struct nb_lscope *scope)
{
    if (scope->t != NULL)
        detach(scope);
    else if (scope->co != NULL)
        take_from_rest(scope);
    scope->co = NULL;
    if (!scope->raised)
        return;
    scope->raised = false;
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, scope);
}

void nb_lscope_end(struct nb_lthread *t)
{
    while (t->scope != NULL)
        end(innermost(t));
}

void nb_lscope_stop(struct nb_lthread *t, lua_State *co, bool yielded)
{
    struct nb_lscope *first = NULL;

    while (t->scope != NULL && innermost(t)->co == co) {
        struct nb_lscope *scope = innermost(t);
        if (!yielded) {
            end(scope);
            continue;
        }
        detach(scope);
        if (first != NULL) /* a ring, the outermost first */
            nb_list_push(&first->link, &scope->link);
        first = scope;
    }
    if (first != NULL)
        nb_lcoroutine_rest(co, first);
}

void nb_lscope_resume(struct nb_lthread *t, struct nb_lscope *first)
{
    for (struct nb_lscope *scope = first; scope != NULL;) {
        struct nb_list *next = scope->link.next;
        bool last = next == &scope->link;

        nb_list_remove(&scope->link);
        attach(scope, t);
        arm(scope);
        scope = last ? NULL : scope_at(next);
    }
}

bool nb_lscope_find_due(const struct nb_lthread *t, struct nb_lscope **scope)
{
    bool cancelled = t->task.cancelled;

    *scope = NULL;
    for (struct nb_lscope *at = t->scope; at != NULL;
         at = nb_lscope_inner(t, at)) {
        if (is_shield(at)) {
            cancelled = false;
            *scope = NULL;
        } else if (at->fired && !cancelled && *scope == NULL) {
            *scope = at;
        }
    }
    return cancelled || *scope != NULL;
}

bool nb_lscope_is_shielded(const struct nb_lthread *t)
{
    const struct nb_lscope *scope = t->scope;

    while (scope != NULL && !is_shield(scope))
        scope = nb_lscope_inner(t, scope);
    return scope != NULL;
}

bool nb_lscope_has_fired(const struct nb_lthread *t)
{
    const struct nb_lscope *scope = t->scope;

    while (scope != NULL && !scope->fired)
        scope = nb_lscope_inner(t, scope);
    return scope != NULL;
}

/* Raises the cancellation of a scope: the same object each time. */
static int raise_scope(lua_State *L, struct nb_lscope *scope)
{
    luaL_checkstack(L, 4, NULL);
    if (!scope->raised) {
        nb_cancel_push_reason(L, scope->reason);
        lua_rawsetp(L, LUA_REGISTRYINDEX, scope);
        scope->raised = true;
    }
    push_raised(L, scope);
    return lua_error(L);
}

/* Counts the cancellations that were raised, and forces one. */
static void count_raised(struct nb_lua *lua, unsigned char *ignored,
                         unsigned *forced)
{
    if (++*ignored <= MAX_IGNORED)
        return;
    *ignored = 0;
    *forced = ++lua->forced;
}

int nb_lscope_raise(lua_State *L, struct nb_lthread *t)
{
    struct nb_lscope *scope;

    if (nb_lscope_find_due(t, &scope) && scope != NULL) {
        count_raised(nb_lua_at(t), &scope->ignored, &scope->forced);
        return raise_scope(L, scope);
    }
    count_raised(nb_lua_at(t), &t->ignored, &t->forced);
    return nb_cancel_raise(L, t);
}

bool nb_lscope_passes(const struct nb_lthread *t, unsigned count)
{
    if (t == NULL || nb_lua_at(t)->forced == count)
        return false;
    for (const struct nb_lscope *scope = t->scope; scope != NULL;
         scope = nb_lscope_inner(t, scope)) {
        if (scope->forced > count)
            return true;
    }
    return t->forced > count;
}
