/*
 * Random programs over tasks, sleeps, locks, events, queues, joins and
 * cancellations, on the virtual clock, beside a model of what must happen.
 *
 * A task that runs out of its turn, with another result, too early, twice or
 * never shows at once. Where the rules leave open when a putter is woken, the
 * model takes over what it sees; that nobody is overtaken and that nobody
 * waits for room that is there is checked.
 *
 * A failure names its seed: NB_SEED=n repeats that program and tells it.
 */
#include "support/fixture.h"

#include <errno.h>
#include <stdlib.h>

#include "core/sync.h"
#include "support/model.h"
#include "util/err.h"

enum { PROGRAMS = 20000, STEPS = 24 };

enum activity { SLEEP, ACQUIRE, AWAIT, PUT, GET, JOIN };

struct world;

struct player {
    struct nb_task task;
    struct world *world;
    int number;
    int steps; /* that it may still take */
    enum activity activity;
    int object; /* of its activity */
    int64_t deadline;
};

struct world {
    uint64_t seed;
    bool told;
    struct chance chance;
    struct nb_runtime *rt;
    struct player players[MODEL_TASKS];
    struct nb_lock locks[MODEL_OBJECTS];
    struct nb_event_flag events[MODEL_OBJECTS];
    struct nb_queue queues[MODEL_OBJECTS];
    struct model model;
};

/* Fails the test unless `fact` holds. */
static void demand(const struct world *world, bool fact, const char *rule)
{
    if (!fact)
        fail_msg("%s; repeat with NB_SEED=%llu", rule,
                 (unsigned long long)world->seed);
}

static void tell(const struct player *player, const char *what, int object)
{
    if (player->world->told)
        print_message("%lld: task %d %s %d\n",
                      (long long)player->world->model.now, player->number, what,
                      object);
}

static int roll(struct world *world, int sides)
{
    return (int)chance_below(&world->chance, (uint64_t)sides);
}

static struct model_task *model_of(struct player *player)
{
    return &player->world->model.tasks[player->number];
}

/* Takes over which putters were woken, each of which must find room. */
static void observe_putters(struct world *world)
{
    struct model *model = &world->model;

    for (int object = 0; object < MODEL_OBJECTS; object++) {
        const struct model_queue *queue = &model->queues[object];
        for (int i = 0; i < queue->putters.len; i++) {
            int number = queue->putters.who[i];
            if (!model->tasks[number].pending ||
                world->players[number].task.waiter.status != 0)
                continue;
            demand(world, model_has_room(queue), "a putter woke without room");
            model_complete(model, number, 0);
        }
    }
}

/* Begins a wait; false if the task was cancelled. */
static bool wait_in(struct player *player, struct nb_list *queue,
                    struct model_line *line)
{
    const struct nb_wait wait = {
        .queue = queue,
        .deadline = player->deadline,
        .what = "random",
        .external = roll(player->world, 8) == 0,
    };

    if (model_of(player)->cancelled)
        return false;
    nb_waiter_begin(&player->task.waiter, &wait);
    model_wait(&player->world->model, player->number, line, player->deadline);
    return true;
}

static bool acquire(struct player *player)
{
    struct nb_lock *lock = &player->world->locks[player->object];
    struct model_lock *model = &player->world->model.locks[player->object];
    int rc = nb_lock_acquire(lock, player->task.id);

    demand(player->world, rc == (model->owner == 0 ? 0 : NB_WANT_READ),
           "a lock is taken if and only if it is free");
    if (rc != 0)
        return wait_in(player, &lock->waiters, &model->heirs);
    model->owner = player->task.id;
    return true;
}

static void release(struct world *world, int object)
{
    struct model_lock *model = &world->model.locks[object];
    int rc = nb_lock_release(&world->locks[object]);

    demand(world, rc == (model->owner == 0 ? -EPERM : 0),
           "only a lock that is held can be released");
    model_release(&world->model, model);
    demand(world, world->locks[object].owner == model->owner,
           "a lock is handed to the first in line");
}

static bool await(struct player *player)
{
    struct nb_event_flag *event = &player->world->events[player->object];
    struct model_event *model = &player->world->model.events[player->object];

    demand(player->world, event->set == model->set, "a flag stays as it is");
    return event->set || wait_in(player, &event->waiters, &model->waiters);
}

static void set(struct world *world, int object)
{
    struct model_event *model = &world->model.events[object];

    nb_event_flag_set(&world->events[object]);
    model->set = true;
    model_complete_all(&world->model, &model->waiters, 0);
}

static void clear(struct world *world, int object)
{
    world->events[object].set = false;
    world->model.events[object].set = false;
}

/* It no longer waits: neither for room nor for anything else. */
static void leave(struct player *player)
{
    nb_waiter_end(&player->task.waiter);
    model_leave(&player->world->model, player->number);
}

static bool put(struct player *player)
{
    struct world *world = player->world;
    struct nb_queue *queue = &world->queues[player->object];
    struct model_queue *model = &world->model.queues[player->object];
    int rc = nb_queue_may_put(queue, &player->task.waiter);

    demand(world, (rc == -EPIPE) == model->closed,
           "a closed queue takes nothing");
    if (rc == NB_WANT_READ)
        return wait_in(player, &queue->putters, &model->putters);
    if (rc == 0) {
        demand(world, model_has_room(model), "a full queue takes nothing");
        demand(world, !model_overtakes(&world->model, model, player->number),
               "nobody overtakes who waits to put");
        demand(world, queue->tail == model->tail,
               "items are numbered as they come");
    }
    leave(player);
    if (rc == 0) {
        nb_queue_put(queue);
        model_put(&world->model, model);
    }
    return true;
}

static bool get(struct player *player)
{
    struct world *world = player->world;
    struct nb_queue *queue = &world->queues[player->object];
    struct model_queue *model = &world->model.queues[player->object];
    uint64_t item = 0;
    int rc = nb_queue_get(queue, &item);

    if (model->head != model->tail)
        demand(world, rc == 0 && item == model->head++,
               "items leave in the order of their coming");
    else
        demand(world, rc == (model->closed ? NB_EOF : NB_WANT_READ),
               "a queue ends when it is closed and empty");
    if (rc == NB_WANT_READ)
        return wait_in(player, &queue->getters, &model->getters);
    return true;
}

static void shut(struct world *world, int object)
{
    nb_queue_close(&world->queues[object]);
    model_close(&world->model, &world->model.queues[object]);
}

static bool join(struct player *player)
{
    struct world *world = player->world;
    int number = roll(world, MODEL_TASKS);
    struct nb_task *task = &world->players[number].task;
    struct model_task *model = &world->model.tasks[number];

    demand(world, (task->state != NB_TASK_ENDED) == model->alive,
           "a task lives until it ends");
    return !model->alive || wait_in(player, &task->joiners, &model->joiners);
}

static void cancel(struct world *world, int number)
{
    bool alive = world->model.tasks[number].alive;

    demand(world, nb_task_cancel(&world->players[number].task) == alive,
           "who lives can be cancelled");
    if (alive)
        model_cancel(&world->model, number);
}

static void run_player(struct nb_task *task);

static void spawn(struct world *world, int number)
{
    struct player *player = &world->players[number];
    bool daemon = roll(world, 4) == 0;

    if (world->model.tasks[number].alive)
        return;
    *player = (struct player){.world = world, .number = number};
    player->steps = roll(world, STEPS);
    nb_task_init(&player->task, world->rt, run_player);
    nb_task_start(&player->task, daemon);
    model_start(&world->model, number, daemon);
    demand(world, player->task.id == world->model.tasks[number].id,
           "tasks are numbered as they start");
}

/* Ends, and mostly releases what it holds. */
static void die(struct player *player)
{
    struct world *world = player->world;

    tell(player, "ends", player->number);
    for (int object = 0; object < MODEL_OBJECTS; object++) {
        if (world->model.locks[object].owner == player->task.id &&
            roll(world, 8) != 0)
            release(world, object);
    }
    nb_task_end(&player->task);
    model_end(&world->model, player->number);
}

/* Mostly the end, but a task may catch it and go on. */
static void raise_cancellation(struct player *player)
{
    leave(player);
    if (roll(player->world, 4) != 0)
        die(player);
}

/* Tries what may have to wait; false: it was cancelled. */
static bool attempt(struct player *player)
{
    switch (player->activity) {
    case SLEEP:
        return wait_in(player, NULL, NULL);
    case ACQUIRE:
        return acquire(player);
    case AWAIT:
        return await(player);
    case PUT:
        return put(player);
    case GET:
        return get(player);
    case JOIN:
        return join(player);
    }
    return false;
}

static void begin_activity(struct player *player, enum activity activity)
{
    static const char *const names[] = {"sleeps", "acquires", "awaits",
                                        "puts",   "gets",     "joins"};
    struct world *world = player->world;
    bool endless = roll(world, activity == SLEEP ? 16 : 2) == 0;

    player->activity = activity;
    player->object = roll(world, MODEL_OBJECTS);
    player->deadline = world->model.now + roll(world, 12) - 1;
    if (endless)
        player->deadline = NB_NEVER;
    tell(player, names[activity], player->object);
    if (!attempt(player))
        raise_cancellation(player);
}

static void take_step(struct player *player)
{
    static const enum activity activities[] = {
        SLEEP, SLEEP, ACQUIRE, ACQUIRE, ACQUIRE, AWAIT, AWAIT, PUT,
        PUT,   PUT,   PUT,     GET,     GET,     GET,   JOIN,
    };
    struct world *world = player->world;
    int object = roll(world, MODEL_OBJECTS);
    int number = roll(world, MODEL_TASKS);
    int choice = roll(world, 24);

    if (player->steps-- == 0) {
        die(player);
    } else if (choice < 15) {
        begin_activity(player, activities[choice]);
    } else if (choice < 17) {
        nb_task_ready(&player->task);
        model_ready(&world->model, player->number);
    } else if (choice < 19) {
        tell(player, "releases", object);
        release(world, object);
    } else if (choice == 19) {
        tell(player, "sets", object);
        set(world, object);
    } else if (choice == 20) {
        tell(player, "clears", object);
        clear(world, object);
    } else if (choice == 21) {
        tell(player, "cancels", number);
        cancel(world, number);
    } else if (choice == 22) {
        tell(player, "spawns", number);
        spawn(world, number);
    } else if (roll(world, 8) == 0) {
        tell(player, "closes", object);
        shut(world, object);
    }
}

/* The wait is over: was it as expected? */
static void end_wait(struct player *player)
{
    struct world *world = player->world;
    const struct nb_waiter *waiter = &player->task.waiter;
    const struct model_task *model = model_of(player);
    int outcome = model->outcome;

    tell(player, outcome == 0 ? "wakes" : nb_err_name(outcome), outcome);
    demand(world, !model->pending, "a task runs while it waits");
    demand(world, waiter->status == outcome, "a wait ends as it should");
    if (outcome == 0 && player->activity == GET)
        demand(world, waiter->granted == model->item,
               "a getter is handed the next item");
    if (outcome == 0 && player->activity == PUT) {
        if (!put(player))
            raise_cancellation(player);
        return;
    }
    leave(player);
    if (outcome == -ECANCELED)
        raise_cancellation(player);
}

static void run_player(struct nb_task *task)
{
    struct player *player = NB_CONTAINER_OF(task, struct player, task);
    struct world *world = player->world;

    demand(world, model_run(&world->model) == player->number,
           "a task runs in its turn");
    demand(world, task->cancelled == model_of(player)->cancelled,
           "a cancellation is a flag");
    if (task->waiter.status != NB_WAITER_IDLE)
        end_wait(player);
    observe_putters(world);
    while (task->state == NB_TASK_RUNNING) {
        take_step(player);
        observe_putters(world);
    }
}

static void play_batch(void *context)
{
    struct world *world = context;
    struct model *model = &world->model;
    int64_t now = nb_loop_now(world->rt->loop);
    int64_t next = model_next(model);

    if (model->ready.len > 0 || next < model->now)
        next = model->now;
    demand(world, now == next, "the clock goes to the next deadline");
    model_expire(model, now);
    nb_runtime_turn(world->rt);
    demand(world, nb_list_empty(&world->rt->ready) == (model->ready.len == 0),
           "who is ready is in the ready queue");
    const char *lost = model->ready.len == 0 ? model_lost(model) : NULL;
    demand(world, lost == NULL, lost);
    if (!model->stopping && !model_is_held(model))
        model_stop(model);
}

static void prepare(struct world *world, struct fixture *fx)
{
    static const struct nb_runtime_host host = {.batch = play_batch};

    nb_runtime_init(&fx->rt, fx->loop, &host, world);
    for (int i = 0; i < MODEL_OBJECTS; i++) {
        struct nb_queue *queue = &world->queues[i];
        nb_lock_init(&world->locks[i]);
        nb_event_flag_init(&world->events[i]);
        nb_queue_init(queue, (uint64_t)roll(world, 4));
        world->model.queues[i] = (struct model_queue){
            .head = queue->head,
            .tail = queue->tail,
            .max = queue->max,
        };
    }
    for (int i = 0; i < MODEL_TASKS; i++)
        nb_task_init(&world->players[i].task, &fx->rt, run_player);
    for (int i = 1 + roll(world, MODEL_TASKS - 1); i >= 0; i--)
        spawn(world, i);
}

/* Runs to the end that the model predicts, by force if it is a deadlock. */
static void run(struct world *world)
{
    int rc = nb_runtime_run(world->rt);

    demand(world, world->model.ready.len == 0, "who is ready runs");
    demand(world, rc == (model_lives(&world->model) ? -EDEADLK : 0),
           "the end is as predicted");
    if (rc == 0)
        return;
    demand(world, model_next(&world->model) == NB_NEVER,
           "a deadline to come is no deadlock");
    nb_runtime_stop(world->rt);
    model_stop(&world->model);
    demand(world, nb_runtime_run(world->rt) == 0, "a stopped program ends");
    demand(world, !model_lives(&world->model), "a stopped program is over");
}

static bool left_something(const struct world *world)
{
    const struct nb_runtime *rt = world->rt;

    for (int i = 0; i < MODEL_OBJECTS; i++) {
        if (!nb_list_empty(&world->locks[i].waiters) ||
            !nb_list_empty(&world->events[i].waiters) ||
            !nb_list_empty(&world->queues[i].getters) ||
            !nb_list_empty(&world->queues[i].putters))
            return true;
    }
    return rt->timers.first != NULL || rt->external != 0 || rt->holders != 0 ||
           !nb_list_empty(&rt->tasks);
}

static void random_programs_do_what_the_model_says(void **state)
{
    struct fixture *fx = *state;
    uint64_t last;

    for (uint64_t seed = chance_seeds(PROGRAMS, &last); seed <= last; seed++) {
        struct world world = {
            .seed = seed,
            .told = getenv("NB_SEED") != NULL,
            .chance = {seed},
            .rt = &fx->rt,
            .model = {.now = nb_loop_now(fx->loop)},
        };
        prepare(&world, fx);
        run(&world);
        demand(&world, !left_something(&world), "nothing is left behind");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(random_programs_do_what_the_model_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
