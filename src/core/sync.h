/*
 * What threads wait for in each other: lock, event, queue. All are fair.
 *
 * A lock and an item of a queue are handed over: the waiter that is woken
 * with status 0 owns what it waited for, whatever happens before it runs. The
 * bindings keep the items; here they are numbers, in the order of their
 * arrival. A call that must wait returns NB_WANT_READ, and the caller begins
 * a wait in the queue that belongs to it.
 */
#ifndef NB_CORE_SYNC_H
#define NB_CORE_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "util/list.h"

struct nb_waiter;

struct nb_lock {
    uint64_t owner; /* id of the task that holds it; 0: free */
    struct nb_list waiters;
};

/* Makes a free lock. */
void nb_lock_init(struct nb_lock *lock);

/* Takes the lock for task `id`. Returns 0 or NB_WANT_READ. */
int nb_lock_acquire(struct nb_lock *lock, uint64_t id);

/* Hands the lock to the first waiter, or frees it. -EPERM if it was free. */
int nb_lock_release(struct nb_lock *lock);

struct nb_event_flag {
    bool set;
    struct nb_list waiters;
};

/* Makes a flag that is not set. */
void nb_event_flag_init(struct nb_event_flag *event);

/* Sets the flag and wakes every waiter. Clear it by assignment. */
void nb_event_flag_set(struct nb_event_flag *event);

struct nb_queue {
    uint64_t head; /* number of the next item to hand over */
    uint64_t tail; /* number of the next item to come */
    uint64_t max;  /* items at a time; 0: no limit */
    bool closed;
    struct nb_list getters;
    struct nb_list putters;
};

/* Makes an empty queue for `max` items at a time; 0: any number. */
void nb_queue_init(struct nb_queue *queue, uint64_t max);

/*
 * May `waiter` put an item now? Returns 0: store it as number `tail`, then
 * call nb_queue_put(); NB_WANT_READ: wait among the putters, and ask again;
 * -EPIPE: the queue was closed.
 */
int nb_queue_may_put(const struct nb_queue *queue,
                     const struct nb_waiter *waiter);

/* Item `tail` has been stored: hands it over if somebody waits for it. */
void nb_queue_put(struct nb_queue *queue);

/*
 * Takes an item: `*number` says which. Returns 0; NB_WANT_READ: wait among
 * the getters, the number comes in the waiter's `granted`; NB_EOF: the queue
 * is closed and empty.
 */
int nb_queue_get(struct nb_queue *queue, uint64_t *number);

/* Wakes putters with -EPIPE and getters with NB_EOF. Items stay. */
void nb_queue_close(struct nb_queue *queue);

#endif
