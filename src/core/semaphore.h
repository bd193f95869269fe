/*
 * A semaphore: permits that are handed over. The waiter that is woken with
 * status 0 has one, whatever happens before it runs; so nobody overtakes who
 * waits, and while somebody does, no permit is free.
 */
#ifndef NB_CORE_SEMAPHORE_H
#define NB_CORE_SEMAPHORE_H

#include <stdint.h>

#include "util/list.h"

struct nb_semaphore {
    uint64_t value; /* permits that nobody has */
    uint64_t max;   /* that `value` may reach */
    struct nb_list waiters;
};

/* Makes one with `value` permits, and never more than `max`. */
void nb_semaphore_init(struct nb_semaphore *semaphore, uint64_t value,
                       uint64_t max);

/* Takes a permit. Returns 0, or NB_WANT_READ: wait among the waiters. */
int nb_semaphore_acquire(struct nb_semaphore *semaphore);

/*
 * Gives `count` permits to those who wait, the first ones first, and keeps the
 * rest. -EOVERFLOW if there would be too many; then it gives none.
 */
int nb_semaphore_release(struct nb_semaphore *semaphore, uint64_t count);

#endif
