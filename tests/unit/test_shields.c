/* Waits that a cancellation does not end, and how the program ends with them. */
#include "support/fixture.h"

#include <errno.h>

#include "core/runtime.h"
#include "core/task.h"

/* What a test waits for in spite of a cancellation. */
static void wait_shielded(struct actor *actor, void *arg)
{
    actor_wait(actor, &(struct nb_wait){.queue = arg,
                                        .deadline = NB_NEVER,
                                        .shielded = true});
}

static void wake_first(struct actor *actor, void *arg)
{
    assert_non_null(nb_waiter_complete_first(arg, 0));
}

static void a_cancellation_does_not_end_a_shielded_wait(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step shielded[] = {step_call(wait_shielded, &queue),
                                    step_sleep(1), step_end()};
    struct actor a, b;
    const struct step wake[] = {step_call(actor_cancel, &a), step_sleep(1),
                                step_call(wake_first, &queue), step_end()};

    nb_list_init(&queue);
    actor_start(&a, fx, "a", shielded);
    actor_start(&b, fx, "b", wake);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "b=ETIMEDOUT a=0 a=ECANCELED");
}

/* Nobody wakes a and d; b and c wait for the end of the one before. */
static void at_the_end_shields_are_broken_one_by_one(void **state)
{
    struct fixture *fx = *state;
    struct actor a, b, c, d, last;
    struct nb_list queue;
    const struct step leave[] = {step_end()};
    const struct step wait[] = {step_call(wait_shielded, &queue), step_end()};
    const struct step second[] = {step_call(wait_shielded, &a.task.joiners),
                                  step_end()};
    const struct step third[] = {step_call(wait_shielded, &b.task.joiners),
                                 step_end()};

    nb_list_init(&queue);
    actor_start_daemon(&a, fx, "a", wait);
    actor_start_daemon(&b, fx, "b", second);
    actor_start_daemon(&c, fx, "c", third);
    actor_start_daemon(&d, fx, "d", wait);
    actor_start(&last, fx, "last", leave);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ECANCELED b=0 c=0 d=ECANCELED");
}

static void wait_hidden(struct actor *actor, void *arg)
{
    actor_wait(actor, &(struct nb_wait){
                          .queue = arg, .deadline = NB_NEVER, .hidden = true});
}

static void wait_lasting(struct actor *actor, void *arg)
{
    actor_wait(actor, &(struct nb_wait){.queue = arg,
                                        .deadline = NB_NEVER,
                                        .shielded = true,
                                        .lasting = true});
}

static void a_hidden_wait_is_as_a_shielded_one(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step hidden[] = {step_call(wait_hidden, &queue), step_sleep(1),
                                  step_end()};
    struct actor a, b, c;
    const struct step wake[] = {step_call(actor_cancel, &a), step_sleep(1),
                                step_call(wake_first, &queue), step_end()};

    nb_list_init(&queue);
    actor_start_daemon(&a, fx, "a", hidden);
    actor_start_daemon(&b, fx, "b", hidden);
    actor_start(&c, fx, "c", wake);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "c=ETIMEDOUT a=0 a=ECANCELED b=ECANCELED");
}

/* The oldest waits for the youngest, which is what has to be broken. */
static void a_lasting_wait_is_not_broken(void **state)
{
    struct fixture *fx = *state;
    struct actor a, b, last;
    struct nb_list queue;
    const struct step leave[] = {step_end()};
    const struct step lasting[] = {step_call(wait_lasting, &b.task.joiners),
                                   step_end()};
    const struct step shielded[] = {step_call(wait_shielded, &queue),
                                    step_end()};

    nb_list_init(&queue);
    actor_start_daemon(&a, fx, "a", lasting);
    actor_start_daemon(&b, fx, "b", shielded);
    actor_start(&last, fx, "last", leave);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "b=ECANCELED a=0");
}

static void a_shield_is_no_way_out_of_a_deadlock(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step shielded[] = {step_call(wait_shielded, &queue),
                                    step_end()};
    struct actor a;

    nb_list_init(&queue);
    actor_start(&a, fx, "a", shielded);
    assert_int_equal(nb_runtime_run(&fx->rt), -EDEADLK);
    fx->rt.signal = 2;
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ECANCELED");
}

static void note_cancelled(struct actor *actor, void *arg)
{
    *(bool *)arg = actor->task.cancelled;
}

static void who_is_ready_when_the_program_ends_is_cancelled(void **state)
{
    struct fixture *fx = *state;
    bool cancelled = false;
    struct nb_list queue;
    const struct step wait[] = {step_call(wait_shielded, &queue),
                                step_call(note_cancelled, &cancelled),
                                step_end()};
    const struct step leave[] = {step_call(wake_first, &queue), step_end()};
    struct actor a, b;

    nb_list_init(&queue);
    actor_start_daemon(&a, fx, "a", wait);
    actor_start(&b, fx, "b", leave);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0");
    assert_true(cancelled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(a_cancellation_does_not_end_a_shielded_wait),
        VIRTUAL_TEST(at_the_end_shields_are_broken_one_by_one),
        VIRTUAL_TEST(a_hidden_wait_is_as_a_shielded_one),
        VIRTUAL_TEST(a_lasting_wait_is_not_broken),
        VIRTUAL_TEST(a_shield_is_no_way_out_of_a_deadlock),
        VIRTUAL_TEST(who_is_ready_when_the_program_ends_is_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
