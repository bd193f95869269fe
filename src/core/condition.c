/* A condition: see condition.h. */
#include "core/condition.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

#include "core/lock.h"
#include "core/task.h"
#include "core/waiter.h"

void nb_condition_init(struct nb_condition *condition, struct nb_lock *lock)
{
    condition->lock = lock;
    nb_list_init(&condition->waiters);
}

uint64_t nb_condition_give_up(const struct nb_condition *condition,
                              struct nb_waiter *waiter)
{
    assert(nb_lock_is_held(condition->lock, nb_task_of(waiter)->id));
    waiter->granted = 0;
    return nb_lock_give_up(condition->lock);
}

/* Only the end of the program breaks off the wait of one who is in its line. */
static bool has_lock(const struct nb_waiter *waiter, const struct nb_lock *lock)
{
    return waiter->status == 0 || waiter->queue == &lock->waiters;
}

int nb_condition_take_back(const struct nb_condition *condition,
                           const struct nb_waiter *waiter, uint64_t depth)
{
    struct nb_lock *lock = condition->lock;
    uint64_t id = nb_task_of(waiter)->id;
    int rc = has_lock(waiter, lock) ? 0 : nb_lock_acquire(lock, id);

    if (rc != 0)
        return rc;
    lock->owner = id;
    lock->depth = depth;
    return 0;
}

int nb_condition_notify(struct nb_condition *condition, uint64_t id,
                        size_t count)
{
    struct nb_wait wait = nb_lock_wait(condition->lock);
    struct nb_waiter *waiter;

    if (!nb_lock_is_held(condition->lock, id))
        return -EPERM;
    wait.shielded = true;
    for (; count > 0; count--) {
        waiter = nb_waiter_front(&condition->waiters);
        if (waiter == NULL)
            break;
        waiter->granted = 1;
        nb_waiter_move(waiter, &wait);
    }
    return 0;
}
