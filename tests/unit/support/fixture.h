/*
 * What the unit tests of the core share: a runtime with a plain host, tasks
 * that take one step after the other, an allocator that refuses, a seeded
 * source of chance.
 *
 * A fixture's teardown fails when a test left anything behind: a task, a
 * wait, a timer, a block of memory.
 */
#ifndef NB_SUPPORT_FIXTURE_H
#define NB_SUPPORT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/loop.h"
#include "core/runtime.h"
#include "core/task.h"
#include "util/alloc.h"

struct fixture {
    struct nb_loop *loop;
    struct nb_runtime rt;
    struct nb_alloc_account before;
    size_t batches; /* calls of the host's `batch` */
    size_t waits;   /* calls of the host's `before_wait` */
    size_t shown;   /* calls of the host's `show` */
    char log[512];  /* what was said, separated by blanks */
};

/* For cmocka: a runtime on the virtual loop or on libev, and its end. */
int fixture_virtual(void **state);
int fixture_ev(void **state);
int fixture_end(void **state);

/* A test, in a group's list, with a runtime on the virtual loop or on libev. */
#define VIRTUAL_TEST(test)                                                     \
    cmocka_unit_test_setup_teardown(test, fixture_virtual, fixture_end)
#define REAL_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown(test, fixture_ev, fixture_end)

/* Adds a word to the log. */
void fixture_say(struct fixture *fx, const char *word);

struct actor;

typedef void (*actor_fn)(struct actor *actor, void *arg);

enum step_kind {
    STEP_END,
    STEP_SAY,
    STEP_YIELD,
    STEP_SLEEP,
    STEP_WAIT,
    STEP_CALL
};

struct step {
    enum step_kind kind;
    const char *word;
    int64_t delay;
    struct nb_wait wait;
    bool keeps_place;
    actor_fn call;
    void *arg;
};

/* The last step: the task ends. */
static inline struct step step_end(void)
{
    return (struct step){.kind = STEP_END};
}

/* Says a word. */
static inline struct step step_say(const char *word)
{
    return (struct step){.kind = STEP_SAY, .word = word};
}

/* Gives way to every task that is ready. */
static inline struct step step_yield(void)
{
    return (struct step){.kind = STEP_YIELD};
}

/* Waits for nothing but the clock. */
static inline struct step step_sleep(int64_t delay)
{
    return (struct step){.kind = STEP_SLEEP, .delay = delay};
}

/* Waits, and leaves the queue when it is over. */
static inline struct step step_wait(struct nb_list *queue, int64_t deadline)
{
    return (struct step){.kind = STEP_WAIT,
                         .wait = {.queue = queue, .deadline = deadline}};
}

/* Waits, and keeps its place in the queue when it is over. */
static inline struct step step_keep(struct nb_list *queue, int64_t deadline)
{
    struct step step = step_wait(queue, deadline);
    step.keeps_place = true;
    return step;
}

/* Calls a function, which may begin a wait: that is then awaited. */
static inline struct step step_call(actor_fn call, void *arg)
{
    return (struct step){.kind = STEP_CALL, .call = call, .arg = arg};
}

/*
 * A task that takes steps. After each wait it says its name and how the wait
 * ended, as "a=0" or "a=ETIMEDOUT". Cancelled, it says so at its current or
 * next wait and ends there.
 */
struct actor {
    struct nb_task task;
    struct fixture *fx;
    const char *name;
    const struct step *next;
    size_t turns; /* how often it was run */
    bool waits;
    bool keeps_place;
    bool tidies_up; /* its wait, if cancelled, does not end it yet */
};

/* Starts it. `steps`, borrowed, is closed by step_end(). */
void actor_start(struct actor *actor, struct fixture *fx, const char *name,
                 const struct step *steps);
void actor_start_daemon(struct actor *actor, struct fixture *fx,
                        const char *name, const struct step *steps);

/* Begins a wait, or ends the task if it was cancelled. For a step's call. */
void actor_wait(struct actor *actor, const struct nb_wait *wait);

/* Cancels the actor that is `arg`, which must be alive. For a step's call. */
void actor_cancel(struct actor *actor, void *arg);

/* Leaves the queue in which it kept its place. For a step's call. */
void actor_leave(struct actor *actor, void *arg);

/* Refuses request number `countdown`, and all after it if `for_good`. */
struct refusal {
    size_t countdown;
    bool for_good;
};

/* The gate for nb_alloc_set_gate(); its context is a struct refusal. */
bool refusal_gate(void *context, size_t size);

/* splitmix64: small, and the same everywhere. */
struct chance {
    uint64_t state;
};

/* A number from 0 to `limit` - 1. */
uint64_t chance_below(struct chance *chance, uint64_t limit);

/*
 * The seeds to try: 1 to `count`, or the one in the environment variable
 * NB_SEED. Returns the first, and the last in `*last`.
 */
uint64_t chance_seeds(uint64_t count, uint64_t *last);

#endif
