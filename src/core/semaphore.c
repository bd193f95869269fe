/* A semaphore: see semaphore.h. */
#include "core/semaphore.h"

#include <errno.h>
#include <stddef.h>

#include "core/waiter.h"
#include "util/err.h"

void nb_semaphore_init(struct nb_semaphore *semaphore, uint64_t value,
                       uint64_t max)
{
    *semaphore = (struct nb_semaphore){.value = value, .max = max};
    nb_list_init(&semaphore->waiters);
}

int nb_semaphore_acquire(struct nb_semaphore *semaphore)
{
    if (semaphore->value == 0)
        return NB_WANT_READ;
    semaphore->value--;
    return 0;
}

int nb_semaphore_release(struct nb_semaphore *semaphore, uint64_t count)
{
    if (count > semaphore->max - semaphore->value)
        return -EOVERFLOW;
    while (count > 0 &&
           nb_waiter_complete_first(&semaphore->waiters, 0) != NULL)
        count--;
    semaphore->value += count;
    return 0;
}
