/*
 * The seam to the event loop: what the clock says, which descriptors are
 * ready, how to be woken.
 *
 * Two implementations: loop_ev (libev, real time) and loop_virtual (a clock
 * that jumps). Deadlines are kept by core/timer; a loop only waits until the
 * next one. Time is in nanoseconds since some fixed point and never goes
 * back. Callbacks run inside nb_loop_poll() and nowhere else.
 */
#ifndef NB_CORE_LOOP_H
#define NB_CORE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NB_NEVER  INT64_MAX
#define NB_SECOND INT64_C(1000000000)

enum nb_direction { NB_READ, NB_WRITE };

enum { NB_WATCH_WORDS = 6 }; /* room for a loop's own record */
enum { NB_LOOP_EARLY = 1 };  /* the deadline has not come */

struct nb_loop;
struct nb_watch;

/* Called at each poll for as long as the descriptor is ready or in error. */
typedef void (*nb_watch_fn)(struct nb_watch *watch);

/* One descriptor watched in one direction. */
struct nb_watch {
    uint64_t opaque[NB_WATCH_WORDS];
    nb_watch_fn ready;
    int error; /* why the descriptor cannot be watched, 0 if it can */
};

struct nb_loop_ops {
    int64_t (*now)(struct nb_loop *loop);
    int64_t (*wall)(struct nb_loop *loop);
    int64_t (*after)(struct nb_loop *loop, int64_t span);
    int (*poll)(struct nb_loop *loop, int64_t deadline);
    void (*watch_init)(struct nb_watch *watch, int fd, enum nb_direction dir);
    int (*watch_start)(struct nb_loop *loop, struct nb_watch *watch);
    void (*watch_stop)(struct nb_loop *loop, struct nb_watch *watch);
    void (*wake)(struct nb_loop *loop);
    void (*free)(struct nb_loop *loop);
};

/* What every loop begins with. */
struct nb_loop {
    const struct nb_loop_ops *ops;
};

/* The time now. */
static inline int64_t nb_loop_now(struct nb_loop *loop)
{
    return loop->ops->now(loop);
}

/*
 * `span` ns from now, or later by a thousandth of that at most: a deadline that
 * is hardly ever needed, for less than a look at the clock.
 */
static inline int64_t nb_loop_after(struct nb_loop *loop, int64_t span)
{
    return loop->ops->after(loop, span);
}

/* The wall clock: nanoseconds since 1970-01-01 00:00 UTC; it may jump. */
static inline int64_t nb_loop_wall(struct nb_loop *loop)
{
    return loop->ops->wall(loop);
}

/*
 * Waits until a watched descriptor is ready, `deadline` has come or
 * nb_loop_wake() was called, and calls back for what is ready; or until an
 * earlier deadline, not needed. One in the past only looks. Returns 0,
 * NB_LOOP_EARLY, or -EDEADLK where nothing can ever happen.
 */
static inline int nb_loop_poll(struct nb_loop *loop, int64_t deadline)
{
    return loop->ops->poll(loop, deadline);
}

/* Prepares the caller's storage, stopped. The storage must not move. */
static inline void nb_watch_init(struct nb_loop *loop, struct nb_watch *watch,
                                 int fd, enum nb_direction dir)
{
    watch->error = 0;
    loop->ops->watch_init(watch, fd, dir);
}

/* Starts watching; nothing happens if it was. Returns 0 or -ENOMEM. */
static inline int nb_watch_start(struct nb_loop *loop, struct nb_watch *watch)
{
    return loop->ops->watch_start(loop, watch);
}

/* Stops watching. Required before the descriptor is closed. */
static inline void nb_watch_stop(struct nb_loop *loop, struct nb_watch *watch)
{
    loop->ops->watch_stop(loop, watch);
}

/* Makes the current or next poll return. Async-signal-safe. */
static inline void nb_loop_wake(struct nb_loop *loop)
{
    loop->ops->wake(loop);
}

/* Frees the loop; no watch may be started. NULL is legal. */
static inline void nb_loop_free(struct nb_loop *loop)
{
    if (loop != NULL)
        loop->ops->free(loop);
}

#endif
