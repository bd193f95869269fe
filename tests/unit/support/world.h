/*
 * The world of random programs over the core: its objects beside the model of
 * them (support/model.h). Whatever a task does is done to both, and whatever
 * they disagree about fails the test and names the seed.
 *
 * Where the rules leave open when a putter is woken, the model takes over what
 * it sees; that nobody is overtaken and that nobody waits for room that is
 * there is checked.
 */
#ifndef NB_SUPPORT_WORLD_H
#define NB_SUPPORT_WORLD_H

#include "core/barrier.h"
#include "core/condition.h"
#include "core/event_flag.h"
#include "core/lock.h"
#include "core/queue.h"
#include "core/semaphore.h"
#include "support/fixture.h"
#include "support/model.h"

enum activity {
    SLEEP,
    ACQUIRE,
    TAKE,
    NOTICE,
    MEET,
    ACT,
    AWAIT,
    PUT,
    GET,
    FINISH,
    JOIN
};

struct world;

/* A task that does one thing after the other. */
struct player {
    struct nb_task task;
    struct world *world;
    int number;
    int steps; /* that it may still take */
    enum activity activity;
    int object;     /* of its activity */
    uint64_t depth; /* of the lock that it gave up */
    int64_t deadline;
};

struct world {
    uint64_t seed;
    bool told; /* as it goes on */
    struct chance chance;
    struct nb_runtime *rt;
    struct player players[MODEL_TASKS];
    struct nb_lock locks[MODEL_OBJECTS];
    struct nb_semaphore semaphores[MODEL_OBJECTS];
    struct nb_condition conditions[MODEL_OBJECTS];
    struct nb_barrier barriers[MODEL_OBJECTS];
    struct nb_event_flag events[MODEL_OBJECTS];
    struct nb_queue queues[MODEL_OBJECTS];
    struct model model;
};

/* Makes the objects. */
void world_init(struct world *world);

/* True if somebody still stands in a line of one. */
bool world_is_waited_for(const struct world *world);

/* Fails the test unless `fact` holds. */
void world_demand(const struct world *world, bool fact, const char *rule);

/* Tells what a player does, if that was asked for. */
void world_tell(const struct player *player, const char *what, int object);

/* One of 0 to `sides` - 1. */
int world_roll(struct world *world, int sides);

struct model_task *world_model_of(struct player *player);

/* Begins a wait; false if the task was cancelled. */
bool world_wait_in(struct player *player, struct nb_list *queue,
                   struct model_line *line);

/* It no longer waits: neither for room nor for anything else. */
void world_leave(struct player *player);

/* Takes over which putters were woken, each of which must find room. */
void world_observe_putters(struct world *world);

/* Each may begin a wait; false if the task was cancelled. */
bool world_acquire(struct player *player);
bool world_take(struct player *player);
bool world_notice(struct player *player);
bool world_meet(struct player *player);
bool world_await(struct player *player);
bool world_put(struct player *player);
bool world_get(struct player *player);
bool world_finish(struct player *player);

/* True if the player could release it. */
bool world_release(struct player *player, int object);

/*
 * The wait for a notification is over: true if the player has the lock again,
 * else it waits for it.
 */
bool world_take_back(struct player *player);

/* True if the player acts at the barrier: it has to open it. */
bool world_acts(const struct player *player);
void world_open(struct player *player, bool acted);

/* The wait at the barrier ended early. */
void world_give_up(struct player *player);
void world_mend(struct world *world, int object);
void world_break(struct world *world, int object);

void world_notify(struct player *player, int object);
void world_give(struct world *world, int object);
void world_set(struct world *world, int object);
void world_clear(struct world *world, int object);
void world_do(struct world *world, int object);
void world_shut(struct world *world, int object);

#endif
