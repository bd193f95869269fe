/*
 * A barrier: tasks wait at it until all who are expected have come, and go on
 * together.
 *
 * Before they do, the one who came last may act. Meanwhile the others wait on
 * without deadline, and whoever comes is of the next round. If one gives up
 * before all have come, the barrier is broken: nobody waits at it until it is
 * reset.
 */
#ifndef NB_CORE_BARRIER_H
#define NB_CORE_BARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/list.h"

struct nb_waiter;

struct nb_barrier {
    size_t parties;
    size_t waiting; /* who have come and need others to come */
    bool broken;
    uint64_t actor;       /* id of the task that acts; 0: nobody */
    struct nb_list line;  /* who wait for others to come */
    struct nb_list round; /* who wait for the actor */
};

/* Makes one for `parties` > 0 tasks. */
void nb_barrier_init(struct nb_barrier *barrier, size_t parties);

/* True if one who comes now has to wait. */
bool nb_barrier_must_wait(const struct nb_barrier *barrier);

/*
 * The task of `waiter` comes; `granted` says as which one of its round, from 0.
 * Returns 0: it is the last one, acts, and calls nb_barrier_open();
 * NB_WANT_READ: wait in the line; -EPIPE: the barrier is broken.
 *
 * A wait ends with 0 when all have come. If it is the last one's, by its
 * number, an actor was there before it: it acts and opens now.
 */
int nb_barrier_come(struct nb_barrier *barrier, struct nb_waiter *waiter);

/* The actor has acted, or failed: its round goes on, or the barrier breaks. */
void nb_barrier_open(struct nb_barrier *barrier, bool acted);

/* The wait of one who came ended early: that breaks the barrier. */
void nb_barrier_give_up(struct nb_barrier *barrier,
                        const struct nb_waiter *waiter);

/* Breaks the barrier: every wait ends with -EPIPE. */
void nb_barrier_abort(struct nb_barrier *barrier);

/* Makes it whole again, and empty: waits in the line end with -EPIPE. */
void nb_barrier_reset(struct nb_barrier *barrier);

#endif
