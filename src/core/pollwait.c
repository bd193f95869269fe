/* One task's wait for any of many descriptors: see pollwait.h. */
#include "core/pollwait.h"

#include <errno.h>

#include "core/iowait.h"
#include "util/alloc.h"

void nb_pollwait_init(struct nb_pollwait *poll, struct nb_runtime *rt)
{
    *poll = (struct nb_pollwait){.rt = rt};
    nb_list_init(&poll->waiters);
}

void nb_pollwait_add(struct nb_pollwait *poll, struct nb_iowait *io, int fd,
                     enum nb_direction dir)
{
    struct nb_poller *poller = &poll->pollers[poll->count++];

    *poller = (struct nb_poller){.poll = poll, .io = io, .fd = fd, .dir = dir};
    nb_list_init(&poller->link);
}

/* A watch for a descriptor that nobody in netbox owns. NULL: no memory. */
static struct nb_iowait *borrow(struct nb_poller *poller)
{
    poller->own = nb_malloc(sizeof *poller->own);
    if (poller->own != NULL)
        nb_iowait_borrow(poller->own, poller->poll->rt, poller->fd);
    return poller->own;
}

static int attach(struct nb_poller *poller)
{
    struct nb_iowait *io = poller->io;

    if (io == NULL)
        io = nb_iowait_find(poller->poll->rt, poller->fd);
    if (io == NULL)
        io = borrow(poller);
    return io == NULL ? -ENOMEM : nb_iowait_poll(io, poller);
}

int nb_pollwait_begin(struct nb_pollwait *poll, struct nb_waiter *waiter,
                      struct nb_wait *wait)
{
    for (size_t i = 0; i < poll->count; i++) {
        struct nb_poller *poller = &poll->pollers[i];
        if (poller->io == NULL && poller->fd < 0)
            continue;
        int rc = attach(poller);
        if (rc < 0) {
            nb_pollwait_end(poll);
            return rc;
        }
        wait->external = true;
    }
    wait->queue = &poll->waiters;
    nb_waiter_begin(waiter, wait);
    return 0;
}

static void detach(struct nb_poller *poller)
{
    nb_list_remove(&poller->link);
    if (poller->own == NULL)
        return;
    nb_iowait_close(poller->own, -EBADF);
    nb_free(poller->own);
    poller->own = NULL;
}

void nb_pollwait_end(struct nb_pollwait *poll)
{
    for (size_t i = 0; i < poll->count; i++)
        detach(&poll->pollers[i]);
    poll->count = 0;
    nb_waiter_complete_all(&poll->waiters, -ECANCELED);
}

void nb_pollwait_wake(struct nb_list *pollers, int status)
{
    while (!nb_list_empty(pollers)) {
        struct nb_poller *poller =
            NB_CONTAINER_OF(pollers->next, struct nb_poller, link);
        nb_list_remove(&poller->link);
        poller->closed = status == -EBADF;
        nb_waiter_complete_all(&poller->poll->waiters,
                               poller->closed ? 0 : status);
    }
}
