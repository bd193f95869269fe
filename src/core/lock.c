/* A lock: see lock.h. */
#include "core/lock.h"

#include <errno.h>
#include <stddef.h>

#include "core/loop.h"
#include "core/task.h"
#include "core/waiter.h"
#include "util/err.h"

void nb_lock_init(struct nb_lock *lock, bool reentrant)
{
    *lock = (struct nb_lock){.reentrant = reentrant};
    nb_list_init(&lock->waiters);
}

int nb_lock_acquire(struct nb_lock *lock, uint64_t id)
{
    bool again = lock->reentrant && lock->owner == id;

    if (lock->owner != 0 && !again)
        return NB_WANT_READ;
    lock->owner = id;
    lock->depth++;
    return 0;
}

/* It goes to the first waiter, or is free. */
static void hand_over(struct nb_lock *lock)
{
    struct nb_waiter *heir = nb_waiter_complete_first(&lock->waiters, 0);

    lock->owner = heir == NULL ? 0 : nb_task_of(heir)->id;
    lock->depth = heir == NULL ? 0 : 1;
}

int nb_lock_release(struct nb_lock *lock, uint64_t id)
{
    if (!nb_lock_is_held(lock, id))
        return -EPERM;
    if (--lock->depth == 0)
        hand_over(lock);
    return 0;
}

uint64_t nb_lock_give_up(struct nb_lock *lock)
{
    uint64_t depth = lock->depth;

    hand_over(lock);
    return depth;
}

struct nb_wait nb_lock_wait(struct nb_lock *lock)
{
    return (struct nb_wait){.queue = &lock->waiters,
                            .deadline = NB_NEVER,
                            .what = "a lock",
                            .object = lock,
                            .holder = &lock->owner};
}
