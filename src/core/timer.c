/* Deadlines on a heap that needs no memory: see timer.h. */
#include "core/timer.h"

#include <stddef.h>

#include "core/loop.h"
#include "core/runtime.h"
#include "util/list.h"

void nb_timer_init(struct nb_timer *timer, nb_timer_fn fire)
{
    timer->fire = fire;
    nb_list_init(&timer->node.link);
}

void nb_timer_arm(struct nb_runtime *rt, struct nb_timer *timer,
                  int64_t deadline)
{
    nb_timer_disarm(rt, timer);
    nb_heap_add(&rt->timers, &timer->node, deadline);
}

void nb_timer_disarm(struct nb_runtime *rt, struct nb_timer *timer)
{
    (void)rt;
    nb_heap_remove(&timer->node);
}

int64_t nb_timer_next(const struct nb_runtime *rt)
{
    return nb_heap_bound(&rt->timers);
}

void nb_timer_expire(struct nb_runtime *rt, int64_t now)
{
    struct nb_heap_node *node = nb_heap_take(&rt->timers, now);

    for (; node != NULL; node = nb_heap_take(&rt->timers, now)) {
        struct nb_timer *timer = NB_CONTAINER_OF(node, struct nb_timer, node);
        timer->fire(timer);
    }
}
