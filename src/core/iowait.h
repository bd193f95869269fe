/*
 * Who waits for a descriptor: a queue of readers and a queue of writers.
 *
 * Waiters are served in the order in which they came: readiness completes the
 * first one only, which keeps its place until its retry has succeeded or
 * failed; then the next one may try. A watch is started at the first wait,
 * kept while it is in use, and stopped when it fires and nobody waits, so that
 * a message costs no call to change the kernel's interest list. Who waits for
 * any of many descriptors (core/pollwait) stands beside the lines.
 *
 * Most descriptors are only ever waited for to be read from, by one task each:
 * room for the others is made when the first of them comes.
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

/* Who waits for anything else than to read. */
struct nb_iowait_others {
    struct nb_iowait *io;
    struct nb_watch writable;
    struct nb_list writers;
    struct nb_list pollers[2]; /* by enum nb_direction */
};

struct nb_iowait {
    struct nb_runtime *rt;
    struct nb_list link; /* among those of rt */
    struct nb_watch readable;
    struct nb_list readers;
    struct nb_iowait_others *others; /* NULL: there were none */
    int fd;
};

/*
 * Prepares the caller's storage for `fd`, or for none if it is -1. The storage
 * must not move. The descriptor is the caller's, and is found by its number.
 * It needs nb_iowait_close().
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
    if (dir == NB_READ)
        return nb_waiter_is_first(waiter, &io->readers);
    return io->others == NULL ||
           nb_waiter_is_first(waiter, &io->others->writers);
}

/* True if it stands in line for `dir`, or stood there last. */
static inline bool nb_iowait_is_in(const struct nb_iowait *io,
                                   enum nb_direction dir,
                                   const struct nb_waiter *waiter)
{
    if (dir == NB_READ)
        return waiter->queue == &io->readers;
    return io->others != NULL && waiter->queue == &io->others->writers;
}

/*
 * Begins a wait in direction `dir`: `wait`, whose queue and what goes with it
 * are set here. Returns 0 or -ENOMEM.
 */
int nb_iowait_begin(struct nb_iowait *io, enum nb_direction dir,
                    struct nb_waiter *waiter, struct nb_wait *wait);

/*
 * The same for what the kernel will not tell: nothing is watched, the wait
 * ends by its deadline.
 */
int nb_iowait_line_up(struct nb_iowait *io, enum nb_direction dir,
                      struct nb_waiter *waiter, struct nb_wait *wait);

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
 * nb_iowait_init() for another one. Twice is fine.
 */
void nb_iowait_close(struct nb_iowait *io, int status);

#endif
