/*
 * What stands in the way of a wait: a function that Lua cannot suspend.
 *
 * Lua knows only that there is one. Which one is found on the stack: the first
 * C function, from the wait outwards, that is not known to let waits pass; a
 * finalizer, a hook, a message handler; or what closes a coroutine.
 */
#ifndef NB_BIND_OBSTACLE_H
#define NB_BIND_OBSTACLE_H

#include <lua.h>

/* Prepares the state: once, when Lua's libraries are there. May raise. */
void nb_obstacle_open(lua_State *L);

/*
 * Waits pass `function`, unless it closes a coroutine: then `name` is in the
 * way. May raise.
 */
void nb_obstacle_except(lua_State *L, lua_CFunction function, const char *name);

/* Raises one sentence that names what is in the way of a wait in L. */
int nb_obstacle_raise(lua_State *L);

#endif
