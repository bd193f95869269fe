/* A barrier: see barrier.h. */
#include "core/barrier.h"

#include <errno.h>

#include "core/loop.h"
#include "core/task.h"
#include "core/waiter.h"
#include "util/err.h"

void nb_barrier_init(struct nb_barrier *barrier, size_t parties)
{
    *barrier = (struct nb_barrier){.parties = parties};
    nb_list_init(&barrier->line);
    nb_list_init(&barrier->round);
}

bool nb_barrier_must_wait(const struct nb_barrier *barrier)
{
    bool last = barrier->waiting + 1 == barrier->parties;

    return !barrier->broken && (barrier->actor != 0 || !last);
}

/* The first in line if it still waits; NULL if it has given up. */
static struct nb_waiter *next_in_line(const struct nb_barrier *barrier)
{
    struct nb_list *link = barrier->line.next;
    struct nb_waiter *waiter = NB_CONTAINER_OF(link, struct nb_waiter, link);

    if (link == &barrier->line || waiter->status != NB_WAITER_PENDING)
        return NULL;
    return waiter;
}

/* The first ones in line, all but the last of a round, wait for its actor. */
static bool gather(struct nb_barrier *barrier)
{
    const struct nb_wait wait = {.queue = &barrier->round,
                                 .deadline = NB_NEVER,
                                 .what = "a barrier",
                                 .object = barrier,
                                 .holder = &barrier->actor};

    barrier->waiting -= barrier->parties;
    for (size_t left = barrier->parties - 1; left > 0; left--) {
        struct nb_waiter *waiter = next_in_line(barrier);
        if (waiter == NULL)
            return false;
        nb_waiter_move(waiter, &wait);
    }
    return true;
}

int nb_barrier_come(struct nb_barrier *barrier, struct nb_waiter *waiter)
{
    if (barrier->broken)
        return -EPIPE;
    waiter->granted = barrier->waiting++ % barrier->parties;
    if (barrier->actor != 0 || barrier->waiting < barrier->parties)
        return NB_WANT_READ;
    if (!gather(barrier)) {
        nb_barrier_abort(barrier);
        return -EPIPE;
    }
    barrier->actor = nb_task_of(waiter)->id;
    return 0;
}

/* A whole round has come while an actor was there: its last one acts. */
static void begin_next_round(struct nb_barrier *barrier)
{
    struct nb_waiter *last = gather(barrier) ? next_in_line(barrier) : NULL;

    if (last == NULL) {
        nb_barrier_abort(barrier);
        return;
    }
    barrier->actor = nb_task_of(last)->id;
    nb_waiter_complete_first(&barrier->line, 0);
}

void nb_barrier_open(struct nb_barrier *barrier, bool acted)
{
    barrier->actor = 0;
    if (!acted)
        nb_barrier_abort(barrier);
    nb_waiter_complete_all(&barrier->round, 0);
    if (barrier->waiting >= barrier->parties)
        begin_next_round(barrier);
}

void nb_barrier_give_up(struct nb_barrier *barrier,
                        const struct nb_waiter *waiter)
{
    if (waiter->queue == &barrier->line)
        nb_barrier_abort(barrier);
}

void nb_barrier_abort(struct nb_barrier *barrier)
{
    barrier->broken = true;
    barrier->waiting = 0;
    nb_waiter_complete_all(&barrier->round, -EPIPE);
    nb_waiter_complete_all(&barrier->line, -EPIPE);
}

void nb_barrier_reset(struct nb_barrier *barrier)
{
    barrier->broken = false;
    barrier->waiting = 0;
    nb_waiter_complete_all(&barrier->line, -EPIPE);
}
