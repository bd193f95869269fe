/* See world.h. */
#include "support/world.h"

#include <errno.h>

#include "util/err.h"

static void init_semaphore(struct world *world, int object)
{
    struct model_semaphore *model = &world->model.semaphores[object];

    model->value = (uint64_t)world_roll(world, 3);
    model->max = model->value + (uint64_t)world_roll(world, 4);
    nb_semaphore_init(&world->semaphores[object], model->value, model->max);
}

static void init_barrier(struct world *world, int object)
{
    int parties = 1 + world_roll(world, 3);

    world->model.barriers[object] = (struct model_barrier){
        .parties = parties,
        .actor = MODEL_NOBODY,
    };
    nb_barrier_init(&world->barriers[object], (size_t)parties);
}

void world_init(struct world *world)
{
    for (int i = 0; i < MODEL_OBJECTS; i++) {
        struct nb_queue *queue = &world->queues[i];
        nb_lock_init(&world->locks[i], i % 2 == 1);
        world->model.locks[i].reentrant = i % 2 == 1;
        init_semaphore(world, i);
        init_barrier(world, i);
        nb_condition_init(&world->conditions[i], &world->locks[i]);
        world->model.conditions[i].lock = &world->model.locks[i];
        nb_event_flag_init(&world->events[i]);
        nb_queue_init(queue, (uint64_t)world_roll(world, 4));
        world->model.queues[i] = (struct model_queue){
            .head = queue->head,
            .tail = queue->tail,
            .max = queue->max,
        };
    }
}

bool world_is_waited_for(const struct world *world)
{
    for (int i = 0; i < MODEL_OBJECTS; i++) {
        if (!nb_list_empty(&world->locks[i].waiters) ||
            !nb_list_empty(&world->semaphores[i].waiters) ||
            !nb_list_empty(&world->conditions[i].waiters) ||
            !nb_list_empty(&world->barriers[i].line) ||
            !nb_list_empty(&world->barriers[i].round) ||
            !nb_list_empty(&world->events[i].waiters) ||
            !nb_list_empty(&world->queues[i].getters) ||
            !nb_list_empty(&world->queues[i].putters) ||
            !nb_list_empty(&world->queues[i].joiners))
            return true;
    }
    return false;
}

void world_demand(const struct world *world, bool fact, const char *rule)
{
    if (!fact)
        fail_msg("%s; repeat with NB_SEED=%llu", rule,
                 (unsigned long long)world->seed);
}

void world_tell(const struct player *player, const char *what, int object)
{
    if (player->world->told)
        print_message("%lld: task %d %s %d\n",
                      (long long)player->world->model.now, player->number, what,
                      object);
}

int world_roll(struct world *world, int sides)
{
    return (int)chance_below(&world->chance, (uint64_t)sides);
}

struct model_task *world_model_of(struct player *player)
{
    return &player->world->model.tasks[player->number];
}

void world_observe_putters(struct world *world)
{
    struct model *model = &world->model;

    for (int object = 0; object < MODEL_OBJECTS; object++) {
        const struct model_queue *queue = &model->queues[object];
        for (int i = 0; i < queue->putters.len; i++) {
            int number = queue->putters.who[i];
            if (!model->tasks[number].pending ||
                world->players[number].task.waiter.status != 0)
                continue;
            world_demand(world, model_has_room(queue),
                         "a putter woke without room");
            model_complete(model, number, 0);
        }
    }
}

bool world_wait_in(struct player *player, struct nb_list *queue,
                   struct model_line *line)
{
    const struct nb_wait wait = {
        .queue = queue,
        .deadline = player->deadline,
        .what = "random",
        .external = world_roll(player->world, 8) == 0,
    };

    if (world_model_of(player)->cancelled)
        return false;
    nb_waiter_begin(&player->task.waiter, &wait);
    model_wait(&player->world->model, player->number, line, player->deadline);
    return true;
}

bool world_acquire(struct player *player)
{
    struct nb_lock *lock = &player->world->locks[player->object];
    struct model_lock *model = &player->world->model.locks[player->object];
    bool got = model_acquire(model, player->task.id);
    int rc = nb_lock_acquire(lock, player->task.id);

    world_demand(player->world, rc == (got ? 0 : NB_WANT_READ),
                 "a lock is taken if and only if it is free");
    return got || world_wait_in(player, &lock->waiters, &model->heirs);
}

bool world_release(struct player *player, int object)
{
    struct world *world = player->world;
    struct nb_lock *lock = &world->locks[object];
    struct model_lock *model = &world->model.locks[object];
    bool released = model_release(&world->model, model, player->task.id);
    int rc = nb_lock_release(lock, player->task.id);

    world_demand(world, rc == (released ? 0 : -EPERM),
                 "only a lock that is held can be released");
    world_demand(world, lock->owner == model->owner,
                 "a lock is handed to the first in line");
    return released;
}

bool world_take(struct player *player)
{
    struct world *world = player->world;
    struct nb_semaphore *semaphore = &world->semaphores[player->object];
    struct model_semaphore *model = &world->model.semaphores[player->object];
    int rc = nb_semaphore_acquire(semaphore);

    world_demand(world, rc == (model->value > 0 ? 0 : NB_WANT_READ),
                 "a permit that is there is taken");
    if (rc != 0)
        return world_wait_in(player, &semaphore->waiters, &model->waiters);
    model->value--;
    return true;
}

void world_give(struct world *world, int object)
{
    struct nb_semaphore *semaphore = &world->semaphores[object];
    struct model_semaphore *model = &world->model.semaphores[object];
    uint64_t count = 1 + (uint64_t)world_roll(world, 3);
    bool given = model_give(&world->model, model, count);
    int rc = nb_semaphore_release(semaphore, count);

    world_demand(world, rc == (given ? 0 : -EOVERFLOW),
                 "there are only so many permits");
    world_demand(world, semaphore->value == model->value,
                 "permits go to those who wait");
}

bool world_notice(struct player *player)
{
    struct world *world = player->world;
    struct nb_condition *condition = &world->conditions[player->object];
    struct model_condition *model = &world->model.conditions[player->object];

    if (!nb_lock_is_held(condition->lock, player->task.id) ||
        world_model_of(player)->cancelled)
        return !world_model_of(player)->cancelled;
    player->depth = nb_condition_give_up(condition, &player->task.waiter);
    model_give_up(&world->model, model->lock, player->number);
    return world_wait_in(player, &condition->waiters, &model->waiters);
}

bool world_take_back(struct player *player)
{
    struct world *world = player->world;
    struct nb_condition *condition = &world->conditions[player->object];
    struct model_lock *model = &world->model.locks[player->object];
    struct model_task *task = world_model_of(player);
    struct nb_waiter *waiter = &player->task.waiter;
    struct nb_wait wait = nb_lock_wait(condition->lock);
    bool has = task->outcome == 0 || task->shielded || model->owner == 0;
    int rc = nb_condition_take_back(condition, waiter, player->depth);

    world_demand(world, rc == (has ? 0 : NB_WANT_READ),
                 "who has waited takes the lock when it is free");
    if (has) {
        model_take_back(&world->model, model, player->number);
        world_demand(world, nb_lock_is_held(condition->lock, player->task.id),
                     "who has waited holds the lock");
        world_demand(world, waiter->granted == task->notified,
                     "a notification is not lost");
        return true;
    }
    wait.shielded = true;
    nb_waiter_begin(waiter, &wait);
    model_wait(&world->model, player->number, &model->heirs, NB_NEVER);
    task->shielded = true;
    return false;
}

void world_notify(struct player *player, int object)
{
    struct world *world = player->world;
    struct model_condition *model = &world->model.conditions[object];
    uint64_t id = player->task.id;
    int count = world_roll(world, 4);
    bool held = nb_lock_is_held(&world->locks[object], id);
    int rc = nb_condition_notify(&world->conditions[object], id, (size_t)count);

    world_demand(world, rc == (held ? 0 : -EPERM),
                 "who holds the lock may notify");
    if (held)
        model_notify(&world->model, model, count);
}

static void compare_barriers(struct world *world, int object)
{
    const struct nb_barrier *barrier = &world->barriers[object];
    const struct model_barrier *model = &world->model.barriers[object];
    uint64_t actor =
        model->actor == MODEL_NOBODY ? 0 : world->players[model->actor].task.id;

    world_demand(world, barrier->waiting == (size_t)model->waiting,
                 "who come to a barrier are counted");
    world_demand(world, barrier->broken == model->broken,
                 "a barrier breaks when one gives up");
    world_demand(world, barrier->actor == actor,
                 "the last one to come to a barrier acts");
}

bool world_meet(struct player *player)
{
    struct world *world = player->world;
    struct nb_barrier *barrier = &world->barriers[player->object];
    struct model_barrier *model = &world->model.barriers[player->object];

    if (world_model_of(player)->cancelled)
        return false;
    bool must_wait = nb_barrier_must_wait(barrier);
    int rc = nb_barrier_come(barrier, &player->task.waiter);
    int place = model_come(&world->model, model, player->number);
    compare_barriers(world, player->object);
    world_demand(world, (rc == -EPIPE) == (place < 0),
                 "at a broken barrier nobody waits");
    world_demand(world, must_wait == (rc == NB_WANT_READ),
                 "who has to wait at a barrier is known before");
    world_demand(world, (rc == 0) == world_acts(player),
                 "only the last one need not wait");
    if (rc < 0)
        return rc == -EPIPE ||
               world_wait_in(player, &barrier->line, &model->line);
    return true;
}

bool world_acts(const struct player *player)
{
    return player->world->model.barriers[player->object].actor ==
           player->number;
}

void world_open(struct player *player, bool acted)
{
    struct world *world = player->world;

    nb_barrier_open(&world->barriers[player->object], acted);
    model_open(&world->model, &world->model.barriers[player->object], acted);
    compare_barriers(world, player->object);
}

void world_give_up(struct player *player)
{
    struct world *world = player->world;
    struct model_barrier *model = &world->model.barriers[player->object];

    nb_barrier_give_up(&world->barriers[player->object], &player->task.waiter);
    if (model_is_in(&model->line, player->number))
        model_abort(&world->model, model);
    compare_barriers(world, player->object);
}

void world_break(struct world *world, int object)
{
    nb_barrier_abort(&world->barriers[object]);
    model_abort(&world->model, &world->model.barriers[object]);
    compare_barriers(world, object);
}

void world_mend(struct world *world, int object)
{
    nb_barrier_reset(&world->barriers[object]);
    model_reset(&world->model, &world->model.barriers[object]);
    compare_barriers(world, object);
}

bool world_await(struct player *player)
{
    struct nb_event_flag *event = &player->world->events[player->object];
    struct model_event *model = &player->world->model.events[player->object];

    world_demand(player->world, event->set == model->set,
                 "a flag stays as it is");
    return event->set ||
           world_wait_in(player, &event->waiters, &model->waiters);
}

void world_set(struct world *world, int object)
{
    struct model_event *model = &world->model.events[object];

    nb_event_flag_set(&world->events[object]);
    model->set = true;
    model_complete_all(&world->model, &model->waiters, 0);
}

void world_clear(struct world *world, int object)
{
    world->events[object].set = false;
    world->model.events[object].set = false;
}

void world_leave(struct player *player)
{
    nb_waiter_end(&player->task.waiter);
    model_leave(&player->world->model, player->number);
}

bool world_put(struct player *player)
{
    struct world *world = player->world;
    struct nb_queue *queue = &world->queues[player->object];
    struct model_queue *model = &world->model.queues[player->object];
    int rc = nb_queue_may_put(queue, &player->task.waiter);

    world_demand(world, (rc == -EPIPE) == model->closed,
                 "a closed queue takes nothing");
    if (rc == NB_WANT_READ)
        return world_wait_in(player, &queue->putters, &model->putters);
    if (rc == 0) {
        world_demand(world, model_has_room(model),
                     "a full queue takes nothing");
        world_demand(world,
                     !model_overtakes(&world->model, model, player->number),
                     "nobody overtakes who waits to put");
        world_demand(world, queue->tail == model->tail,
                     "items are numbered as they come");
    }
    world_leave(player);
    if (rc == 0) {
        nb_queue_put(queue);
        model_put(&world->model, model);
    }
    return true;
}

bool world_get(struct player *player)
{
    struct world *world = player->world;
    struct nb_queue *queue = &world->queues[player->object];
    struct model_queue *model = &world->model.queues[player->object];
    uint64_t item = 0;
    int rc = nb_queue_get(queue, &item);

    if (model->head != model->tail)
        world_demand(world, rc == 0 && item == model->head++,
                     "items leave in the order of their coming");
    else
        world_demand(world, rc == (model->closed ? NB_EOF : NB_WANT_READ),
                     "a queue ends when it is closed and empty");
    if (rc == NB_WANT_READ)
        return world_wait_in(player, &queue->getters, &model->getters);
    return true;
}

bool world_finish(struct player *player)
{
    struct nb_queue *queue = &player->world->queues[player->object];
    struct model_queue *model = &player->world->model.queues[player->object];

    world_demand(player->world, queue->unfinished == model->unfinished,
                 "what has come is unfinished until it is done");
    return queue->unfinished == 0 ||
           world_wait_in(player, &queue->joiners, &model->joiners);
}

void world_do(struct world *world, int object)
{
    struct model_queue *model = &world->model.queues[object];
    bool done = model_done(&world->model, model);
    int rc = nb_queue_task_done(&world->queues[object]);

    world_demand(world, rc == (done ? 0 : -ERANGE),
                 "as many items are done as have come");
}

void world_shut(struct world *world, int object)
{
    nb_queue_close(&world->queues[object]);
    model_close(&world->model, &world->model.queues[object]);
}
