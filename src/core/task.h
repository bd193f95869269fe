/*
 * A task: something that runs, waits and ends, once.
 *
 * The core does not know what a task is made of; it calls `run` when its turn
 * has come, and `run` goes on until the task waits (nb_waiter_begin), gives
 * way (nb_task_ready) or ends (nb_task_end). netbox's threads are tasks that
 * resume a coroutine; the unit tests schedule plain functions.
 */
#ifndef NB_CORE_TASK_H
#define NB_CORE_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/waiter.h"
#include "util/list.h"

struct nb_runtime;
struct nb_task;

enum nb_task_state {
    NB_TASK_READY,   /* in the ready queue */
    NB_TASK_RUNNING, /* on the processor */
    NB_TASK_WAITING, /* its waiter is pending */
    NB_TASK_ENDED,
};

typedef void (*nb_task_fn)(struct nb_task *task);

/* What stands in the ready queue: a task, or something that starts one. */
struct nb_job {
    struct nb_list link;
    void (*run)(struct nb_job *job); /* in its turn; it is in no queue then */
};

struct nb_task {
    struct nb_runtime *rt;
    struct nb_job job;
    struct nb_list all; /* among the tasks that are alive */
    struct nb_list joiners;
    struct nb_waiter waiter;
    nb_task_fn run;
    uint64_t id; /* 1, 2, 3 ... in the order of nb_task_start() */
    enum nb_task_state state : 8;
    bool daemon;    /* does not keep the program alive */
    bool cancelled; /* every wait from now on shall raise */
};

/* The task of a waiter. */
static inline struct nb_task *nb_task_of(const struct nb_waiter *waiter)
{
    return NB_CONTAINER_OF(waiter, struct nb_task, waiter);
}

/* Prepares the caller's storage, ended. The storage must not move. */
void nb_task_init(struct nb_task *task, struct nb_runtime *rt, nb_task_fn run);

/*
 * Brings the task to life, at the end of the ready queue. In a runtime that
 * is stopping it is born cancelled.
 */
void nb_task_start(struct nb_task *task, bool daemon);

/* Puts a task that runs or waited at the end of the ready queue. */
void nb_task_ready(struct nb_task *task);

/* A task that is ready is the next to run: in the turn of what started it. */
void nb_task_hurry(struct nb_task *task);

/* Prepares the caller's storage, in no queue. */
void nb_job_init(struct nb_job *job, void (*run)(struct nb_job *job));

/* Puts it at the end of the ready queue. */
void nb_job_ready(struct nb_job *job, struct nb_runtime *rt);

/* Takes it out of the ready queue, if it is there. */
void nb_job_drop(struct nb_job *job, struct nb_runtime *rt);

/* The end of its life: whoever joins it is woken. Twice is harmless. */
void nb_task_end(struct nb_task *task);

/*
 * Marks the task as cancelled and completes its current wait, if any and
 * unless it is shielded or hidden, with -ECANCELED. Returns false if it had
 * ended.
 */
bool nb_task_cancel(struct nb_task *task);

#endif
