/* A task's life: started, run in turn, joined, cancelled in each state. */
#include "support/fixture.h"

#include <errno.h>

static const struct step nothing[] = {{.kind = STEP_END}};

static void wake(struct actor *actor, void *arg)
{
    struct actor *sleeper = arg;
    assert_true(nb_waiter_complete(&sleeper->task.waiter, 0));
}

static void end(struct actor *actor, void *arg)
{
    struct actor *victim = arg;
    nb_task_end(&victim->task);
}

/* Waits for the end of another actor. */
static void join(struct actor *actor, void *arg)
{
    struct actor *other = arg;

    if (other->task.state == NB_TASK_ENDED)
        return;
    actor_wait(actor, &(struct nb_wait){.queue = &other->task.joiners,
                                        .deadline = NB_NEVER,
                                        .what = "join"});
}

static void a_task_has_ended_before_it_starts(void **state)
{
    struct fixture *fx = *state;
    struct nb_task task;

    nb_task_init(&task, &fx->rt, NULL);
    assert_int_equal(task.state, NB_TASK_ENDED);
    assert_int_equal(task.id, 0);
    assert_false(nb_task_cancel(&task));
    assert_false(task.cancelled);
    nb_task_end(&task);
}

static void tasks_are_numbered_from_1(void **state)
{
    struct fixture *fx = *state;
    struct actor a, b;

    actor_start(&a, fx, "a", nothing);
    actor_start_daemon(&b, fx, "b", nothing);
    assert_int_equal(a.task.id, 1);
    assert_int_equal(b.task.id, 2);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
}

static void a_started_task_is_ready_and_does_not_run_yet(void **state)
{
    struct fixture *fx = *state;
    const struct step steps[] = {step_say("ran"), step_end()};
    struct actor a;

    actor_start(&a, fx, "a", steps);
    assert_int_equal(a.task.state, NB_TASK_READY);
    assert_string_equal(fx->log, "");
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "ran");
    assert_int_equal(a.task.state, NB_TASK_ENDED);
}

static void see_yourself_run(struct actor *actor, void *arg)
{
    assert_ptr_equal(actor->task.rt->current, &actor->task);
    assert_int_equal(actor->task.state, NB_TASK_RUNNING);
}

static void the_task_that_runs_is_the_current_one(void **state)
{
    struct fixture *fx = *state;
    const struct step steps[] = {step_call(see_yourself_run, NULL),
                                 step_yield(),
                                 step_call(see_yourself_run, NULL), step_end()};
    struct actor a;

    assert_null(fx->rt.current);
    actor_start(&a, fx, "a", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_null(fx->rt.current);
}

static void tasks_run_first_come_first_served(void **state)
{
    struct fixture *fx = *state;
    const struct step one[] = {step_say("a1"), step_yield(),   step_say("a2"),
                               step_yield(),   step_say("a3"), step_end()};
    const struct step two[] = {step_say("b1"), step_yield(), step_say("b2"),
                               step_end()};
    struct actor a, b;

    actor_start(&a, fx, "a", one);
    actor_start(&b, fx, "b", two);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a1 b1 a2 b2 a3");
}

static void yield_twice(struct actor *actor, void *arg)
{
    nb_task_ready(&actor->task);
    nb_task_ready(&actor->task);
}

static void a_task_made_ready_twice_runs_once(void **state)
{
    struct fixture *fx = *state;
    const struct step one[] = {step_call(yield_twice, NULL), step_say("a"),
                               step_sleep(1), step_end()};
    const struct step two[] = {step_say("b"), step_end()};
    struct actor a, b;

    actor_start(&a, fx, "a", one);
    actor_start(&b, fx, "b", two);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "b a a=ETIMEDOUT");
    assert_int_equal(a.turns, 3);
}

static void spawn(struct actor *actor, void *arg)
{
    static const struct step steps[] = {{.kind = STEP_SAY, .word = "child"},
                                        {.kind = STEP_END}};
    actor_start(arg, actor->fx, "child", steps);
}

static void a_child_runs_when_its_parent_gives_way(void **state)
{
    struct fixture *fx = *state;
    struct actor parent, child;
    const struct step steps[] = {step_call(spawn, &child), step_say("parent"),
                                 step_yield(), step_say("again"), step_end()};

    actor_start(&parent, fx, "parent", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "parent child again");
}

static void all_who_join_are_woken_in_order(void **state)
{
    struct fixture *fx = *state;
    struct actor a, b, c, late;
    const struct step wait[] = {step_call(join, &a), step_end()};
    const struct step sleep[] = {step_sleep(5), step_say("end"), step_end()};
    const struct step come_late[] = {step_sleep(6), step_call(join, &a),
                                     step_say("late"), step_end()};

    actor_start(&b, fx, "b", wait);
    actor_start(&a, fx, "a", sleep);
    actor_start(&c, fx, "c", wait);
    actor_start(&late, fx, "late", come_late);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ETIMEDOUT end b=0 c=0 late=ETIMEDOUT late");
    assert_true(nb_list_empty(&a.task.joiners));
}

static void ending_twice_is_harmless(void **state)
{
    struct fixture *fx = *state;
    struct actor a, b;
    const struct step steps[] = {step_call(end, &a), step_end()};

    actor_start(&a, fx, "a", nothing);
    actor_start(&b, fx, "b", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_int_equal(a.turns, 1);
}

static void who_is_ready_is_counted_once(void **state)
{
    struct fixture *fx = *state;
    struct actor a, b;

    actor_start(&a, fx, "a", nothing);
    actor_start(&b, fx, "b", nothing);
    nb_task_ready(&b.task);
    nb_task_hurry(&b.task);
    assert_int_equal(fx->rt.ready_count, 2);
    nb_task_end(&a.task);
    nb_job_drop(&a.task.job, &fx->rt);
    assert_int_equal(fx->rt.ready_count, 1);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_int_equal(fx->rt.ready_count, 0);
}

static void an_ended_task_may_start_again(void **state)
{
    struct fixture *fx = *state;
    const struct step sleep[] = {step_sleep(5), step_end()};
    struct actor a, b;

    actor_start(&b, fx, "b", sleep);
    actor_start(&a, fx, "a", nothing);
    nb_runtime_turn(&fx->rt);
    a.next = nothing;
    nb_task_start(&a.task, false);
    assert_int_equal(a.task.id, 3);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_int_equal(a.turns, 2);
}

static void a_cancelled_sleeper_wakes_at_once(void **state)
{
    struct fixture *fx = *state;
    struct actor a, b;
    const struct step sleep[] = {step_sleep(50), step_say("lost"), step_end()};
    const struct step steps[] = {step_call(actor_cancel, &a), step_say("said"),
                                 step_end()};

    actor_start(&a, fx, "a", sleep);
    actor_start(&b, fx, "b", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "said a=ECANCELED");
    assert_int_equal(nb_loop_now(fx->loop), 0);
}

static void a_cancelled_ready_task_runs_to_its_next_wait(void **state)
{
    struct fixture *fx = *state;
    struct actor a, b;
    const struct step steps[] = {step_call(actor_cancel, &b), step_end()};
    const struct step other[] = {step_say("runs"), step_sleep(5),
                                 step_say("lost"), step_end()};

    actor_start(&a, fx, "a", steps);
    actor_start(&b, fx, "b", other);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "runs b=ECANCELED");
}

static void a_task_that_cancels_itself_runs_to_its_next_wait(void **state)
{
    struct fixture *fx = *state;
    struct actor a;
    const struct step steps[] = {step_call(actor_cancel, &a),
                                 step_say("runs"),
                                 step_yield(),
                                 step_say("on"),
                                 step_sleep(5),
                                 step_say("lost"),
                                 step_end()};

    actor_start(&a, fx, "a", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "runs on a=ECANCELED");
}

static void a_wait_that_is_over_delivers_despite_cancellation(void **state)
{
    struct fixture *fx = *state;
    struct actor a, b;
    const struct step wait[] = {step_wait(NULL, NB_NEVER), step_say("got"),
                                step_sleep(5), step_end()};
    const struct step steps[] = {step_call(wake, &a),
                                 step_call(actor_cancel, &a), step_end()};

    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 got a=ECANCELED");
    assert_int_equal(a.turns, 2);
}

static void a_time_out_delivers_despite_cancellation(void **state)
{
    struct fixture *fx = *state;
    struct actor a, b;
    const struct step first[] = {step_sleep(5), step_call(actor_cancel, &b),
                                 step_end()};
    const struct step second[] = {step_sleep(5), step_say("slept"), step_end()};

    actor_start(&a, fx, "a", first);
    actor_start(&b, fx, "b", second);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ETIMEDOUT b=ETIMEDOUT slept");
}

static void cancelling_twice_wakes_once(void **state)
{
    struct fixture *fx = *state;
    struct actor a, b;
    const struct step sleep[] = {step_sleep(50), step_end()};
    const struct step steps[] = {step_call(actor_cancel, &a),
                                 step_call(actor_cancel, &a), step_end()};

    actor_start(&a, fx, "a", sleep);
    actor_start(&b, fx, "b", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ECANCELED");
    assert_int_equal(a.turns, 2);
}

static void see_it_gone(struct actor *actor, void *arg)
{
    struct actor *other = arg;
    assert_false(nb_task_cancel(&other->task));
    assert_false(other->task.cancelled);
}

static void an_ended_task_cannot_be_cancelled(void **state)
{
    struct fixture *fx = *state;
    struct actor a, b;
    const struct step steps[] = {step_call(see_it_gone, &a), step_end()};

    actor_start(&a, fx, "a", nothing);
    actor_start(&b, fx, "b", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
}

static void a_task_ended_by_another_leaves_no_wait_behind(void **state)
{
    struct fixture *fx = *state;
    struct actor a, b, c;
    struct nb_list queue;
    const struct step wait[] = {step_wait(&queue, 50), step_end()};
    const struct step watch[] = {step_call(join, &a), step_end()};
    const struct step kill[] = {step_call(end, &a), step_end()};

    nb_list_init(&queue);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", watch);
    actor_start(&c, fx, "c", kill);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "b=0");
    assert_true(nb_list_empty(&queue));
    assert_int_equal(nb_loop_now(fx->loop), 0);
}

static void a_ready_task_ended_by_another_never_runs(void **state)
{
    struct fixture *fx = *state;
    struct actor a, b;
    const struct step kill[] = {step_call(end, &b), step_end()};
    const struct step steps[] = {step_say("lost"), step_end()};

    actor_start(&a, fx, "a", kill);
    actor_start(&b, fx, "b", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(a_task_has_ended_before_it_starts),
        VIRTUAL_TEST(tasks_are_numbered_from_1),
        VIRTUAL_TEST(a_started_task_is_ready_and_does_not_run_yet),
        VIRTUAL_TEST(the_task_that_runs_is_the_current_one),
        VIRTUAL_TEST(tasks_run_first_come_first_served),
        VIRTUAL_TEST(a_task_made_ready_twice_runs_once),
        VIRTUAL_TEST(a_child_runs_when_its_parent_gives_way),
        VIRTUAL_TEST(all_who_join_are_woken_in_order),
        VIRTUAL_TEST(ending_twice_is_harmless),
        VIRTUAL_TEST(who_is_ready_is_counted_once),
        VIRTUAL_TEST(an_ended_task_may_start_again),
        VIRTUAL_TEST(a_cancelled_sleeper_wakes_at_once),
        VIRTUAL_TEST(a_cancelled_ready_task_runs_to_its_next_wait),
        VIRTUAL_TEST(a_task_that_cancels_itself_runs_to_its_next_wait),
        VIRTUAL_TEST(a_wait_that_is_over_delivers_despite_cancellation),
        VIRTUAL_TEST(a_time_out_delivers_despite_cancellation),
        VIRTUAL_TEST(cancelling_twice_wakes_once),
        VIRTUAL_TEST(an_ended_task_cannot_be_cancelled),
        VIRTUAL_TEST(a_task_ended_by_another_leaves_no_wait_behind),
        VIRTUAL_TEST(a_ready_task_ended_by_another_never_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
