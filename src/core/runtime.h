/*
 * The runtime: everything that one program has, and the loop that runs it.
 *
 *     run a batch of ready tasks  ->  wait for the loop  ->  fire deadlines
 *
 * Tasks run only from the ready queue, first come, first served. The host
 * (bind, or a test) decides how a batch is run, because that is where Lua is
 * entered. The program ends when nothing holds it: no task but daemons, no
 * armed timer of the script. It is then stopped, at once: what is left, ready
 * or not, is cancelled, and run until it has ended; a shield that nothing else
 * can end any more is broken.
 */
#ifndef NB_CORE_RUNTIME_H
#define NB_CORE_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bus.h"
#include "util/heap.h"
#include "util/list.h"

struct nb_loop;
struct nb_task;

/* What the host does for the runtime. */
struct nb_runtime_host {
    /* Calls nb_runtime_turn(), protected as the host needs it. */
    void (*batch)(void *context);
    /* The program is about to wait: flush output. NULL: nothing to do. */
    void (*before_wait)(void *context);
    /* The program is stopped: disarm what could start a task. Or NULL. */
    void (*stop)(void *context);
    /* Somebody outside wants to see the tasks. NULL: nobody can. */
    void (*show)(void *context);
};

/* Something that is to be done before the loop is polled. */
struct nb_deferred {
    struct nb_list link;
    void (*run)(struct nb_deferred *deferred);
};

enum { NB_RUNTIME_BUCKETS = 256 };

struct nb_runtime {
    struct nb_loop *loop;
    struct nb_heap timers;
    struct nb_list ready; /* changed by nb_job_ready() and the like only ... */
    size_t ready_count;   /* ... which count them */
    struct nb_list tasks; /* all alive, in the order of their start */
    struct nb_list iowaits[NB_RUNTIME_BUCKETS]; /* by descriptor */
    struct nb_list deferred;
    struct nb_task *current;
    const struct nb_runtime_host *host;
    void *context; /* the host's */
    struct nb_bus bus;
    size_t holders;  /* tasks and timers that keep the program alive */
    size_t external; /* pending waits that the world outside can end */
    uint64_t last_id;
    uint64_t switches;   /* to tasks */
    size_t alive;        /* tasks now ... */
    size_t most_alive;   /* ... and at any time */
    volatile int signal; /* set by a signal handler: stop */
    volatile bool asked; /* set by a signal handler: show the tasks */
    bool stopping;
    bool forced; /* a shield was broken: a lock may have had two owners */
};

/* Prepares a runtime on `loop`, which it borrows. */
void nb_runtime_init(struct nb_runtime *rt, struct nb_loop *loop,
                     const struct nb_runtime_host *host, void *context);

/*
 * Runs until the program has ended. Returns 0, or -EDEADLK when every task
 * waits for another and nothing can ever wake them.
 */
int nb_runtime_run(struct nb_runtime *rt);

/* Runs the tasks that are ready, a bounded number. For the host's `batch`. */
void nb_runtime_turn(struct nb_runtime *rt);

/* Does it at the end of this turn, once; its link must be initialised. */
void nb_runtime_defer(struct nb_runtime *rt, struct nb_deferred *deferred);

/* Does now what was deferred, but what that defers again. */
void nb_runtime_settle(struct nb_runtime *rt);

/* True if a signal handler has something to be done. */
static inline bool nb_runtime_is_called(const struct nb_runtime *rt)
{
    return rt->signal != 0 || rt->asked;
}

/* Cancels every task, the oldest first, and lets no timer start another. */
void nb_runtime_stop(struct nb_runtime *rt);

#endif
