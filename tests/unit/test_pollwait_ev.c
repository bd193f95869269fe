/*
 * One task that waits for any of many descriptors, on libev: what the kernel
 * is asked to watch, and descriptors that nobody in netbox owns.
 */
#include "support/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/iowait.h"
#include "core/pollwait.h"

enum { MANY = 100 };

/* Calls that changed what the kernel watches. */
static int changes;

__attribute__((visibility("default"))) int
epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    changes++;
    return (int)syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}

/* What an actor waits for, again and again. */
struct wish {
    struct nb_pollwait poll;
    struct nb_poller pollers[MANY];
    struct nb_iowait *ios; /* of the first `owned` descriptors */
    int fds[MANY];
    int owned;
    int count;
};

static void wish_for(struct wish *wish, struct fixture *fx)
{
    nb_pollwait_init(&wish->poll, &fx->rt);
    wish->poll.pollers = wish->pollers;
}

static void await(struct actor *actor, void *arg)
{
    struct wish *wish = arg;
    struct nb_wait wait = {.deadline = NB_NEVER, .what = "poll"};

    for (int i = 0; i < wish->count; i++)
        nb_pollwait_add(&wish->poll, i < wish->owned ? &wish->ios[i] : NULL,
                        wish->fds[i], NB_READ);
    actor->waits = true;
    assert_int_equal(nb_pollwait_begin(&wish->poll, &actor->task.waiter, &wait),
                     0);
}

/* Ends the wait and takes what woke it. */
static void take(struct actor *actor, void *arg)
{
    struct wish *wish = arg;
    char byte[8];

    nb_pollwait_end(&wish->poll);
    assert_true(read(wish->fds[wish->count - 1], byte, sizeof byte) > 0);
}

static void give(struct actor *actor, void *arg)
{
    const uint64_t one = 1;
    assert_int_equal(write(*(int *)arg, &one, sizeof one), sizeof one);
}

static void note_changes(struct actor *actor, void *arg)
{
    *(int *)arg = changes;
}

static void close_all(const int *fds, int count)
{
    for (int i = 0; i < count; i++)
        close(fds[i]);
}

static void waiting_again_changes_nothing_in_the_kernel(void **state)
{
    struct fixture *fx = *state;
    static struct nb_iowait ios[MANY];
    static struct wish wish;
    int before = 0;
    const struct step get[] = {step_call(await, &wish),
                               step_call(take, &wish),
                               step_call(await, &wish),
                               step_call(take, &wish),
                               step_call(await, &wish),
                               step_call(take, &wish),
                               step_end()};
    int *last = &wish.fds[MANY - 1];
    const struct step put[] = {step_call(give, last),
                               step_sleep(0),
                               step_call(note_changes, &before),
                               step_call(give, last),
                               step_sleep(0),
                               step_call(give, last),
                               step_end()};
    struct actor a, b;

    wish = (struct wish){.ios = ios, .owned = MANY, .count = MANY};
    wish_for(&wish, fx);
    for (int i = 0; i < MANY; i++) {
        wish.fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        nb_iowait_init(&ios[i], &fx->rt, wish.fds[i]);
    }
    actor_start(&a, fx, "a", get);
    actor_start(&b, fx, "b", put);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_int_equal(a.turns, 4);
    assert_true(before >= MANY);
    assert_int_equal(changes, before);
    for (int i = 0; i < MANY; i++)
        nb_iowait_close(&ios[i], -EBADF);
    close_all(wish.fds, MANY);
}

static void replace(struct actor *actor, void *arg)
{
    int *fd = arg;
    int other = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);

    close(*fd);
    assert_int_equal(dup2(other, *fd), *fd);
    close(other);
}

/* Each wait watches anew: the number may be another's since. */
static void a_descriptor_without_owner_may_be_replaced_between(void **state)
{
    struct fixture *fx = *state;
    struct wish wish = {.count = 1};
    const struct step get[] = {
        step_call(await, &wish),          step_call(take, &wish),
        step_call(await, &wish),          step_call(take, &wish),
        step_call(replace, &wish.fds[0]), step_call(await, &wish),
        step_call(take, &wish),           step_end()};
    const struct step put[] = {step_call(give, &wish.fds[0]), step_sleep(0),
                               step_call(give, &wish.fds[0]), step_end()};
    struct actor a, b;

    wish_for(&wish, fx);
    wish.fds[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    actor_start(&a, fx, "a", get);
    actor_start(&b, fx, "b", put);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_int_equal(a.turns, 4);
    close_all(wish.fds, 1);
}

/* epoll refuses files: they are always ready. */
static void a_file_is_ready(void **state)
{
    struct fixture *fx = *state;
    struct wish wish = {.count = 2};
    const struct step get[] = {step_call(await, &wish), step_call(take, &wish),
                               step_call(await, &wish), step_call(take, &wish),
                               step_end()};
    struct actor a;

    wish_for(&wish, fx);
    wish.fds[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    wish.fds[1] = memfd_create("file", MFD_CLOEXEC);
    assert_int_equal(write(wish.fds[1], "0123456789", 10), 10);
    assert_int_equal(lseek(wish.fds[1], 0, SEEK_SET), 0);
    actor_start(&a, fx, "a", get);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_int_equal(a.turns, 3);
    close_all(wish.fds, 2);
}

static void two_may_wait_for_a_descriptor_without_owner(void **state)
{
    struct fixture *fx = *state;
    struct wish wishes[2] = {{.count = 1}, {.count = 1}};
    int fds[2];
    const struct step one[] = {step_call(await, &wishes[0]), step_end()};
    const struct step two[] = {step_call(await, &wishes[1]), step_end()};
    const struct step put[] = {step_call(give, &fds[1]), step_end()};
    struct actor a, b, c;

    assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
    for (int i = 0; i < 2; i++) {
        wish_for(&wishes[i], fx);
        wishes[i].fds[0] = fds[0];
    }
    actor_start(&a, fx, "a", one);
    actor_start(&b, fx, "b", two);
    actor_start(&c, fx, "c", put);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_int_equal(a.turns, 2);
    assert_int_equal(b.turns, 2);
    nb_pollwait_end(&wishes[0].poll);
    nb_pollwait_end(&wishes[1].poll);
    close_all(fds, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL_TEST(waiting_again_changes_nothing_in_the_kernel),
        REAL_TEST(a_descriptor_without_owner_may_be_replaced_between),
        REAL_TEST(a_file_is_ready),
        REAL_TEST(two_may_wait_for_a_descriptor_without_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
