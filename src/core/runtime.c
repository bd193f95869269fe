/* The loop that runs a program: see runtime.h. */
#include "core/runtime.h"

#include <errno.h>

#include "core/loop.h"
#include "core/task.h"
#include "core/timer.h"

/* Tasks run between two looks at the loop, at least. */
enum { TURN = 64 };

void nb_runtime_init(struct nb_runtime *rt, struct nb_loop *loop,
                     const struct nb_runtime_host *host, void *context)
{
    *rt = (struct nb_runtime){
        .loop = loop,
        .host = host,
        .context = context,
    };
    nb_heap_init(&rt->timers);
    nb_list_init(&rt->ready);
    nb_list_init(&rt->tasks);
    nb_list_init(&rt->deferred);
    for (size_t i = 0; i < NB_COUNTOF(rt->iowaits); i++)
        nb_list_init(&rt->iowaits[i]);
    nb_bus_init(&rt->bus);
}

/*
 * How many tasks to run now: all that are ready. The loop finds the descriptor
 * of each of them ready again, at every look, until its task has run; so to
 * look in between would cost their number squared.
 */
static size_t turn_length(const struct nb_runtime *rt)
{
    return rt->ready_count > TURN ? rt->ready_count : TURN;
}

/* Nobody keeps the program alive, and the others have not been told. */
static bool is_over(const struct nb_runtime *rt)
{
    return rt->holders == 0 && !rt->stopping;
}

void nb_runtime_turn(struct nb_runtime *rt)
{
    for (size_t left = turn_length(rt);
         left > 0 && !nb_list_empty(&rt->ready) && !is_over(rt); left--) {
        struct nb_job *job =
            NB_CONTAINER_OF(rt->ready.next, struct nb_job, link);
        nb_job_drop(job, rt);
        job->run(job);
    }
}

void nb_runtime_stop(struct nb_runtime *rt)
{
    rt->stopping = true;
    for (struct nb_list *link = rt->tasks.next; link != &rt->tasks;
         link = link->next)
        nb_task_cancel(NB_CONTAINER_OF(link, struct nb_task, all));
    if (rt->host->stop != NULL)
        rt->host->stop(rt->context);
}

/* Nothing is ready, nothing is due, and nobody outside can change that. */
static bool is_stuck(const struct nb_runtime *rt)
{
    return nb_list_empty(&rt->ready) && nb_timer_next(rt) == NB_NEVER &&
           rt->external == 0;
}

static bool is_breakable(const struct nb_waiter *waiter)
{
    return (waiter->shielded || waiter->hidden) && !waiter->lasting;
}

/*
 * Nothing can wake anybody. At the end of the program the oldest shielded wait
 * is cut short then, one at a time: that may be what the next waits for.
 */
static bool break_shield(struct nb_runtime *rt)
{
    if (!rt->stopping)
        return false;
    for (struct nb_list *link = rt->tasks.next; link != &rt->tasks;
         link = link->next) {
        struct nb_task *task = NB_CONTAINER_OF(link, struct nb_task, all);
        if (!is_breakable(&task->waiter) ||
            !nb_waiter_complete(&task->waiter, -ECANCELED))
            continue;
        rt->forced = true;
        return true;
    }
    return false;
}

/* Cancels what is left, once, when the program is over. */
static void stop_if(struct nb_runtime *rt, bool over)
{
    if (over && !rt->stopping)
        nb_runtime_stop(rt);
}

/* Shows the tasks, if somebody has asked. */
static void show_if_asked(struct nb_runtime *rt)
{
    if (!rt->asked)
        return;
    rt->asked = false;
    if (rt->host->show != NULL)
        rt->host->show(rt->context);
}

void nb_runtime_defer(struct nb_runtime *rt, struct nb_deferred *deferred)
{
    if (nb_list_empty(&deferred->link))
        nb_list_push(&rt->deferred, &deferred->link);
}

void nb_runtime_settle(struct nb_runtime *rt)
{
    const struct nb_list *last = rt->deferred.prev;
    bool more = !nb_list_empty(&rt->deferred);

    while (more) {
        struct nb_deferred *first =
            NB_CONTAINER_OF(rt->deferred.next, struct nb_deferred, link);
        more = &first->link != last;
        nb_list_remove(&first->link);
        first->run(first);
    }
}

/* Waits for the loop, unless tasks are ready, and fires what is due. */
static int wait(struct nb_runtime *rt)
{
    nb_runtime_settle(rt);
    int64_t deadline = nb_timer_next(rt);
    if (!nb_list_empty(&rt->ready))
        deadline = 0; /* only look */
    else if (rt->host->before_wait != NULL)
        rt->host->before_wait(rt->context);
    int rc = nb_loop_poll(rt->loop, deadline);
    if (rc == 0)
        nb_timer_expire(rt, nb_loop_now(rt->loop));
    return rc;
}

int nb_runtime_run(struct nb_runtime *rt)
{
    for (;;) {
        show_if_asked(rt);
        stop_if(rt, rt->signal != 0);
        if (!nb_list_empty(&rt->ready))
            rt->host->batch(rt->context);
        stop_if(rt, is_over(rt));
        if (rt->stopping && nb_list_empty(&rt->tasks))
            return 0;
        if ((rt->signal == 0 || rt->stopping) && is_stuck(rt) &&
            !break_shield(rt))
            return -EDEADLK;
        int rc = wait(rt);
        if (rc < 0)
            return rc;
    }
}
