/*
 * Who waits for a descriptor, on the virtual loop: the test says what is
 * ready.
 */
#include "support/fixture.h"

#include <errno.h>

#include "core/iowait.h"
#include "core/loop_virtual.h"
#include "util/alloc.h"

enum { FD = 5 };

/* What an actor waits for. */
struct wish {
    struct nb_iowait *io;
    enum nb_direction dir;
    int64_t deadline;
    bool keeps_place;
};

static void await(struct actor *actor, void *arg)
{
    const struct wish *wish = arg;
    struct nb_wait wait = {.deadline = wish->deadline, .what = "io"};

    actor->waits = true;
    actor->keeps_place = wish->keeps_place;
    assert_int_equal(
        nb_iowait_begin(wish->io, wish->dir, &actor->task.waiter, &wait), 0);
}

static void close_io(struct actor *actor, void *arg)
{
    nb_iowait_close(arg, -EBADF);
}

static void readable(struct actor *actor, void *arg)
{
    nb_loop_virtual_ready(actor->fx->loop, FD, NB_READ, true);
}

static void writable(struct actor *actor, void *arg)
{
    nb_loop_virtual_ready(actor->fx->loop, FD, NB_WRITE, true);
}

static void not_readable(struct actor *actor, void *arg)
{
    nb_loop_virtual_ready(actor->fx->loop, FD, NB_READ, false);
}

static void who_leaves_lets_the_next_in_line_try(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish wish = {&io, NB_READ, NB_NEVER, true};
    const struct step wait[] = {step_call(await, &wish),
                                step_call(not_readable, NULL),
                                step_call(actor_leave, NULL), step_end()};
    const struct step give[] = {step_call(readable, NULL), step_end()};
    struct actor a, b, c;

    nb_iowait_init(&io, &fx->rt, FD);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", wait);
    actor_start(&c, fx, "c", give);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    nb_iowait_close(&io, -EBADF);
    assert_string_equal(fx->log, "a=0 b=0");
}

static void a_retry_stays_first_in_line(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish again = {&io, NB_READ, NB_NEVER, true};
    struct wish once = {&io, NB_READ, NB_NEVER, false};
    const struct step retry[] = {step_call(await, &again),
                                 step_call(await, &again),
                                 step_call(await, &once), step_end()};
    const struct step wait[] = {step_call(await, &once), step_end()};
    const struct step give[] = {step_call(readable, NULL), step_end()};
    struct actor a, b, c;

    nb_iowait_init(&io, &fx->rt, FD);
    actor_start(&a, fx, "a", retry);
    actor_start(&b, fx, "b", wait);
    actor_start(&c, fx, "c", give);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    nb_iowait_close(&io, -EBADF);
    assert_string_equal(fx->log, "a=0 a=0 a=0 b=0");
}

static void may_not_try(struct actor *actor, void *arg)
{
    assert_false(nb_iowait_may_try(arg, NB_READ, &actor->task.waiter));
    assert_true(nb_iowait_may_try(arg, NB_WRITE, &actor->task.waiter));
}

static void may_try(struct actor *actor, void *arg)
{
    assert_true(nb_iowait_may_try(arg, NB_READ, &actor->task.waiter));
}

static void a_newcomer_may_not_try_before_others(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish wish = {&io, NB_READ, NB_NEVER, true};
    const struct step first[] = {step_call(may_try, &io),
                                 step_call(await, &wish),
                                 step_yield(),
                                 step_call(may_try, &io),
                                 step_call(actor_leave, NULL),
                                 step_say("left"),
                                 step_end()};
    const struct step other[] = {step_call(may_not_try, &io),
                                 step_call(readable, NULL),
                                 step_sleep(0),
                                 step_call(may_not_try, &io),
                                 step_yield(),
                                 step_say("next"),
                                 step_call(may_try, &io),
                                 step_end()};
    struct actor a, b;

    nb_iowait_init(&io, &fx->rt, FD);
    actor_start(&a, fx, "a", first);
    actor_start(&b, fx, "b", other);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    nb_iowait_close(&io, -EBADF);
    assert_string_equal(fx->log, "a=0 b=ETIMEDOUT left next");
}

static void readers_and_writers_stand_in_two_lines(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish reads = {&io, NB_READ, 20, false};
    struct wish writes = {&io, NB_WRITE, NB_NEVER, false};
    const struct step reader[] = {step_call(await, &reads), step_end()};
    const struct step writer[] = {step_call(await, &writes), step_end()};
    const struct step give[] = {step_call(writable, NULL), step_end()};
    struct actor a, b, c;

    nb_iowait_init(&io, &fx->rt, FD);
    actor_start(&a, fx, "a", reader);
    actor_start(&b, fx, "b", writer);
    actor_start(&c, fx, "c", give);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    nb_iowait_close(&io, -EBADF);
    assert_string_equal(fx->log, "b=0 a=ETIMEDOUT");
}

/* TLS reads to write and writes to read. */
static void who_turns_from_reading_to_writing_stands_in_one_line(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish reads = {&io, NB_READ, NB_NEVER, true};
    struct wish writes = {&io, NB_WRITE, 20, false};
    const struct step turn[] = {step_call(await, &reads),
                                step_call(not_readable, NULL),
                                step_call(await, &writes), step_end()};
    const struct step give[] = {step_call(readable, NULL), step_sleep(10),
                                step_call(writable, NULL), step_end()};
    struct actor a, b;

    nb_iowait_init(&io, &fx->rt, FD);
    actor_start(&a, fx, "a", turn);
    actor_start(&b, fx, "b", give);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    nb_iowait_close(&io, -EBADF);
    assert_string_equal(fx->log, "a=0 b=ETIMEDOUT a=0");
}

static void a_watch_stops_when_nobody_waits(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish wish = {&io, NB_READ, NB_NEVER, false};
    const struct step wait[] = {step_call(await, &wish), step_sleep(10),
                                step_call(await, &wish), step_end()};
    const struct step give[] = {step_call(readable, NULL), step_end()};
    struct actor a, b;

    nb_iowait_init(&io, &fx->rt, FD);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", give);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 a=ETIMEDOUT a=0");
    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), 0);
    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), -EDEADLK);
    nb_iowait_close(&io, -EBADF);
}

static void who_times_out_makes_room_for_the_next(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish brief = {&io, NB_READ, 5, false};
    struct wish wish = {&io, NB_READ, NB_NEVER, false};
    const struct step hasty[] = {step_call(await, &brief), step_end()};
    const struct step wait[] = {step_call(await, &wish), step_end()};
    const struct step give[] = {step_sleep(6), step_call(readable, NULL),
                                step_end()};
    struct actor a, b, c;

    nb_iowait_init(&io, &fx->rt, FD);
    actor_start(&a, fx, "a", hasty);
    actor_start(&b, fx, "b", wait);
    actor_start(&c, fx, "c", give);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    nb_iowait_close(&io, -EBADF);
    assert_string_equal(fx->log, "a=ETIMEDOUT b=0 c=ETIMEDOUT");
}

static void who_is_cancelled_makes_room_for_the_next(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish wish = {&io, NB_READ, NB_NEVER, false};
    const struct step wait[] = {step_call(await, &wish), step_end()};
    struct actor a, b, c;
    const struct step give[] = {step_call(readable, NULL),
                                step_call(actor_cancel, &a), step_end()};

    nb_iowait_init(&io, &fx->rt, FD);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", wait);
    actor_start(&c, fx, "c", give);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    nb_iowait_close(&io, -EBADF);
    assert_string_equal(fx->log, "a=ECANCELED b=0");
}

static void readiness_comes_before_an_equal_deadline(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish wish = {&io, NB_READ, 0, false};
    const struct step wait[] = {step_call(await, &wish), step_end()};
    struct actor a;

    nb_iowait_init(&io, &fx->rt, FD);
    nb_loop_virtual_ready(fx->loop, FD, NB_READ, true);
    actor_start(&a, fx, "a", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    nb_iowait_close(&io, -EBADF);
    assert_string_equal(fx->log, "a=0");
}

static void close_wakes_readers_and_writers(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish reads = {&io, NB_READ, NB_NEVER, false};
    struct wish writes = {&io, NB_WRITE, 20, false};
    const struct step writer[] = {step_call(await, &writes), step_end()};
    const struct step reader[] = {step_call(await, &reads), step_end()};
    const struct step shut[] = {step_call(readable, NULL),
                                step_call(close_io, &io),
                                step_call(close_io, &io), step_end()};
    struct actor a, b, c, d;

    nb_iowait_init(&io, &fx->rt, FD);
    actor_start(&a, fx, "a", writer);
    actor_start(&b, fx, "b", reader);
    actor_start(&c, fx, "c", reader);
    actor_start(&d, fx, "d", shut);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "b=EBADF c=EBADF a=EBADF");
    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), -EDEADLK);
}

static void after_close_it_can_be_made_anew(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish wish = {&io, NB_READ, NB_NEVER, false};
    const struct step wait[] = {step_call(await, &wish), step_end()};
    struct actor a;

    nb_iowait_init(&io, &fx->rt, FD + 1);
    nb_iowait_close(&io, -EBADF);
    nb_iowait_init(&io, &fx->rt, FD);
    nb_loop_virtual_ready(fx->loop, FD, NB_READ, true);
    actor_start(&a, fx, "a", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    nb_iowait_close(&io, -EBADF);
    assert_string_equal(fx->log, "a=0");
}

static void fail_to_wait(struct actor *actor, void *arg)
{
    struct nb_wait wait = {.deadline = NB_NEVER, .what = "io"};

    assert_int_equal(nb_iowait_begin(arg, NB_WRITE, &actor->task.waiter, &wait),
                     -ENOMEM);
    assert_int_equal(
        nb_iowait_line_up(arg, NB_WRITE, &actor->task.waiter, &wait), -ENOMEM);
    nb_iowait_rouse(arg, NB_WRITE);
    nb_iowait_wake(arg, NB_WRITE);
    assert_int_equal(actor->task.waiter.status, NB_WAITER_IDLE);
    assert_true(nb_iowait_may_try(arg, NB_WRITE, &actor->task.waiter));
}

static void without_memory_nobody_waits_to_write(void **state)
{
    struct fixture *fx = *state;
    struct refusal refusal = {.countdown = 1, .for_good = true};
    struct nb_iowait io;
    const struct step write[] = {step_call(fail_to_wait, &io), step_end()};
    struct actor a;

    nb_iowait_init(&io, &fx->rt, FD);
    nb_alloc_set_gate(refusal_gate, &refusal);
    actor_start(&a, fx, "a", write);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    nb_alloc_set_gate(NULL, NULL);
    nb_iowait_close(&io, -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(who_leaves_lets_the_next_in_line_try),
        VIRTUAL_TEST(a_retry_stays_first_in_line),
        VIRTUAL_TEST(a_newcomer_may_not_try_before_others),
        VIRTUAL_TEST(readers_and_writers_stand_in_two_lines),
        VIRTUAL_TEST(who_turns_from_reading_to_writing_stands_in_one_line),
        VIRTUAL_TEST(a_watch_stops_when_nobody_waits),
        VIRTUAL_TEST(who_times_out_makes_room_for_the_next),
        VIRTUAL_TEST(who_is_cancelled_makes_room_for_the_next),
        VIRTUAL_TEST(readiness_comes_before_an_equal_deadline),
        VIRTUAL_TEST(close_wakes_readers_and_writers),
        VIRTUAL_TEST(after_close_it_can_be_made_anew),
        VIRTUAL_TEST(without_memory_nobody_waits_to_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
