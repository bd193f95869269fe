/*
 * What the libraries offer, and which of it scripts call: every function in
 * the module `netbox`, every method of its classes, and what Lua has that stays
 * inside a program; found at run time.
 */
#ifndef NB_SWEEP_FUNCTIONS_H
#define NB_SWEEP_FUNCTIONS_H

#include <lua.h>

/*
 * Looks for the functions of a state whose script is not yet started. From
 * now on calls of them are marked, in other processes that go on with the
 * state too. Marks stay from state to state.
 */
void functions_watch(lua_State *L);

/* Prints the functions without a mark, and returns how many they are. */
int functions_missed(void);

#endif
