/* A lock: see lock.h. */
#include "core/lock.h"

#include <errno.h>
#include <stddef.h>

#include "core/task.h"
#include "core/waiter.h"
#include "util/err.h"

void nb_lock_init(struct nb_lock *lock)
{
    lock->owner = 0;
    nb_list_init(&lock->waiters);
}

int nb_lock_acquire(struct nb_lock *lock, uint64_t id)
{
    if (lock->owner != 0)
        return NB_WANT_READ;
    lock->owner = id;
    return 0;
}

int nb_lock_release(struct nb_lock *lock)
{
    if (lock->owner == 0)
        return -EPERM;
    struct nb_waiter *heir = nb_waiter_complete_first(&lock->waiters, 0);
    lock->owner = heir == NULL ? 0 : heir->task->id;
    return 0;
}
