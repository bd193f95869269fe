/* The queue: items in order, handed over, and room that is never lost. */
#include "support/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/queue.h"
#include "util/err.h"

/* Puts the next item; waits and asks again for as long as needed. */
static void put(struct actor *actor, void *arg)
{
    struct nb_queue *queue = arg;
    struct nb_waiter *waiter = &actor->task.waiter;
    char word[32];
    int rc = nb_queue_may_put(queue, waiter);

    if (rc == NB_WANT_READ) {
        actor->next--;
        actor->keeps_place = true;
        actor_wait(actor, &(struct nb_wait){.queue = &queue->putters,
                                            .deadline = NB_NEVER,
                                            .what = "put"});
        return;
    }
    if (rc == 0) {
        snprintf(word, sizeof word, "%s+%d", actor->name, (int)queue->tail);
        nb_queue_put(queue);
    } else {
        snprintf(word, sizeof word, "%s+%s", actor->name, nb_err_name(rc));
    }
    fixture_say(actor->fx, word);
    nb_waiter_end(waiter);
}

static void get_until(struct actor *actor, struct nb_queue *queue,
                      int64_t deadline)
{
    struct nb_waiter *waiter = &actor->task.waiter;
    int rc = nb_queue_get(queue, &waiter->granted);

    if (rc == NB_WANT_READ)
        actor_wait(actor, &(struct nb_wait){.queue = &queue->getters,
                                            .deadline = deadline,
                                            .what = "get"});
    else
        assert_int_equal(rc, 0);
}

static void get(struct actor *actor, void *arg)
{
    get_until(actor, arg, NB_NEVER);
}

static void get_until_5(struct actor *actor, void *arg)
{
    get_until(actor, arg, 5);
}

/* Says the item that came. */
static void show(struct actor *actor, void *arg)
{
    char word[32];

    snprintf(word, sizeof word, "%s-%d", actor->name,
             (int)actor->task.waiter.granted);
    fixture_say(actor->fx, word);
}

static void items_leave_in_the_order_of_their_coming(void **state)
{
    struct fixture *fx = *state;
    struct nb_queue queue;
    const struct step fill[] = {step_call(put, &queue), step_call(put, &queue),
                                step_call(put, &queue), step_end()};
    const struct step drain[] = {step_call(get, &queue), step_call(show, NULL),
                                 step_call(get, &queue), step_call(show, NULL),
                                 step_end()};
    struct actor a, b;

    nb_queue_init(&queue, 0);
    actor_start(&a, fx, "a", fill);
    actor_start(&b, fx, "b", drain);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a+1 a+2 a+3 b-1 b-2");
    assert_int_equal(queue.tail - queue.head, 1);
}

static void items_are_handed_to_getters_in_order(void **state)
{
    struct fixture *fx = *state;
    struct nb_queue queue;
    const struct step drain[] = {step_call(get, &queue), step_call(show, NULL),
                                 step_end()};
    const struct step fill[] = {step_call(put, &queue), step_call(put, &queue),
                                step_end()};
    struct actor a, b, c, late;

    nb_queue_init(&queue, 1);
    actor_start(&a, fx, "a", drain);
    actor_start(&b, fx, "b", drain);
    actor_start(&c, fx, "c", fill);
    actor_start_daemon(&late, fx, "late", drain);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "c+1 c+2 a=0 a-1 b=0 b-2 late=ECANCELED");
}

static void an_item_passes_over_who_timed_out_or_was_cancelled(void **state)
{
    struct fixture *fx = *state;
    struct nb_queue queue;
    struct actor a, b, c, d;
    const struct step fill[] = {step_sleep(5), step_call(actor_cancel, &c),
                                step_call(put, &queue), step_end()};
    const struct step hasty[] = {step_call(get_until_5, &queue), step_end()};
    const struct step drain[] = {step_call(get, &queue), step_call(show, NULL),
                                 step_end()};

    nb_queue_init(&queue, 0);
    actor_start(&a, fx, "a", fill);
    actor_start(&b, fx, "b", hasty);
    actor_start(&c, fx, "c", drain);
    actor_start(&d, fx, "d", drain);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log,
                        "a=ETIMEDOUT a+1 b=ETIMEDOUT c=ECANCELED d=0 d-1");
}

static void who_is_cancelled_with_an_item_still_has_it(void **state)
{
    struct fixture *fx = *state;
    struct nb_queue queue;
    struct actor a, b;
    const struct step drain[] = {step_call(get, &queue), step_call(show, NULL),
                                 step_sleep(1), step_end()};
    const struct step fill[] = {step_call(put, &queue),
                                step_call(actor_cancel, &a), step_end()};

    nb_queue_init(&queue, 0);
    actor_start(&a, fx, "a", drain);
    actor_start(&b, fx, "b", fill);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "b+1 a=0 a-1 a=ECANCELED");
}

static void a_full_queue_makes_putters_wait_in_order(void **state)
{
    struct fixture *fx = *state;
    struct nb_queue queue;
    const struct step fill[] = {step_call(put, &queue), step_call(put, &queue),
                                step_end()};
    const struct step drain[] = {
        step_call(get, &queue), step_call(show, NULL), step_yield(),
        step_call(get, &queue), step_call(show, NULL), step_yield(),
        step_call(get, &queue), step_call(show, NULL), step_end()};
    struct actor a, b, c;

    nb_queue_init(&queue, 1);
    actor_start(&a, fx, "a", fill);
    actor_start(&b, fx, "b", fill);
    actor_start(&c, fx, "c", drain);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a+1 c-1 a=0 a+2 c-2 b=0 b+3 c-3 b=0 b+4");
}

static void room_for_two_lets_two_putters_in(void **state)
{
    struct fixture *fx = *state;
    struct nb_queue queue;
    const struct step fill[] = {step_call(put, &queue), step_call(put, &queue),
                                step_end()};
    const struct step more[] = {step_call(put, &queue), step_end()};
    const struct step drain[] = {step_call(get, &queue), step_call(show, NULL),
                                 step_call(get, &queue), step_call(show, NULL),
                                 step_end()};
    struct actor a, b, c, d;

    nb_queue_init(&queue, 2);
    actor_start(&a, fx, "a", fill);
    actor_start(&b, fx, "b", more);
    actor_start(&c, fx, "c", more);
    actor_start(&d, fx, "d", drain);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a+1 a+2 d-1 d-2 b=0 b+3 c=0 c+4");
}

/* The newcomer stands behind one who was woken and has not put yet. */
static void room_left_by_a_putter_wakes_the_next(void **state)
{
    struct fixture *fx = *state;
    struct nb_queue queue;
    const struct step fill[] = {step_call(put, &queue), step_call(put, &queue),
                                step_call(put, &queue), step_end()};
    const struct step drain[] = {step_call(get, &queue), step_call(get, &queue),
                                 step_end()};
    const struct step more[] = {step_yield(), step_call(put, &queue),
                                step_end()};
    struct actor a, b, c;

    nb_queue_init(&queue, 2);
    actor_start(&c, fx, "c", more);
    actor_start(&a, fx, "a", fill);
    actor_start(&b, fx, "b", drain);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a+1 a+2 a=0 a+3 c=0 c+4");
}

static void put_until_5(struct actor *actor, void *arg)
{
    struct nb_queue *queue = arg;

    assert_int_equal(nb_queue_may_put(queue, &actor->task.waiter),
                     NB_WANT_READ);
    actor_wait(actor, &(struct nb_wait){.queue = &queue->putters,
                                        .deadline = 5,
                                        .what = "put"});
}

/* All at the same time: one gives up, room comes, a newcomer asks. */
static void who_gives_up_a_put_leaves_its_room_to_the_next(void **state)
{
    struct fixture *fx = *state;
    struct nb_queue queue;
    const struct step fill[] = {step_call(put, &queue), step_sleep(5),
                                step_call(get, &queue), step_call(show, NULL),
                                step_call(put, &queue), step_end()};
    const struct step hasty[] = {step_call(put_until_5, &queue), step_end()};
    struct actor a, b;

    nb_queue_init(&queue, 1);
    actor_start(&a, fx, "a", fill);
    actor_start(&b, fx, "b", hasty);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_non_null(strstr(fx->log, "a+2"));
    assert_non_null(strstr(fx->log, "b=ETIMEDOUT"));
}

static void shut(struct actor *actor, void *arg)
{
    nb_queue_close(arg);
}

static void close_wakes_putters_and_refuses_items(void **state)
{
    struct fixture *fx = *state;
    struct nb_queue queue;
    const struct step fill[] = {step_call(put, &queue), step_call(put, &queue),
                                step_call(put, &queue), step_end()};
    const struct step end[] = {step_call(shut, &queue), step_call(shut, &queue),
                               step_end()};
    struct actor a, b;
    uint64_t number = 0;

    nb_queue_init(&queue, 1);
    actor_start(&a, fx, "a", fill);
    actor_start(&b, fx, "b", end);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a+1 a=EPIPE a+EPIPE a+EPIPE");
    assert_int_equal(nb_queue_get(&queue, &number), 0);
    assert_int_equal(number, 1);
    assert_int_equal(nb_queue_get(&queue, &number), NB_EOF);
    assert_int_equal(number, 1);
}

static void close_wakes_getters(void **state)
{
    struct fixture *fx = *state;
    struct nb_queue queue;
    const struct step drain[] = {step_call(get, &queue), step_end()};
    const struct step end[] = {step_call(shut, &queue), step_end()};
    struct actor a, b, c;

    nb_queue_init(&queue, 1);
    actor_start(&a, fx, "a", drain);
    actor_start(&b, fx, "b", drain);
    actor_start(&c, fx, "c", end);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=EOF b=EOF");
}

static void a_newcomer_may_not_put_before_who_waits(void **state)
{
    struct fixture *fx = *state;
    struct nb_queue queue;
    const struct step fill[] = {step_call(put, &queue), step_call(put, &queue),
                                step_end()};
    const struct step wait[] = {step_call(get, &queue), step_call(show, NULL),
                                step_call(put, &queue),
                                step_call(actor_leave, NULL), step_end()};
    const struct step drain[] = {step_sleep(1), step_call(get, &queue),
                                 step_call(show, NULL), step_end()};
    struct actor a, b, c;

    nb_queue_init(&queue, 1);
    actor_start(&a, fx, "a", fill);
    actor_start(&b, fx, "b", wait);
    actor_start(&c, fx, "c", drain);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a+1 b-1 a=0 a+2 c=ETIMEDOUT c-2 b=0 b+3");
}

static void finish(struct actor *actor, void *arg)
{
    struct nb_queue *queue = arg;

    if (queue->unfinished > 0)
        actor_wait(actor, &(struct nb_wait){.queue = &queue->joiners,
                                            .deadline = NB_NEVER,
                                            .what = "join"});
}

static void done(struct actor *actor, void *arg)
{
    assert_int_equal(nb_queue_task_done(arg), 0);
}

static void the_last_item_that_is_done_wakes_all_who_join(void **state)
{
    struct fixture *fx = *state;
    struct nb_queue queue;
    const struct step fill[] = {step_call(put, &queue), step_call(put, &queue),
                                step_call(finish, &queue), step_end()};
    const struct step join[] = {step_call(finish, &queue), step_end()};
    const struct step work[] = {
        step_call(get, &queue),  step_call(get, &queue), step_yield(),
        step_call(done, &queue), step_yield(),           step_say("one-left"),
        step_call(done, &queue), step_call(put, &queue), step_end()};
    struct actor a, b, c;

    nb_queue_init(&queue, 0);
    actor_start(&a, fx, "a", fill);
    actor_start(&b, fx, "b", join);
    actor_start(&c, fx, "c", work);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a+1 a+2 one-left c+3 a=0 b=0");
    assert_int_equal(queue.unfinished, 1);
}

static void no_more_items_are_done_than_came(void **state)
{
    struct nb_queue queue;

    nb_queue_init(&queue, 0);
    assert_int_equal(nb_queue_task_done(&queue), -ERANGE);
    nb_queue_put(&queue);
    assert_int_equal(nb_queue_task_done(&queue), 0);
    assert_int_equal(nb_queue_task_done(&queue), -ERANGE);
}

static void a_queue_is_full_when_it_holds_what_it_may(void **state)
{
    struct nb_queue queue;
    uint64_t number = 0;

    nb_queue_init(&queue, 1);
    assert_false(nb_queue_is_full(&queue));
    nb_queue_put(&queue);
    assert_true(nb_queue_is_full(&queue));
    assert_int_equal(nb_queue_get(&queue, &number), 0);
    assert_false(nb_queue_is_full(&queue));
    nb_queue_init(&queue, 0);
    nb_queue_put(&queue);
    assert_false(nb_queue_is_full(&queue));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(items_leave_in_the_order_of_their_coming),
        VIRTUAL_TEST(items_are_handed_to_getters_in_order),
        VIRTUAL_TEST(an_item_passes_over_who_timed_out_or_was_cancelled),
        VIRTUAL_TEST(who_is_cancelled_with_an_item_still_has_it),
        VIRTUAL_TEST(a_full_queue_makes_putters_wait_in_order),
        VIRTUAL_TEST(a_newcomer_may_not_put_before_who_waits),
        VIRTUAL_TEST(room_for_two_lets_two_putters_in),
        VIRTUAL_TEST(room_left_by_a_putter_wakes_the_next),
        VIRTUAL_TEST(who_gives_up_a_put_leaves_its_room_to_the_next),
        VIRTUAL_TEST(close_wakes_putters_and_refuses_items),
        VIRTUAL_TEST(close_wakes_getters),
        VIRTUAL_TEST(the_last_item_that_is_done_wakes_all_who_join),
        VIRTUAL_TEST(no_more_items_are_done_than_came),
        VIRTUAL_TEST(a_queue_is_full_when_it_holds_what_it_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
