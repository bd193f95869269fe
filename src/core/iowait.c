/* The waiters of a descriptor: see iowait.h. */
#include "core/iowait.h"

#include "core/runtime.h"

void nb_iowait_wake(struct nb_iowait *io, enum nb_direction dir)
{
    struct nb_list *queue = &io->queues[dir];

    if (nb_list_empty(queue))
        nb_watch_stop(io->rt->loop, &io->watches[dir]);
    else if (io->watches[dir].error != 0)
        nb_waiter_complete_all(queue, io->watches[dir].error);
    else
        nb_waiter_complete(NB_CONTAINER_OF(queue->next, struct nb_waiter, link),
                           0);
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

void nb_iowait_init(struct nb_iowait *io, struct nb_runtime *rt, int fd)
{
    io->rt = rt;
    for (int dir = NB_READ; dir <= NB_WRITE; dir++) {
        nb_watch_init(rt->loop, &io->watches[dir], fd, (enum nb_direction)dir);
        nb_list_init(&io->queues[dir]);
    }
    io->watches[NB_READ].ready = on_readable;
    io->watches[NB_WRITE].ready = on_writable;
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
    nb_watch_stop(io->rt->loop, &io->watches[dir]);
    begin(io, dir, waiter, wait);
}

void nb_iowait_close(struct nb_iowait *io, int status)
{
    for (int dir = NB_READ; dir <= NB_WRITE; dir++) {
        nb_watch_stop(io->rt->loop, &io->watches[dir]);
        nb_waiter_complete_all(&io->queues[dir], status);
    }
}
