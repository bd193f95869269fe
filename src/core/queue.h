/*
 * A queue of items between tasks, first in, first out.
 *
 * The bindings keep the items; here they are numbers, in the order of their
 * arrival. An item is handed over: the getter that is woken with status 0 has
 * it, whatever happens before it runs. A call that must wait returns
 * NB_WANT_READ, and the caller begins a wait in the list that belongs to it.
 */
#ifndef NB_CORE_QUEUE_H
#define NB_CORE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/list.h"

struct nb_waiter;

struct nb_queue {
    uint64_t head;       /* number of the next item to hand over */
    uint64_t tail;       /* number of the next item to come */
    uint64_t max;        /* items at a time; 0: no limit */
    uint64_t unfinished; /* items that have come and are not done */
    bool closed;
    struct nb_list getters;
    struct nb_list putters;
    struct nb_list joiners; /* who wait until nothing is unfinished */
};

/* Makes an empty queue for `max` items at a time; 0: any number. */
void nb_queue_init(struct nb_queue *queue, uint64_t max);

/* True if it holds as many items as it may. */
static inline bool nb_queue_is_full(const struct nb_queue *queue)
{
    return queue->max > 0 && queue->tail - queue->head >= queue->max;
}

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

/* An item is done. The last one wakes the joiners. -ERANGE: none was left. */
int nb_queue_task_done(struct nb_queue *queue);

/* Wakes putters with -EPIPE and getters with NB_EOF. Items stay. */
void nb_queue_close(struct nb_queue *queue);

#endif
