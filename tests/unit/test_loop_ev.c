/* The loop on libev: real descriptors, real time, waking from outside. */
#include "support/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core/loop_ev.h"

/* Longer than any test may take: who waits for so long was not woken. */
#define LONG        (20 * NB_SECOND)
#define MILLISECOND (NB_SECOND / 1000)

/* A pipe, and a watch on one of its ends that counts how often it is called. */
struct end {
    struct nb_watch watch;
    struct nb_loop *loop;
    int fds[2];
    int calls;
    bool stops;
};

static void count_call(struct nb_watch *watch)
{
    struct end *end = NB_CONTAINER_OF(watch, struct end, watch);

    end->calls++;
    if (end->stops)
        nb_watch_stop(end->loop, watch);
}

static void open_end(struct end *end, struct fixture *fx, enum nb_direction dir)
{
    *end = (struct end){.loop = fx->loop};
    assert_int_equal(pipe2(end->fds, O_NONBLOCK | O_CLOEXEC), 0);
    nb_watch_init(fx->loop, &end->watch, end->fds[dir], dir);
    end->watch.ready = count_call;
}

/* Its reading end gets a number that the loop has made no room for. */
static void raise_end(struct end *end)
{
    int fd = fcntl(end->fds[0], F_DUPFD_CLOEXEC, 700);

    assert_true(fd >= 700);
    close(end->fds[0]);
    end->fds[0] = fd;
    nb_watch_init(end->loop, &end->watch, fd, NB_READ);
}

static void close_end(struct end *end)
{
    nb_watch_stop(end->loop, &end->watch);
    close(end->fds[0]);
    close(end->fds[1]);
}

static void put_byte(const struct end *end)
{
    assert_int_equal(write(end->fds[1], "x", 1), 1);
}

static void time_does_not_go_back(void **state)
{
    struct fixture *fx = *state;
    int64_t before = 0;

    for (int i = 0; i < 1000; i++) {
        int64_t now = nb_loop_now(fx->loop);
        assert_true(now >= before);
        before = now;
    }
}

static void the_wall_clock_is_the_systems(void **state)
{
    struct fixture *fx = *state;
    time_t before = time(NULL);
    int64_t now = nb_loop_wall(fx->loop);

    assert_in_range(now / NB_SECOND, (uint64_t)before,
                    (uint64_t)time(NULL) + 1);
}

static void a_deadline_in_the_past_only_looks(void **state)
{
    struct fixture *fx = *state;
    int64_t start = nb_loop_now(fx->loop);

    assert_int_equal(nb_loop_poll(fx->loop, 0), 0);
    assert_int_equal(nb_loop_poll(fx->loop, start), 0);
    assert_int_equal(nb_loop_poll(fx->loop, -1), 0);
    assert_true(nb_loop_now(fx->loop) - start < LONG);
}

/* Seen from a clock far from 0, this past is too far to be subtracted. */
static void the_furthest_past_only_looks(void **state)
{
    struct fixture *fx = *state;
    int64_t start = nb_loop_now(fx->loop);

    assert_int_equal(nb_loop_poll(fx->loop, INT64_MIN), 0);
    assert_true(nb_loop_now(fx->loop) - start < LONG);
}

static void a_poll_waits_until_its_deadline(void **state)
{
    struct fixture *fx = *state;
    int64_t deadline = nb_loop_now(fx->loop) + NB_SECOND / 100;

    for (int i = 0; i < 5 && nb_loop_now(fx->loop) < deadline; i++)
        assert_int_equal(nb_loop_poll(fx->loop, deadline), 0);
    assert_true(nb_loop_now(fx->loop) >= deadline);
}

/* The loop has its own idea of the time, which is old after a computation. */
static void a_deadline_counts_from_now(void **state)
{
    struct fixture *fx = *state;

    nb_loop_poll(fx->loop, 0);
    int64_t start = nb_loop_now(fx->loop);
    while (nb_loop_now(fx->loop) < start + 20 * MILLISECOND)
        continue;
    int64_t deadline = nb_loop_now(fx->loop) + 10 * MILLISECOND;
    assert_int_equal(nb_loop_poll(fx->loop, deadline), 0);
    assert_true(nb_loop_now(fx->loop) >= deadline - MILLISECOND);
}

static void a_deadline_is_never_early_and_hardly_late(void **state)
{
    struct fixture *fx = *state;

    for (int64_t span = 1; span <= 10 * LONG; span *= 3) {
        int64_t before = nb_loop_now(fx->loop);
        int64_t deadline = nb_loop_after(fx->loop, span);
        int64_t after = nb_loop_now(fx->loop);
        assert_in_range(deadline, before + span, after + span + span / 1000);
    }
}

/* Where the coarse clock is behind what the poll has read. */
static void a_deadline_counts_from_the_poll(void **state)
{
    struct fixture *fx = *state;

    for (int i = 0; i < 10; i++) {
        int64_t before = nb_loop_now(fx->loop);
        nb_loop_wake(fx->loop);
        assert_int_equal(nb_loop_poll(fx->loop, before + 2 * LONG),
                         NB_LOOP_EARLY);
        int64_t deadline = nb_loop_after(fx->loop, LONG);
        assert_in_range(deadline, before + LONG,
                        nb_loop_now(fx->loop) + LONG + LONG / 1000);
    }
}

static void a_readable_descriptor_ends_the_poll(void **state)
{
    struct fixture *fx = *state;
    struct end end;

    open_end(&end, fx, NB_READ);
    put_byte(&end);
    assert_int_equal(nb_watch_start(fx->loop, &end.watch), 0);
    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), NB_LOOP_EARLY);
    assert_int_equal(end.calls, 1);
    close_end(&end);
}

/* The second poll may end when the first one's deadline has come. */
static void a_deadline_that_was_not_needed_is_not_the_next(void **state)
{
    struct fixture *fx = *state;
    struct end end;
    char byte;

    open_end(&end, fx, NB_READ);
    put_byte(&end);
    assert_int_equal(nb_watch_start(fx->loop, &end.watch), 0);
    int64_t start = nb_loop_now(fx->loop);
    assert_int_equal(nb_loop_poll(fx->loop, start + 5 * MILLISECOND),
                     NB_LOOP_EARLY);
    assert_int_equal(end.calls, 1);
    assert_int_equal(read(end.fds[0], &byte, 1), 1);
    int64_t deadline = start + 20 * MILLISECOND;
    for (int i = 0; i < 2 && nb_loop_now(fx->loop) < deadline; i++)
        nb_loop_poll(fx->loop, deadline);
    assert_true(nb_loop_now(fx->loop) >= deadline - MILLISECOND);
    close_end(&end);
}

/* An alarm that is set for later must not be what the poll waits for. */
static void an_earlier_deadline_comes_before_a_later_one(void **state)
{
    struct fixture *fx = *state;
    int64_t start = nb_loop_now(fx->loop);
    int64_t deadline = start + 5 * MILLISECOND;

    nb_loop_wake(fx->loop);
    assert_int_equal(nb_loop_poll(fx->loop, start + LONG), NB_LOOP_EARLY);
    for (int i = 0; i < 2 && nb_loop_now(fx->loop) < deadline; i++)
        assert_int_equal(nb_loop_poll(fx->loop, deadline), 0);
    assert_in_range(nb_loop_now(fx->loop), deadline, start + LONG - 1);
}

static void a_writable_descriptor_ends_the_poll(void **state)
{
    struct fixture *fx = *state;
    struct end end;

    open_end(&end, fx, NB_WRITE);
    assert_int_equal(nb_watch_start(fx->loop, &end.watch), 0);
    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), NB_LOOP_EARLY);
    assert_int_equal(end.calls, 1);
    close_end(&end);
}

static void a_full_pipe_is_not_writable(void **state)
{
    struct fixture *fx = *state;
    static const char zeroes[4096];
    struct end end;

    open_end(&end, fx, NB_WRITE);
    while (write(end.fds[1], zeroes, sizeof zeroes) > 0)
        continue;
    assert_int_equal(nb_watch_start(fx->loop, &end.watch), 0);
    assert_int_equal(nb_loop_poll(fx->loop, 0), 0);
    assert_int_equal(end.calls, 0);
    close_end(&end);
}

static void a_watch_is_called_for_as_long_as_it_is_ready(void **state)
{
    struct fixture *fx = *state;
    struct end end;
    char byte;

    open_end(&end, fx, NB_READ);
    assert_int_equal(nb_watch_start(fx->loop, &end.watch), 0);
    assert_int_equal(nb_watch_start(fx->loop, &end.watch), 0);
    nb_loop_poll(fx->loop, 0);
    assert_int_equal(end.calls, 0);
    put_byte(&end);
    for (int i = 1; i <= 3; i++) {
        nb_loop_poll(fx->loop, LONG);
        assert_int_equal(end.calls, i);
    }
    assert_int_equal(read(end.fds[0], &byte, 1), 1);
    nb_loop_poll(fx->loop, 0);
    assert_int_equal(end.calls, 3);
    close_end(&end);
}

static void a_stopped_watch_is_not_called(void **state)
{
    struct fixture *fx = *state;
    struct end end;

    open_end(&end, fx, NB_READ);
    put_byte(&end);
    nb_watch_stop(fx->loop, &end.watch);
    assert_int_equal(nb_watch_start(fx->loop, &end.watch), 0);
    nb_loop_poll(fx->loop, 0);
    nb_watch_stop(fx->loop, &end.watch);
    nb_watch_stop(fx->loop, &end.watch);
    nb_loop_poll(fx->loop, 0);
    assert_int_equal(end.calls, 1);
    assert_int_equal(nb_watch_start(fx->loop, &end.watch), 0);
    nb_loop_poll(fx->loop, 0);
    assert_int_equal(end.calls, 2);
    close_end(&end);
}

static void a_call_may_stop_its_watch(void **state)
{
    struct fixture *fx = *state;
    struct end end;

    open_end(&end, fx, NB_READ);
    end.stops = true;
    put_byte(&end);
    assert_int_equal(nb_watch_start(fx->loop, &end.watch), 0);
    nb_loop_poll(fx->loop, 0);
    nb_loop_poll(fx->loop, 0);
    assert_int_equal(end.calls, 1);
    close_end(&end);
}

static void the_end_of_the_peer_is_readiness(void **state)
{
    struct fixture *fx = *state;
    struct end reader, writer;

    open_end(&reader, fx, NB_READ);
    open_end(&writer, fx, NB_WRITE);
    close(reader.fds[1]);
    close(writer.fds[0]);
    assert_int_equal(nb_watch_start(fx->loop, &reader.watch), 0);
    assert_int_equal(nb_watch_start(fx->loop, &writer.watch), 0);
    nb_loop_poll(fx->loop, LONG);
    assert_int_equal(reader.calls, 1);
    assert_int_equal(writer.calls, 1);
    nb_watch_stop(fx->loop, &reader.watch);
    nb_watch_stop(fx->loop, &writer.watch);
    close(reader.fds[0]);
    close(writer.fds[1]);
}

static void a_number_used_again_brings_nothing_old(void **state)
{
    struct fixture *fx = *state;
    struct end old, new;

    open_end(&old, fx, NB_READ);
    put_byte(&old);
    assert_int_equal(nb_watch_start(fx->loop, &old.watch), 0);
    nb_loop_poll(fx->loop, 0);
    int number = old.fds[0];
    close_end(&old);
    open_end(&new, fx, NB_READ);
    assert_int_equal(new.fds[0], number);
    assert_int_equal(nb_watch_start(fx->loop, &new.watch), 0);
    nb_loop_poll(fx->loop, 0);
    assert_int_equal(new.calls, 0);
    put_byte(&new);
    nb_loop_poll(fx->loop, LONG);
    assert_int_equal(new.calls, 1);
    assert_int_equal(old.calls, 1);
    close_end(&new);
}

/* Which is so for a file: epoll refuses to watch it. */
static void what_cannot_be_watched_is_always_ready(void **state)
{
    struct fixture *fx = *state;
    struct end end = {.loop = fx->loop};
    int file = memfd_create("file", MFD_CLOEXEC);

    assert_true(file >= 0);
    nb_watch_init(fx->loop, &end.watch, file, NB_READ);
    end.watch.ready = count_call;
    assert_int_equal(nb_watch_start(fx->loop, &end.watch), 0);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), NB_LOOP_EARLY);
        assert_int_equal(end.calls, i);
    }
    nb_watch_stop(fx->loop, &end.watch);
    close(file);
}

static void a_wake_ends_the_next_poll(void **state)
{
    struct fixture *fx = *state;

    nb_loop_wake(fx->loop);
    nb_loop_wake(fx->loop);
    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), NB_LOOP_EARLY);
    int64_t deadline = nb_loop_now(fx->loop) + NB_SECOND / 1000;
    for (int i = 0; i < 5 && nb_loop_now(fx->loop) < deadline; i++)
        nb_loop_poll(fx->loop, deadline);
    assert_true(nb_loop_now(fx->loop) >= deadline);
}

static void *wake_from_outside(void *loop)
{
    nb_loop_wake(loop);
    return NULL;
}

static void another_thread_of_the_system_may_wake(void **state)
{
    struct fixture *fx = *state;
    int64_t start = nb_loop_now(fx->loop);
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, wake_from_outside, fx->loop),
                     0);
    assert_int_equal(nb_loop_poll(fx->loop, start + LONG), NB_LOOP_EARLY);
    assert_true(nb_loop_now(fx->loop) < start + LONG);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static struct nb_loop *loop_of_handler;

static void wake_from_handler(int number)
{
    nb_loop_wake(loop_of_handler);
}

static void a_signal_handler_may_wake(void **state)
{
    struct fixture *fx = *state;
    struct sigaction action = {.sa_handler = wake_from_handler};
    struct sigaction before;

    loop_of_handler = fx->loop;
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    raise(SIGUSR1);
    assert_int_equal(nb_loop_poll(fx->loop, NB_NEVER), NB_LOOP_EARLY);
    assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
}

static void a_watch_that_took_of_the_reserve_does_not_start(void **state)
{
    struct fixture *fx = *state;
    struct refusal refusal = {.countdown = 1, .for_good = true};
    struct end end;

    open_end(&end, fx, NB_READ);
    put_byte(&end);
    raise_end(&end);
    nb_alloc_set_gate(refusal_gate, &refusal);
    assert_int_equal(nb_watch_start(fx->loop, &end.watch), -ENOMEM);
    nb_loop_poll(fx->loop, 0);
    assert_int_equal(end.calls, 0);
    assert_int_equal(nb_watch_start(fx->loop, &end.watch), 0);
    nb_loop_poll(fx->loop, 0);
    assert_int_equal(end.calls, 1);
    close_end(&end);
}

/* As polling does, which has nobody to tell. */
static void what_was_taken_before_is_no_concern_of_a_watch(void **state)
{
    struct fixture *fx = *state;
    struct refusal refusal = {.countdown = 1};
    struct end end;

    open_end(&end, fx, NB_READ);
    nb_alloc_set_gate(refusal_gate, &refusal);
    nb_free(nb_realloc_or_exit(NULL, 1));
    assert_int_equal(nb_watch_start(fx->loop, &end.watch), 0);
    close_end(&end);
}

static void a_watch_that_was_started_needs_no_memory(void **state)
{
    struct fixture *fx = *state;
    struct refusal refusal = {.countdown = 1, .for_good = true};
    struct end end;

    open_end(&end, fx, NB_READ);
    put_byte(&end);
    assert_int_equal(nb_watch_start(fx->loop, &end.watch), 0);
    nb_loop_poll(fx->loop, 0);
    nb_alloc_set_gate(refusal_gate, &refusal);
    nb_free(nb_realloc_or_exit(NULL, 1));
    assert_int_equal(nb_watch_start(fx->loop, &end.watch), 0);
    nb_loop_poll(fx->loop, 0);
    assert_int_equal(end.calls, 2);
    close_end(&end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL_TEST(time_does_not_go_back),
        REAL_TEST(the_wall_clock_is_the_systems),
        REAL_TEST(a_deadline_in_the_past_only_looks),
        REAL_TEST(the_furthest_past_only_looks),
        REAL_TEST(a_poll_waits_until_its_deadline),
        REAL_TEST(a_deadline_counts_from_now),
        REAL_TEST(a_deadline_that_was_not_needed_is_not_the_next),
        REAL_TEST(a_readable_descriptor_ends_the_poll),
        REAL_TEST(a_deadline_is_never_early_and_hardly_late),
        REAL_TEST(a_deadline_counts_from_the_poll),
        REAL_TEST(an_earlier_deadline_comes_before_a_later_one),
        REAL_TEST(a_writable_descriptor_ends_the_poll),
        REAL_TEST(a_full_pipe_is_not_writable),
        REAL_TEST(a_watch_is_called_for_as_long_as_it_is_ready),
        REAL_TEST(a_stopped_watch_is_not_called),
        REAL_TEST(a_call_may_stop_its_watch),
        REAL_TEST(the_end_of_the_peer_is_readiness),
        REAL_TEST(a_number_used_again_brings_nothing_old),
        REAL_TEST(what_cannot_be_watched_is_always_ready),
        REAL_TEST(a_wake_ends_the_next_poll),
        REAL_TEST(another_thread_of_the_system_may_wake),
        REAL_TEST(a_signal_handler_may_wake),
        REAL_TEST(a_watch_that_took_of_the_reserve_does_not_start),
        REAL_TEST(what_was_taken_before_is_no_concern_of_a_watch),
        REAL_TEST(a_watch_that_was_started_needs_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
