/*
 * Warnings: Lua's own, which warn() makes and errors in finalizers, and those
 * of --warn, of sockets that nobody closed.
 */
#ifndef NB_BIND_LWARN_H
#define NB_BIND_LWARN_H

#include <lua.h>
#include <stdbool.h>

#include "util/buf.h"

struct nb_lua;
struct nb_socket;

enum nb_lwarn_level {
    NB_LWARN_FINALIZERS, /* an error in a finalizer is shown, no more */
    NB_LWARN_ALL,        /* after warn("@on") */
    NB_LWARN_NONE,       /* after warn("@off") */
};

struct nb_lwarn {
    enum nb_lwarn_level level;
    struct nb_buf text; /* the parts of one that have come */
    bool goes_on;       /* more of it is to come */
    bool sockets;       /* those that nobody closed are named */
};

/* From now on warnings of the state are shown: once, at its start. */
void nb_lwarn_open(lua_State *L, struct nb_lua *lua);

/* With --warn: sockets that nobody closes are named, all is shown. */
void nb_lwarn_all(struct nb_lua *lua);

/* The number of user values that a new socket needs. */
static inline int nb_lwarn_user_values(const struct nb_lwarn *warn)
{
    return warn->sockets ? 1 : 0;
}

/* Notes which line of the script made the socket on top. May raise. */
void nb_lwarn_note_socket(lua_State *L, struct nb_lua *lua);

/* The collector closes the socket at 1. */
void nb_lwarn_forgotten(lua_State *L, struct nb_lua *lua,
                        struct nb_socket *sock);

/* Frees what is left. */
void nb_lwarn_deinit(struct nb_lwarn *warn);

#endif
