/*
 * Who waits for a descriptor, on libev: pipes, and a kernel that refuses.
 * epoll_ctl() is ours here, so that it can.
 */
#include "support/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/iowait.h"
#include "core/loop_ev.h"

/* The error of every epoll_ctl() that watches; 0: the kernel decides. */
static int watch_error;

__attribute__((visibility("default"))) int
epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    if (operation == EPOLL_CTL_ADD && watch_error != 0) {
        errno = watch_error;
        return -1;
    }
    return (int)syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}

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

/* A pipe whose reading end is waited for. */
struct tube {
    struct nb_iowait io;
    int fds[2];
};

static void open_tube(struct tube *tube, struct fixture *fx)
{
    assert_int_equal(pipe2(tube->fds, O_NONBLOCK | O_CLOEXEC), 0);
    nb_iowait_init(&tube->io, &fx->rt, tube->fds[0]);
}

static void close_tube(struct tube *tube)
{
    nb_iowait_close(&tube->io, -EBADF);
    close(tube->fds[0]);
    close(tube->fds[1]);
}

/* Reads one byte and says it; waits and tries again for as long as needed. */
static void receive(struct actor *actor, void *arg)
{
    struct tube *tube = arg;
    struct wish wish = {&tube->io, NB_READ, NB_NEVER, true};
    char word[] = "a:?";

    word[0] = actor->name[0];
    if (nb_iowait_may_try(&tube->io, NB_READ, &actor->task.waiter) &&
        read(tube->fds[0], &word[2], 1) == 1) {
        nb_waiter_end(&actor->task.waiter);
        fixture_say(actor->fx, word);
        return;
    }
    actor->next--;
    await(actor, &wish);
}

static void send_byte(struct actor *actor, void *arg)
{
    const struct tube *tube = arg;
    assert_int_equal(write(tube->fds[1], actor->name, 1), 1);
}

static void send_two(struct actor *actor, void *arg)
{
    const struct tube *tube = arg;
    assert_int_equal(write(tube->fds[1], "12", 2), 2);
}

static void two_readers_of_a_pipe_are_served_in_turn(void **state)
{
    struct fixture *fx = *state;
    struct tube tube;
    const struct step get[] = {step_call(receive, &tube),
                               step_call(receive, &tube), step_end()};
    const struct step put[] = {step_call(send_byte, &tube), step_yield(),
                               step_call(send_byte, &tube), step_yield(),
                               step_call(send_two, &tube),  step_end()};
    struct actor a, b, x;

    open_tube(&tube, fx);
    actor_start(&a, fx, "a", get);
    actor_start(&b, fx, "b", get);
    actor_start(&x, fx, "x", put);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 a:x b=0 b:x a=0 a:1 b=0 b:2");
    close_tube(&tube);
}

static void a_spurious_wake_up_waits_on(void **state)
{
    struct fixture *fx = *state;
    struct tube tube;
    const struct step get[] = {step_call(receive, &tube), step_end()};
    const struct step steal[] = {step_call(send_byte, &tube), step_sleep(0),
                                 step_call(send_byte, &tube), step_end()};
    struct actor a, x;
    char byte;

    open_tube(&tube, fx);
    actor_start(&a, fx, "a", get);
    nb_runtime_turn(&fx->rt);
    assert_true(nb_waiter_complete(&a.task.waiter, 0));
    assert_int_equal(read(tube.fds[0], &byte, 1), -1);
    actor_start(&x, fx, "x", steal);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 a=0 a:x x=ETIMEDOUT");
    close_tube(&tube);
}

static void close_before_reuse_of_the_number_brings_nothing_old(void **state)
{
    struct fixture *fx = *state;
    struct tube old, new;
    const struct step get_old[] = {step_call(receive, &old), step_end()};
    struct wish wish = {&new.io, NB_READ, 0, false};
    const struct step get_new[] = {step_call(await, &wish), step_end()};
    struct actor a, b, x;
    const struct step put[] = {step_call(send_byte, &old), step_end()};

    open_tube(&old, fx);
    actor_start(&a, fx, "a", get_old);
    actor_start(&x, fx, "x", put);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    int number = old.fds[0];
    close_tube(&old);

    fx->rt.stopping = false;
    open_tube(&new, fx);
    assert_int_equal(new.fds[0], number);
    actor_start(&b, fx, "b", get_new);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 a:x b=ETIMEDOUT");
    close_tube(&new);
}

static void fail_to_wait(struct actor *actor, void *arg)
{
    struct tube *tube = arg;
    struct nb_waiter *waiter = &actor->task.waiter;
    struct nb_wait wait = {.deadline = NB_NEVER, .what = "io"};

    assert_int_equal(nb_iowait_begin(&tube->io, NB_READ, waiter, &wait),
                     -ENOMEM);
    assert_int_equal(waiter->status, NB_WAITER_IDLE);
    assert_int_equal(actor->task.state, NB_TASK_RUNNING);
    assert_true(nb_iowait_may_try(&tube->io, NB_READ, waiter));
}

/* Its reading end gets a number that the loop has made no room for. */
static void raise_tube(struct tube *tube, struct fixture *fx)
{
    int fd = fcntl(tube->fds[0], F_DUPFD_CLOEXEC, 700);

    assert_true(fd >= 700);
    nb_iowait_close(&tube->io, -EBADF);
    close(tube->fds[0]);
    tube->fds[0] = fd;
    nb_iowait_init(&tube->io, &fx->rt, fd);
}

static void without_memory_no_wait_begins(void **state)
{
    struct fixture *fx = *state;
    struct refusal refusal = {.countdown = 1, .for_good = true};
    struct tube tube;
    const struct step steps[] = {step_call(fail_to_wait, &tube), step_say("on"),
                                 step_end()};
    struct actor a;

    open_tube(&tube, fx);
    raise_tube(&tube, fx);
    nb_alloc_set_gate(refusal_gate, &refusal);
    actor_start(&a, fx, "a", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "on");
    close_tube(&tube);
}

static void give_up(struct nb_timer *timer)
{
    fail_msg("a waiter was not woken");
}

static void a_watch_that_the_kernel_refuses_wakes_all(void **state)
{
    struct fixture *fx = *state;
    struct tube tube;
    struct wish wish = {&tube.io, NB_READ, NB_NEVER, false};
    const struct step wait[] = {step_call(await, &wish), step_end()};
    struct nb_timer limit;
    struct actor a, b;

    open_tube(&tube, fx);
    watch_error = ENOSPC;
    nb_timer_init(&limit, give_up);
    nb_timer_arm(&fx->rt, &limit, nb_loop_now(fx->loop) + 20 * NB_SECOND);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    watch_error = 0;
    assert_int_equal(a.turns, 2);
    assert_int_equal(b.turns, 2);
    nb_timer_disarm(&fx->rt, &limit);
    close_tube(&tube);
}

/* The one watch that the loop itself has is refused by the kernel. */
static void without_a_wake_there_is_no_loop(void **state)
{
    struct nb_loop *loop = NULL;

    watch_error = ENOSPC;
    assert_int_equal(nb_loop_ev_new(&loop), -ENOMEM);
    watch_error = 0;
    assert_null(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL_TEST(two_readers_of_a_pipe_are_served_in_turn),
        REAL_TEST(a_spurious_wake_up_waits_on),
        REAL_TEST(close_before_reuse_of_the_number_brings_nothing_old),
        REAL_TEST(without_memory_no_wait_begins),
        REAL_TEST(a_watch_that_the_kernel_refuses_wakes_all),
        REAL_TEST(without_a_wake_there_is_no_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
