/*
 * The limit of memory: all that the process allocates, Lua's and the host's.
 *
 * Lua collects its garbage before it fails. If that was not enough the script
 * gets an error, "not enough memory", which it may catch: for a moment, and
 * so many times in it. After that the next one ends the program, and so does
 * a collection that goes on and on without finding anything. Beyond the limit
 * there is some for the host, which cannot collect, and some for finalizers,
 * which must run; when that is used up too the program ends at once. A bound
 * that the kernel keeps takes care of memory between blocks.
 */
#ifndef NB_GUARD_MEMORY_H
#define NB_GUARD_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#include "guard/watchdog.h"

struct nb_memory {
    struct nb_watchdog *watchdog;
    char place[NB_WATCHDOG_PLACE]; /* where it was refused last */
    size_t noted;                  /* what was charged when we began to wait */
    struct rlimit before;
    unsigned refusals;  /* that a collection could not prevent */
    volatile bool over; /* no more of them are borne */
};

/* Keeps the watchdog's limit of memory, until nb_memory_stop(). */
void nb_memory_start(struct nb_memory *memory, struct nb_watchdog *watchdog);
void nb_memory_stop(struct nb_memory *memory);

/*
 * For where the want of memory ends something that nobody can catch: ends the
 * program, if memory was refused at all. NULL: there is no limit.
 */
void nb_memory_give_up(struct nb_memory *memory);

#endif
