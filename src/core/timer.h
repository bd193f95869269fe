/*
 * Deadlines of a runtime: a timer fires once, from nb_runtime_run(), when
 * the loop's clock has reached its deadline. Timers with equal deadlines fire
 * in the order in which they were armed. Arming cannot fail.
 */
#ifndef NB_CORE_TIMER_H
#define NB_CORE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "util/heap.h"

struct nb_runtime;
struct nb_timer;

typedef void (*nb_timer_fn)(struct nb_timer *timer);

struct nb_timer {
    struct nb_heap_node node;
    nb_timer_fn fire;
};

/* Prepares the caller's storage, disarmed. */
void nb_timer_init(struct nb_timer *timer, nb_timer_fn fire);

/* Arms for `deadline` (ns of the loop's clock); moves it if it was armed. */
void nb_timer_arm(struct nb_runtime *rt, struct nb_timer *timer,
                  int64_t deadline);

/* Disarms; nothing happens if it was not armed. */
void nb_timer_disarm(struct nb_runtime *rt, struct nb_timer *timer);

static inline bool nb_timer_is_armed(const struct nb_timer *timer)
{
    return !nb_list_empty(&timer->node.link);
}

/*
 * No deadline is earlier: the earliest of all, unless an earlier one has been
 * disarmed. NB_NEVER if nothing is armed.
 */
int64_t nb_timer_next(const struct nb_runtime *rt);

/* Fires every timer whose deadline is not later than `now`. */
void nb_timer_expire(struct nb_runtime *rt, int64_t now);

#endif
