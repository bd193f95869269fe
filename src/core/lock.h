/*
 * A lock, handed over: the waiter that is woken with status 0 owns it,
 * whatever happens before it runs; so nobody overtakes who waits.
 *
 * A plain lock may be released by any task. A reentrant one belongs to its
 * owner, who may acquire it again and has to release it as often. A call that
 * must wait returns NB_WANT_READ, and the caller begins a wait in the lock's
 * queue.
 */
#ifndef NB_CORE_LOCK_H
#define NB_CORE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "util/list.h"

struct nb_wait;

struct nb_lock {
    uint64_t owner; /* id of the task that holds it; 0: free */
    uint64_t depth; /* how often the owner has acquired it */
    bool reentrant;
    struct nb_list waiters;
};

/* Makes a free lock. */
void nb_lock_init(struct nb_lock *lock, bool reentrant);

/* True if the lock is held in such a way that task `id` may release it. */
static inline bool nb_lock_is_held(const struct nb_lock *lock, uint64_t id)
{
    return lock->owner != 0 && (!lock->reentrant || lock->owner == id);
}

/* Takes the lock for task `id`. Returns 0 or NB_WANT_READ. */
int nb_lock_acquire(struct nb_lock *lock, uint64_t id);

/*
 * Task `id` releases the lock once. The last time it goes to the first waiter,
 * or is free. -EPERM if it may not do so.
 */
int nb_lock_release(struct nb_lock *lock, uint64_t id);

/* Releases a lock that is held altogether. Returns its depth. */
uint64_t nb_lock_give_up(struct nb_lock *lock);

/* A wait for the lock, for ever. */
struct nb_wait nb_lock_wait(struct nb_lock *lock);

#endif
