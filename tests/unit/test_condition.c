/* The condition: who has waited holds the lock, and no notice is lost. */
#include "support/fixture.h"

#include <errno.h>
#include <stdint.h>

#include "core/condition.h"
#include "core/lock.h"
#include "util/err.h"

static void acquire(struct actor *actor, void *arg)
{
    const struct nb_condition *condition = arg;

    assert_int_equal(nb_lock_acquire(condition->lock, actor->task.id), 0);
}

static void release(struct actor *actor, void *arg)
{
    const struct nb_condition *condition = arg;

    assert_int_equal(nb_lock_release(condition->lock, actor->task.id), 0);
}

static void own(struct actor *actor, void *arg)
{
    const struct nb_condition *condition = arg;

    assert_int_equal(condition->lock->owner, actor->task.id);
    assert_int_equal(condition->lock->depth, 1);
}

static void own_twice(struct actor *actor, void *arg)
{
    const struct nb_condition *condition = arg;

    assert_int_equal(condition->lock->owner, actor->task.id);
    assert_int_equal(condition->lock->depth, 2);
}

/* A wait after which the actor takes its next step, even if it is cancelled. */
static void begin(struct actor *actor, const struct nb_wait *wait)
{
    actor->waits = true;
    actor->keeps_place = true;
    actor->tidies_up = true;
    nb_waiter_begin(&actor->task.waiter, wait);
}

/* Takes the lock back, as often as it was held; waits for it if need be. */
static void take_back(struct actor *actor, struct nb_condition *condition,
                      uint64_t depth)
{
    struct nb_wait wait = nb_lock_wait(condition->lock);
    int rc = nb_condition_take_back(condition, &actor->task.waiter, depth);

    if (rc == NB_WANT_READ) {
        actor->next--;
        wait.shielded = true;
        begin(actor, &wait);
        return;
    }
    assert_int_equal(rc, 0);
    fixture_say(actor->fx, actor->task.waiter.granted ? "told" : "not-told");
    nb_waiter_end(&actor->task.waiter);
}

static void once(struct actor *actor, void *arg)
{
    take_back(actor, arg, 1);
}

static void twice(struct actor *actor, void *arg)
{
    take_back(actor, arg, 2);
}

/* The first part of a wait; once() or twice() is the second. */
static void await_until(struct actor *actor, struct nb_condition *condition,
                        int64_t deadline)
{
    nb_condition_give_up(condition, &actor->task.waiter);
    begin(actor, &(struct nb_wait){.queue = &condition->waiters,
                                   .deadline = deadline,
                                   .what = "condition",
                                   .object = condition});
}

static void await(struct actor *actor, void *arg)
{
    await_until(actor, arg, NB_NEVER);
}

static void await_until_5(struct actor *actor, void *arg)
{
    await_until(actor, arg, 5);
}

static void notify(struct actor *actor, void *arg)
{
    assert_int_equal(nb_condition_notify(arg, actor->task.id, 1), 0);
}

static void notify_all(struct actor *actor, void *arg)
{
    assert_int_equal(nb_condition_notify(arg, actor->task.id, SIZE_MAX), 0);
}

/* A condition on a lock, reentrant or not. */
struct subject {
    struct nb_lock lock;
    struct nb_condition condition;
};

static struct nb_condition *make(struct subject *subject, bool reentrant)
{
    nb_lock_init(&subject->lock, reentrant);
    nb_condition_init(&subject->condition, &subject->lock);
    return &subject->condition;
}

static void who_does_not_hold_the_lock_cannot_notify(void **state)
{
    struct subject plain, reentrant;

    make(&plain, false);
    make(&reentrant, true);
    assert_int_equal(nb_condition_notify(&plain.condition, 7, 1), -EPERM);
    assert_int_equal(nb_condition_notify(&reentrant.condition, 7, 1), -EPERM);
    nb_lock_acquire(&plain.lock, 8);
    nb_lock_acquire(&reentrant.lock, 8);
    assert_int_equal(nb_condition_notify(&plain.condition, 7, 1), 0);
    assert_int_equal(nb_condition_notify(&reentrant.condition, 7, 1), -EPERM);
    assert_int_equal(nb_condition_notify(&reentrant.condition, 8, 1), 0);
}

static void who_is_notified_runs_when_it_has_the_lock(void **state)
{
    struct fixture *fx = *state;
    struct subject subject;
    struct nb_condition *condition = make(&subject, false);
    const struct step wait[] = {
        step_call(acquire, condition), step_call(await, condition),
        step_call(once, condition),    step_call(own, condition),
        step_call(release, condition), step_end()};
    const struct step tell[] = {step_call(acquire, condition),
                                step_call(notify, condition),
                                step_sleep(1),
                                step_say("released"),
                                step_call(release, condition),
                                step_end()};
    struct actor a, b;

    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", tell);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "b=ETIMEDOUT released a=0 told");
    assert_int_equal(a.turns, 2);
    assert_int_equal(subject.lock.owner, 0);
}

static void the_first_ones_are_notified(void **state)
{
    struct fixture *fx = *state;
    struct subject subject;
    struct nb_condition *condition = make(&subject, false);
    const struct step wait[] = {
        step_call(acquire, condition), step_call(await, condition),
        step_call(once, condition), step_call(release, condition), step_end()};
    const struct step tell[] = {step_call(acquire, condition),
                                step_call(notify, condition),
                                step_call(release, condition),
                                step_sleep(1),
                                step_call(acquire, condition),
                                step_call(notify_all, condition),
                                step_call(notify, condition),
                                step_call(release, condition),
                                step_end()};
    struct actor a, b, c, d;

    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", wait);
    actor_start(&c, fx, "c", wait);
    actor_start(&d, fx, "d", tell);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 told d=ETIMEDOUT b=0 told c=0 told");
    assert_true(nb_list_empty(&condition->waiters));
}

static void a_lock_held_twice_is_held_twice_again(void **state)
{
    struct fixture *fx = *state;
    struct subject subject;
    struct nb_condition *condition = make(&subject, true);
    const struct step wait[] = {
        step_call(acquire, condition),   step_call(acquire, condition),
        step_call(await, condition),     step_call(twice, condition),
        step_call(own_twice, condition), step_end()};
    const struct step tell[] = {step_call(acquire, condition),
                                step_call(own, condition),
                                step_call(notify, condition),
                                step_call(release, condition), step_end()};
    struct actor a, b;

    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", tell);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 told");
}

static void a_time_out_waits_for_the_lock_too(void **state)
{
    struct fixture *fx = *state;
    struct subject subject;
    struct nb_condition *condition = make(&subject, true);
    const struct step wait[] = {
        step_call(acquire, condition), step_call(await_until_5, condition),
        step_call(once, condition), step_call(own, condition), step_end()};
    const struct step keep[] = {step_call(acquire, condition), step_sleep(9),
                                step_call(release, condition), step_end()};
    struct actor a, b;

    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", keep);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ETIMEDOUT b=ETIMEDOUT a=0 not-told");
}

/* At the time 5 a has timed out, and is the first in line. */
static void a_notice_passes_over_who_timed_out(void **state)
{
    struct fixture *fx = *state;
    struct subject subject;
    struct nb_condition *condition = make(&subject, false);
    const struct step tell[] = {step_sleep(5), step_call(acquire, condition),
                                step_call(notify, condition),
                                step_call(release, condition), step_end()};
    const struct step hasty[] = {
        step_call(acquire, condition), step_call(await_until_5, condition),
        step_call(once, condition), step_call(release, condition), step_end()};
    const struct step wait[] = {
        step_call(acquire, condition), step_call(await, condition),
        step_call(once, condition), step_call(release, condition), step_end()};
    struct actor a, b, c;

    actor_start(&c, fx, "c", tell);
    actor_start(&a, fx, "a", hasty);
    actor_start(&b, fx, "b", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log,
                        "c=ETIMEDOUT a=ETIMEDOUT b=0 told a=0 not-told");
}

static void a_cancellation_does_not_undo_a_notice(void **state)
{
    struct fixture *fx = *state;
    struct subject subject;
    struct nb_condition *condition = make(&subject, false);
    struct actor a, b;
    const struct step wait[] = {step_call(acquire, condition),
                                step_call(await, condition),
                                step_call(once, condition),
                                step_call(own, condition),
                                step_call(release, condition),
                                step_sleep(1),
                                step_end()};
    const struct step tell[] = {step_call(acquire, condition),
                                step_call(notify, condition),
                                step_call(actor_cancel, &a),
                                step_yield(),
                                step_call(own, condition),
                                step_call(release, condition),
                                step_end()};

    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", tell);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 told a=ECANCELED");
}

static void who_is_cancelled_waits_for_the_lock_too(void **state)
{
    struct fixture *fx = *state;
    struct subject subject;
    struct nb_condition *condition = make(&subject, true);
    struct actor a, b;
    const struct step wait[] = {step_call(acquire, condition),
                                step_call(await, condition),
                                step_call(once, condition),
                                step_call(own, condition),
                                step_call(release, condition),
                                step_sleep(1),
                                step_end()};
    const struct step cancel[] = {step_call(acquire, condition),
                                  step_call(actor_cancel, &a), step_sleep(9),
                                  step_call(release, condition), step_end()};

    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", cancel);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log,
                        "a=ECANCELED b=ETIMEDOUT a=0 not-told a=ECANCELED");
}

/* Its owner is gone, and the end of the program waits for nobody. */
static void at_the_end_a_lock_that_nobody_releases_is_taken(void **state)
{
    struct fixture *fx = *state;
    struct subject subject;
    struct nb_condition *condition = make(&subject, true);
    const struct step wait[] = {
        step_call(acquire, condition), step_call(await, condition),
        step_call(once, condition),    step_call(own, condition),
        step_call(release, condition), step_end()};
    const struct step tell[] = {step_call(acquire, condition),
                                step_call(notify_all, condition), step_end()};
    struct actor a, b, c;

    actor_start_daemon(&a, fx, "a", wait);
    actor_start_daemon(&b, fx, "b", wait);
    actor_start(&c, fx, "c", tell);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ECANCELED told b=0 told");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(who_does_not_hold_the_lock_cannot_notify),
        VIRTUAL_TEST(who_is_notified_runs_when_it_has_the_lock),
        VIRTUAL_TEST(the_first_ones_are_notified),
        VIRTUAL_TEST(a_lock_held_twice_is_held_twice_again),
        VIRTUAL_TEST(a_time_out_waits_for_the_lock_too),
        VIRTUAL_TEST(a_notice_passes_over_who_timed_out),
        VIRTUAL_TEST(a_cancellation_does_not_undo_a_notice),
        VIRTUAL_TEST(who_is_cancelled_waits_for_the_lock_too),
        VIRTUAL_TEST(at_the_end_a_lock_that_nobody_releases_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
