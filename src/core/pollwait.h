/*
 * One task's wait for any of many descriptors, as select(2) waits.
 *
 * It stands beside the lines of core/iowait, not in them: a descriptor that
 * is ready wakes the first in line and everybody who polls. It uses the
 * watches that are there, and they stay when the wait is over, so that a task
 * that waits for the same thousand descriptors again and again costs no call
 * to change the kernel's interest list. Only a descriptor that nobody in
 * netbox owns gets a watch of its own, for the time of the wait.
 *
 * What wakes is a hint. Ask the descriptors themselves, and wait again.
 */
#ifndef NB_CORE_POLLWAIT_H
#define NB_CORE_POLLWAIT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/loop.h"
#include "core/waiter.h"
#include "util/list.h"

struct nb_iowait;
struct nb_pollwait;
struct nb_runtime;

/* One descriptor in one direction. */
struct nb_poller {
    struct nb_list link; /* at the descriptor, until it is ready */
    struct nb_pollwait *poll;
    struct nb_iowait *io;  /* its owner's; NULL: find it by number */
    struct nb_iowait *own; /* of a descriptor without an owner */
    int fd;                /* -1: only nb_iowait_wake() for `io` counts */
    enum nb_direction dir;
    bool closed; /* the descriptor was closed during the wait */
};

struct nb_pollwait {
    struct nb_runtime *rt;
    struct nb_list waiters;    /* the task, while it waits */
    struct nb_poller *pollers; /* the caller's */
    size_t count;
};

/* Prepares the caller's storage, with no poller yet. It must not move. */
void nb_pollwait_init(struct nb_pollwait *poll, struct nb_runtime *rt);

/* Adds the next of poll->pollers, for which there is room. */
void nb_pollwait_add(struct nb_pollwait *poll, struct nb_iowait *io, int fd,
                     enum nb_direction dir);

/*
 * Begins a wait, `wait`, whose queue is set here, for all that was added.
 * Returns 0 or -ENOMEM. The waiter is completed with 0 when a descriptor may be
 * ready or was closed, with -ENOMEM when one cannot be watched.
 */
int nb_pollwait_begin(struct nb_pollwait *poll, struct nb_waiter *waiter,
                      struct nb_wait *wait);

/* Ends it, whatever woke it, and forgets what was added. Twice is harmless. */
void nb_pollwait_end(struct nb_pollwait *poll);

/*
 * Wakes whoever is in `pollers`, a list of struct nb_iowait: 0, they shall
 * look again; -EBADF, the descriptor is about to be closed; or -ENOMEM.
 */
void nb_pollwait_wake(struct nb_list *pollers, int status);

#endif
