/* The barrier: all of a round go on, or none does. */
#include "support/fixture.h"

#include <errno.h>
#include <stdio.h>

#include "core/barrier.h"
#include "util/err.h"

static void say_number(struct actor *actor)
{
    char word[32];

    snprintf(word, sizeof word, "%s#%d", actor->name,
             (int)actor->task.waiter.granted);
    fixture_say(actor->fx, word);
}

static void come_until(struct actor *actor, struct nb_barrier *barrier,
                       int64_t deadline)
{
    int rc = nb_barrier_come(barrier, &actor->task.waiter);

    say_number(actor);
    if (rc == NB_WANT_READ)
        actor_wait(actor, &(struct nb_wait){.queue = &barrier->line,
                                            .deadline = deadline,
                                            .what = "barrier"});
    else if (rc == 0)
        assert_int_equal(barrier->actor, actor->task.id);
    else
        fixture_say(actor->fx, nb_err_name(rc));
}

/* Comes; acts at once if it is the last one. */
static void come(struct actor *actor, void *arg)
{
    struct nb_barrier *barrier = arg;

    come_until(actor, barrier, NB_NEVER);
    if (barrier->actor == actor->task.id)
        nb_barrier_open(barrier, true);
}

/* Comes; if it is the last one it acts in its next steps. */
static void come_to_act(struct actor *actor, void *arg)
{
    come_until(actor, arg, NB_NEVER);
}

/* Comes; its time is up at 5. The next step is give_up(). */
static void come_until_5(struct actor *actor, void *arg)
{
    come_until(actor, arg, 5);
    actor->keeps_place = true;
}

static void give_up(struct actor *actor, void *arg)
{
    nb_barrier_give_up(arg, &actor->task.waiter);
    nb_waiter_end(&actor->task.waiter);
}

static void open_it(struct actor *actor, void *arg)
{
    nb_barrier_open(arg, true);
}

static void act_in_vain(struct actor *actor, void *arg)
{
    nb_barrier_open(arg, false);
}

static void abort_it(struct actor *actor, void *arg)
{
    nb_barrier_abort(arg);
}

static void reset(struct actor *actor, void *arg)
{
    nb_barrier_reset(arg);
}

/* Whoever was woken as the last one of a round acts now. */
static void open_if_last(struct actor *actor, void *arg)
{
    struct nb_barrier *barrier = arg;

    if (barrier->actor == actor->task.id) {
        fixture_say(actor->fx, "acts");
        nb_barrier_open(barrier, true);
    }
}

static void all_go_on_when_the_last_one_has_come(void **state)
{
    struct fixture *fx = *state;
    struct nb_barrier barrier;
    const struct step steps[] = {step_call(come, &barrier),
                                 step_call(come, &barrier), step_end()};
    struct actor a, b, c;

    nb_barrier_init(&barrier, 3);
    assert_true(nb_barrier_must_wait(&barrier));
    actor_start(&a, fx, "a", steps);
    actor_start(&b, fx, "b", steps);
    actor_start(&c, fx, "c", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a#0 b#1 c#2 c#0 a=0 a#1 b=0 b#2 c=0 a=0");
    assert_int_equal(barrier.waiting, 0);
}

static void who_comes_alone_need_not_wait(void **state)
{
    struct fixture *fx = *state;
    struct nb_barrier barrier;
    const struct step steps[] = {step_call(come, &barrier),
                                 step_call(come, &barrier), step_end()};
    struct actor a;

    nb_barrier_init(&barrier, 1);
    assert_false(nb_barrier_must_wait(&barrier));
    actor_start(&a, fx, "a", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a#0 a#0");
}

static void a_time_out_breaks_it_for_all(void **state)
{
    struct fixture *fx = *state;
    struct nb_barrier barrier;
    const struct step hasty[] = {step_call(come_until_5, &barrier),
                                 step_call(give_up, &barrier), step_end()};
    const struct step patient[] = {step_call(come, &barrier), step_end()};
    const struct step late[] = {step_sleep(9), step_call(come, &barrier),
                                step_end()};
    struct actor a, b, c;

    nb_barrier_init(&barrier, 3);
    actor_start(&a, fx, "a", patient);
    actor_start(&b, fx, "b", hasty);
    actor_start(&c, fx, "c", late);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a#0 b#1 b=ETIMEDOUT a=EPIPE "
                                 "c=ETIMEDOUT c#0 EPIPE");
    assert_true(barrier.broken);
    assert_false(nb_barrier_must_wait(&barrier));
}

/* At the time 5 both have timed out, and the third comes before they run. */
static void the_last_one_is_not_enough_for_who_has_given_up(void **state)
{
    struct fixture *fx = *state;
    struct nb_barrier barrier;
    const struct step last[] = {step_sleep(5), step_call(come, &barrier),
                                step_call(reset, &barrier), step_end()};
    const struct step hasty[] = {step_call(come_until_5, &barrier),
                                 step_call(give_up, &barrier), step_end()};
    struct actor a, b, c;

    nb_barrier_init(&barrier, 3);
    actor_start(&c, fx, "c", last);
    actor_start(&a, fx, "a", hasty);
    actor_start(&b, fx, "b", hasty);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a#0 b#1 c=ETIMEDOUT c#2 EPIPE "
                                 "a=ETIMEDOUT b=ETIMEDOUT");
    assert_false(barrier.broken);
}

static void abort_breaks_it_and_reset_mends_it(void **state)
{
    struct fixture *fx = *state;
    struct nb_barrier barrier;
    const struct step wait[] = {step_call(come, &barrier),
                                step_call(come, &barrier), step_end()};
    const struct step meddle[] = {step_call(reset, &barrier),
                                  step_yield(),
                                  step_call(abort_it, &barrier),
                                  step_yield(),
                                  step_call(reset, &barrier),
                                  step_call(come, &barrier),
                                  step_end()};
    struct actor a, b;

    nb_barrier_init(&barrier, 2);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", meddle);
    assert_int_equal(nb_runtime_run(&fx->rt), -EDEADLK);
    assert_string_equal(fx->log, "a#0 a=EPIPE a#0 a=EPIPE b#0");
    nb_runtime_stop(&fx->rt);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
}

static void the_others_wait_until_the_last_one_has_acted(void **state)
{
    struct fixture *fx = *state;
    struct nb_barrier barrier;
    const struct step hasty[] = {step_call(come_until_5, &barrier),
                                 step_call(give_up, &barrier), step_end()};
    const struct step act[] = {step_call(come_to_act, &barrier), step_sleep(9),
                               step_call(open_it, &barrier), step_end()};
    struct actor a, b;

    nb_barrier_init(&barrier, 2);
    actor_start(&a, fx, "a", hasty);
    actor_start(&b, fx, "b", act);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a#0 b#1 b=ETIMEDOUT a=0");
    assert_false(barrier.broken);
}

static void an_action_that_fails_breaks_it(void **state)
{
    struct fixture *fx = *state;
    struct nb_barrier barrier;
    const struct step wait[] = {step_call(come, &barrier), step_end()};
    const struct step act[] = {step_call(come_to_act, &barrier), step_sleep(9),
                               step_call(act_in_vain, &barrier), step_end()};
    struct actor a, b, c;

    nb_barrier_init(&barrier, 2);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", act);
    actor_start(&c, fx, "c", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a#0 b#1 c#0 b=ETIMEDOUT a=EPIPE c=EPIPE");
    assert_true(barrier.broken);
}

/* While b acts, two more rounds come. */
static void whoever_comes_meanwhile_is_of_the_next_round(void **state)
{
    struct fixture *fx = *state;
    struct nb_barrier barrier;
    const struct step wait[] = {step_call(come_to_act, &barrier),
                                step_call(open_if_last, &barrier), step_end()};
    const struct step act[] = {step_call(come_to_act, &barrier), step_sleep(9),
                               step_call(open_it, &barrier), step_end()};
    struct actor a, b, c, d, e, f;

    nb_barrier_init(&barrier, 2);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", act);
    actor_start(&c, fx, "c", wait);
    actor_start(&d, fx, "d", wait);
    actor_start(&e, fx, "e", wait);
    actor_start(&f, fx, "f", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a#0 b#1 c#0 d#1 e#0 f#1 b=ETIMEDOUT a=0 "
                                 "d=0 acts c=0 f=0 acts e=0");
    assert_int_equal(barrier.waiting, 0);
    assert_int_equal(barrier.actor, 0);
}

static void abort_and_reset_reach_a_round_that_waits_for_its_actor(void **state)
{
    struct fixture *fx = *state;
    struct nb_barrier barrier;
    const struct step wait[] = {step_call(come, &barrier), step_end()};
    const struct step act[] = {
        step_call(come_to_act, &barrier), step_yield(),
        step_call(reset, &barrier),       step_yield(),
        step_call(abort_it, &barrier),    step_call(reset, &barrier),
        step_call(open_it, &barrier),     step_end()};
    struct actor a, b, c;

    nb_barrier_init(&barrier, 2);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", act);
    actor_start(&c, fx, "c", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a#0 b#1 c#0 c=EPIPE a=EPIPE");
    assert_false(barrier.broken);
}

/* Cancelled, a is not waited for; all had come, so nothing breaks. */
static void who_leaves_when_all_have_come_leaves_alone(void **state)
{
    struct fixture *fx = *state;
    struct nb_barrier barrier;
    struct actor a, b, c;
    const struct step wait[] = {step_call(come, &barrier), step_end()};
    const struct step act[] = {step_call(come_to_act, &barrier),
                               step_call(actor_cancel, &a), step_yield(),
                               step_call(open_it, &barrier), step_end()};

    nb_barrier_init(&barrier, 3);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", wait);
    actor_start(&c, fx, "c", act);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a#0 b#1 c#2 a=ECANCELED b=0");
    assert_false(barrier.broken);
}

static void who_has_ended_is_missed(void **state)
{
    struct fixture *fx = *state;
    struct nb_barrier barrier;
    struct actor a, b;
    const struct step wait[] = {step_call(come, &barrier), step_end()};
    const struct step late[] = {step_sleep(1), step_call(come, &barrier),
                                step_end()};

    nb_barrier_init(&barrier, 2);
    actor_start(&b, fx, "b", late);
    actor_start(&a, fx, "a", wait);
    nb_runtime_turn(&fx->rt);
    nb_task_end(&a.task);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a#0 b=ETIMEDOUT b#1 EPIPE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(all_go_on_when_the_last_one_has_come),
        VIRTUAL_TEST(who_comes_alone_need_not_wait),
        VIRTUAL_TEST(a_time_out_breaks_it_for_all),
        VIRTUAL_TEST(the_last_one_is_not_enough_for_who_has_given_up),
        VIRTUAL_TEST(abort_breaks_it_and_reset_mends_it),
        VIRTUAL_TEST(the_others_wait_until_the_last_one_has_acted),
        VIRTUAL_TEST(an_action_that_fails_breaks_it),
        VIRTUAL_TEST(whoever_comes_meanwhile_is_of_the_next_round),
        VIRTUAL_TEST(abort_and_reset_reach_a_round_that_waits_for_its_actor),
        VIRTUAL_TEST(who_leaves_when_all_have_come_leaves_alone),
        VIRTUAL_TEST(who_has_ended_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
