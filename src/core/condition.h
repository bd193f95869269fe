/*
 * A condition: tasks that hold a lock wait for a notification without it.
 *
 * A task that is notified goes on to wait in the line of the lock, without
 * deadline and whatever cancels it, and runs when it has the lock. So it does
 * not run in vain, and a notification, once given, is not lost. One whose wait
 * ended otherwise has to come for the lock itself.
 */
#ifndef NB_CORE_CONDITION_H
#define NB_CORE_CONDITION_H

#include <stddef.h>
#include <stdint.h>

#include "util/list.h"

struct nb_lock;
struct nb_waiter;

struct nb_condition {
    struct nb_lock *lock; /* borrowed */
    struct nb_list waiters;
};

/* Makes one on `lock`. */
void nb_condition_init(struct nb_condition *condition, struct nb_lock *lock);

/*
 * The task of `waiter`, which holds the lock, gives it up altogether, to wait
 * among the waiters. Returns how often it had acquired it.
 */
uint64_t nb_condition_give_up(const struct nb_condition *condition,
                              struct nb_waiter *waiter);

/*
 * The wait is over, or there was none: takes the lock again, `depth` times.
 * Returns 0, with `granted` 1 in the waiter if it was notified; or
 * NB_WANT_READ: wait as nb_lock_wait() says, shielded, and ask again.
 */
int nb_condition_take_back(const struct nb_condition *condition,
                           const struct nb_waiter *waiter, uint64_t depth);

/* Task `id` notifies the first `count`. -EPERM if it does not hold the lock. */
int nb_condition_notify(struct nb_condition *condition, uint64_t id,
                        size_t count);

#endif
