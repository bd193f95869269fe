/* The event: wakes all, in order, and whom it has woken stays woken. */
#include "support/fixture.h"

#include "core/event_flag.h"

static void await_event(struct actor *actor, void *arg)
{
    struct nb_event_flag *event = arg;

    if (!event->set)
        actor_wait(actor, &(struct nb_wait){.queue = &event->waiters,
                                            .deadline = 5,
                                            .what = "event"});
}

static void set(struct actor *actor, void *arg)
{
    nb_event_flag_set(arg);
}

static void clear(struct actor *actor, void *arg)
{
    struct nb_event_flag *event = arg;
    event->set = false;
}

static void a_set_event_wakes_all_in_order(void **state)
{
    struct fixture *fx = *state;
    struct nb_event_flag event;
    const struct step wait[] = {step_call(await_event, &event), step_end()};
    const struct step give[] = {step_call(set, &event), step_call(set, &event),
                                step_end()};
    struct actor a, b, c, d;

    nb_event_flag_init(&event);
    assert_false(event.set);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", wait);
    actor_start(&c, fx, "c", give);
    actor_start(&d, fx, "d", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 b=0");
    assert_true(event.set);
    assert_true(nb_list_empty(&event.waiters));
}

static void an_event_cleared_at_once_has_still_woken(void **state)
{
    struct fixture *fx = *state;
    struct nb_event_flag event;
    const struct step wait[] = {step_call(await_event, &event),
                                step_call(await_event, &event), step_end()};
    const struct step give[] = {step_call(set, &event),
                                step_call(clear, &event), step_end()};
    struct actor a, b;

    nb_event_flag_init(&event);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", give);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 a=ETIMEDOUT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(a_set_event_wakes_all_in_order),
        VIRTUAL_TEST(an_event_cleared_at_once_has_still_woken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
