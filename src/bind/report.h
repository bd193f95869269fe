/*
 * What netbox says on standard error: failures of threads, the deadlock; and
 * which function is in the way of a wait.
 */
#ifndef NB_BIND_REPORT_H
#define NB_BIND_REPORT_H

#include <lua.h>

struct nb_lthread;
struct nb_lua;

/* Prints the error that ended `t`, which is on top of its coroutine. */
void nb_report_failure(lua_State *L, struct nb_lthread *t);

/* Prints every thread, what it waits for and where. */
void nb_report_deadlock(lua_State *L, struct nb_lua *lua);

/* Raises one sentence that names the function that cannot be suspended. */
int nb_report_cannot_wait(lua_State *L);

/* Prints "netbox: " and a line. */
void nb_report_line(const char *text);

#endif
