/*
 * What netbox says on standard error: failures of threads, the deadlock, and
 * tracebacks that show the script's lines only.
 */
#ifndef NB_BIND_REPORT_H
#define NB_BIND_REPORT_H

#include <lua.h>

struct nb_lthread;
struct nb_lua;

/*
 * Pushes the traceback of `co` and of those that resumed it, without netbox's
 * own frames. May raise.
 */
void nb_report_traceback(lua_State *L, lua_State *co);

/* Prints the error that ended `t`, which is on top of its coroutine. */
void nb_report_failure(lua_State *L, struct nb_lthread *t);

/* Prints every thread, what it waits for and where. */
void nb_report_deadlock(lua_State *L, struct nb_lua *lua);

/* Raises one sentence that names the function that cannot be suspended. */
int nb_report_cannot_wait(lua_State *L);

/* Prints "netbox: " and a line. */
void nb_report_line(const char *text);

#endif
