/*
 * What netbox says on standard error of failures. Control characters of the
 * script's text are shown as '?', but for the ends of lines and tabs.
 */
#ifndef NB_BIND_REPORT_H
#define NB_BIND_REPORT_H

#include <lua.h>

struct nb_lthread;
struct nb_lua;

/* Prints the error that ended `t`, which is on top of its coroutine. */
void nb_report_failure(lua_State *L, struct nb_lthread *t);

/* Prints lines, in one piece, after what is to come before them. */
void nb_report_print(struct nb_lua *lua, const char *text);

/* Prints "netbox: " and the lines. */
void nb_report_line(const char *text);

#endif
