/* A task's life: see task.h. */
#include "core/task.h"

#include <errno.h>

#include "core/runtime.h"

void nb_job_init(struct nb_job *job, void (*run)(struct nb_job *job))
{
    nb_list_init(&job->link);
    job->run = run;
}

void nb_job_ready(struct nb_job *job, struct nb_runtime *rt)
{
    nb_job_drop(job, rt);
    nb_list_push(&rt->ready, &job->link);
    rt->ready_count++;
}

void nb_job_drop(struct nb_job *job, struct nb_runtime *rt)
{
    if (nb_list_empty(&job->link))
        return;
    nb_list_remove(&job->link);
    rt->ready_count--;
}

static void run_task(struct nb_job *job)
{
    struct nb_task *task = NB_CONTAINER_OF(job, struct nb_task, job);
    struct nb_runtime *rt = task->rt;

    task->state = NB_TASK_RUNNING;
    rt->current = task;
    rt->switches++;
    task->run(task);
    rt->current = NULL;
}

void nb_task_init(struct nb_task *task, struct nb_runtime *rt, nb_task_fn run)
{
    task->rt = rt;
    task->run = run;
    task->id = 0;
    task->state = NB_TASK_ENDED;
    task->daemon = false;
    task->cancelled = false;
    nb_job_init(&task->job, run_task);
    nb_list_init(&task->all);
    nb_list_init(&task->joiners);
    nb_waiter_init(&task->waiter);
}

void nb_task_start(struct nb_task *task, bool daemon)
{
    struct nb_runtime *rt = task->rt;

    task->id = ++rt->last_id;
    task->daemon = daemon;
    task->cancelled = rt->stopping;
    nb_list_push(&rt->tasks, &task->all);
    if (!daemon)
        rt->holders++;
    if (++rt->alive > rt->most_alive)
        rt->most_alive = rt->alive;
    nb_task_ready(task);
}

void nb_task_ready(struct nb_task *task)
{
    task->state = NB_TASK_READY;
    nb_job_ready(&task->job, task->rt);
}

void nb_task_hurry(struct nb_task *task)
{
    struct nb_runtime *rt = task->rt;

    nb_job_drop(&task->job, rt);
    nb_list_push(rt->ready.next, &task->job.link);
    rt->ready_count++;
}

void nb_task_end(struct nb_task *task)
{
    if (task->state == NB_TASK_ENDED)
        return;
    nb_waiter_end(&task->waiter);
    nb_job_drop(&task->job, task->rt);
    nb_list_remove(&task->all);
    task->state = NB_TASK_ENDED;
    task->rt->alive--;
    if (!task->daemon)
        task->rt->holders--;
    nb_waiter_complete_all(&task->joiners, 0);
}

bool nb_task_cancel(struct nb_task *task)
{
    if (task->state == NB_TASK_ENDED)
        return false;
    task->cancelled = true;
    if (!task->waiter.shielded && !task->waiter.hidden)
        nb_waiter_complete(&task->waiter, -ECANCELED);
    return true;
}
