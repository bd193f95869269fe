/* The loop without a kernel: its clock, its descriptors, its despair. */
#include "support/fixture.h"

#include <errno.h>

#include "core/loop_virtual.h"

/* A watch that says its name when it is called, and may do something then. */
struct eye {
    struct nb_watch watch;
    struct fixture *fx;
    const char *name;
    void (*then)(struct eye *eye);
    struct eye *other;
};

static void see(struct nb_watch *watch)
{
    struct eye *eye = NB_CONTAINER_OF(watch, struct eye, watch);

    fixture_say(eye->fx, eye->name);
    if (eye->then != NULL)
        eye->then(eye);
}

static void watch(struct eye *eye, struct fixture *fx, const char *name, int fd)
{
    *eye = (struct eye){.fx = fx, .name = name};
    nb_watch_init(fx->loop, &eye->watch, fd, NB_READ);
    eye->watch.ready = see;
    assert_int_equal(nb_watch_start(fx->loop, &eye->watch), 0);
}

static void unwatch(struct eye *eye)
{
    nb_watch_stop(eye->fx->loop, &eye->watch);
}

static void time_starts_at_0(void **state)
{
    struct fixture *fx = *state;
    assert_int_equal(nb_loop_now(fx->loop), 0);
}

static void a_poll_jumps_to_its_deadline(void **state)
{
    struct fixture *fx = *state;

    assert_int_equal(nb_loop_poll(fx->loop, 5 * NB_SECOND), 0);
    assert_int_equal(nb_loop_now(fx->loop), 5 * NB_SECOND);
    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER - 1), 0);
    assert_int_equal(nb_loop_now(fx->loop), NB_NEVER - 1);
}

static void time_never_goes_back(void **state)
{
    struct fixture *fx = *state;

    nb_loop_poll(fx->loop, 10);
    assert_int_equal(nb_loop_poll(fx->loop, 9), 0);
    assert_int_equal(nb_loop_poll(fx->loop, 10), 0);
    assert_int_equal(nb_loop_poll(fx->loop, INT64_MIN), 0);
    assert_int_equal(nb_loop_now(fx->loop), 10);
}

static void the_wall_clock_goes_along(void **state)
{
    struct fixture *fx = *state;
    int64_t start = nb_loop_wall(fx->loop);

    assert_true(start > 0);
    nb_loop_poll(fx->loop, 7);
    assert_int_equal(nb_loop_wall(fx->loop), start + 7);
}

static void to_wait_for_nothing_is_a_deadlock(void **state)
{
    struct fixture *fx = *state;
    struct eye a;

    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), -EDEADLK);
    watch(&a, fx, "a", 0);
    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), -EDEADLK);
    unwatch(&a);
}

static void readiness_holds_until_the_contrary_is_said(void **state)
{
    struct fixture *fx = *state;
    struct eye a;

    watch(&a, fx, "a", 63);
    nb_loop_virtual_ready(fx->loop, 63, NB_READ, true);
    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), 0);
    assert_int_equal(nb_loop_poll(fx->loop, 5), 0);
    assert_string_equal(fx->log, "a a");
    assert_int_equal(nb_loop_now(fx->loop), 0);
    nb_loop_virtual_ready(fx->loop, 63, NB_READ, false);
    assert_int_equal(nb_loop_poll(fx->loop, 5), 0);
    assert_string_equal(fx->log, "a a");
    assert_int_equal(nb_loop_now(fx->loop), 5);
    unwatch(&a);
}

static void a_watch_sees_its_descriptor_and_direction_only(void **state)
{
    struct fixture *fx = *state;
    struct eye a;

    watch(&a, fx, "a", 3);
    nb_loop_virtual_ready(fx->loop, 3, NB_WRITE, true);
    nb_loop_virtual_ready(fx->loop, 4, NB_READ, true);
    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), -EDEADLK);
    assert_string_equal(fx->log, "");
    unwatch(&a);
}

static void watches_are_called_in_the_order_of_their_start(void **state)
{
    struct fixture *fx = *state;
    struct eye a, b, c;

    watch(&a, fx, "a", 5);
    watch(&b, fx, "b", 4);
    watch(&c, fx, "c", 3);
    unwatch(&a);
    assert_int_equal(nb_watch_start(fx->loop, &a.watch), 0);
    assert_int_equal(nb_watch_start(fx->loop, &b.watch), 0);
    for (int fd = 3; fd <= 5; fd++)
        nb_loop_virtual_ready(fx->loop, fd, NB_READ, true);
    nb_loop_poll(fx->loop, NB_NEVER);
    nb_loop_poll(fx->loop, NB_NEVER);
    assert_string_equal(fx->log, "b c a b c a");
    unwatch(&a);
    unwatch(&b);
    unwatch(&c);
}

static void unwatch_other(struct eye *eye)
{
    unwatch(eye->other);
    unwatch(eye);
}

static void a_call_may_stop_its_own_and_other_watches(void **state)
{
    struct fixture *fx = *state;
    struct eye a, b, c;

    watch(&a, fx, "a", 1);
    watch(&b, fx, "b", 1);
    watch(&c, fx, "c", 1);
    a.then = unwatch_other;
    a.other = &b;
    nb_loop_virtual_ready(fx->loop, 1, NB_READ, true);
    nb_loop_poll(fx->loop, NB_NEVER);
    nb_loop_poll(fx->loop, NB_NEVER);
    assert_string_equal(fx->log, "a c c");
    unwatch(&b);
    unwatch(&c);
}

static void watch_other(struct eye *eye)
{
    eye->then = NULL;
    nb_watch_start(eye->fx->loop, &eye->other->watch);
}

static void a_watch_started_by_a_call_is_called_at_the_next_poll(void **state)
{
    struct fixture *fx = *state;
    struct eye a, b;

    watch(&a, fx, "a", 1);
    watch(&b, fx, "b", 1);
    unwatch(&b);
    a.then = watch_other;
    a.other = &b;
    nb_loop_virtual_ready(fx->loop, 1, NB_READ, true);
    nb_loop_poll(fx->loop, NB_NEVER);
    assert_string_equal(fx->log, "a");
    nb_loop_poll(fx->loop, NB_NEVER);
    assert_string_equal(fx->log, "a a b");
    unwatch(&a);
    unwatch(&b);
}

static void stopping_twice_is_harmless(void **state)
{
    struct fixture *fx = *state;
    struct eye a;

    watch(&a, fx, "a", 1);
    unwatch(&a);
    unwatch(&a);
    nb_loop_virtual_ready(fx->loop, 1, NB_READ, true);
    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), -EDEADLK);
}

static void a_wake_ends_one_poll_and_time_stands_still(void **state)
{
    struct fixture *fx = *state;

    nb_loop_wake(fx->loop);
    nb_loop_wake(fx->loop);
    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), 0);
    assert_int_equal(nb_loop_now(fx->loop), 0);
    assert_int_equal(nb_loop_poll(fx->loop, 5), 0);
    assert_int_equal(nb_loop_now(fx->loop), 5);
}

static void without_memory_there_is_no_loop(void **state)
{
    struct refusal refusal = {.countdown = 1};
    struct nb_loop *loop = NULL;

    nb_alloc_set_gate(refusal_gate, &refusal);
    assert_int_equal(nb_loop_virtual_new(&loop), -ENOMEM);
    assert_null(loop);
    nb_loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(time_starts_at_0),
        VIRTUAL_TEST(a_poll_jumps_to_its_deadline),
        VIRTUAL_TEST(time_never_goes_back),
        VIRTUAL_TEST(the_wall_clock_goes_along),
        VIRTUAL_TEST(to_wait_for_nothing_is_a_deadlock),
        VIRTUAL_TEST(readiness_holds_until_the_contrary_is_said),
        VIRTUAL_TEST(a_watch_sees_its_descriptor_and_direction_only),
        VIRTUAL_TEST(watches_are_called_in_the_order_of_their_start),
        VIRTUAL_TEST(a_call_may_stop_its_own_and_other_watches),
        VIRTUAL_TEST(a_watch_started_by_a_call_is_called_at_the_next_poll),
        VIRTUAL_TEST(stopping_twice_is_harmless),
        VIRTUAL_TEST(a_wake_ends_one_poll_and_time_stands_still),
        VIRTUAL_TEST(without_memory_there_is_no_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
