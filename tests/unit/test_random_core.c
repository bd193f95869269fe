/*
 * Random programs over tasks, sleeps, joins, cancellations and everything that
 * tasks wait for in each other, on the virtual clock, beside a model of what
 * must happen (support/world.h).
 *
 * A task that runs out of its turn, with another result, too early, twice or
 * never shows at once. A failure names its seed: NB_SEED=n repeats that program
 * and tells it.
 */
#include "support/fixture.h"

#include <errno.h>
#include <stdlib.h>

#include "support/world.h"
#include "util/err.h"

enum { PROGRAMS = 20000, STEPS = 24 };

static bool join(struct player *player)
{
    struct world *world = player->world;
    int number = world_roll(world, MODEL_TASKS);
    struct nb_task *task = &world->players[number].task;
    struct model_task *model = &world->model.tasks[number];

    world_demand(world, (task->state != NB_TASK_ENDED) == model->alive,
                 "a task lives until it ends");
    return !model->alive ||
           world_wait_in(player, &task->joiners, &model->joiners);
}

static void cancel(struct world *world, int number)
{
    bool alive = world->model.tasks[number].alive;

    world_demand(world, nb_task_cancel(&world->players[number].task) == alive,
                 "who lives can be cancelled");
    if (alive)
        model_cancel(&world->model, number);
}

static void run_player(struct nb_task *task);

static void spawn(struct world *world, int number)
{
    struct player *player = &world->players[number];
    bool daemon = world_roll(world, 4) == 0;

    if (world->model.tasks[number].alive)
        return;
    *player = (struct player){.world = world, .number = number};
    player->steps = world_roll(world, STEPS);
    nb_task_init(&player->task, world->rt, run_player);
    nb_task_start(&player->task, daemon);
    model_start(&world->model, number, daemon);
    world_demand(world, player->task.id == world->model.tasks[number].id,
                 "tasks are numbered as they start");
}

/* Ends, and mostly releases what it holds. */
static void die(struct player *player)
{
    struct world *world = player->world;

    world_tell(player, "ends", player->number);
    for (int object = 0; object < MODEL_OBJECTS; object++) {
        while (world->model.locks[object].owner == player->task.id &&
               world_roll(world, 8) != 0)
            world_release(player, object);
    }
    nb_task_end(&player->task);
    model_end(&world->model, player->number);
}

/* Mostly the end, but a task may catch it and go on. */
static void raise_cancellation(struct player *player)
{
    world_leave(player);
    if (world_roll(player->world, 4) != 0)
        die(player);
}

/* Tries what may have to wait; false: it was cancelled. */
static bool attempt(struct player *player)
{
    switch (player->activity) {
    case SLEEP:
        return world_wait_in(player, NULL, NULL);
    case ACQUIRE:
        return world_acquire(player);
    case TAKE:
        return world_take(player);
    case NOTICE:
        return world_notice(player);
    case MEET:
        return world_meet(player);
    case ACT:
        return world_wait_in(player, NULL, NULL);
    case AWAIT:
        return world_await(player);
    case PUT:
        return world_put(player);
    case GET:
        return world_get(player);
    case FINISH:
        return world_finish(player);
    case JOIN:
        return join(player);
    }
    return false;
}

/* The last one at a barrier acts, at once or for a while. */
static void act(struct player *player)
{
    struct world *world = player->world;

    if (world_roll(world, 2) == 0) {
        world_open(player, world_roll(world, 8) != 0);
        return;
    }
    player->activity = ACT;
    player->deadline = world->model.now + world_roll(world, 12);
    world_tell(player, "acts", player->object);
    if (attempt(player))
        return;
    world_open(player, false);
    raise_cancellation(player);
}

static void begin_activity(struct player *player, enum activity activity)
{
    static const char *const names[] = {
        "sleeps", "acquires", "takes", "looks out", "meets", "acts",
        "awaits", "puts",     "gets",  "finishes",  "joins"};
    struct world *world = player->world;
    bool endless = world_roll(world, activity == SLEEP ? 16 : 2) == 0;

    player->activity = activity;
    player->object = world_roll(world, MODEL_OBJECTS);
    player->deadline = world->model.now + world_roll(world, 12) - 1;
    if (endless)
        player->deadline = NB_NEVER;
    world_tell(player, names[activity], player->object);
    if (!attempt(player))
        raise_cancellation(player);
    else if (activity == MEET && world_acts(player))
        act(player);
}

/* What never waits. */
enum deed {
    YIELD,
    RELEASE,
    NOTIFY,
    BREAK,
    MEND,
    GIVE,
    SET,
    CLEAR,
    CANCEL,
    SPAWN,
    DO,
    SHUT
};

static void yield(struct player *player)
{
    nb_task_ready(&player->task);
    model_ready(&player->world->model, player->number);
}

static void do_deed(struct player *player, enum deed deed)
{
    static const char *const names[] = {
        "yields", "releases", "notifies", "breaks", "mends", "gives",
        "sets",   "clears",   "cancels",  "spawns", "does",  "closes"};
    struct world *world = player->world;
    bool personal = deed == CANCEL || deed == SPAWN;
    int object = world_roll(world, personal ? MODEL_TASKS : MODEL_OBJECTS);

    world_tell(player, names[deed], object);
    switch (deed) {
    case YIELD:
        yield(player);
        break;
    case RELEASE:
        world_release(player, object);
        break;
    case NOTIFY:
        world_notify(player, object);
        break;
    case BREAK:
        world_break(world, object);
        break;
    case MEND:
        world_mend(world, object);
        break;
    case GIVE:
        world_give(world, object);
        break;
    case SET:
        world_set(world, object);
        break;
    case CLEAR:
        world_clear(world, object);
        break;
    case CANCEL:
        cancel(world, object);
        break;
    case SPAWN:
        spawn(world, object);
        break;
    case DO:
        world_do(world, object);
        break;
    case SHUT:
        if (world_roll(world, 8) == 0)
            world_shut(world, object);
        break;
    }
}

static void take_step(struct player *player)
{
    static const enum activity activities[] = {
        SLEEP,  SLEEP,  ACQUIRE, ACQUIRE, ACQUIRE, TAKE, TAKE,
        NOTICE, NOTICE, NOTICE,  MEET,    MEET,    MEET, MEET,
        AWAIT,  AWAIT,  PUT,     PUT,     PUT,     PUT,  GET,
        GET,    GET,    FINISH,  FINISH,  JOIN,
    };
    static const enum deed deeds[] = {
        YIELD, YIELD, RELEASE, RELEASE, NOTIFY, NOTIFY, BREAK, MEND, MEND,
        GIVE,  GIVE,  SET,     CLEAR,   CANCEL, SPAWN,  DO,    DO,   SHUT,
    };
    enum { ACTIVITIES = NB_COUNTOF(activities), DEEDS = NB_COUNTOF(deeds) };
    int choice = world_roll(player->world, ACTIVITIES + DEEDS);

    if (player->steps-- == 0)
        die(player);
    else if (choice < ACTIVITIES)
        begin_activity(player, activities[choice]);
    else
        do_deed(player, deeds[choice - ACTIVITIES]);
}

/* True if the wait has brought a number. */
static bool brings(struct player *player)
{
    bool numbered = player->activity == GET || player->activity == MEET;

    return numbered && world_model_of(player)->outcome == 0;
}

/* The wait is over: was it as expected? */
static void end_wait(struct player *player)
{
    struct world *world = player->world;
    const struct nb_waiter *waiter = &player->task.waiter;
    const struct model_task *model = world_model_of(player);
    int outcome = model->outcome;

    world_tell(player, outcome == 0 ? "wakes" : nb_err_name(outcome), outcome);
    world_demand(world, !model->pending, "a task runs while it waits");
    world_demand(world, waiter->status == outcome, "a wait ends as it should");
    world_demand(world, !brings(player) || waiter->granted == model->item,
                 "a wait brings what it should");
    if (outcome == 0 && player->activity == PUT) {
        if (!world_put(player))
            raise_cancellation(player);
        return;
    }
    if (player->activity == NOTICE && !world_take_back(player))
        return;
    if (player->activity == MEET && outcome < 0)
        world_give_up(player);
    if (player->activity == ACT)
        world_open(player, outcome != -ECANCELED);
    world_leave(player);
    if (player->activity == MEET && world_acts(player))
        act(player);
    if (outcome == -ECANCELED)
        raise_cancellation(player);
}

static void run_player(struct nb_task *task)
{
    struct player *player = NB_CONTAINER_OF(task, struct player, task);
    struct world *world = player->world;

    world_demand(world, model_run(&world->model) == player->number,
                 "a task runs in its turn");
    world_demand(world, task->cancelled == world_model_of(player)->cancelled,
                 "a cancellation is a flag");
    if (task->waiter.status != NB_WAITER_IDLE)
        end_wait(player);
    world_observe_putters(world);
    while (task->state == NB_TASK_RUNNING) {
        take_step(player);
        world_observe_putters(world);
    }
}

static void play_batch(void *context)
{
    struct world *world = context;
    struct model *model = &world->model;
    int64_t now = nb_loop_now(world->rt->loop);
    int64_t next = model_next(model);

    if (model->stopping && model->ready.len == 0 && next == NB_NEVER)
        world_demand(world, model_break_shield(model), "nobody is woken");
    if (model->ready.len > 0 || next < model->now)
        next = model->now;
    world_demand(world, now == next, "the clock goes to the next deadline");
    model_expire(model, now);
    nb_runtime_turn(world->rt);
    world_demand(world,
                 nb_list_empty(&world->rt->ready) == (model->ready.len == 0),
                 "who is ready is in the ready queue");
    const char *lost = model->ready.len == 0 ? model_lost(model) : NULL;
    world_demand(world, lost == NULL, lost);
    if (!model->stopping && !model_is_held(model))
        model_stop(model);
}

static void prepare(struct world *world, struct fixture *fx)
{
    static const struct nb_runtime_host host = {.batch = play_batch};

    nb_runtime_init(&fx->rt, fx->loop, &host, world);
    world_init(world);
    for (int i = 0; i < MODEL_TASKS; i++)
        nb_task_init(&world->players[i].task, &fx->rt, run_player);
    for (int i = 1 + world_roll(world, MODEL_TASKS - 1); i >= 0; i--)
        spawn(world, i);
}

/* Runs to the end that the model predicts, by force if it is a deadlock. */
static void run(struct world *world)
{
    int rc = nb_runtime_run(world->rt);

    world_demand(world, world->model.ready.len == 0, "who is ready runs");
    world_demand(world, rc == (model_lives(&world->model) ? -EDEADLK : 0),
                 "the end is as predicted");
    if (rc == 0)
        return;
    world_demand(world, model_next(&world->model) == NB_NEVER,
                 "a deadline to come is no deadlock");
    nb_runtime_stop(world->rt);
    model_stop(&world->model);
    world_demand(world, nb_runtime_run(world->rt) == 0,
                 "a stopped program ends");
    world_demand(world, !model_lives(&world->model),
                 "a stopped program is over");
}

static bool left_something(const struct world *world)
{
    const struct nb_runtime *rt = world->rt;

    return world_is_waited_for(world) || nb_timer_next(rt) != NB_NEVER ||
           rt->external != 0 || rt->holders != 0 || !nb_list_empty(&rt->tasks);
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
        world_demand(&world, !left_something(&world), "nothing is left behind");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(random_programs_do_what_the_model_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
