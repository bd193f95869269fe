/* The meter of a loop: turns, those that may wait, and how long they did. */
#include "support/fixture.h"

#include "core/loop_meter.h"

static void a_turn_that_waits_is_timed(void **state)
{
    struct fixture *fx = *state;
    struct nb_loop_meter meter;

    nb_loop_meter_install(&meter, fx->loop);
    nb_loop_poll(fx->loop, 30);
    nb_loop_poll(fx->loop, 100);
    assert_int_equal(meter.turns, 2);
    assert_int_equal(meter.sleeps, 2);
    assert_int_equal(meter.slept, 100);
    nb_loop_meter_remove(&meter, fx->loop);
}

static void a_turn_that_only_looks_does_not_sleep(void **state)
{
    struct fixture *fx = *state;
    struct nb_loop_meter meter;

    nb_loop_poll(fx->loop, 30);
    nb_loop_meter_install(&meter, fx->loop);
    nb_loop_poll(fx->loop, 0);
    nb_loop_poll(fx->loop, 30);
    assert_int_equal(meter.turns, 2);
    assert_int_equal(meter.sleeps, 0);
    assert_int_equal(meter.slept, 0);
    nb_loop_meter_remove(&meter, fx->loop);
}

static void removed_it_counts_no_more(void **state)
{
    struct fixture *fx = *state;
    const struct nb_loop_ops *ops = fx->loop->ops;
    struct nb_loop_meter meter;

    nb_loop_meter_install(&meter, fx->loop);
    nb_loop_poll(fx->loop, 10);
    nb_loop_meter_remove(&meter, fx->loop);
    nb_loop_meter_remove(&meter, fx->loop);
    assert_ptr_equal(fx->loop->ops, ops);
    nb_loop_poll(fx->loop, 20);
    assert_int_equal(meter.turns, 1);
    assert_int_equal(meter.slept, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(a_turn_that_waits_is_timed),
        VIRTUAL_TEST(a_turn_that_only_looks_does_not_sleep),
        VIRTUAL_TEST(removed_it_counts_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
