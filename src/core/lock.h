/*
 * A lock, handed over: the waiter that is woken with status 0 owns it,
 * whatever happens before it runs; so nobody overtakes who waits.
 *
 * A call that must wait returns NB_WANT_READ, and the caller begins a wait in
 * the lock's queue.
 */
#ifndef NB_CORE_LOCK_H
#define NB_CORE_LOCK_H

#include <stdint.h>

#include "util/list.h"

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

#endif
