/*
 * Lua meets the limits: where a program is when it has used one up, and how
 * it is asked to end (guard/watchdog).
 */
#ifndef NB_BIND_LLIMIT_H
#define NB_BIND_LLIMIT_H

#include <lua.h>
#include <stddef.h>

struct nb_lua;
struct nb_watchdog_host;

/* What the watchdog needs of a program; its context is the struct nb_lua. */
extern const struct nb_watchdog_host nb_llimit_host;

/* Ends the program if a limit is used up. */
void nb_llimit_check(struct nb_lua *lua);

/* Counts bytes written other than by the console; may end the program. */
void nb_llimit_count(struct nb_lua *lua, size_t len);

/* The same for the arguments of a write, from `first` to the last. */
void nb_llimit_count_arguments(lua_State *L, struct nb_lua *lua, int first);

/* Raises where one thread more would be too many. */
void nb_llimit_check_threads(lua_State *L, const struct nb_lua *lua);

#endif
