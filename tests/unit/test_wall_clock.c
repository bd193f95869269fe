/*
 * The wall clock jumps, a day ahead or back: deadlines do not care. Here
 * clock_gettime() is ours, for libev too.
 */
#include "support/fixture.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/loop_ev.h"

#define DAY         INT64_C(86400)
#define MILLISECOND (NB_SECOND / 1000)

/* What the wall clock is off by, in seconds. */
static _Atomic int64_t jump;

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
                                                         struct timespec *time)
{
    int rc = (int)syscall(SYS_clock_gettime, clock, time);

    if (clock == CLOCK_REALTIME)
        time->tv_sec += jump;
    return rc;
}

/* Polls until the deadline has come; how often that took. */
static int wait_until(struct nb_loop *loop, int64_t deadline)
{
    int polls = 0;

    while (nb_loop_now(loop) < deadline) {
        nb_loop_poll(loop, deadline);
        polls++;
    }
    return polls;
}

static void assert_deadline_is_kept(struct nb_loop *loop, int64_t seconds)
{
    int64_t wall = nb_loop_wall(loop);
    int64_t deadline = nb_loop_now(loop) + 20 * MILLISECOND;

    jump += seconds;
    int polls = wait_until(loop, deadline);
    assert_in_range(polls, 1, 5);
    assert_true(nb_loop_now(loop) < deadline + 10 * NB_SECOND);
    wall += seconds * NB_SECOND;
    assert_in_range(nb_loop_wall(loop) - wall, 20 * MILLISECOND,
                    10 * NB_SECOND);
}

static void a_jump_between_polls_moves_no_deadline(void **state)
{
    struct fixture *fx = *state;

    nb_loop_poll(fx->loop, 0);
    assert_deadline_is_kept(fx->loop, DAY);
    assert_deadline_is_kept(fx->loop, -DAY);
    assert_deadline_is_kept(fx->loop, -DAY);
    assert_deadline_is_kept(fx->loop, DAY);
}

static void *jump_and_wake(void *loop)
{
    jump += DAY;
    nb_loop_wake(loop);
    return NULL;
}

static void a_jump_during_a_poll_moves_no_deadline(void **state)
{
    struct fixture *fx = *state;
    int64_t deadline = nb_loop_now(fx->loop) + 50 * MILLISECOND;
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, jump_and_wake, fx->loop), 0);
    int polls = wait_until(fx->loop, deadline);
    pthread_join(thread, NULL);
    assert_in_range(polls, 1, 6);
    assert_true(nb_loop_now(fx->loop) < deadline + 10 * NB_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL_TEST(a_jump_between_polls_moves_no_deadline),
        REAL_TEST(a_jump_during_a_poll_moves_no_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
