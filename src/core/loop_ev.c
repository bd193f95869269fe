/*
 * The loop on libev: see loop.h.
 *
 * The only file that knows libev. Time is read from CLOCK_MONOTONIC directly,
 * because a script that has computed for long must not arm a deadline against
 * a stale clock. libev keeps one timer, for the deadline of the poll.
 */
#include "core/loop_ev.h"

#include <assert.h>
#include <errno.h>
#include <ev.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/loop.h"
#include "util/alloc.h"
#include "util/list.h"

struct loop_ev {
    struct nb_loop base;
    struct ev_loop *ev;
    ev_timer alarm;   /* ends the poll at its deadline, or before it ... */
    int64_t alarm_at; /* ... which was this one when it was set */
    ev_io wake;       /* an eventfd */
    int64_t tick;     /* by which the kernel's coarse clock goes */
    int64_t known;    /* it was this late already */
};

static_assert(sizeof(ev_io) <= sizeof(uint64_t[NB_WATCH_WORDS]),
              "an ev_io fits into a watch");

static struct loop_ev *loop_of(struct nb_loop *loop)
{
    return NB_CONTAINER_OF(loop, struct loop_ev, base);
}

static ev_io *io_of(struct nb_watch *watch)
{
    return (ev_io *)(void *)watch->opaque;
}

static int64_t read_clock(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return ts.tv_sec * NB_SECOND + ts.tv_nsec;
}

/* The resolution of the coarse clock. */
static int64_t tick_of_clock(void)
{
    struct timespec ts;

    clock_getres(CLOCK_MONOTONIC_COARSE, &ts);
    return ts.tv_sec * NB_SECOND + ts.tv_nsec;
}

static int64_t ev_loop_time(struct nb_loop *loop)
{
    struct loop_ev *self = loop_of(loop);

    self->known = read_clock(CLOCK_MONOTONIC);
    return self->known;
}

/*
 * The coarse clock is the time at the last tick, and costs a sixth of the
 * other one. Where ticks are held up, as in a guest, what is known counts.
 */
static int64_t ev_loop_after(struct nb_loop *loop, int64_t span)
{
    const struct loop_ev *self = loop_of(loop);

    if (span / 1000 < self->tick)
        return ev_loop_time(loop) + span;
    int64_t now = read_clock(CLOCK_MONOTONIC_COARSE) + self->tick;
    return (now > self->known ? now : self->known) + span;
}

static int64_t ev_loop_wall(struct nb_loop *loop)
{
    (void)loop;
    return read_clock(CLOCK_REALTIME);
}

static void on_io(struct ev_loop *ev, ev_io *io, int events)
{
    struct nb_watch *watch = NB_CONTAINER_OF(io, struct nb_watch, opaque);

    (void)ev;
    if ((events & EV_ERROR) != 0)
        watch->error = -ENOMEM; /* the kernel has no room for one more */
    watch->ready(watch);
}

/* The poll returns by itself: there is nothing more to do. */
static void on_alarm(struct ev_loop *ev, ev_timer *alarm, int events)
{
    (void)ev;
    (void)alarm;
    (void)events;
}

static void on_wake(struct ev_loop *ev, ev_io *wake, int events)
{
    eventfd_t count = 0;

    (void)ev;
    (void)events;
    eventfd_read(wake->fd, &count);
}

/*
 * libev is about to block. Where the kernel has refused a watch just now, that
 * is an event which waits for the end of the poll: it must not be a long one.
 */
static void before_block(struct ev_loop *ev)
{
    const struct loop_ev *self = ev_userdata(ev);

    if (ev_pending_count(ev) > 0)
        eventfd_write(self->wake.fd, 1);
}

/* libev cannot go on, and would abort. */
static void on_system_error(const char *what)
{
    fprintf(stderr, "netbox: %s: %s\n", what, strerror(errno));
    _exit(1);
}

/*
 * Sees to it that the alarm goes off at the deadline, or before; false if that
 * is over. Most deadlines are not needed, and the next one is later: so an
 * alarm that is set stays so, and goes off for nothing once in a while. To set
 * it for each poll costs three looks at the clock.
 */
static bool set_alarm(struct loop_ev *self, int64_t deadline)
{
    if (ev_is_active(&self->alarm) && self->alarm_at <= deadline)
        return true;
    int64_t now = ev_loop_time(&self->base);
    if (deadline <= now)
        return false;
    ev_timer_stop(self->ev, &self->alarm);
    ev_now_update(self->ev);
    ev_timer_set(&self->alarm, (double)(deadline - now) / (double)NB_SECOND,
                 0.);
    ev_timer_start(self->ev, &self->alarm);
    self->alarm_at = deadline;
    return true;
}

/* While the alarm is set libev tells what it has read after the poll. */
static void note_time(struct loop_ev *self)
{
    double left = ev_timer_remaining(self->ev, &self->alarm);

    self->known = self->alarm_at - (int64_t)(left * (double)NB_SECOND);
}

static int ev_loop_poll(struct nb_loop *loop, int64_t deadline)
{
    struct loop_ev *self = loop_of(loop);

    if (deadline == NB_NEVER) {
        ev_run(self->ev, EVRUN_ONCE);
        return NB_LOOP_EARLY;
    }
    if (deadline <= 0 || !set_alarm(self, deadline)) {
        ev_run(self->ev, EVRUN_NOWAIT);
        return 0;
    }
    ev_run(self->ev, EVRUN_ONCE);
    if (!ev_is_active(&self->alarm))
        return 0;
    note_time(self);
    return NB_LOOP_EARLY;
}

static void init_io(ev_io *io, int fd, int events)
{
    ev_io_init(io, on_io, fd, events);
}

static void ev_watch_init(struct nb_watch *watch, int fd, enum nb_direction dir)
{
    init_io(io_of(watch), fd, dir == NB_READ ? EV_READ : EV_WRITE);
}

static int ev_watch_start(struct nb_loop *loop, struct nb_watch *watch)
{
    ev_io *io = io_of(watch);

    if (ev_is_active(io))
        return 0;
    if (watch->error != 0) { /* libev has given the old one up */
        watch->error = 0;
        init_io(io, io->fd, io->events);
    }
    size_t refused = nb_alloc_account().refused;
    ev_io_start(loop_of(loop)->ev, io);
    if (nb_alloc_account().refused == refused)
        return 0;
    ev_io_stop(loop_of(loop)->ev, io);
    return -ENOMEM;
}

static void ev_watch_stop(struct nb_loop *loop, struct nb_watch *watch)
{
    ev_io_stop(loop_of(loop)->ev, io_of(watch));
}

static void ev_loop_wake(struct nb_loop *loop)
{
    struct loop_ev *self = loop_of(loop);
    eventfd_write(self->wake.fd, 1);
}

static void ev_loop_free(struct nb_loop *loop)
{
    struct loop_ev *self = loop_of(loop);

    ev_timer_stop(self->ev, &self->alarm);
    ev_io_stop(self->ev, &self->wake);
    close(self->wake.fd);
    ev_loop_destroy(self->ev);
    nb_free(self);
}

static void *ev_allocate(void *block, long size)
{
    return nb_realloc_or_exit(block, (size_t)size);
}

/* Makes libev's loop, woken through `fd`; false if that was refused. */
static bool open_loop(struct loop_ev *self, int fd)
{
    self->ev = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
    if (self->ev == NULL)
        return false;
    ev_timer_init(&self->alarm, on_alarm, 0., 0.);
    ev_io_init(&self->wake, on_wake, fd, EV_READ);
    ev_io_start(self->ev, &self->wake);
    ev_set_userdata(self->ev, self);
    ev_set_loop_release_cb(self->ev, before_block, NULL);
    ev_run(self->ev, EVRUN_NOWAIT);
    return ev_is_active(&self->wake); /* else the kernel cannot watch it */
}

int nb_loop_ev_new(struct nb_loop **loop)
{
    static const struct nb_loop_ops ops = {
        .now = ev_loop_time,
        .wall = ev_loop_wall,
        .after = ev_loop_after,
        .poll = ev_loop_poll,
        .watch_init = ev_watch_init,
        .watch_start = ev_watch_start,
        .watch_stop = ev_watch_stop,
        .wake = ev_loop_wake,
        .free = ev_loop_free,
    };
    struct loop_ev *self = nb_calloc(1, sizeof *self);

    if (self == NULL)
        return -ENOMEM;
    self->base.ops = &ops;
    self->tick = tick_of_clock();
    ev_set_allocator(ev_allocate);
    ev_set_syserr_cb(on_system_error);
    errno = 0;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd >= 0 && open_loop(self, fd)) {
        *loop = &self->base;
        return 0;
    }
    int rc = self->ev == NULL && errno != 0 ? -errno : -ENOMEM;
    if (self->ev != NULL)
        ev_loop_destroy(self->ev);
    if (fd >= 0)
        close(fd);
    nb_free(self);
    return rc;
}
