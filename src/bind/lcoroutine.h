/*
 * Coroutines of the script: Lua's coroutine library, through which a wait
 * passes.
 *
 * Each coroutine remembers in its extra space who resumed it. When a thread
 * waits in an inner coroutine, that coroutine and all its resumers yield down
 * to the scheduler, which later resumes the innermost one directly; a resumer
 * runs again only when its coroutine really yields or ends. So a wait costs
 * the same at any depth, and what it yields never reaches the script.
 *
 * Each resume takes a part of the C stack. Before that is full a coroutine
 * lets the scheduler resume the next one, in the same way: they may nest much
 * deeper than in plain Lua.
 */
#ifndef NB_BIND_LCOROUTINE_H
#define NB_BIND_LCOROUTINE_H

#include <lua.h>
#include <stdbool.h>

struct nb_lscope;
struct nb_lthread;

/* Replaces the functions of the global table `coroutine`. May raise. */
void nb_lcoroutine_open(lua_State *L);

/* Marks `co` as the coroutine that a thread begins with. */
void nb_lcoroutine_set_base(lua_State *co);

/* Marks the coroutine that a thread began with as dead, for ever. */
void nb_lcoroutine_end_base(lua_State *co);

/* `co` rests, and so do `first` and the scopes linked to it; NULL: none do. */
void nb_lcoroutine_rest(lua_State *co, struct nb_lscope *first);

/* The first scope that rests with `co`, NULL if there is none. */
struct nb_lscope *nb_lcoroutine_resting(lua_State *co);

/* Who resumed `co`; NULL for a thread's first and for one that rests. */
lua_State *nb_lcoroutine_resumer(lua_State *co);

/* The scheduler is about to resume the innermost coroutine of `t`. */
void nb_lcoroutine_begin(struct nb_lthread *t);

/*
 * An inner coroutine of `t` that the scheduler had resumed has stopped with
 * `status` and `results` values: its resumer is now the innermost.
 */
void nb_lcoroutine_stopped(struct nb_lthread *t, lua_State *co, int status,
                           int results);

/* True if a wait that is begun in L can suspend the whole thread. */
bool nb_lcoroutine_can_wait(const struct nb_lthread *t, lua_State *L);

#endif
