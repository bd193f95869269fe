/*
 * Whether Lua's collector works, and how long.
 *
 * Lua does not tell, so the linker puts what is here in front of the two
 * functions through which it enters its collector (see CMakeLists.txt). The
 * clock is read only in a state that is to be timed. Finalizers count: they
 * run inside.
 */
#ifndef NB_BIND_LCOLLECTOR_H
#define NB_BIND_LCOLLECTOR_H

#include <stdbool.h>
#include <stdint.h>

struct nb_lcollector {
    bool timed;     /* to be set by whoever wants to know */
    bool running;   /* Lua is in its collector, which must not be entered */
    uint64_t steps; /* how often it was */
    int64_t spent;  /* how long, in ns */
};

#endif
