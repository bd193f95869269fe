/*
 * The values of options between Lua and the kernel: numbers, structures,
 * groups and interfaces. What no value can be raises; what only the kernel or
 * the system's interfaces can tell is an error code.
 */
#ifndef NB_BIND_LOPTVALUE_H
#define NB_BIND_LOPTVALUE_H

#include <lua.h>

#include "net/multicast.h"
#include "net/option.h"

/* A value as the kernel has it; `bytes` are in `u`, or the script's. */
struct nb_loptvalue {
    const void *bytes;
    socklen_t len;
    union {
        int number;
        struct linger linger;
        struct nb_multicast multicast;
        char name[NB_INTERFACE_NAME];
    } u;
};

/* The integer or boolean at `arg`. */
int nb_loptvalue_int(lua_State *L, int arg);

/* The value at 4, and an interface at 5, for setsockopt. 0 or an error. */
int nb_loptvalue_check(lua_State *L, struct nb_sockopt opt,
                       struct nb_loptvalue *value);

/* The value at 3 for setoption. 0 or an error. */
int nb_loptvalue_check_named(lua_State *L, const struct nb_option *option,
                             struct nb_loptvalue *value);

/* Makes room in `u`, of `len` bytes, for what getoption asks. */
void nb_loptvalue_room(const struct nb_option *option,
                       struct nb_loptvalue *value);

/* Pushes what was asked for. */
void nb_loptvalue_push(lua_State *L, const struct nb_option *option,
                       const struct nb_loptvalue *value);

#endif
