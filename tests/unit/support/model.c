/* See model.h: everything is looked for from the beginning, each time. */
#include "support/model.h"

#include <errno.h>
#include <stddef.h>

#include "core/loop.h"
#include "util/err.h"

static void push(struct model_line *line, int number)
{
    line->who[line->len++] = number;
}

static void take_out(struct model_line *line, int number)
{
    int kept = 0;

    for (int i = 0; i < line->len; i++) {
        if (line->who[i] != number)
            line->who[kept++] = line->who[i];
    }
    line->len = kept;
}

bool model_is_in(const struct model_line *line, int number)
{
    for (int i = 0; i < line->len; i++) {
        if (line->who[i] == number)
            return true;
    }
    return false;
}

void model_start(struct model *model, int number, bool daemon)
{
    model->tasks[number] = (struct model_task){
        .id = ++model->starts,
        .alive = true,
        .daemon = daemon,
        .cancelled = model->stopping,
    };
    model_ready(model, number);
}

void model_ready(struct model *model, int number)
{
    push(&model->ready, number);
}

void model_end(struct model *model, int number)
{
    model->tasks[number].alive = false;
    model_complete_all(model, &model->tasks[number].joiners, 0);
}

int model_run(struct model *model)
{
    if (model->ready.len == 0)
        return MODEL_NOBODY;
    int number = model->ready.who[0];
    take_out(&model->ready, number);
    return number;
}

void model_wait(struct model *model, int number, struct model_line *line,
                int64_t deadline)
{
    struct model_task *task = &model->tasks[number];

    task->pending = true;
    task->since = model->waits++;
    task->deadline = deadline;
    task->line = line;
    task->keeps_place = false;
    task->shielded = false;
    for (int i = 0; i < MODEL_OBJECTS; i++) {
        if (line == &model->queues[i].putters ||
            line == &model->barriers[i].line)
            task->keeps_place = true;
    }
    if (line != NULL && !model_is_in(line, number))
        push(line, number);
}

void model_complete(struct model *model, int number, int outcome)
{
    struct model_task *task = &model->tasks[number];

    if (!task->pending)
        return;
    task->pending = false;
    task->outcome = outcome;
    if (task->line != NULL && !task->keeps_place)
        take_out(task->line, number);
    model_ready(model, number);
}

void model_complete_all(struct model *model, struct model_line *line,
                        int outcome)
{
    struct model_line all = *line;

    line->len = 0;
    for (int i = 0; i < all.len; i++)
        model_complete(model, all.who[i], outcome);
}

void model_leave(struct model *model, int number)
{
    if (model->tasks[number].line != NULL)
        take_out(model->tasks[number].line, number);
}

void model_cancel(struct model *model, int number)
{
    model->tasks[number].cancelled = true;
    if (!model->tasks[number].shielded)
        model_complete(model, number, -ECANCELED);
}

/* The task that started as number `id` of all; MODEL_NOBODY if it is gone. */
static int find(const struct model *model, uint64_t id)
{
    for (int i = 0; i < MODEL_TASKS; i++) {
        if (model->tasks[i].alive && model->tasks[i].id == id)
            return i;
    }
    return MODEL_NOBODY;
}

void model_stop(struct model *model)
{
    model->stopping = true;
    for (uint64_t id = 1; id <= model->starts; id++) {
        int number = find(model, id);
        if (number != MODEL_NOBODY)
            model_cancel(model, number);
    }
}

bool model_break_shield(struct model *model)
{
    for (uint64_t id = 1; id <= model->starts; id++) {
        int number = find(model, id);
        if (number == MODEL_NOBODY || !model->tasks[number].pending ||
            !model->tasks[number].shielded)
            continue;
        model_complete(model, number, -ECANCELED);
        return true;
    }
    return false;
}

bool model_acquire(struct model_lock *lock, uint64_t id)
{
    if (lock->owner != 0 && (lock->owner != id || !lock->reentrant))
        return false;
    lock->owner = id;
    lock->levels++;
    return true;
}

/* The lock goes to the first in line, or is free. */
static void hand_over(struct model *model, struct model_lock *lock)
{
    lock->owner = 0;
    lock->levels = 0;
    if (lock->heirs.len == 0)
        return;
    lock->owner = model->tasks[lock->heirs.who[0]].id;
    lock->levels = 1;
    model_complete(model, lock->heirs.who[0], 0);
}

bool model_release(struct model *model, struct model_lock *lock, uint64_t id)
{
    if (lock->owner == 0 || (lock->owner != id && lock->reentrant))
        return false;
    if (lock->levels == 1)
        hand_over(model, lock);
    else
        lock->levels--;
    return true;
}

void model_give_up(struct model *model, struct model_lock *lock, int number)
{
    model->tasks[number].levels = lock->levels;
    model->tasks[number].notified = false;
    hand_over(model, lock);
}

void model_take_back(struct model *model, struct model_lock *lock, int number)
{
    lock->owner = model->tasks[number].id;
    lock->levels = model->tasks[number].levels;
}

void model_notify(struct model *model, struct model_condition *condition,
                  int count)
{
    for (; count > 0 && condition->waiters.len > 0; count--) {
        int number = condition->waiters.who[0];
        take_out(&condition->waiters, number);
        model_wait(model, number, &condition->lock->heirs, NB_NEVER);
        model->tasks[number].shielded = true;
        model->tasks[number].notified = true;
    }
}

/* All of a round but the last; false if one of them waits no more. */
static bool gather(struct model *model, struct model_barrier *barrier)
{
    barrier->waiting -= barrier->parties;
    for (int i = 1; i < barrier->parties; i++) {
        int number = barrier->line.who[0];
        if (barrier->line.len == 0 || !model->tasks[number].pending)
            return false;
        take_out(&barrier->line, number);
        model_wait(model, number, &barrier->round, NB_NEVER);
    }
    return true;
}

int model_come(struct model *model, struct model_barrier *barrier, int number)
{
    int place = barrier->waiting % barrier->parties;

    if (barrier->broken)
        return -1;
    model->tasks[number].item = (uint64_t)place;
    barrier->waiting++;
    if (barrier->actor != MODEL_NOBODY || barrier->waiting < barrier->parties)
        return place;
    if (gather(model, barrier)) {
        barrier->actor = number;
        return place;
    }
    model_abort(model, barrier);
    return -1;
}

void model_open(struct model *model, struct model_barrier *barrier, bool acted)
{
    const struct model_line *line = &barrier->line;

    barrier->actor = MODEL_NOBODY;
    if (!acted)
        model_abort(model, barrier);
    model_complete_all(model, &barrier->round, 0);
    if (barrier->waiting < barrier->parties)
        return;
    if (!gather(model, barrier) || line->len == 0 ||
        !model->tasks[line->who[0]].pending) {
        model_abort(model, barrier);
        return;
    }
    barrier->actor = line->who[0];
    model_complete(model, barrier->actor, 0);
    model_leave(model, barrier->actor);
}

void model_abort(struct model *model, struct model_barrier *barrier)
{
    barrier->broken = true;
    barrier->waiting = 0;
    model_complete_all(model, &barrier->round, -EPIPE);
    model_complete_all(model, &barrier->line, -EPIPE);
}

void model_reset(struct model *model, struct model_barrier *barrier)
{
    barrier->broken = false;
    barrier->waiting = 0;
    model_complete_all(model, &barrier->line, -EPIPE);
}

bool model_give(struct model *model, struct model_semaphore *semaphore,
                uint64_t count)
{
    if (semaphore->value + count > semaphore->max)
        return false;
    for (; count > 0 && semaphore->waiters.len > 0; count--)
        model_complete(model, semaphore->waiters.who[0], 0);
    semaphore->value += count;
    return true;
}

void model_put(struct model *model, struct model_queue *queue)
{
    queue->tail++;
    queue->unfinished++;
    if (queue->getters.len == 0)
        return;
    model->tasks[queue->getters.who[0]].item = queue->head++;
    model_complete(model, queue->getters.who[0], 0);
}

bool model_done(struct model *model, struct model_queue *queue)
{
    if (queue->unfinished == 0)
        return false;
    queue->unfinished--;
    if (queue->unfinished == 0)
        model_complete_all(model, &queue->joiners, 0);
    return true;
}

void model_close(struct model *model, struct model_queue *queue)
{
    queue->closed = true;
    model_complete_all(model, &queue->putters, -EPIPE);
    model_complete_all(model, &queue->getters, NB_EOF);
}

bool model_has_room(const struct model_queue *queue)
{
    return queue->max == 0 || queue->tail - queue->head < queue->max;
}

bool model_overtakes(const struct model *model, const struct model_queue *queue,
                     int number)
{
    const struct model_line *line = &queue->putters;

    for (int i = 0; i < line->len && line->who[i] != number; i++) {
        const struct model_task *other = &model->tasks[line->who[i]];
        if (other->pending || other->outcome == 0)
            return true;
    }
    return false;
}

/* Who times out next, or MODEL_NOBODY. */
static int next_to_time_out(const struct model *model)
{
    int next = MODEL_NOBODY;

    for (int i = 0; i < MODEL_TASKS; i++) {
        const struct model_task *task = &model->tasks[i];
        const struct model_task *best = &model->tasks[next < 0 ? i : next];
        if (!task->pending || task->deadline == NB_NEVER)
            continue;
        if (next < 0 || task->deadline < best->deadline ||
            (task->deadline == best->deadline && task->since < best->since))
            next = i;
    }
    return next;
}

int64_t model_next(const struct model *model)
{
    int next = next_to_time_out(model);
    return next < 0 ? NB_NEVER : model->tasks[next].deadline;
}

void model_expire(struct model *model, int64_t now)
{
    model->now = now;
    while (model_next(model) <= now)
        model_complete(model, next_to_time_out(model), -ETIMEDOUT);
}

bool model_lives(const struct model *model)
{
    for (int i = 0; i < MODEL_TASKS; i++) {
        if (model->tasks[i].alive)
            return true;
    }
    return false;
}

bool model_is_held(const struct model *model)
{
    for (int i = 0; i < MODEL_TASKS; i++) {
        if (model->tasks[i].alive && !model->tasks[i].daemon)
            return true;
    }
    return false;
}

const char *model_lost(const struct model *model)
{
    for (int i = 0; i < MODEL_OBJECTS; i++) {
        const struct model_lock *lock = &model->locks[i];
        const struct model_semaphore *semaphore = &model->semaphores[i];
        const struct model_queue *queue = &model->queues[i];
        if (model->barriers[i].waiting >= model->barriers[i].parties &&
            model->barriers[i].actor == MODEL_NOBODY)
            return "tasks wait at a barrier though all have come";
        if (semaphore->waiters.len > 0 && semaphore->value > 0)
            return "a task waits for a permit that is there";
        if (lock->heirs.len > 0 && lock->owner == 0)
            return "a task waits for a lock that is free";
        if (queue->putters.len > 0 && model_has_room(queue))
            return "a putter waits for room that is there";
        if (queue->joiners.len > 0 && queue->unfinished == 0)
            return "a task joins a queue in which all is done";
        if (queue->getters.len > 0 && queue->head != queue->tail)
            return "a getter waits for an item that is there";
    }
    return NULL;
}
