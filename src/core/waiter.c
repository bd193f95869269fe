/* One suspension of one task: see waiter.h. */
#include "core/waiter.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

#include "core/loop.h"
#include "core/runtime.h"
#include "core/task.h"

static struct nb_waiter *waiter_at(struct nb_list *link)
{
    return NB_CONTAINER_OF(link, struct nb_waiter, link);
}

static void on_deadline(struct nb_timer *timer)
{
    nb_waiter_complete(NB_CONTAINER_OF(timer, struct nb_waiter, timer),
                       -ETIMEDOUT);
}

/* No longer pending: neither its deadline nor the deadlock check counts. */
static void settle(struct nb_waiter *waiter, int status)
{
    struct nb_runtime *rt = nb_task_of(waiter)->rt;

    if (waiter->status == NB_WAITER_PENDING) {
        nb_timer_disarm(rt, &waiter->timer);
        if (waiter->external)
            rt->external--;
    }
    waiter->status = status;
}

/* Leaves the line; the next one in it may try, where that is the rule. */
static void leave(struct nb_waiter *waiter)
{
    struct nb_list *queue = waiter->queue;
    bool first = queue != NULL && queue->next == &waiter->link;

    nb_list_remove(&waiter->link);
    waiter->queue = NULL;
    if (!first || !waiter->passes_on)
        return;
    struct nb_waiter *next = nb_waiter_first(queue);
    if (next != NULL)
        nb_waiter_complete(next, 0);
}

void nb_waiter_init(struct nb_waiter *waiter)
{
    waiter->what = NULL;
    waiter->object = NULL;
    waiter->holder = NULL;
    waiter->granted = 0;
    waiter->status = NB_WAITER_IDLE;
    waiter->external = false;
    waiter->passes_on = false;
    waiter->shielded = false;
    waiter->lasting = false;
    waiter->hidden = false;
    waiter->queue = NULL;
    nb_list_init(&waiter->link);
    nb_timer_init(&waiter->timer, on_deadline);
}

void nb_waiter_begin(struct nb_waiter *waiter, const struct nb_wait *wait)
{
    struct nb_runtime *rt = nb_task_of(waiter)->rt;

    assert(waiter->status != NB_WAITER_PENDING);
    waiter->status = NB_WAITER_PENDING;
    waiter->what = wait->what;
    waiter->object = wait->object;
    waiter->holder = wait->holder;
    waiter->shielded = wait->shielded;
    waiter->lasting = wait->lasting;
    waiter->hidden = wait->hidden;
    waiter->external = wait->external;
    if (wait->external)
        rt->external++;
    if (wait->queue != waiter->queue)
        leave(waiter);
    waiter->queue = wait->queue;
    waiter->passes_on = wait->passes_on;
    if (wait->queue != NULL && nb_list_empty(&waiter->link))
        nb_list_push(wait->queue, &waiter->link);
    if (wait->deadline != NB_NEVER)
        nb_timer_arm(rt, &waiter->timer, wait->deadline);
    nb_task_of(waiter)->state = NB_TASK_WAITING;
}

void nb_waiter_move(struct nb_waiter *waiter, const struct nb_wait *wait)
{
    assert(waiter->status == NB_WAITER_PENDING);
    settle(waiter, NB_WAITER_IDLE);
    nb_waiter_begin(waiter, wait);
}

bool nb_waiter_complete(struct nb_waiter *waiter, int status)
{
    assert(status <= 0);
    if (waiter->status != NB_WAITER_PENDING)
        return false;
    settle(waiter, status);
    nb_task_ready(nb_task_of(waiter));
    return true;
}

struct nb_waiter *nb_waiter_first(const struct nb_list *queue)
{
    for (struct nb_list *link = queue->next; link != queue; link = link->next) {
        struct nb_waiter *waiter = waiter_at(link);
        if (waiter->status == NB_WAITER_PENDING)
            return waiter;
    }
    return NULL;
}

static void take_out(struct nb_waiter *waiter)
{
    nb_list_remove(&waiter->link);
    waiter->queue = NULL;
}

struct nb_waiter *nb_waiter_front(struct nb_list *queue)
{
    while (!nb_list_empty(queue)) {
        struct nb_waiter *waiter = waiter_at(queue->next);
        if (waiter->status == NB_WAITER_PENDING)
            return waiter;
        take_out(waiter);
    }
    return NULL;
}

struct nb_waiter *nb_waiter_complete_first(struct nb_list *queue, int status)
{
    struct nb_waiter *waiter = nb_waiter_front(queue);

    if (waiter == NULL)
        return NULL;
    take_out(waiter);
    nb_waiter_complete(waiter, status);
    return waiter;
}

void nb_waiter_complete_all(struct nb_list *queue, int status)
{
    while (nb_waiter_complete_first(queue, status) != NULL)
        continue;
}

void nb_waiter_end(struct nb_waiter *waiter)
{
    settle(waiter, NB_WAITER_IDLE);
    leave(waiter);
}
