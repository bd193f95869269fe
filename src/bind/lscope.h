/*
 * How far a cancellation reaches.
 *
 * A thread has scopes, one inside the other: those of deadlines and groups,
 * which can fire, and shields. A wait that is begun or goes on inside a scope
 * that has fired raises, unless a shield lies between; what raises is the
 * outermost of those that have fired, the cancellation of the thread itself
 * being outside of all scopes. A scope belongs to the coroutine that entered
 * it, and counts only while that coroutine, or one that it has resumed, runs:
 * a generator takes its deadlines with it when it yields.
 *
 * A scope is part of a userdata with __gc and __close, and is left by both.
 */
#ifndef NB_BIND_LSCOPE_H
#define NB_BIND_LSCOPE_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "bind/lthread.h"
#include "core/timer.h"
#include "util/list.h"

struct nb_lscope {
    struct nb_list link;  /* among the thread's, the outermost first */
    struct nb_lthread *t; /* NULL: not entered, or left */
    const lua_State *co;
    const char *reason; /* of its cancellation: a string constant */
    struct nb_timer timer;
    int64_t deadline; /* NB_NEVER: none */
    bool shield;
    bool fired;
    bool raised; /* the registry has what it raised */
};

/* Prepares the caller's storage, which must not move: not entered. */
void nb_lscope_init(struct nb_lscope *scope, const char *reason);

/* Enters it in the coroutine `co` of `t`, inside the other scopes. */
void nb_lscope_enter(struct nb_lscope *scope, struct nb_lthread *t,
                     const lua_State *co);

/* Every wait in it raises from now on; the present one ends. */
void nb_lscope_fire(struct nb_lscope *scope);

/* Lets it fire at `deadline`, at once if that has passed. */
void nb_lscope_fire_at(struct nb_lscope *scope, int64_t deadline);

/* True if the value at `index` is what the scope has raised. May raise. */
bool nb_lscope_has_raised(lua_State *L, const struct nb_lscope *scope,
                          int index);

/* Leaves it; twice is harmless. Allocates nothing. */
void nb_lscope_leave(lua_State *L, struct nb_lscope *scope);

/* Fires those whose deadline has passed, though no timer could tell yet. */
void nb_lscope_look(struct nb_lthread *t);

/* The thread has ended: its scopes count no more. */
void nb_lscope_forget_all(struct nb_lthread *t);

/* True if something outside of the present scopes may not end a wait. */
bool nb_lscope_is_shielded(const struct nb_lthread *t);

/* For nb_lscope_is_due(): looks at the scopes. */
bool nb_lscope_find_due(const struct nb_lthread *t, struct nb_lscope **scope);

/* True if a wait of `t` would raise now. */
static inline bool nb_lscope_is_due(const struct nb_lthread *t)
{
    struct nb_lscope *scope;

    return (t->task.cancelled || t->fired > 0) && nb_lscope_find_due(t, &scope);
}

/* Raises what is due. */
int nb_lscope_raise(lua_State *L, struct nb_lthread *t);

#endif
