/* One suspension: it ends once, keeps its place, and is counted. */
#include "support/fixture.h"

#include <errno.h>

#include "core/waiter.h"

static void complete_first(struct actor *actor, void *arg)
{
    struct nb_waiter *first = nb_waiter_first(arg);
    assert_non_null(first);
    assert_true(nb_waiter_complete(first, 0));
}

static void take_first(struct actor *actor, void *arg)
{
    struct nb_waiter *first = nb_waiter_first(arg);
    assert_ptr_equal(nb_waiter_complete_first(arg, 0), first);
    assert_ptr_equal(first->queue, NULL);
}

static void complete_all(struct actor *actor, void *arg)
{
    nb_waiter_complete_all(arg, -EPIPE);
}

static void a_waiter_is_idle_at_first(void **state)
{
    struct fixture *fx = *state;
    struct nb_task task;

    nb_task_init(&task, &fx->rt, NULL);
    assert_int_equal(task.waiter.status, NB_WAITER_IDLE);
    assert_false(nb_waiter_complete(&task.waiter, 0));
    assert_int_equal(task.waiter.status, NB_WAITER_IDLE);
    nb_waiter_end(&task.waiter);
}

static void an_event_wakes(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step wait[] = {step_wait(&queue, NB_NEVER), step_end()};
    const struct step wake[] = {step_call(complete_first, &queue),
                                step_say("woken"), step_end()};
    struct actor a, b;

    nb_list_init(&queue);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", wake);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "woken a=0");
    assert_int_equal(a.turns, 2);
}

static void a_deadline_wakes_when_it_has_come(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step wait[] = {step_wait(&queue, 25), step_end()};
    struct actor a;

    nb_list_init(&queue);
    actor_start(&a, fx, "a", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ETIMEDOUT");
    assert_int_equal(nb_loop_now(fx->loop), 25);
    assert_true(nb_list_empty(&queue));
}

static void a_deadline_in_the_past_wakes_at_the_next_turn(void **state)
{
    struct fixture *fx = *state;
    const struct step wait[] = {step_sleep(10), step_wait(NULL, 9),
                                step_wait(NULL, 10), step_wait(NULL, INT64_MIN),
                                step_end()};
    const struct step other[] = {step_sleep(10), step_say("other"), step_end()};
    struct actor a, b;

    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", other);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ETIMEDOUT b=ETIMEDOUT other a=ETIMEDOUT "
                                 "a=ETIMEDOUT a=ETIMEDOUT");
    assert_int_equal(nb_loop_now(fx->loop), 10);
}

static void equal_deadlines_wake_in_the_order_of_their_waits(void **state)
{
    struct fixture *fx = *state;
    const struct step late[] = {step_wait(NULL, 8), step_end()};
    const struct step early[] = {step_wait(NULL, 7), step_end()};
    struct actor a, b, c, d;

    actor_start(&a, fx, "a", late);
    actor_start(&b, fx, "b", early);
    actor_start(&c, fx, "c", late);
    actor_start(&d, fx, "d", early);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log,
                        "b=ETIMEDOUT d=ETIMEDOUT a=ETIMEDOUT c=ETIMEDOUT");
}

static void waiters_are_served_in_the_order_of_their_coming(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step wait[] = {step_wait(&queue, NB_NEVER), step_end()};
    const struct step wake[] = {step_call(complete_first, &queue), step_yield(),
                                step_call(complete_first, &queue),
                                step_call(complete_first, &queue), step_end()};
    struct actor a, b, c, d;

    nb_list_init(&queue);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", wait);
    actor_start(&c, fx, "c", wait);
    actor_start(&d, fx, "d", wake);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 b=0 c=0");
}

static void complete_twice(struct actor *actor, void *arg)
{
    struct actor *other = arg;

    assert_true(nb_waiter_complete(&other->task.waiter, 0));
    assert_false(nb_waiter_complete(&other->task.waiter, -EPIPE));
    assert_int_equal(other->task.waiter.status, 0);
    nb_task_cancel(&other->task);
    assert_int_equal(other->task.waiter.status, 0);
}

static void a_waiter_completes_exactly_once(void **state)
{
    struct fixture *fx = *state;
    const struct step wait[] = {step_wait(NULL, 10), step_say("got"),
                                step_wait(NULL, 20), step_end()};
    struct actor a, b;
    const struct step wake[] = {step_call(complete_twice, &a), step_end()};

    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", wake);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 got a=ECANCELED");
    assert_int_equal(a.turns, 2);
}

static void an_event_stops_the_deadline(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step wait[] = {step_wait(&queue, 10), step_sleep(100),
                                step_end()};
    const struct step wake[] = {step_call(complete_first, &queue), step_end()};
    struct actor a, b;

    nb_list_init(&queue);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", wake);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 a=ETIMEDOUT");
    assert_int_equal(nb_loop_now(fx->loop), 100);
}

static void one_who_timed_out_is_passed_over(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step wake[] = {step_sleep(5),
                                step_call(complete_first, &queue), step_end()};
    const struct step brief[] = {step_wait(&queue, 5), step_end()};
    const struct step wait[] = {step_wait(&queue, NB_NEVER), step_end()};
    struct actor a, b, c;

    nb_list_init(&queue);
    actor_start(&a, fx, "a", wake);
    actor_start(&b, fx, "b", brief);
    actor_start(&c, fx, "c", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ETIMEDOUT b=ETIMEDOUT c=0");
}

static void a_woken_waiter_keeps_its_place(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step first[] = {step_keep(&queue, NB_NEVER),
                                 step_wait(&queue, NB_NEVER), step_end()};
    const struct step second[] = {step_wait(&queue, NB_NEVER), step_end()};
    const struct step wake[] = {step_call(complete_first, &queue), step_yield(),
                                step_call(complete_first, &queue),
                                step_call(complete_first, &queue), step_end()};
    struct actor a, b, c;

    nb_list_init(&queue);
    actor_start(&a, fx, "a", first);
    actor_start(&b, fx, "b", second);
    actor_start(&c, fx, "c", wake);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 a=0 b=0");
}

static void one_who_left_goes_to_the_end(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step first[] = {step_keep(&queue, NB_NEVER),
                                 step_call(actor_leave, NULL),
                                 step_wait(&queue, NB_NEVER), step_end()};
    const struct step second[] = {step_wait(&queue, NB_NEVER), step_end()};
    const struct step wake[] = {step_call(complete_first, &queue), step_yield(),
                                step_call(complete_first, &queue),
                                step_call(complete_first, &queue), step_end()};
    struct actor a, b, c;

    nb_list_init(&queue);
    actor_start(&a, fx, "a", first);
    actor_start(&b, fx, "b", second);
    actor_start(&c, fx, "c", wake);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 b=0 a=0");
}

static void a_place_in_another_queue_is_given_up(void **state)
{
    struct fixture *fx = *state;
    struct nb_list reads, writes;
    const struct step both[] = {step_keep(&reads, NB_NEVER),
                                step_wait(&writes, 10), step_end()};
    const struct step wake[] = {step_call(complete_first, &reads), step_yield(),
                                step_call(complete_all, &writes), step_end()};
    struct actor a, b;

    nb_list_init(&reads);
    nb_list_init(&writes);
    actor_start(&a, fx, "a", both);
    actor_start(&b, fx, "b", wake);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 a=EPIPE");
}

static void who_waits_for_no_queue_stands_in_none(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step both[] = {step_keep(&queue, NB_NEVER),
                                step_wait(NULL, 10), step_end()};
    const struct step wake[] = {step_call(complete_first, &queue), step_yield(),
                                step_call(complete_all, &queue), step_end()};
    struct actor a, b;

    nb_list_init(&queue);
    actor_start(&a, fx, "a", both);
    actor_start(&b, fx, "b", wake);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 a=ETIMEDOUT");
}

static void complete_all_wakes_in_order_and_empties(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step woken[] = {step_keep(&queue, NB_NEVER), step_end()};
    const struct step wait[] = {step_wait(&queue, 10), step_end()};
    const struct step close[] = {step_call(complete_first, &queue),
                                 step_call(complete_all, &queue), step_end()};
    struct actor a, b, c, d;

    nb_list_init(&queue);
    actor_start(&a, fx, "a", woken);
    actor_start(&b, fx, "b", wait);
    actor_start(&c, fx, "c", wait);
    actor_start(&d, fx, "d", close);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 b=EPIPE c=EPIPE");
    assert_true(nb_list_empty(&queue));
}

/* At the time 5 b has timed out, and is the first in line. */
static void complete_first_takes_out_whom_it_wakes(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step wake[] = {step_sleep(5), step_call(take_first, &queue),
                                step_end()};
    const struct step hasty[] = {step_wait(&queue, 5), step_end()};
    const struct step wait[] = {step_wait(&queue, NB_NEVER), step_end()};
    struct actor a, b, c, d;

    nb_list_init(&queue);
    assert_ptr_equal(nb_waiter_complete_first(&queue, 0), NULL);
    actor_start(&a, fx, "a", wake);
    actor_start(&b, fx, "b", hasty);
    actor_start(&c, fx, "c", wait);
    actor_start_daemon(&d, fx, "d", wait);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ETIMEDOUT b=ETIMEDOUT c=0 d=ECANCELED");
}

static void move_first(struct actor *actor, void *arg)
{
    struct nb_list *lines = arg;
    struct nb_waiter *first = nb_waiter_first(&lines[0]);

    assert_int_equal(nb_waiter_holder(first), 0);
    nb_waiter_move(first, &(struct nb_wait){.queue = &lines[1],
                                            .deadline = NB_NEVER,
                                            .what = "another line",
                                            .holder = &actor->task.id});
    assert_int_equal(nb_waiter_holder(first), actor->task.id);
    assert_string_equal(first->what, "another line");
    assert_int_equal(actor->fx->rt.external, 0);
}

/* The world could have ended b's wait, and so could the deadline. */
static void who_is_moved_waits_on_in_another_line(void **state)
{
    struct fixture *fx = *state;
    struct nb_list lines[2];
    struct step outside = step_wait(&lines[0], 5);
    const struct step move[] = {step_call(move_first, lines), step_sleep(9),
                                step_call(complete_all, &lines[1]), step_end()};
    const struct step second[] = {step_wait(&lines[1], NB_NEVER), step_end()};
    struct actor a, b, c;

    outside.wait.external = true;
    const struct step first[] = {outside, step_end()};
    nb_list_init(&lines[0]);
    nb_list_init(&lines[1]);
    actor_start(&b, fx, "b", first);
    actor_start(&c, fx, "c", second);
    actor_start(&a, fx, "a", move);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=ETIMEDOUT c=EPIPE b=EPIPE");
    assert_int_equal(nb_waiter_holder(&b.task.waiter), 0);
}

static void begin_and_end(struct actor *actor, void *arg)
{
    const struct nb_wait wait = {.queue = arg,
                                 .deadline = 10,
                                 .what = "test",
                                 .object = arg,
                                 .external = true};
    struct nb_waiter *waiter = &actor->task.waiter;
    struct nb_runtime *rt = actor->task.rt;

    nb_waiter_begin(waiter, &wait);
    assert_int_equal(waiter->status, NB_WAITER_PENDING);
    assert_int_equal(actor->task.state, NB_TASK_WAITING);
    assert_string_equal(waiter->what, "test");
    assert_ptr_equal(waiter->object, arg);
    assert_ptr_equal(nb_waiter_first(arg), waiter);
    assert_int_equal(rt->external, 1);
    assert_int_equal(nb_timer_next(rt), 10);

    nb_waiter_end(waiter);
    nb_waiter_end(waiter);
    assert_int_equal(waiter->status, NB_WAITER_IDLE);
    assert_null(nb_waiter_first(arg));
    assert_int_equal(rt->external, 0);
    assert_int_equal(nb_timer_next(rt), NB_NEVER);
    nb_task_ready(&actor->task);
}

static void ending_a_pending_wait_leaves_nothing(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step steps[] = {step_call(begin_and_end, &queue),
                                 step_say("on"), step_end()};
    struct actor a;

    nb_list_init(&queue);
    actor_start(&a, fx, "a", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "on");
}

static void look_at_the_line(struct actor *actor, void *arg)
{
    struct nb_list *queue = arg;
    const struct nb_waiter *last =
        NB_CONTAINER_OF(queue->prev, struct nb_waiter, link);

    assert_true(nb_waiter_is_first(nb_waiter_first(queue), queue));
    assert_false(nb_waiter_is_first(last, queue));
    assert_false(nb_waiter_is_first(&actor->task.waiter, queue));
    nb_waiter_complete_all(queue, 0);
    assert_true(nb_waiter_is_first(&actor->task.waiter, queue));
}

static void a_newcomer_is_first_only_where_nobody_waits(void **state)
{
    struct fixture *fx = *state;
    struct nb_list queue;
    const struct step wait[] = {step_wait(&queue, NB_NEVER), step_end()};
    const struct step look[] = {step_call(look_at_the_line, &queue),
                                step_end()};
    struct actor a, b, c;

    nb_list_init(&queue);
    actor_start(&a, fx, "a", wait);
    actor_start(&b, fx, "b", wait);
    actor_start(&c, fx, "c", look);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_string_equal(fx->log, "a=0 b=0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(a_waiter_is_idle_at_first),
        VIRTUAL_TEST(an_event_wakes),
        VIRTUAL_TEST(a_deadline_wakes_when_it_has_come),
        VIRTUAL_TEST(a_deadline_in_the_past_wakes_at_the_next_turn),
        VIRTUAL_TEST(equal_deadlines_wake_in_the_order_of_their_waits),
        VIRTUAL_TEST(waiters_are_served_in_the_order_of_their_coming),
        VIRTUAL_TEST(a_waiter_completes_exactly_once),
        VIRTUAL_TEST(an_event_stops_the_deadline),
        VIRTUAL_TEST(one_who_timed_out_is_passed_over),
        VIRTUAL_TEST(a_woken_waiter_keeps_its_place),
        VIRTUAL_TEST(one_who_left_goes_to_the_end),
        VIRTUAL_TEST(a_place_in_another_queue_is_given_up),
        VIRTUAL_TEST(who_waits_for_no_queue_stands_in_none),
        VIRTUAL_TEST(complete_all_wakes_in_order_and_empties),
        VIRTUAL_TEST(complete_first_takes_out_whom_it_wakes),
        VIRTUAL_TEST(who_is_moved_waits_on_in_another_line),
        VIRTUAL_TEST(ending_a_pending_wait_leaves_nothing),
        VIRTUAL_TEST(a_newcomer_is_first_only_where_nobody_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
