/*
 * One task that waits for any of many descriptors, on the virtual loop: the
 * test says what is ready, and which watch cannot be started.
 */
#include "support/fixture.h"

#include <errno.h>
#include <string.h>

#include "core/iowait.h"
#include "core/loop_virtual.h"
#include "core/pollwait.h"

enum { FD = 5, MOST = 3 };

/* What an actor waits for, in one wait. */
struct wish {
    struct nb_pollwait poll;
    struct nb_poller pollers[MOST];
    int64_t deadline;
};

static void make_wish(struct wish *wish, struct fixture *fx, int64_t deadline)
{
    nb_pollwait_init(&wish->poll, &fx->rt);
    wish->poll.pollers = wish->pollers;
    wish->deadline = deadline;
}

/* A wish for one descriptor that netbox owns. */
static void wish_for(struct wish *wish, struct fixture *fx,
                     struct nb_iowait *io, enum nb_direction dir)
{
    make_wish(wish, fx, NB_NEVER);
    nb_pollwait_add(&wish->poll, io, io->fd, dir);
}

/* A wish for one descriptor of which only the number is known. */
static void wish_for_number(struct wish *wish, struct fixture *fx, int fd)
{
    make_wish(wish, fx, NB_NEVER);
    nb_pollwait_add(&wish->poll, NULL, fd, NB_READ);
}

static void await(struct actor *actor, void *arg)
{
    struct wish *wish = arg;
    struct nb_wait wait = {.deadline = wish->deadline, .what = "poll"};

    actor->waits = true;
    assert_int_equal(nb_pollwait_begin(&wish->poll, &actor->task.waiter, &wait),
                     0);
}

/* Waits in line, as a reader does. */
static void read_in_line(struct actor *actor, void *arg)
{
    struct nb_wait wait = {.deadline = NB_NEVER, .what = "recv"};

    actor->waits = true;
    assert_int_equal(nb_iowait_begin(arg, NB_READ, &actor->task.waiter, &wait),
                     0);
}

static void end_poll(struct actor *actor, void *arg)
{
    struct wish *wish = arg;
    nb_pollwait_end(&wish->poll);
}

static void close_io(struct actor *actor, void *arg)
{
    nb_iowait_close(arg, -EBADF);
}

/* Makes a descriptor readable, of which `arg` is the iowait. */
static void readable(struct actor *actor, void *arg)
{
    const struct nb_iowait *io = arg;
    nb_loop_virtual_ready(actor->fx->loop, io->fd, NB_READ, true);
}

static void number_readable(struct actor *actor, void *arg)
{
    nb_loop_virtual_ready(actor->fx->loop, *(int *)arg, NB_READ, true);
}

/* The runtime knows that the world outside can, or cannot, end the waits. */
static void assert_external(struct actor *actor, void *arg)
{
    assert_int_equal(actor->fx->rt.external, *(size_t *)arg);
}

static void run(struct fixture *fx, const char *log)
{
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, log);
}

static void any_of_them_wakes(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait ios[2];
    struct wish wish;
    size_t one = 1;
    const struct step wait[] = {step_call(await, &wish),
                                step_call(end_poll, &wish), step_end()};
    const struct step give[] = {step_call(assert_external, &one),
                                step_call(readable, &ios[1]), step_end()};
    struct actor a, b;

    nb_iowait_init(&ios[0], &fx->rt, FD);
    nb_iowait_init(&ios[1], &fx->rt, FD + 1);
    wish_for(&wish, fx, &ios[0], NB_WRITE);
    nb_pollwait_add(&wish.poll, &ios[1], FD + 1, NB_READ);
    nb_pollwait_add(&wish.poll, NULL, -1, NB_READ);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", give);
    run(fx, "a=0");
    assert_int_equal(wish.poll.count, 0);
    nb_iowait_close(&ios[0], -EBADF);
    nb_iowait_close(&ios[1], -EBADF);
}

static void all_who_poll_are_woken_after_the_first_in_line(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish wishes[2];
    const struct step one[] = {step_call(await, &wishes[0]), step_end()};
    const struct step two[] = {step_call(await, &wishes[1]), step_end()};
    const struct step line[] = {step_call(read_in_line, &io), step_sleep(1),
                                step_end()};
    const struct step give[] = {step_call(readable, &io), step_end()};
    struct actor a, b, c, d;

    nb_iowait_init(&io, &fx->rt, FD);
    wish_for(&wishes[0], fx, &io, NB_READ);
    wish_for(&wishes[1], fx, &io, NB_READ);
    actor_start(&a, fx, "a", one);
    actor_start(&b, fx, "b", two);
    actor_start(&c, fx, "c", line);
    actor_start(&d, fx, "d", give);
    run(fx, "c=0 a=0 b=0 c=ETIMEDOUT");
    nb_iowait_close(&io, -EBADF);
}

/* Waits in line for what no watch tells. */
static void line_up(struct actor *actor, void *arg)
{
    struct nb_wait wait = {.deadline = 10, .what = "connect"};

    actor->waits = true;
    assert_int_equal(
        nb_iowait_line_up(arg, NB_READ, &actor->task.waiter, &wait), 0);
}

static void who_lines_up_without_a_watch_takes_none_away(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish wish;
    const struct step wait[] = {step_call(await, &wish), step_end()};
    const struct step line[] = {step_call(line_up, &io), step_end()};
    const struct step give[] = {step_call(readable, &io), step_end()};
    struct actor a, b, c;

    nb_iowait_init(&io, &fx->rt, FD);
    wish_for(&wish, fx, &io, NB_READ);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", line);
    actor_start(&c, fx, "c", give);
    run(fx, "b=0 a=0");
    nb_iowait_close(&io, -EBADF);
}

static void who_polls_is_woken_once_and_may_wait_again(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish once, again;
    const struct step wait[] = {step_call(await, &once), step_sleep(10),
                                step_call(await, &again), step_end()};
    const struct step give[] = {step_call(readable, &io), step_end()};
    struct actor a, b;

    nb_iowait_init(&io, &fx->rt, FD);
    wish_for(&once, fx, &io, NB_READ);
    wish_for(&again, fx, &io, NB_READ);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", give);
    run(fx, "a=0 a=ETIMEDOUT a=0");
    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), 0);
    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), -EDEADLK);
    nb_iowait_close(&io, -EBADF);
}

static void after_a_time_out_nobody_polls(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish wish;
    const struct step wait[] = {step_call(await, &wish),
                                step_call(end_poll, &wish),
                                step_call(end_poll, &wish), step_end()};
    struct actor a;

    nb_iowait_init(&io, &fx->rt, FD);
    wish_for(&wish, fx, &io, NB_READ);
    wish.deadline = 5;
    actor_start(&a, fx, "a", wait);
    run(fx, "a=ETIMEDOUT");
    assert_true(nb_list_empty(&io.others->pollers[NB_READ]));
    nb_iowait_close(&io, -EBADF);
}

static void a_cancelled_task_that_is_gone_is_not_woken(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish wish;
    const struct step wait[] = {step_call(await, &wish), step_end()};
    struct actor a, b;
    const struct step give[] = {step_call(actor_cancel, &a), step_yield(),
                                step_call(readable, &io), step_sleep(0),
                                step_end()};

    nb_iowait_init(&io, &fx->rt, FD);
    wish_for(&wish, fx, &io, NB_READ);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", give);
    run(fx, "a=ECANCELED b=ETIMEDOUT");
    assert_int_equal(a.turns, 2);
    assert_true(nb_list_empty(&io.others->pollers[NB_READ]));
    nb_iowait_close(&io, -EBADF);
}

static void close_wakes_and_says_which(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait ios[2];
    struct wish wish;
    const struct step wait[] = {step_call(await, &wish), step_end()};
    const struct step shut[] = {step_call(close_io, &ios[1]), step_end()};
    struct actor a, b;

    nb_iowait_init(&ios[0], &fx->rt, FD);
    nb_iowait_init(&ios[1], &fx->rt, FD + 1);
    wish_for(&wish, fx, &ios[0], NB_READ);
    nb_pollwait_add(&wish.poll, &ios[1], FD + 1, NB_WRITE);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", shut);
    run(fx, "a=0");
    assert_false(wish.pollers[0].closed);
    assert_true(wish.pollers[1].closed);
    nb_pollwait_end(&wish.poll);
    nb_iowait_close(&ios[0], -EBADF);
}

static void an_owner_is_found_by_the_number_until_it_closes(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io, namesake, none;

    nb_iowait_init(&none, &fx->rt, -1);
    nb_iowait_init(&namesake, &fx->rt, FD + NB_RUNTIME_BUCKETS);
    assert_null(nb_iowait_find(&fx->rt, FD));
    nb_iowait_init(&io, &fx->rt, FD);
    assert_ptr_equal(nb_iowait_find(&fx->rt, FD), &io);
    assert_ptr_equal(nb_iowait_find(&fx->rt, FD + NB_RUNTIME_BUCKETS),
                     &namesake);
    nb_iowait_close(&io, -EBADF);
    nb_iowait_close(&none, -EBADF);
    assert_null(nb_iowait_find(&fx->rt, FD));
    nb_iowait_close(&namesake, -EBADF);
}

static void a_number_stands_for_its_owner(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish wish;
    const struct step wait[] = {step_call(await, &wish), step_end()};
    const struct step shut[] = {step_call(close_io, &io), step_end()};
    struct actor a, b;

    nb_iowait_init(&io, &fx->rt, FD);
    wish_for_number(&wish, fx, FD);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", shut);
    run(fx, "a=0");
    assert_true(wish.pollers[0].closed);
    nb_pollwait_end(&wish.poll);
}

/* The fixture's end finds a watch or memory that is left. */
static void a_descriptor_without_owner_is_watched_for_the_wait(void **state)
{
    struct fixture *fx = *state;
    struct wish wishes[2];
    int fd = FD;
    const struct step one[] = {step_call(await, &wishes[0]),
                               step_call(end_poll, &wishes[0]), step_end()};
    const struct step two[] = {step_call(await, &wishes[1]),
                               step_call(end_poll, &wishes[1]), step_end()};
    const struct step give[] = {step_sleep(10), step_call(number_readable, &fd),
                                step_end()};
    struct actor a, b, c;

    wish_for_number(&wishes[0], fx, FD);
    wish_for_number(&wishes[1], fx, FD);
    wishes[0].deadline = 5;
    actor_start(&a, fx, "a", one);
    actor_start(&b, fx, "b", two);
    actor_start(&c, fx, "c", give);
    run(fx, "a=ETIMEDOUT c=ETIMEDOUT b=0");
}

static void what_has_no_descriptor_yet_can_be_woken_by_hand(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish wish;
    size_t one = 1;
    const struct step wait[] = {step_call(await, &wish), step_end()};
    const struct step none[] = {step_call(assert_external, &one), step_end()};
    struct actor a, b;

    nb_iowait_init(&io, &fx->rt, -1);
    wish_for(&wish, fx, &io, NB_WRITE);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", none);
    nb_runtime_turn(&fx->rt);
    nb_pollwait_wake(&io.others->pollers[NB_WRITE], 0);
    run(fx, "a=0");
    assert_false(wish.pollers[0].closed);
    nb_iowait_close(&io, -EBADF);
}

static void a_wait_for_nothing_ends_only_in_time(void **state)
{
    struct fixture *fx = *state;
    struct wish wish;
    size_t none = 0;
    const struct step wait[] = {step_call(await, &wish), step_end()};
    const struct step look[] = {step_call(assert_external, &none), step_end()};
    struct actor a, b;

    make_wish(&wish, fx, 5);
    nb_pollwait_add(&wish.poll, NULL, -1, NB_READ);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", look);
    run(fx, "a=ETIMEDOUT");
}

static void a_descriptor_that_cannot_be_watched_wakes_with_why(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish wish;
    const struct step wait[] = {step_call(await, &wish), step_end()};
    struct actor a;

    nb_iowait_init(&io, &fx->rt, FD);
    wish_for(&wish, fx, &io, NB_READ);
    actor_start(&a, fx, "a", wait);
    nb_runtime_turn(&fx->rt);
    io.readable.error = -ENOMEM; /* as the loop says it */
    io.readable.ready(&io.readable);
    run(fx, "a=ENOMEM");
    nb_iowait_close(&io, -EBADF);
}

/* A loop on which only so many more watches can be started. */
struct poor_loop {
    struct nb_loop_ops ops;
    const struct nb_loop_ops *rich;
    int left;
};

static struct poor_loop poor;

static int start_if_left(struct nb_loop *loop, struct nb_watch *watch)
{
    return poor.left-- > 0 ? poor.rich->watch_start(loop, watch) : -ENOMEM;
}

static void make_poor(struct nb_loop *loop, int left)
{
    poor =
        (struct poor_loop){.ops = *loop->ops, .rich = loop->ops, .left = left};
    poor.ops.watch_start = start_if_left;
    loop->ops = &poor.ops;
}

static void fail_to_wait(struct actor *actor, void *arg)
{
    struct wish *wish = arg;
    struct nb_wait wait = {.deadline = NB_NEVER, .what = "poll"};

    assert_int_equal(nb_pollwait_begin(&wish->poll, &actor->task.waiter, &wait),
                     -ENOMEM);
    assert_int_equal(actor->task.waiter.status, NB_WAITER_IDLE);
    assert_int_equal(actor->task.state, NB_TASK_RUNNING);
}

static void where_one_cannot_be_watched_no_wait_begins(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait ios[2];
    struct wish wish;
    const struct step steps[] = {step_call(fail_to_wait, &wish), step_end()};
    struct actor a;

    nb_iowait_init(&ios[0], &fx->rt, FD);
    nb_iowait_init(&ios[1], &fx->rt, FD + 1);
    wish_for(&wish, fx, &ios[0], NB_READ);
    nb_pollwait_add(&wish.poll, NULL, FD + 2, NB_READ);
    nb_pollwait_add(&wish.poll, &ios[1], FD + 1, NB_READ);
    make_poor(fx->loop, 2);
    actor_start(&a, fx, "a", steps);
    run(fx, "");
    assert_true(nb_list_empty(&ios[0].others->pollers[NB_READ]));
    assert_true(nb_list_empty(&ios[1].others->pollers[NB_READ]));
    nb_iowait_close(&ios[0], -EBADF);
    nb_iowait_close(&ios[1], -EBADF);
}

/* The n-th allocation fails, of those for two descriptors. */
static void assert_no_wait_begins(struct fixture *fx, size_t n)
{
    struct refusal refusal = {.countdown = n};
    struct nb_iowait io;
    struct wish wish;
    const struct step steps[] = {step_call(fail_to_wait, &wish), step_end()};
    struct actor a;

    nb_iowait_init(&io, &fx->rt, FD);
    wish_for(&wish, fx, &io, NB_READ);
    nb_pollwait_add(&wish.poll, NULL, FD + 1, NB_READ);
    nb_alloc_set_gate(refusal_gate, &refusal);
    actor_start(&a, fx, "a", steps);
    run(fx, "");
    nb_alloc_set_gate(NULL, NULL);
    assert_true(io.others == NULL ||
                nb_list_empty(&io.others->pollers[NB_READ]));
    nb_iowait_close(&io, -EBADF);
}

static void without_memory_for_a_watch_no_wait_begins(void **state)
{
    for (size_t n = 1; n <= 3; n++)
        assert_no_wait_begins(*state, n);
}

/* A wait whose storage ends first, as at the end of the program. */
static void what_ends_leaves_no_waiter_behind(void **state)
{
    struct fixture *fx = *state;
    struct nb_iowait io;
    struct wish wish;
    const struct step wait[] = {step_call(await, &wish), step_end()};
    struct actor a;

    nb_iowait_init(&io, &fx->rt, FD);
    wish_for(&wish, fx, &io, NB_READ);
    actor_start(&a, fx, "a", wait);
    nb_runtime_turn(&fx->rt);
    nb_pollwait_end(&wish.poll);
    memset(&wish, 0xff, sizeof wish);
    run(fx, "a=ECANCELED");
    nb_iowait_close(&io, -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(any_of_them_wakes),
        VIRTUAL_TEST(all_who_poll_are_woken_after_the_first_in_line),
        VIRTUAL_TEST(who_lines_up_without_a_watch_takes_none_away),
        VIRTUAL_TEST(who_polls_is_woken_once_and_may_wait_again),
        VIRTUAL_TEST(after_a_time_out_nobody_polls),
        VIRTUAL_TEST(a_cancelled_task_that_is_gone_is_not_woken),
        VIRTUAL_TEST(close_wakes_and_says_which),
        VIRTUAL_TEST(an_owner_is_found_by_the_number_until_it_closes),
        VIRTUAL_TEST(a_number_stands_for_its_owner),
        VIRTUAL_TEST(a_descriptor_without_owner_is_watched_for_the_wait),
        VIRTUAL_TEST(what_has_no_descriptor_yet_can_be_woken_by_hand),
        VIRTUAL_TEST(a_wait_for_nothing_ends_only_in_time),
        VIRTUAL_TEST(a_descriptor_that_cannot_be_watched_wakes_with_why),
        VIRTUAL_TEST(where_one_cannot_be_watched_no_wait_begins),
        VIRTUAL_TEST(without_memory_for_a_watch_no_wait_begins),
        VIRTUAL_TEST(what_ends_leaves_no_waiter_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
