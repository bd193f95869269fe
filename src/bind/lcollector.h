/*
 * Whether Lua's collector works, how long, and where its finalizers run.
 *
 * Lua does not tell, so the linker puts what is here in front of the two
 * functions through which it enters its collector (see CMakeLists.txt). The
 * clock is read only in a state that is to be timed. Finalizers count: they
 * run inside, on a stack of their own. On that of whoever makes garbage there
 * may be no room left for them, nor calls of C; and what Lua cannot finalize it
 * frees all the same.
 */
#ifndef NB_BIND_LCOLLECTOR_H
#define NB_BIND_LCOLLECTOR_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct nb_lcollector {
    lua_State *host; /* where finalizers run; NULL: where they are due */
    bool timed;      /* to be set by whoever wants to know */
    bool running;    /* Lua is in its collector, which must not be entered */
    uint64_t steps;  /* how often it was */
    int64_t spent;   /* how long, in ns */
};

/* Makes the stack of the finalizers. May raise. */
void nb_lcollector_open(lua_State *L, struct nb_lcollector *collector);

#endif
