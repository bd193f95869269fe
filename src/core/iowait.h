/*
 * Who waits for a descriptor: a queue of readers and a queue of writers.
 *
 * Waiters are served in the order in which they came: readiness completes the
 * first one only, which keeps its place until its retry has succeeded or
 * failed; then the next one may try. A watch is started at the first wait,
 * kept while it is in use, and stopped when it fires and nobody waits, so that
 * a message costs no call to change the kernel's interest list.
 */
#ifndef NB_CORE_IOWAIT_H
#define NB_CORE_IOWAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/loop.h"
#include "core/waiter.h"
#include "util/list.h"

struct nb_runtime;

struct nb_iowait {
    struct nb_runtime *rt;
    struct nb_watch watches[2]; /* by enum nb_direction */
    struct nb_list queues[2];   /* by enum nb_direction */
};

/* Prepares the caller's storage for `fd`. The storage must not move. */
void nb_iowait_init(struct nb_iowait *io, struct nb_runtime *rt, int fd);

/*
 * True if `waiter` may try its operation: nobody is before it. Else it has
 * to wait without trying.
 */
static inline bool nb_iowait_may_try(const struct nb_iowait *io,
                                     enum nb_direction dir,
                                     const struct nb_waiter *waiter)
{
    return nb_waiter_is_first(waiter, &io->queues[dir]);
}

/*
 * Begins a wait in direction `dir`: `wait` without its queue. Returns 0 or
 * -ENOMEM.
 */
int nb_iowait_begin(struct nb_iowait *io, enum nb_direction dir,
                    struct nb_waiter *waiter, struct nb_wait wait);

/*
 * The same for what the kernel will not tell: nothing is watched, the wait
 * ends by its deadline.
 */
void nb_iowait_line_up(struct nb_iowait *io, enum nb_direction dir,
                       struct nb_waiter *waiter, struct nb_wait wait);

/* As if `dir` were ready, where something else than the kernel says so. */
void nb_iowait_wake(struct nb_iowait *io, enum nb_direction dir);

/*
 * Stops watching and completes every waiter with `status`. Required before
 * the descriptor is closed; nb_iowait_init() may follow.
 */
void nb_iowait_close(struct nb_iowait *io, int status);

#endif
