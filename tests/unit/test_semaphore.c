/* The semaphore: permits are handed over, in order, and none is lost. */
#include "support/fixture.h"

#include <errno.h>

#include "core/semaphore.h"
#include "util/err.h"

static void acquire_until(struct actor *actor, struct nb_semaphore *semaphore,
                          int64_t deadline)
{
    int rc = nb_semaphore_acquire(semaphore);

    if (rc == NB_WANT_READ)
        actor_wait(actor, &(struct nb_wait){.queue = &semaphore->waiters,
                                            .deadline = deadline,
                                            .what = "semaphore"});
    else
        assert_int_equal(rc, 0);
}

static void acquire(struct actor *actor, void *arg)
{
    acquire_until(actor, arg, NB_NEVER);
}

static void acquire_until_5(struct actor *actor, void *arg)
{
    acquire_until(actor, arg, 5);
}

static void release(struct actor *actor, void *arg)
{
    assert_int_equal(nb_semaphore_release(arg, 1), 0);
}

static void release_3(struct actor *actor, void *arg)
{
    assert_int_equal(nb_semaphore_release(arg, 3), 0);
}

static void find_none(struct actor *actor, void *arg)
{
    assert_int_equal(nb_semaphore_acquire(arg), NB_WANT_READ);
}

static void permits_are_taken_until_none_is_left(void **state)
{
    struct nb_semaphore semaphore;

    nb_semaphore_init(&semaphore, 2, 9);
    assert_int_equal(nb_semaphore_acquire(&semaphore), 0);
    assert_int_equal(nb_semaphore_acquire(&semaphore), 0);
    assert_int_equal(nb_semaphore_acquire(&semaphore), NB_WANT_READ);
    assert_int_equal(nb_semaphore_release(&semaphore, 3), 0);
    assert_int_equal(semaphore.value, 3);
}

static void there_are_never_more_than_max(void **state)
{
    struct nb_semaphore semaphore;

    nb_semaphore_init(&semaphore, 1, 2);
    assert_int_equal(nb_semaphore_release(&semaphore, 2), -EOVERFLOW);
    assert_int_equal(semaphore.value, 1);
    assert_int_equal(nb_semaphore_release(&semaphore, 1), 0);
    assert_int_equal(nb_semaphore_release(&semaphore, 1), -EOVERFLOW);
    assert_int_equal(nb_semaphore_release(&semaphore, UINT64_MAX), -EOVERFLOW);
    assert_int_equal(semaphore.value, 2);
}

static void permits_go_to_the_waiters_in_the_order_of_coming(void **state)
{
    struct fixture *fx = *state;
    struct nb_semaphore semaphore;
    const struct step wait[] = {step_call(acquire, &semaphore), step_end()};
    const struct step give[] = {step_call(release, &semaphore),
                                step_call(find_none, &semaphore), step_yield(),
                                step_call(release_3, &semaphore), step_end()};
    struct actor a, b, c, d;

    nb_semaphore_init(&semaphore, 0, 9);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", wait);
    actor_start(&c, fx, "c", wait);
    actor_start(&d, fx, "d", give);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 b=0 c=0");
    assert_int_equal(semaphore.value, 1);
    assert_true(nb_list_empty(&semaphore.waiters));
}

static void a_permit_passes_over_who_timed_out_or_was_cancelled(void **state)
{
    struct fixture *fx = *state;
    struct nb_semaphore semaphore;
    struct actor a, b, c, d;
    const struct step give[] = {step_sleep(5), step_call(actor_cancel, &c),
                                step_call(release, &semaphore), step_end()};
    const struct step hasty[] = {step_call(acquire_until_5, &semaphore),
                                 step_end()};
    const struct step wait[] = {step_call(acquire, &semaphore), step_end()};

    nb_semaphore_init(&semaphore, 0, 9);
    actor_start(&a, fx, "a", give);
    actor_start(&b, fx, "b", hasty);
    actor_start(&c, fx, "c", wait);
    actor_start(&d, fx, "d", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ETIMEDOUT b=ETIMEDOUT c=ECANCELED d=0");
    assert_int_equal(semaphore.value, 0);
}

static void who_is_cancelled_with_a_permit_still_has_it(void **state)
{
    struct fixture *fx = *state;
    struct nb_semaphore semaphore;
    struct actor a, b;
    const struct step wait[] = {step_call(acquire, &semaphore),
                                step_call(release, &semaphore), step_sleep(1),
                                step_end()};
    const struct step give[] = {step_call(release, &semaphore),
                                step_call(actor_cancel, &a),
                                step_call(find_none, &semaphore), step_end()};

    nb_semaphore_init(&semaphore, 0, 9);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", give);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 a=ECANCELED");
    assert_int_equal(semaphore.value, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(permits_are_taken_until_none_is_left),
        VIRTUAL_TEST(there_are_never_more_than_max),
        VIRTUAL_TEST(permits_go_to_the_waiters_in_the_order_of_coming),
        VIRTUAL_TEST(a_permit_passes_over_who_timed_out_or_was_cancelled),
        VIRTUAL_TEST(who_is_cancelled_with_a_permit_still_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
