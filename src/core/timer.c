/* Deadlines on a heap that needs no memory: see timer.h. */
#include "core/timer.h"

#include <stddef.h>

#include "core/loop.h"
#include "core/runtime.h"
#include "util/list.h"

void nb_timer_init(struct nb_timer *timer, nb_timer_fn fire)
{
    timer->fire = fire;
    timer->node.order = 0;
}

void nb_timer_arm(struct nb_runtime *rt, struct nb_timer *timer,
                  int64_t deadline)
{
    nb_timer_disarm(rt, timer);
    nb_heap_add(&rt->timers, &timer->node, deadline);
}

void nb_timer_disarm(struct nb_runtime *rt, struct nb_timer *timer)
{
    if (!nb_timer_is_armed(timer))
        return;
    nb_heap_remove(&rt->timers, &timer->node);
    timer->node.order = 0;
}

int64_t nb_timer_next(const struct nb_runtime *rt)
{
    return rt->timers.first == NULL ? NB_NEVER : rt->timers.first->key;
}

void nb_timer_expire(struct nb_runtime *rt, int64_t now)
{
    while (nb_timer_next(rt) <= now) {
        struct nb_timer *timer =
            NB_CONTAINER_OF(rt->timers.first, struct nb_timer, node);
        nb_timer_disarm(rt, timer);
        timer->fire(timer);
    }
}
