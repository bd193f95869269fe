/* Timers: when they fire, in which order, and how they are moved. */
#include "support/fixture.h"

#include "core/timer.h"

/* A timer that says its name when it fires, and may do something then. */
struct alarm {
    struct nb_timer timer;
    struct fixture *fx;
    const char *name;
    void (*then)(struct alarm *alarm);
    struct alarm *other;
};

static void ring(struct nb_timer *timer)
{
    struct alarm *alarm = NB_CONTAINER_OF(timer, struct alarm, timer);

    assert_false(nb_timer_is_armed(timer));
    fixture_say(alarm->fx, alarm->name);
    if (alarm->then != NULL)
        alarm->then(alarm);
}

static void set(struct alarm *alarm, struct fixture *fx, const char *name,
                int64_t deadline)
{
    *alarm = (struct alarm){.fx = fx, .name = name};
    nb_timer_init(&alarm->timer, ring);
    nb_timer_arm(&fx->rt, &alarm->timer, deadline);
}

static void a_timer_is_disarmed_at_first(void **state)
{
    struct fixture *fx = *state;
    struct nb_timer timer;

    nb_timer_init(&timer, ring);
    assert_false(nb_timer_is_armed(&timer));
    nb_timer_disarm(&fx->rt, &timer);
    assert_int_equal(nb_timer_next(&fx->rt), NB_NEVER);
}

static void the_earliest_deadline_is_next(void **state)
{
    struct fixture *fx = *state;
    struct alarm a, b;

    set(&a, fx, "a", 20);
    assert_int_equal(nb_timer_next(&fx->rt), 20);
    set(&b, fx, "b", 10);
    assert_int_equal(nb_timer_next(&fx->rt), 10);
    nb_timer_disarm(&fx->rt, &b.timer);
    assert_true(nb_timer_next(&fx->rt) <= 20);
    nb_timer_expire(&fx->rt, 19);
    assert_int_equal(nb_timer_next(&fx->rt), 20);
    nb_timer_disarm(&fx->rt, &a.timer);
    assert_int_equal(nb_timer_next(&fx->rt), NB_NEVER);
}

static void a_timer_fires_at_its_deadline_and_not_before(void **state)
{
    struct fixture *fx = *state;
    struct alarm a;

    set(&a, fx, "a", 10);
    nb_timer_expire(&fx->rt, 9);
    assert_string_equal(fx->log, "");
    assert_true(nb_timer_is_armed(&a.timer));
    nb_timer_expire(&fx->rt, 10);
    assert_string_equal(fx->log, "a");
}

static void a_timer_fires_once(void **state)
{
    struct fixture *fx = *state;
    struct alarm a;

    set(&a, fx, "a", 10);
    nb_timer_expire(&fx->rt, 30);
    nb_timer_expire(&fx->rt, 30);
    assert_string_equal(fx->log, "a");
}

static void timers_fire_in_the_order_of_their_deadlines(void **state)
{
    struct fixture *fx = *state;
    struct alarm a, b, c;

    set(&a, fx, "a", 30);
    set(&b, fx, "b", INT64_MIN);
    set(&c, fx, "c", 20);
    nb_timer_expire(&fx->rt, 30);
    assert_string_equal(fx->log, "b c a");
}

static void equal_deadlines_fire_in_the_order_of_their_arming(void **state)
{
    struct fixture *fx = *state;
    struct alarm alarms[5];
    static const char *const names[] = {"a", "b", "c", "d", "e"};

    for (int i = 0; i < 5; i++)
        set(&alarms[i], fx, names[i], 10);
    nb_timer_arm(&fx->rt, &alarms[1].timer, 10);
    nb_timer_expire(&fx->rt, 10);
    assert_string_equal(fx->log, "a c d e b");
}

static void arming_again_moves_a_timer(void **state)
{
    struct fixture *fx = *state;
    struct alarm a, b;

    set(&a, fx, "a", 10);
    set(&b, fx, "b", 20);
    nb_timer_arm(&fx->rt, &a.timer, 30);
    assert_int_equal(nb_timer_next(&fx->rt), 20);
    nb_timer_expire(&fx->rt, 20);
    assert_string_equal(fx->log, "b");
    nb_timer_arm(&fx->rt, &a.timer, 5);
    nb_timer_expire(&fx->rt, 20);
    assert_string_equal(fx->log, "b a");
}

static void a_disarmed_timer_does_not_fire(void **state)
{
    struct fixture *fx = *state;
    struct alarm a, b;

    set(&a, fx, "a", 10);
    set(&b, fx, "b", 10);
    nb_timer_disarm(&fx->rt, &a.timer);
    nb_timer_disarm(&fx->rt, &a.timer);
    nb_timer_expire(&fx->rt, 10);
    assert_string_equal(fx->log, "b");
}

static void disarm_other(struct alarm *alarm)
{
    nb_timer_disarm(&alarm->fx->rt, &alarm->other->timer);
}

static void a_timer_may_disarm_one_that_is_due_too(void **state)
{
    struct fixture *fx = *state;
    struct alarm a, b, c;

    set(&a, fx, "a", 10);
    set(&b, fx, "b", 10);
    set(&c, fx, "c", 10);
    a.then = disarm_other;
    a.other = &b;
    nb_timer_expire(&fx->rt, 10);
    assert_string_equal(fx->log, "a c");
}

static void arm_again_at_20(struct alarm *alarm)
{
    alarm->then = NULL;
    nb_timer_arm(&alarm->fx->rt, &alarm->timer, 20);
}

static void a_timer_may_arm_itself_again(void **state)
{
    struct fixture *fx = *state;
    struct alarm a;

    set(&a, fx, "a", 10);
    a.then = arm_again_at_20;
    nb_timer_expire(&fx->rt, 10);
    assert_string_equal(fx->log, "a");
    assert_true(nb_timer_is_armed(&a.timer));
    nb_timer_expire(&fx->rt, 20);
    assert_string_equal(fx->log, "a a");
}

static void a_timer_armed_for_never_does_not_fire(void **state)
{
    struct fixture *fx = *state;
    struct alarm a;

    set(&a, fx, "a", NB_NEVER);
    nb_timer_expire(&fx->rt, NB_NEVER - 1);
    assert_string_equal(fx->log, "");
    nb_timer_disarm(&fx->rt, &a.timer);
}

static void the_runtime_fires_what_is_due(void **state)
{
    struct fixture *fx = *state;
    struct alarm early, due, late;
    struct actor actor;
    const struct step steps[] = {step_sleep(10), step_end()};

    set(&early, fx, "early", 9);
    set(&due, fx, "due", 10);
    set(&late, fx, "late", 11);
    actor_start(&actor, fx, "actor", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "early due actor=ETIMEDOUT");
    assert_true(nb_timer_is_armed(&late.timer));
    nb_timer_disarm(&fx->rt, &late.timer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(a_timer_is_disarmed_at_first),
        VIRTUAL_TEST(the_earliest_deadline_is_next),
        VIRTUAL_TEST(a_timer_fires_at_its_deadline_and_not_before),
        VIRTUAL_TEST(a_timer_fires_once),
        VIRTUAL_TEST(timers_fire_in_the_order_of_their_deadlines),
        VIRTUAL_TEST(equal_deadlines_fire_in_the_order_of_their_arming),
        VIRTUAL_TEST(arming_again_moves_a_timer),
        VIRTUAL_TEST(a_disarmed_timer_does_not_fire),
        VIRTUAL_TEST(a_timer_may_disarm_one_that_is_due_too),
        VIRTUAL_TEST(a_timer_may_arm_itself_again),
        VIRTUAL_TEST(a_timer_armed_for_never_does_not_fire),
        VIRTUAL_TEST(the_runtime_fires_what_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
