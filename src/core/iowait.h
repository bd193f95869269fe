/*
 * Who waits for a descriptor: a queue of readers and a queue of writers.
 *
 * Waiters are served in the order in which they came: readiness completes the
 * first one only, which keeps its place until its retry has succeeded or
 * failed; then the next one may try. A watch is started at the first wait,
 * kept while it is in use, and stopped when it fires and nobody waits, so that
 * a message costs no call to change the kernel's interest list. Who waits for
 * any of many descriptors (core/pollwait) stands beside the lines.
 */
#ifndef NB_CORE_IOWAIT_H
#define NB_CORE_IOWAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/loop.h"
#include "core/waiter.h"
#include "util/list.h"

struct nb_poller;
struct nb_runtime;

struct nb_iowait {
    struct nb_runtime *rt;
    struct nb_list link;        /* among those of rt */
    struct nb_watch watches[2]; /* by enum nb_direction */
    struct nb_list queues[2];   /* by enum nb_direction */
    struct nb_list pollers[2];  /* by enum nb_direction */
    int fd;
};

/*
 * Prepares the caller's storage for `fd`, or for none if it is -1. The storage
 * must not move. The descriptor is the caller's, and is found by its number.
 */
void nb_iowait_init(struct nb_iowait *io, struct nb_runtime *rt, int fd);

/* The same for a descriptor of somebody else: it is not found. */
void nb_iowait_borrow(struct nb_iowait *io, struct nb_runtime *rt, int fd);

/* What was initialised for `fd`, and not closed since, or NULL. */
struct nb_iowait *nb_iowait_find(struct nb_runtime *rt, int fd);

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

/* Lets the loop return when `dir` is ready, whoever waits, or nobody. */
void nb_iowait_rouse(struct nb_iowait *io, enum nb_direction dir);

/* As if `dir` were ready, where something else than the kernel says so. */
void nb_iowait_wake(struct nb_iowait *io, enum nb_direction dir);

/*
 * Lets `poller` be woken once, when its direction is ready. Returns 0 or
 * -ENOMEM.
 */
int nb_iowait_poll(struct nb_iowait *io, struct nb_poller *poller);

/*
 * Stops watching and completes every waiter with `status`; who polls is told
 * that the descriptor is closed. Required before it is closed, and before
 * nb_iowait_init() for another one.
 */
void nb_iowait_close(struct nb_iowait *io, int status);

#endif
