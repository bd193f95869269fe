/*
 * See fixture.h. The host enters nothing: its batch is nb_runtime_turn(), and
 * it counts how often it was called.
 */
#include "support/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/loop_ev.h"
#include "core/loop_virtual.h"
#include "util/err.h"

static void run_batch(void *context)
{
    struct fixture *fx = context;
    fx->batches++;
    nb_runtime_turn(&fx->rt);
}

static void count_wait(void *context)
{
    struct fixture *fx = context;
    fx->waits++;
}

static void count_shown(void *context)
{
    struct fixture *fx = context;
    fx->shown++;
}

static int begin(void **state, int (*new_loop)(struct nb_loop **loop))
{
    static const struct nb_runtime_host host = {
        .batch = run_batch,
        .before_wait = count_wait,
        .show = count_shown,
    };
    struct fixture *fx = calloc(1, sizeof *fx);

    if (fx == NULL)
        return -1;
    fx->before = nb_alloc_account();
    if (new_loop(&fx->loop) < 0) {
        free(fx);
        return -1;
    }
    nb_runtime_init(&fx->rt, fx->loop, &host, fx);
    *state = fx;
    return 0;
}

int fixture_virtual(void **state)
{
    return begin(state, nb_loop_virtual_new);
}

int fixture_ev(void **state)
{
    return begin(state, nb_loop_ev_new);
}

/* What a test left in the runtime, or NULL. Touches no task: they are gone. */
static const char *left_behind(const struct nb_runtime *rt)
{
    if (!nb_list_empty(&rt->tasks) || !nb_list_empty(&rt->ready))
        return "a task";
    if (rt->holders != 0)
        return "a holder";
    if (rt->external != 0)
        return "an external wait";
    if (nb_timer_next(rt) != NB_NEVER)
        return "a timer";
    return NULL;
}

/* A loop that something still uses is not freed: the test failed already. */
int fixture_end(void **state)
{
    struct fixture *fx = *state;
    const char *what = left_behind(&fx->rt);

    nb_alloc_set_gate(NULL, NULL);
    if (what == NULL) {
        nb_loop_free(fx->loop);
        if (nb_alloc_account().blocks != fx->before.blocks)
            what = "a block of memory";
    }
    if (what != NULL)
        print_error("left behind: %s\n", what);
    free(fx);
    return what == NULL ? 0 : -1;
}

void fixture_say(struct fixture *fx, const char *word)
{
    size_t len = strlen(fx->log);
    int more = snprintf(fx->log + len, sizeof fx->log - len, "%s%s",
                        len == 0 ? "" : " ", word);
    assert_true(more > 0 && (size_t)more < sizeof fx->log - len);
}

static void say_end_of_wait(struct actor *actor, int status)
{
    char word[64];
    snprintf(word, sizeof word, "%s=%s", actor->name,
             status == 0 ? "0" : nb_err_name(status));
    fixture_say(actor->fx, word);
}

void actor_wait(struct actor *actor, const struct nb_wait *wait)
{
    if (actor->task.cancelled) {
        say_end_of_wait(actor, -ECANCELED);
        nb_task_end(&actor->task);
        return;
    }
    actor->waits = true;
    nb_waiter_begin(&actor->task.waiter, wait);
}

static void take_step(struct actor *actor, const struct step *step)
{
    struct nb_wait sleep = {.what = "sleep"};

    switch (step->kind) {
    case STEP_END:
        nb_task_end(&actor->task);
        break;
    case STEP_SAY:
        fixture_say(actor->fx, step->word);
        break;
    case STEP_YIELD:
        nb_task_ready(&actor->task);
        break;
    case STEP_SLEEP:
        sleep.deadline = nb_loop_now(actor->fx->loop) + step->delay;
        actor_wait(actor, &sleep);
        break;
    case STEP_WAIT:
        actor->keeps_place = step->keeps_place;
        actor_wait(actor, &step->wait);
        break;
    case STEP_CALL:
        step->call(actor, step->arg);
        break;
    }
}

static void end_wait(struct actor *actor)
{
    int status = actor->task.waiter.status;

    say_end_of_wait(actor, status);
    if (!actor->keeps_place)
        nb_waiter_end(&actor->task.waiter);
    actor->waits = false;
    actor->keeps_place = false;
    if (status == -ECANCELED && !actor->tidies_up)
        nb_task_end(&actor->task);
    actor->tidies_up = false;
}

static void run_actor(struct nb_task *task)
{
    struct actor *actor = NB_CONTAINER_OF(task, struct actor, task);

    actor->turns++;
    if (actor->waits)
        end_wait(actor);
    while (task->state == NB_TASK_RUNNING)
        take_step(actor, actor->next++);
}

static void start(struct actor *actor, struct fixture *fx, const char *name,
                  const struct step *steps)
{
    *actor = (struct actor){.fx = fx, .name = name, .next = steps};
    nb_task_init(&actor->task, &fx->rt, run_actor);
}

void actor_start(struct actor *actor, struct fixture *fx, const char *name,
                 const struct step *steps)
{
    start(actor, fx, name, steps);
    nb_task_start(&actor->task, false);
}

void actor_start_daemon(struct actor *actor, struct fixture *fx,
                        const char *name, const struct step *steps)
{
    start(actor, fx, name, steps);
    nb_task_start(&actor->task, true);
}

void actor_cancel(struct actor *actor, void *arg)
{
    struct actor *victim = arg;

    (void)actor;
    assert_true(nb_task_cancel(&victim->task));
    assert_true(victim->task.cancelled);
}

void actor_leave(struct actor *actor, void *arg)
{
    (void)arg;
    nb_waiter_end(&actor->task.waiter);
}

bool refusal_gate(void *context, size_t size)
{
    struct refusal *refusal = context;

    (void)size;
    if (refusal->countdown == 0)
        return !refusal->for_good;
    return --refusal->countdown != 0;
}

uint64_t chance_below(struct chance *chance, uint64_t limit)
{
    uint64_t z = chance->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % limit;
}

uint64_t chance_seeds(uint64_t count, uint64_t *last)
{
    const char *text = getenv("NB_SEED");
    uint64_t seed = text == NULL ? 0 : strtoull(text, NULL, 10);

    *last = seed != 0 ? seed : count;
    return seed != 0 ? seed : 1;
}
