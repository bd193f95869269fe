/*
 * The loop without a kernel: see loop_virtual.h.
 *
 * Watches that are started form a list in the order of their start, which is
 * the order in which they are called back.
 */
#include "core/loop_virtual.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

#include "util/alloc.h"
#include "util/list.h"

struct loop_virtual {
    struct nb_loop base;
    int64_t now;
    bool woken;
    uint64_t ready[2]; /* by direction: a bit a descriptor */
    struct nb_list watches;
};

/* What a watch's opaque words hold. */
struct record {
    struct nb_list link;
    int fd;
    enum nb_direction dir;
};

static_assert(sizeof(struct record) <= sizeof(uint64_t[NB_WATCH_WORDS]),
              "a record fits into a watch");

static struct loop_virtual *loop_of(struct nb_loop *loop)
{
    return NB_CONTAINER_OF(loop, struct loop_virtual, base);
}

static struct record *record_of(struct nb_watch *watch)
{
    return (struct record *)(void *)watch->opaque;
}

static int64_t virtual_now(struct nb_loop *loop)
{
    return loop_of(loop)->now;
}

static int64_t virtual_after(struct nb_loop *loop, int64_t span)
{
    return loop_of(loop)->now + span;
}

/* The wall clock shows 2000-01-01 00:00 UTC when the program starts. */
static int64_t virtual_wall(struct nb_loop *loop)
{
    return INT64_C(946684800) * NB_SECOND + loop_of(loop)->now;
}

static bool is_ready(const struct loop_virtual *self, const struct record *rec)
{
    return (self->ready[rec->dir] >> rec->fd & 1) != 0;
}

static bool any_ready(const struct loop_virtual *self)
{
    for (const struct nb_list *link = self->watches.next;
         link != &self->watches; link = link->next) {
        if (is_ready(self, NB_CONTAINER_OF(link, struct record, link)))
            return true;
    }
    return false;
}

/* Calls back for each watch that was ready; callbacks may stop watches. */
static void call_back(struct loop_virtual *self)
{
    struct nb_list pending;

    nb_list_init(&pending);
    while (!nb_list_empty(&self->watches)) {
        struct nb_list *link = self->watches.next;
        nb_list_remove(link);
        nb_list_push(&pending, link);
    }
    while (!nb_list_empty(&pending)) {
        struct nb_list *link = pending.next;
        struct record *rec = NB_CONTAINER_OF(link, struct record, link);
        struct nb_watch *watch = NB_CONTAINER_OF(rec, struct nb_watch, opaque);
        nb_list_remove(link);
        nb_list_push(&self->watches, link);
        if (is_ready(self, rec))
            watch->ready(watch);
    }
}

static int virtual_poll(struct nb_loop *loop, int64_t deadline)
{
    struct loop_virtual *self = loop_of(loop);
    bool ready = any_ready(self);

    if (!ready && !self->woken) {
        if (deadline == NB_NEVER)
            return -EDEADLK;
        if (deadline > self->now)
            self->now = deadline;
    }
    self->woken = false;
    if (ready)
        call_back(self);
    return 0;
}

static void virtual_watch_init(struct nb_watch *watch, int fd,
                               enum nb_direction dir)
{
    struct record *rec = record_of(watch);

    nb_list_init(&rec->link);
    rec->fd = fd;
    rec->dir = dir;
}

static int virtual_watch_start(struct nb_loop *loop, struct nb_watch *watch)
{
    struct record *rec = record_of(watch);

    assert(rec->fd >= 0 && rec->fd < 64);
    if (nb_list_empty(&rec->link))
        nb_list_push(&loop_of(loop)->watches, &rec->link);
    return 0;
}

static void virtual_watch_stop(struct nb_loop *loop, struct nb_watch *watch)
{
    (void)loop;
    nb_list_remove(&record_of(watch)->link);
}

static void virtual_wake(struct nb_loop *loop)
{
    loop_of(loop)->woken = true;
}

static void virtual_free(struct nb_loop *loop)
{
    assert(nb_list_empty(&loop_of(loop)->watches));
    nb_free(loop_of(loop));
}

int nb_loop_virtual_new(struct nb_loop **loop)
{
    static const struct nb_loop_ops ops = {
        .now = virtual_now,
        .after = virtual_after,
        .wall = virtual_wall,
        .poll = virtual_poll,
        .watch_init = virtual_watch_init,
        .watch_start = virtual_watch_start,
        .watch_stop = virtual_watch_stop,
        .wake = virtual_wake,
        .free = virtual_free,
    };
    struct loop_virtual *self = nb_calloc(1, sizeof *self);

    if (self == NULL)
        return -ENOMEM;
    self->base.ops = &ops;
    nb_list_init(&self->watches);
    *loop = &self->base;
    return 0;
}

void nb_loop_virtual_ready(struct nb_loop *loop, int fd, enum nb_direction dir,
                           bool ready)
{
    struct loop_virtual *self = loop_of(loop);
    uint64_t bit = UINT64_C(1) << fd;

    assert(fd >= 0 && fd < 64);
    if (ready)
        self->ready[dir] |= bit;
    else
        self->ready[dir] &= ~bit;
}
