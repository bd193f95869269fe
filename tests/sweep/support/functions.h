/*
 * What a script can call, and which of it scripts call: every function in the
 * golden list of what is reachable from _G, and every method and metamethod of
 * a class, found at run time.
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
