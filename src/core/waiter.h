/*
 * One suspension of one task.
 *
 * A task that must wait begins a wait with its waiter and gives way. The
 * waiter completes exactly once: by an event, by its deadline, because what
 * it waits for was closed, or by cancellation, whichever comes first; later
 * completions are ignored. Completing puts the task at the end of the ready
 * queue and never runs it. A completed waiter keeps its place in the queue it
 * waited in until nb_waiter_end(), so that a retry stays first in line.
 *
 * Relies on: core/timer for the deadline. Knows nothing of sockets or Lua.
 */
#ifndef NB_CORE_WAITER_H
#define NB_CORE_WAITER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/timer.h"
#include "util/list.h"

struct nb_task;

enum {
    NB_WAITER_IDLE = 1,    /* no wait has begun */
    NB_WAITER_PENDING = 2, /* waiting; 0 or a negative code once completed */
};

/* What a task waits for, in the words of the deadlock report. */
struct nb_wait {
    struct nb_list *queue;  /* line up here; NULL: nowhere */
    int64_t deadline;       /* loop time in ns, or NB_NEVER */
    const char *what;       /* "lock", "recv": a string constant */
    const void *object;     /* whose `what` it is; may be NULL */
    const uint64_t *holder; /* id of the task that can end it; may be NULL */
    bool external;          /* the world outside can end it */
    bool passes_on;         /* who leaves first lets the next in line try */
    bool shielded;          /* a cancellation does not end it ... */
    bool lasting;           /* ... nor does the end of the program */
    bool hidden;            /* from the cancellation of the task itself */
};

/* Every task has one, so it is packed: bits instead of bools. */
struct nb_waiter {
    struct nb_list link;
    struct nb_list *queue; /* the line it stands in, or NULL */
    struct nb_timer timer;
    const char *what;
    const void *object;
    const uint64_t *holder;
    uint64_t granted; /* what came with the completion, for its owner */
    int status;
    bool external : 1;
    bool passes_on : 1;
    bool shielded : 1;
    bool lasting : 1;
    bool hidden : 1;
};

/* Prepares the waiter of a task, idle. */
void nb_waiter_init(struct nb_waiter *waiter);

/*
 * Begins a wait. A waiter that kept its place in the same queue keeps it,
 * else it goes to the end. The task then has to give way.
 */
void nb_waiter_begin(struct nb_waiter *waiter, const struct nb_wait *wait);

/* Makes a pending waiter wait for something else, at the end of that line. */
void nb_waiter_move(struct nb_waiter *waiter, const struct nb_wait *wait);

/* Completes with `status` <= 0. Returns false if it was not pending. */
bool nb_waiter_complete(struct nb_waiter *waiter, int status);

/* The first pending waiter of `queue`, NULL if there is none. */
struct nb_waiter *nb_waiter_first(const struct nb_list *queue);

/* The same; takes the completed ones before it out of the queue. */
struct nb_waiter *nb_waiter_front(struct nb_list *queue);

/* Completes nb_waiter_front(), takes it out and returns it. */
struct nb_waiter *nb_waiter_complete_first(struct nb_list *queue, int status);

/* Empties `queue`, completing every pending waiter in it. */
void nb_waiter_complete_all(struct nb_list *queue, int status);

/* Leaves the queue and disarms the deadline: the waiter is idle again. */
void nb_waiter_end(struct nb_waiter *waiter);

/* The id of the task that `waiter` waits for; 0 if there is none. */
static inline uint64_t nb_waiter_holder(const struct nb_waiter *waiter)
{
    bool held = waiter->status == NB_WAITER_PENDING && waiter->holder != NULL;
    return held ? *waiter->holder : 0;
}

/* True if nobody in `queue` is before `waiter`. */
static inline bool nb_waiter_is_first(const struct nb_waiter *waiter,
                                      const struct nb_list *queue)
{
    return nb_list_empty(queue) || queue->next == &waiter->link;
}

#endif
