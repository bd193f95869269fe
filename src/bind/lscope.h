/*
 * How far a cancellation reaches.
 *
 * A thread is in scopes, one inside the other: those of deadlines and groups,
 * which can fire, and shields. A wait that begins or goes on inside a scope
 * that has fired raises, unless a shield lies between; what raises is the
 * outermost of those that have fired, the cancellation of the thread itself
 * being outside of all scopes.
 *
 * A scope belongs to the coroutine that entered it. When that yields, its
 * scopes rest; whoever resumes it, be it another thread, is in them again. One
 * that has fired meanwhile raises then.
 *
 * What raises in vain too often is forced: no pcall that was called before
 * catches an error any more until the scope is left. So nothing inside of a
 * scope outlives it for ever.
 *
 * A scope is part of a userdata, whose first user value keeps the coroutine.
 */
#ifndef NB_BIND_LSCOPE_H
#define NB_BIND_LSCOPE_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "bind/lthread.h"
#include "core/timer.h"
#include "util/list.h"

struct nb_lscope;

/* Who has entered it can leave it no more: it has ended. Must not raise. */
typedef void (*nb_lscope_fn)(lua_State *L, struct nb_lscope *scope);

struct nb_lscope {
    struct nb_list link;  /* a ring of the thread's, or of those that rest */
    struct nb_lthread *t; /* who is in it; NULL: it rests, or is left */
    lua_State *co;        /* that entered it; NULL: nobody has, or it is left */
    const char *reason;   /* of its cancellation: a constant; NULL: a shield */
    nb_lscope_fn lost;    /* may be NULL */
    struct nb_timer timer;
    int64_t deadline;
    unsigned forced;       /* when it was, by the count of the program, or 0 */
    unsigned char ignored; /* cancellations raised in vain so far */
    bool fired;
    bool raised; /* the registry has what it raised */
};

/*
 * Prepares the caller's storage, which must not move: not entered. `reason` is
 * the one of its cancellation, NULL for a shield.
 */
void nb_lscope_init(struct nb_lscope *scope, const char *reason);

/*
 * Enters the scope, part of the userdata on top, in the coroutine L of `t`,
 * inside of all other scopes.
 */
void nb_lscope_enter(lua_State *L, struct nb_lscope *scope,
                     struct nb_lthread *t);

/* Every wait in it raises from now on; the present one ends. */
void nb_lscope_fire(struct nb_lscope *scope);

/* Lets it, just entered, fire at `deadline`, at once if that has passed. */
void nb_lscope_fire_at(struct nb_lscope *scope, int64_t deadline);

/* Fires those of `t` whose deadlines have passed while it computed. */
void nb_lscope_look(struct nb_lthread *t);

/* True if the value at `index` is what the scope has raised. May raise. */
bool nb_lscope_has_raised(lua_State *L, const struct nb_lscope *scope,
                          int index);

/* Leaves it; twice is harmless. Allocates nothing. */
void nb_lscope_leave(lua_State *L, struct nb_lscope *scope);

/* The thread has ended: it is in no scope any more. */
void nb_lscope_end(struct nb_lthread *t);

/* The coroutine `co` of `t` has stopped: its scopes rest, or have ended. */
void nb_lscope_stop(struct nb_lthread *t, lua_State *co, bool yielded);

/* `t` resumes, or closes, the coroutine in which `first` and others rest. */
void nb_lscope_resume(struct nb_lthread *t, struct nb_lscope *first);

/* For nb_lscope_is_due(): looks at the scopes. */
bool nb_lscope_find_due(const struct nb_lthread *t, struct nb_lscope **scope);

/* True if a wait of `t` would raise now. */
static inline bool nb_lscope_is_due(const struct nb_lthread *t)
{
    struct nb_lscope *scope;

    return (t->task.cancelled || t->scope != NULL) &&
           nb_lscope_find_due(t, &scope);
}

/* The next one inside of `scope`, which `t` is in; NULL: none. */
struct nb_lscope *nb_lscope_inner(const struct nb_lthread *t,
                                  const struct nb_lscope *scope);

/* True if one of those that `t` is in is a shield; has fired. */
bool nb_lscope_is_shielded(const struct nb_lthread *t);
bool nb_lscope_has_fired(const struct nb_lthread *t);

/* Raises what is due. */
int nb_lscope_raise(lua_State *L, struct nb_lthread *t);

/*
 * True if an error may not be caught by who began to catch when the program
 * had forced `count` cancellations (nb_lua.forced).
 */
bool nb_lscope_passes(const struct nb_lthread *t, unsigned count);

#endif
