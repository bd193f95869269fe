/*
 * The pace of Lua's collector: how much may be made between two cycles.
 *
 * Lua waits until the heap has grown by a share of what is alive. Where that
 * is little, as in most scripts, a cycle would come after every few messages
 * and cost more than they do. So that the heap may always grow by some MiB,
 * the share goes with its size: with what a cycle has left when it ends.
 *
 * Relies on: the allocator of the state, which says how large the heap is.
 * Leaves a script alone that has set the collector's pause itself.
 */
#ifndef NB_BIND_LPACE_H
#define NB_BIND_LPACE_H

#include <lua.h>
#include <stddef.h>

struct nb_lpace {
    size_t heap;  /* bytes that Lua has */
    size_t least; /* from here on ... */
    size_t span;  /* ... for so many bytes the pause is right */
    int pause;    /* in percent, as Lua keeps it */
};

/* Prepares the caller's storage for a new state: the heap is empty. */
void nb_lpace_init(struct nb_lpace *pace);

/* Sets the pause anew, because the heap has left its span. */
void nb_lpace_adapt(lua_State *L, struct nb_lpace *pace);

/*
 * A block of the heap has another size now, 0 if there was or is none. For the
 * allocator of L, which is NULL while the state is made or closed.
 */
static inline void nb_lpace_count(lua_State *L, struct nb_lpace *pace,
                                  size_t before, size_t now)
{
    pace->heap += now - before;
    if (pace->heap - pace->least > pace->span && L != NULL)
        nb_lpace_adapt(L, pace);
}

#endif
