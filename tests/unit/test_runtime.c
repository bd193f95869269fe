/* The runtime: its turns, its end, its deadlocks, its daemons. */
#include "support/fixture.h"

#include <errno.h>

enum { MANY = 200 };

static void stop(struct actor *actor, void *arg)
{
    nb_runtime_stop(actor->task.rt);
}

/* What the handler of a signal does. */
static void note_signal(struct actor *actor, void *arg)
{
    actor->task.rt->signal = 15;
    nb_loop_wake(actor->task.rt->loop);
}

/* Waits for what only the world outside can bring. */
static void wait_outside(struct actor *actor, void *arg)
{
    actor_wait(actor, &(struct nb_wait){.deadline = NB_NEVER,
                                        .what = "recv",
                                        .external = true});
}

static void an_empty_program_ends_at_once(void **state)
{
    struct fixture *fx = *state;

    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_int_equal(fx->batches, 0);
    assert_int_equal(fx->waits, 0);
}

static void the_program_ends_with_its_last_task(void **state)
{
    struct fixture *fx = *state;
    const struct step early[] = {step_sleep(5), step_end()};
    const struct step late[] = {step_sleep(9), step_end()};
    struct actor a, b;

    actor_start(&a, fx, "a", late);
    actor_start(&b, fx, "b", early);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "b=ETIMEDOUT a=ETIMEDOUT");
    assert_int_equal(nb_loop_now(fx->loop), 9);
}

static void output_is_flushed_before_a_wait_only(void **state)
{
    struct fixture *fx = *state;
    const struct step steps[] = {step_yield(), step_sleep(5), step_yield(),
                                 step_sleep(5), step_end()};
    struct actor a;

    actor_start(&a, fx, "a", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_int_equal(fx->waits, 2);
}

static void a_host_may_have_nothing_to_flush(void **state)
{
    struct fixture *fx = *state;
    struct nb_runtime_host host = {.batch = fx->rt.host->batch};
    const struct step steps[] = {step_sleep(5), step_end()};
    struct actor a;

    fx->rt.host = &host;
    actor_start(&a, fx, "a", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_int_equal(nb_loop_now(fx->loop), 5);
}

static void a_turn_runs_each_who_is_ready_once(void **state)
{
    struct fixture *fx = *state;
    static const struct step steps[] = {{.kind = STEP_YIELD},
                                        {.kind = STEP_END}};
    struct actor actors[MANY];

    for (int i = 0; i < MANY; i++)
        actor_start(&actors[i], fx, "a", steps);
    nb_runtime_turn(&fx->rt);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(actors[i].turns, 1);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(actors[i].turns, 2);
}

static void a_turn_of_few_who_yield_is_bounded(void **state)
{
    struct fixture *fx = *state;
    struct step steps[MANY + 1] = {[MANY] = {.kind = STEP_END}};
    struct actor actor;

    for (int i = 0; i < MANY; i++)
        steps[i].kind = STEP_YIELD;
    actor_start(&actor, fx, "a", steps);
    nb_runtime_turn(&fx->rt);
    assert_in_range(actor.turns, 1, MANY - 1);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_int_equal(actor.turns, MANY + 1);
}

static void yield_until_awake(struct actor *actor, void *arg)
{
    const struct actor *sleeper = arg;

    assert_true(actor->turns < MANY);
    if (sleeper->task.state == NB_TASK_ENDED)
        return;
    actor->next--;
    nb_task_ready(&actor->task);
}

static void who_never_waits_does_not_keep_deadlines_from_firing(void **state)
{
    struct fixture *fx = *state;
    struct actor hog, sleeper;
    const struct step busy[] = {step_call(yield_until_awake, &sleeper),
                                step_say("hog"), step_end()};
    const struct step sleep[] = {step_sleep(0), step_end()};

    actor_start(&hog, fx, "hog", busy);
    actor_start(&sleeper, fx, "sleeper", sleep);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "sleeper=ETIMEDOUT hog");
    assert_int_equal(fx->waits, 0);
}

static void all_waiting_for_nothing_is_a_deadlock(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step wait[] = {step_wait(&queue, NB_NEVER), step_end()};
    struct actor a, b;

    nb_list_init(&queue);
    actor_start(&a, fx, "a", wait);
    actor_start_daemon(&b, fx, "b", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), -EDEADLK);
    assert_int_equal(a.task.state, NB_TASK_WAITING);
    assert_string_equal(fx->log, "");
    assert_int_equal(fx->waits, 0);

    nb_runtime_stop(&fx->rt);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ECANCELED b=ECANCELED");
}

static void a_deadlock_shows_when_the_last_deadline_is_over(void **state)
{
    struct fixture *fx = *state;
    const struct step wait[] = {step_wait(NULL, NB_NEVER), step_end()};
    const struct step sleep[] = {step_sleep(5), step_end()};
    struct actor a, b;

    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", sleep);
    assert_int_equal(nb_runtime_run(&fx->rt), -EDEADLK);
    assert_string_equal(fx->log, "b=ETIMEDOUT");
    nb_runtime_stop(&fx->rt);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
}

static void wake_by_clock(struct nb_timer *timer)
{
    (void)timer;
}

static void an_armed_timer_is_no_deadlock(void **state)
{
    struct fixture *fx = *state;
    const struct step wait[] = {step_wait(NULL, NB_NEVER), step_end()};
    struct nb_timer timer;
    struct actor a;

    nb_timer_init(&timer, wake_by_clock);
    nb_timer_arm(&fx->rt, &timer, 7);
    actor_start(&a, fx, "a", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), -EDEADLK);
    assert_int_equal(nb_loop_now(fx->loop), 7);
    nb_runtime_stop(&fx->rt);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
}

/* The runtime asks the loop, and only the virtual one knows it is hopeless. */
static void whom_the_world_can_wake_is_no_deadlock(void **state)
{
    struct fixture *fx = *state;
    const struct step wait[] = {step_call(wait_outside, NULL), step_end()};
    struct actor a;

    actor_start(&a, fx, "a", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), -EDEADLK);
    assert_int_equal(fx->waits, 1);
    nb_runtime_stop(&fx->rt);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ECANCELED");
}

static void daemons_do_not_keep_the_program_alive(void **state)
{
    struct fixture *fx = *state;
    const struct step forever[] = {step_wait(NULL, NB_NEVER), step_say("lost"),
                                   step_end()};
    const struct step sleep[] = {step_sleep(5), step_end()};
    struct actor a, b, c;

    actor_start_daemon(&a, fx, "a", forever);
    actor_start(&b, fx, "b", sleep);
    actor_start_daemon(&c, fx, "c", forever);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "b=ETIMEDOUT a=ECANCELED c=ECANCELED");
}

static void a_daemon_that_has_not_run_yet_runs_to_its_first_wait(void **state)
{
    struct fixture *fx = *state;
    const struct step steps[] = {step_say("run"), step_sleep(5),
                                 step_say("lost"), step_end()};
    struct actor a;

    actor_start_daemon(&a, fx, "a", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "run a=ECANCELED");
}

static void a_daemon_runs_while_others_hold_the_program(void **state)
{
    struct fixture *fx = *state;
    const struct step tick[] = {step_sleep(2), step_sleep(2), step_sleep(2),
                                step_end()};
    const struct step sleep[] = {step_sleep(5), step_end()};
    struct actor a, b;

    actor_start_daemon(&a, fx, "a", tick);
    actor_start(&b, fx, "b", sleep);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log,
                        "a=ETIMEDOUT a=ETIMEDOUT b=ETIMEDOUT a=ECANCELED");
}

static void a_holder_keeps_the_program_alive(void **state)
{
    struct fixture *fx = *state;
    const struct step sleep[] = {step_sleep(5), step_end()};
    struct actor a;

    fx->rt.holders++;
    actor_start_daemon(&a, fx, "a", sleep);
    assert_int_equal(nb_runtime_run(&fx->rt), -EDEADLK);
    assert_string_equal(fx->log, "a=ETIMEDOUT");
    fx->rt.holders--;
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
}

static void stop_cancels_the_oldest_first(void **state)
{
    struct fixture *fx = *state;
    const struct step late[] = {step_sleep(1), step_sleep(5), step_end()};
    const struct step sleep[] = {step_sleep(9), step_end()};
    const struct step halt[] = {step_sleep(2), step_call(stop, NULL),
                                step_say("stopped"), step_sleep(3), step_end()};
    struct actor a, b, c;

    actor_start(&a, fx, "a", late);
    actor_start(&b, fx, "b", sleep);
    actor_start(&c, fx, "c", halt);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ETIMEDOUT c=ETIMEDOUT stopped c=ECANCELED "
                                 "a=ECANCELED b=ECANCELED");
    assert_int_equal(nb_loop_now(fx->loop), 2);
}

static void stopping_twice_is_harmless(void **state)
{
    struct fixture *fx = *state;
    const struct step sleep[] = {step_sleep(9), step_end()};
    const struct step halt[] = {step_call(stop, NULL), step_call(stop, NULL),
                                step_end()};
    struct actor a, b;

    actor_start(&a, fx, "a", sleep);
    actor_start(&b, fx, "b", halt);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ECANCELED");
    assert_int_equal(a.turns, 2);
}

static void spawn_sleeper(struct actor *actor, void *arg)
{
    static const struct step steps[] = {{.kind = STEP_SAY, .word = "born"},
                                        {.kind = STEP_SLEEP, .delay = 5},
                                        {.kind = STEP_END}};
    struct actor *child = arg;

    actor_start(child, actor->fx, "child", steps);
    assert_true(child->task.cancelled);
}

static void a_task_started_while_stopping_is_born_cancelled(void **state)
{
    struct fixture *fx = *state;
    struct actor a, child;
    const struct step steps[] = {step_call(stop, NULL),
                                 step_call(spawn_sleeper, &child), step_end()};

    actor_start(&a, fx, "a", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "born child=ECANCELED");
    assert_int_equal(nb_loop_now(fx->loop), 0);
}

/* One that catches its cancellation and waits on, as pcall allows. */
static void sleep_despite_cancellation(struct actor *actor, void *arg)
{
    actor->waits = true;
    nb_waiter_begin(&actor->task.waiter, &(struct nb_wait){.deadline = 30});
}

static void the_program_ends_when_the_last_cancelled_task_has(void **state)
{
    struct fixture *fx = *state;
    const struct step steps[] = {step_call(stop, NULL),
                                 step_call(sleep_despite_cancellation, NULL),
                                 step_say("done"), step_end()};
    struct actor a;

    actor_start(&a, fx, "a", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ETIMEDOUT done");
    assert_int_equal(nb_loop_now(fx->loop), 30);
}

static void a_signal_stops_the_program(void **state)
{
    struct fixture *fx = *state;
    const struct step sleep[] = {step_sleep(90), step_end()};
    const struct step raise[] = {step_sleep(4), step_call(note_signal, NULL),
                                 step_say("on"), step_sleep(5), step_end()};
    struct actor a, b;

    actor_start(&a, fx, "a", sleep);
    actor_start(&b, fx, "b", raise);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "b=ETIMEDOUT on a=ECANCELED b=ECANCELED");
    assert_int_equal(nb_loop_now(fx->loop), 4);
}

static void a_signal_is_no_deadlock(void **state)
{
    struct fixture *fx = *state;
    const struct step wait[] = {step_call(note_signal, NULL),
                                step_wait(NULL, NB_NEVER), step_end()};
    struct actor a;

    actor_start(&a, fx, "a", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ECANCELED");
}

/* What the handler of another signal does. */
static void ask(struct actor *actor, void *arg)
{
    actor->task.rt->asked = true;
}

static void who_is_asked_for_is_shown_and_goes_on(void **state)
{
    struct fixture *fx = *state;
    const struct step asking[] = {step_sleep(4), step_call(ask, NULL),
                                  step_sleep(4), step_end()};
    struct actor a;

    actor_start(&a, fx, "a", asking);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_int_equal(fx->shown, 1);
    assert_string_equal(fx->log, "a=ETIMEDOUT a=ETIMEDOUT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(an_empty_program_ends_at_once),
        VIRTUAL_TEST(the_program_ends_with_its_last_task),
        VIRTUAL_TEST(output_is_flushed_before_a_wait_only),
        VIRTUAL_TEST(a_host_may_have_nothing_to_flush),
        VIRTUAL_TEST(a_turn_runs_each_who_is_ready_once),
        VIRTUAL_TEST(a_turn_of_few_who_yield_is_bounded),
        VIRTUAL_TEST(who_never_waits_does_not_keep_deadlines_from_firing),
        VIRTUAL_TEST(all_waiting_for_nothing_is_a_deadlock),
        VIRTUAL_TEST(a_deadlock_shows_when_the_last_deadline_is_over),
        VIRTUAL_TEST(an_armed_timer_is_no_deadlock),
        VIRTUAL_TEST(whom_the_world_can_wake_is_no_deadlock),
        VIRTUAL_TEST(daemons_do_not_keep_the_program_alive),
        VIRTUAL_TEST(a_daemon_that_has_not_run_yet_runs_to_its_first_wait),
        VIRTUAL_TEST(a_daemon_runs_while_others_hold_the_program),
        VIRTUAL_TEST(a_holder_keeps_the_program_alive),
        VIRTUAL_TEST(stop_cancels_the_oldest_first),
        VIRTUAL_TEST(stopping_twice_is_harmless),
        VIRTUAL_TEST(a_task_started_while_stopping_is_born_cancelled),
        VIRTUAL_TEST(the_program_ends_when_the_last_cancelled_task_has),
        VIRTUAL_TEST(a_signal_stops_the_program),
        VIRTUAL_TEST(a_signal_is_no_deadlock),
        VIRTUAL_TEST(who_is_asked_for_is_shown_and_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
