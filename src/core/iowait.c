/* The waiters of a descriptor: see iowait.h. */
#include "core/iowait.h"

#include <errno.h>

#include "core/pollwait.h"
#include "core/runtime.h"

/* Where the descriptor's owner is found. */
static struct nb_list *bucket(struct nb_runtime *rt, int fd)
{
    return &rt->iowaits[(size_t)fd % NB_COUNTOF(rt->iowaits)];
}

/* The readers or writers; who polls comes after them, to see what they left. */
void nb_iowait_wake(struct nb_iowait *io, enum nb_direction dir)
{
    struct nb_list *queue = &io->queues[dir];
    int error = io->watches[dir].error;

    if (nb_list_empty(queue) && nb_list_empty(&io->pollers[dir])) {
        nb_watch_stop(io->rt->loop, &io->watches[dir]);
        return;
    }
    if (error != 0)
        nb_waiter_complete_all(queue, error);
    else if (!nb_list_empty(queue))
        nb_waiter_complete(NB_CONTAINER_OF(queue->next, struct nb_waiter, link),
                           0);
    nb_pollwait_wake(&io->pollers[dir], error);
}

/* Without memory for it, something else has to make the loop return. */
void nb_iowait_rouse(struct nb_iowait *io, enum nb_direction dir)
{
    nb_watch_start(io->rt->loop, &io->watches[dir]);
}

static void on_readable(struct nb_watch *watch)
{
    nb_iowait_wake(NB_CONTAINER_OF(watch, struct nb_iowait, watches[NB_READ]),
                   NB_READ);
}

static void on_writable(struct nb_watch *watch)
{
    nb_iowait_wake(NB_CONTAINER_OF(watch, struct nb_iowait, watches[NB_WRITE]),
                   NB_WRITE);
}

void nb_iowait_borrow(struct nb_iowait *io, struct nb_runtime *rt, int fd)
{
    io->rt = rt;
    io->fd = fd;
    nb_list_init(&io->link);
    for (int dir = NB_READ; dir <= NB_WRITE; dir++) {
        nb_watch_init(rt->loop, &io->watches[dir], fd, (enum nb_direction)dir);
        nb_list_init(&io->queues[dir]);
        nb_list_init(&io->pollers[dir]);
    }
    io->watches[NB_READ].ready = on_readable;
    io->watches[NB_WRITE].ready = on_writable;
}

void nb_iowait_init(struct nb_iowait *io, struct nb_runtime *rt, int fd)
{
    nb_iowait_borrow(io, rt, fd);
    if (fd >= 0)
        nb_list_push(bucket(rt, fd), &io->link);
}

struct nb_iowait *nb_iowait_find(struct nb_runtime *rt, int fd)
{
    const struct nb_list *among = bucket(rt, fd);

    for (struct nb_list *link = among->next; link != among; link = link->next) {
        struct nb_iowait *io = NB_CONTAINER_OF(link, struct nb_iowait, link);
        if (io->fd == fd)
            return io;
    }
    return NULL;
}

static void begin(struct nb_iowait *io, enum nb_direction dir,
                  struct nb_waiter *waiter, struct nb_wait wait)
{
    wait.queue = &io->queues[dir];
    wait.external = true;
    wait.passes_on = true;
    nb_waiter_begin(waiter, &wait);
}

int nb_iowait_begin(struct nb_iowait *io, enum nb_direction dir,
                    struct nb_waiter *waiter, struct nb_wait wait)
{
    int rc = nb_watch_start(io->rt->loop, &io->watches[dir]);

    if (rc < 0)
        return rc;
    begin(io, dir, waiter, wait);
    return 0;
}

void nb_iowait_line_up(struct nb_iowait *io, enum nb_direction dir,
                       struct nb_waiter *waiter, struct nb_wait wait)
{
    if (nb_list_empty(&io->pollers[dir]))
        nb_watch_stop(io->rt->loop, &io->watches[dir]);
    begin(io, dir, waiter, wait);
}

int nb_iowait_poll(struct nb_iowait *io, struct nb_poller *poller)
{
    struct nb_watch *watch = &io->watches[poller->dir];

    if (poller->fd < 0) {
        nb_watch_stop(io->rt->loop, watch);
    } else if (io->fd >= 0) {
        int rc = nb_watch_start(io->rt->loop, watch);
        if (rc < 0)
            return rc;
    }
    nb_list_push(&io->pollers[poller->dir], &poller->link);
    return 0;
}

void nb_iowait_close(struct nb_iowait *io, int status)
{
    for (int dir = NB_READ; dir <= NB_WRITE; dir++) {
        nb_watch_stop(io->rt->loop, &io->watches[dir]);
        nb_waiter_complete_all(&io->queues[dir], status);
        nb_pollwait_wake(&io->pollers[dir], -EBADF);
    }
    nb_list_remove(&io->link);
}
