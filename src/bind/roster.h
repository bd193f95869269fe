/*
 * The threads of a program, as standard error shows them: each with what it
 * waits for, who could end that, and where it is.
 */
#ifndef NB_BIND_ROSTER_H
#define NB_BIND_ROSTER_H

#include <lua.h>

struct nb_lua;

/* Prints the threads of a program that runs. */
void nb_roster_print(lua_State *L, struct nb_lua *lua);

/* The same for one that can go on no more, and says so. */
void nb_roster_print_deadlock(lua_State *L, struct nb_lua *lua);

#endif
