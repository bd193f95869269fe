/*
 * The birth of a thread: what thread.spawn and group:spawn have in common.
 */
#ifndef NB_BIND_LSPAWN_H
#define NB_BIND_LSPAWN_H

#include <lua.h>
#include <stdbool.h>

struct nb_lthread;

/* What was asked for. */
struct nb_lspawn {
    const char *name; /* NULL: none given; lives as long as the options */
    bool daemon;
    bool service;
    bool grouped; /* it will be the member of a group */
    int function; /* its argument; those behind are for it */
};

/*
 * Reads [options,] f, ... from argument `arg` on; raises for what is wrong.
 * `grouped` allows the option "service".
 */
struct nb_lspawn nb_lspawn_check(lua_State *L, int arg, bool grouped);

/*
 * Makes the thread and pushes it in place of its function and arguments. It
 * has to be started. May raise.
 */
struct nb_lthread *nb_lspawn_new(lua_State *L, const struct nb_lspawn *spawn);

#endif
