/* The pace of Lua's collector: see lpace.h. */
#include "bind/lpace.h"

#include <stdint.h>

/* What may be made between two cycles, if that is more than a share. */
static const size_t growth = 3 << 19;

/*
 * The least and the most that Lua takes, in percent; it keeps multiples of
 * four.
 *
 * Sockets have finalizers, and so have some threads: the cycle of the collector
 * that finds them dead keeps them, and counts them as alive, until the next
 * one. With Lua's own pause of 200 %, that one begins once as much again has
 * been made; so where they are most of what a program makes, garbage grows by
 * all that is truly alive with every cycle, for ever. With 148 % it settles at
 * about that.
 */
enum { LEAST = 148, MOST = 1020, LUA_OWN = 200 };

void nb_lpace_init(struct nb_lpace *pace)
{
    *pace = (struct nb_lpace){.pause = LUA_OWN};
}

/* For a heap of at most `size` bytes. */
static int pause_for(size_t size)
{
    size_t pause = 100 + 100 * growth / size;

    if (pause > MOST)
        return MOST;
    return pause < LEAST ? LEAST : (int)(pause - pause % 4);
}

void nb_lpace_adapt(lua_State *L, struct nb_lpace *pace)
{
    size_t quarter = pace->heap / 4;
    int pause = pause_for(pace->heap + quarter + 1);
    int before = lua_gc(L, LUA_GCSETPAUSE, pause);

    if (before < 0) /* a finalizer runs: Lua answers nothing about it */
        return;
    pace->least = pace->heap - quarter;
    pace->span = 2 * quarter;
    if (before == pace->pause) {
        pace->pause = pause;
        return;
    }
    lua_gc(L, LUA_GCSETPAUSE, before);
    pace->least = 0;
    pace->span = SIZE_MAX;
}
