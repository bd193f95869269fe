/* The waiters of a descriptor: see iowait.h. */
#include "core/iowait.h"

#include <errno.h>

#include "core/pollwait.h"
#include "core/runtime.h"
#include "util/alloc.h"

/* Where the descriptor's owner is found. */
static struct nb_list *bucket(struct nb_runtime *rt, int fd)
{
    return &rt->iowaits[(size_t)fd % NB_COUNTOF(rt->iowaits)];
}

/* Whoever waits in a direction, or nothing: NULL. */
struct side {
    struct nb_watch *watch;
    struct nb_list *line;
    struct nb_list *pollers; /* NULL: there are none */
};

static struct side side_of(struct nb_iowait *io, enum nb_direction dir)
{
    struct nb_iowait_others *others = io->others;
    struct nb_list *pollers = others == NULL ? NULL : &others->pollers[dir];

    if (dir == NB_READ)
        return (struct side){&io->readable, &io->readers, pollers};
    if (others == NULL)
        return (struct side){NULL, NULL, NULL};
    return (struct side){&others->writable, &others->writers, pollers};
}

static bool is_polled(const struct side *side)
{
    return side->pollers != NULL && !nb_list_empty(side->pollers);
}

/* The readers or writers; who polls comes after them, to see what they left. */
void nb_iowait_wake(struct nb_iowait *io, enum nb_direction dir)
{
    struct side side = side_of(io, dir);

    if (side.watch == NULL)
        return;
    int error = side.watch->error;
    if (nb_list_empty(side.line) && !is_polled(&side)) {
        nb_watch_stop(io->rt->loop, side.watch);
        return;
    }
    if (error != 0)
        nb_waiter_complete_all(side.line, error);
    else if (!nb_list_empty(side.line))
        nb_waiter_complete(
            NB_CONTAINER_OF(side.line->next, struct nb_waiter, link), 0);
    if (side.pollers != NULL)
        nb_pollwait_wake(side.pollers, error);
}

static void on_readable(struct nb_watch *watch)
{
    nb_iowait_wake(NB_CONTAINER_OF(watch, struct nb_iowait, readable), NB_READ);
}

static void on_writable(struct nb_watch *watch)
{
    nb_iowait_wake(
        NB_CONTAINER_OF(watch, struct nb_iowait_others, writable)->io,
        NB_WRITE);
}

/* Makes room for others than readers. 0 or -ENOMEM. */
static int need_others(struct nb_iowait *io)
{
    if (io->others != NULL)
        return 0;
    struct nb_iowait_others *others = nb_malloc(sizeof *others);
    if (others == NULL)
        return -ENOMEM;
    others->io = io;
    nb_watch_init(io->rt->loop, &others->writable, io->fd, NB_WRITE);
    others->writable.ready = on_writable;
    nb_list_init(&others->writers);
    nb_list_init(&others->pollers[NB_READ]);
    nb_list_init(&others->pollers[NB_WRITE]);
    io->others = others;
    return 0;
}

static int need(struct nb_iowait *io, enum nb_direction dir)
{
    return dir == NB_READ ? 0 : need_others(io);
}

/* Without memory for it, something else has to make the loop return. */
void nb_iowait_rouse(struct nb_iowait *io, enum nb_direction dir)
{
    if (need(io, dir) == 0)
        nb_watch_start(io->rt->loop, side_of(io, dir).watch);
}

void nb_iowait_borrow(struct nb_iowait *io, struct nb_runtime *rt, int fd)
{
    io->rt = rt;
    io->fd = fd;
    io->others = NULL;
    nb_list_init(&io->link);
    nb_list_init(&io->readers);
    nb_watch_init(rt->loop, &io->readable, fd, NB_READ);
    io->readable.ready = on_readable;
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

static void begin(const struct side *side, struct nb_waiter *waiter,
                  struct nb_wait *wait)
{
    wait->queue = side->line;
    wait->external = true;
    wait->passes_on = true;
    nb_waiter_begin(waiter, wait);
}

int nb_iowait_begin(struct nb_iowait *io, enum nb_direction dir,
                    struct nb_waiter *waiter, struct nb_wait *wait)
{
    int rc = need(io, dir);

    if (rc < 0)
        return rc;
    struct side side = side_of(io, dir);
    rc = nb_watch_start(io->rt->loop, side.watch);
    if (rc < 0)
        return rc;
    begin(&side, waiter, wait);
    return 0;
}

int nb_iowait_line_up(struct nb_iowait *io, enum nb_direction dir,
                      struct nb_waiter *waiter, struct nb_wait *wait)
{
    int rc = need(io, dir);

    if (rc < 0)
        return rc;
    struct side side = side_of(io, dir);
    if (!is_polled(&side))
        nb_watch_stop(io->rt->loop, side.watch);
    begin(&side, waiter, wait);
    return 0;
}

int nb_iowait_poll(struct nb_iowait *io, struct nb_poller *poller)
{
    int rc = need_others(io);

    if (rc < 0)
        return rc;
    struct side side = side_of(io, poller->dir);
    if (poller->fd < 0)
        nb_watch_stop(io->rt->loop, side.watch);
    else if (io->fd >= 0)
        rc = nb_watch_start(io->rt->loop, side.watch);
    if (rc == 0)
        nb_list_push(side.pollers, &poller->link);
    return rc;
}

/* Nobody but the reader is left. */
static void drop_others(struct nb_iowait *io, int status)
{
    struct nb_iowait_others *others = io->others;

    if (others == NULL)
        return;
    nb_watch_stop(io->rt->loop, &others->writable);
    nb_waiter_complete_all(&others->writers, status);
    nb_pollwait_wake(&others->pollers[NB_READ], -EBADF);
    nb_pollwait_wake(&others->pollers[NB_WRITE], -EBADF);
    io->others = NULL;
    nb_free(others);
}

void nb_iowait_close(struct nb_iowait *io, int status)
{
    nb_watch_stop(io->rt->loop, &io->readable);
    nb_waiter_complete_all(&io->readers, status);
    drop_others(io, status);
    nb_list_remove(&io->link);
}
