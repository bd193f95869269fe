/* The lock: handed over, in order, and never lost. */
#include "support/fixture.h"

#include <errno.h>

#include "core/lock.h"
#include "util/err.h"

static void acquire_until(struct actor *actor, struct nb_lock *lock,
                          int64_t deadline)
{
    int rc = nb_lock_acquire(lock, actor->task.id);

    if (rc == NB_WANT_READ)
        actor_wait(actor, &(struct nb_wait){.queue = &lock->waiters,
                                            .deadline = deadline,
                                            .what = "lock",
                                            .object = lock,
                                            .holder = &lock->owner});
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
    assert_int_equal(nb_lock_release(arg, actor->task.id), 0);
}

static void own(struct actor *actor, void *arg)
{
    const struct nb_lock *lock = arg;
    assert_int_equal(lock->owner, actor->task.id);
}

static void a_free_lock_is_taken_at_once(void **state)
{
    struct nb_lock lock;

    nb_lock_init(&lock, false);
    assert_int_equal(lock.owner, 0);
    assert_int_equal(nb_lock_acquire(&lock, 7), 0);
    assert_int_equal(lock.owner, 7);
    assert_int_equal(nb_lock_acquire(&lock, 8), NB_WANT_READ);
    assert_int_equal(nb_lock_acquire(&lock, 7), NB_WANT_READ);
    assert_int_equal(lock.owner, 7);
    assert_int_equal(nb_lock_release(&lock, 7), 0);
    assert_int_equal(lock.owner, 0);
    assert_int_equal(nb_lock_acquire(&lock, 8), 0);
}

static void a_free_lock_cannot_be_released(void **state)
{
    struct nb_lock lock;

    nb_lock_init(&lock, false);
    assert_int_equal(nb_lock_release(&lock, 7), -EPERM);
    assert_int_equal(lock.owner, 0);
}

static void a_lock_is_handed_over_in_the_order_of_coming(void **state)
{
    struct fixture *fx = *state;
    struct nb_lock lock;
    const struct step hold[] = {step_call(acquire, &lock),
                                step_yield(),
                                step_call(release, &lock),
                                step_call(acquire, &lock),
                                step_call(own, &lock),
                                step_call(release, &lock),
                                step_end()};
    const struct step wait[] = {step_call(acquire, &lock),
                                step_call(own, &lock), step_sleep(1),
                                step_call(release, &lock), step_end()};
    struct actor a, b, c;

    nb_lock_init(&lock, false);
    actor_start(&a, fx, "a", hold);
    actor_start(&b, fx, "b", wait);
    actor_start(&c, fx, "c", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "b=0 b=ETIMEDOUT c=0 c=ETIMEDOUT a=0");
    assert_int_equal(lock.owner, 0);
}

static void not_mine(struct actor *actor, void *arg)
{
    struct nb_lock *lock = arg;

    assert_int_not_equal(lock->owner, 0);
    assert_int_equal(nb_lock_acquire(lock, actor->task.id), NB_WANT_READ);
}

static void nobody_overtakes_the_heir_of_a_lock(void **state)
{
    struct fixture *fx = *state;
    struct nb_lock lock;
    const struct step hold[] = {step_call(acquire, &lock), step_yield(),
                                step_call(release, &lock),
                                step_call(not_mine, &lock), step_end()};
    const struct step wait[] = {step_call(acquire, &lock), step_end()};
    struct actor a, b;

    nb_lock_init(&lock, false);
    actor_start(&a, fx, "a", hold);
    actor_start(&b, fx, "b", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_int_equal(lock.owner, b.task.id);
}

static void who_waits_for_a_lock_waits_for_its_owner(void **state)
{
    struct fixture *fx = *state;
    struct nb_lock lock;
    const struct step hold[] = {step_call(acquire, &lock), step_yield(),
                                step_call(release, &lock), step_end()};
    const struct step wait[] = {step_call(acquire, &lock), step_yield(),
                                step_end()};
    struct actor a, b, c;

    nb_lock_init(&lock, false);
    actor_start(&a, fx, "a", hold);
    actor_start(&b, fx, "b", wait);
    actor_start(&c, fx, "c", wait);
    assert_int_equal(nb_waiter_holder(&b.task.waiter), 0);
    assert_int_equal(nb_runtime_run(&fx->rt), -EDEADLK);
    assert_int_equal(nb_waiter_holder(&b.task.waiter), 0);
    assert_int_equal(nb_waiter_holder(&c.task.waiter), b.task.id);
    nb_runtime_stop(&fx->rt);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
}

static void any_task_may_release_a_lock(void **state)
{
    struct fixture *fx = *state;
    struct nb_lock lock;
    const struct step hold[] = {step_call(acquire, &lock),
                                step_call(acquire, &lock),
                                step_call(own, &lock), step_end()};
    const struct step help[] = {step_call(release, &lock), step_end()};
    struct actor a, b;

    nb_lock_init(&lock, false);
    actor_start(&a, fx, "a", hold);
    actor_start(&b, fx, "b", help);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0");
}

static void a_lock_passes_over_who_timed_out_or_was_cancelled(void **state)
{
    struct fixture *fx = *state;
    struct nb_lock lock;
    struct actor a, b, c, d;
    const struct step hold[] = {step_call(acquire, &lock), step_sleep(5),
                                step_call(actor_cancel, &c),
                                step_call(release, &lock), step_end()};
    const struct step hasty[] = {step_call(acquire_until_5, &lock), step_end()};
    const struct step wait[] = {step_call(acquire, &lock),
                                step_call(own, &lock), step_end()};

    nb_lock_init(&lock, false);
    actor_start(&a, fx, "a", hold);
    actor_start(&b, fx, "b", hasty);
    actor_start(&c, fx, "c", wait);
    actor_start(&d, fx, "d", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ETIMEDOUT b=ETIMEDOUT c=ECANCELED d=0");
    assert_int_equal(lock.owner, d.task.id);
    assert_true(nb_list_empty(&lock.waiters));
}

static void who_is_cancelled_as_an_heir_still_owns_the_lock(void **state)
{
    struct fixture *fx = *state;
    struct nb_lock lock;
    struct actor a, b;
    const struct step hold[] = {step_call(acquire, &lock), step_yield(),
                                step_call(release, &lock),
                                step_call(actor_cancel, &b), step_end()};
    const struct step wait[] = {
        step_call(acquire, &lock), step_call(own, &lock),
        step_call(release, &lock), step_sleep(1), step_end()};

    nb_lock_init(&lock, false);
    actor_start(&a, fx, "a", hold);
    actor_start(&b, fx, "b", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "b=0 b=ECANCELED");
    assert_int_equal(lock.owner, 0);
}

static void a_lock_taken_twice_is_a_deadlock(void **state)
{
    struct fixture *fx = *state;
    struct nb_lock lock;
    const struct step steps[] = {step_call(acquire, &lock),
                                 step_call(acquire, &lock), step_end()};
    struct actor a;

    nb_lock_init(&lock, false);
    actor_start(&a, fx, "a", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), -EDEADLK);
    assert_string_equal(a.task.waiter.what, "lock");
    assert_ptr_equal(a.task.waiter.object, &lock);
    assert_int_equal(nb_waiter_holder(&a.task.waiter), a.task.id);
    nb_runtime_stop(&fx->rt);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
}

static void the_owner_of_a_reentrant_lock_acquires_it_again(void **state)
{
    struct nb_lock lock;

    nb_lock_init(&lock, true);
    assert_false(nb_lock_is_held(&lock, 7));
    assert_int_equal(nb_lock_acquire(&lock, 7), 0);
    assert_int_equal(nb_lock_acquire(&lock, 7), 0);
    assert_int_equal(nb_lock_acquire(&lock, 8), NB_WANT_READ);
    assert_true(nb_lock_is_held(&lock, 7));
    assert_false(nb_lock_is_held(&lock, 8));
    assert_int_equal(nb_lock_release(&lock, 7), 0);
    assert_int_equal(nb_lock_acquire(&lock, 8), NB_WANT_READ);
    assert_int_equal(nb_lock_release(&lock, 7), 0);
    assert_int_equal(nb_lock_release(&lock, 7), -EPERM);
    assert_int_equal(nb_lock_acquire(&lock, 8), 0);
}

static void only_its_owner_releases_a_reentrant_lock(void **state)
{
    struct nb_lock lock;

    nb_lock_init(&lock, true);
    assert_int_equal(nb_lock_release(&lock, 7), -EPERM);
    assert_int_equal(nb_lock_acquire(&lock, 7), 0);
    assert_int_equal(nb_lock_release(&lock, 8), -EPERM);
    assert_int_equal(nb_lock_release(&lock, 0), -EPERM);
    assert_int_equal(lock.owner, 7);
}

static void a_reentrant_lock_is_handed_over_once_it_is_free(void **state)
{
    struct fixture *fx = *state;
    struct nb_lock lock;
    const struct step hold[] = {step_call(acquire, &lock),
                                step_call(acquire, &lock),
                                step_yield(),
                                step_call(release, &lock),
                                step_call(own, &lock),
                                step_call(release, &lock),
                                step_call(not_mine, &lock),
                                step_end()};
    const struct step wait[] = {step_call(acquire, &lock),
                                step_call(own, &lock),
                                step_call(release, &lock), step_end()};
    struct actor a, b;

    nb_lock_init(&lock, true);
    actor_start(&a, fx, "a", hold);
    actor_start(&b, fx, "b", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "b=0");
    assert_int_equal(lock.owner, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(a_free_lock_is_taken_at_once),
        VIRTUAL_TEST(a_free_lock_cannot_be_released),
        VIRTUAL_TEST(a_lock_is_handed_over_in_the_order_of_coming),
        VIRTUAL_TEST(nobody_overtakes_the_heir_of_a_lock),
        VIRTUAL_TEST(who_waits_for_a_lock_waits_for_its_owner),
        VIRTUAL_TEST(any_task_may_release_a_lock),
        VIRTUAL_TEST(a_lock_passes_over_who_timed_out_or_was_cancelled),
        VIRTUAL_TEST(who_is_cancelled_as_an_heir_still_owns_the_lock),
        VIRTUAL_TEST(a_lock_taken_twice_is_a_deadlock),
        VIRTUAL_TEST(the_owner_of_a_reentrant_lock_acquires_it_again),
        VIRTUAL_TEST(only_its_owner_releases_a_reentrant_lock),
        VIRTUAL_TEST(a_reentrant_lock_is_handed_over_once_it_is_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
