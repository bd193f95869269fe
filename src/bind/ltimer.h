/* Timers of the script, seen from the threads that they start. */
#ifndef NB_BIND_LTIMER_H
#define NB_BIND_LTIMER_H

#include <lua.h>
#include <stdbool.h>

struct nb_ltimer;
struct nb_lua;

/* None of the timers will do anything more. */
void nb_ltimer_end_all(struct nb_lua *lua);

/*
 * The thread that `timer` had started is over: a repeating timer goes on if
 * it ended well. Called inside a batch.
 */
void nb_ltimer_ended(lua_State *L, struct nb_ltimer *timer, bool well);

#endif
