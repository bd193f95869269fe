/*
 * A model of the core, for random programs: who is ready and in which order,
 * who waits in which line and until when, and what each wait must bring.
 *
 * It is arrays and loops, and shares no code with what it models. Tasks are
 * numbered from 0. A task that has stopped waiting leaves its line, but for one
 * who puts or has come to a barrier: they keep it until model_leave().
 */
#ifndef NB_SUPPORT_MODEL_H
#define NB_SUPPORT_MODEL_H

#include <stdbool.h>
#include <stdint.h>

enum { MODEL_TASKS = 8, MODEL_OBJECTS = 2, MODEL_NOBODY = -1 };

/* Numbers of tasks, first come first. */
struct model_line {
    int who[MODEL_TASKS];
    int len;
};

struct model_task {
    uint64_t id;
    bool alive;
    bool daemon;
    bool cancelled;
    bool pending;
    bool keeps_place;
    bool shielded; /* against cancellations */
    bool notified;
    int levels;     /* of the lock that it gave up to wait */
    int outcome;    /* of its wait, once it is no longer pending */
    uint64_t item;  /* what it was handed, which one it was */
    uint64_t since; /* when its wait began, among equal deadlines */
    int64_t deadline;
    struct model_line *line; /* where it waits, or NULL */
    struct model_line joiners;
};

struct model_lock {
    uint64_t owner; /* id of a task; 0: free */
    int levels;     /* that the owner has to release */
    bool reentrant;
    struct model_line heirs;
};

struct model_semaphore {
    uint64_t value;
    uint64_t max;
    struct model_line waiters;
};

/* Who waits to be notified, without the lock. */
struct model_condition {
    struct model_lock *lock;
    struct model_line waiters;
};

/* `actor` is the task that acts, or MODEL_NOBODY. */
struct model_barrier {
    int parties;
    int waiting;
    int actor;
    bool broken;
    struct model_line line;
    struct model_line round;
};

struct model_event {
    bool set;
    struct model_line waiters;
};

struct model_queue {
    uint64_t head;
    uint64_t tail;
    uint64_t max;
    uint64_t unfinished;
    bool closed;
    struct model_line getters;
    struct model_line putters;
    struct model_line joiners;
};

struct model {
    struct model_task tasks[MODEL_TASKS];
    struct model_lock locks[MODEL_OBJECTS];
    struct model_semaphore semaphores[MODEL_OBJECTS];
    struct model_condition conditions[MODEL_OBJECTS];
    struct model_barrier barriers[MODEL_OBJECTS];
    struct model_event events[MODEL_OBJECTS];
    struct model_queue queues[MODEL_OBJECTS];
    struct model_line ready;
    int64_t now;
    uint64_t starts; /* of tasks so far */
    uint64_t waits;  /* begun so far */
    bool stopping;
};

/* A task that is not alive starts, goes to the end of the ready, ends. */
void model_start(struct model *model, int number, bool daemon);
void model_ready(struct model *model, int number);
void model_end(struct model *model, int number);

bool model_is_in(const struct model_line *line, int number);

/* The first of the ready runs; returns its number or MODEL_NOBODY. */
int model_run(struct model *model);

/* A wait begins, in `line` or nowhere, until `deadline`. */
void model_wait(struct model *model, int number, struct model_line *line,
                int64_t deadline);

/* A wait is over, for one and for all who still wait in a line. */
void model_complete(struct model *model, int number, int outcome);
void model_complete_all(struct model *model, struct model_line *line,
                        int outcome);

/* It gives up its place, if it has one. */
void model_leave(struct model *model, int number);

/* Cancels one who is alive; cancels all, the oldest first. */
void model_cancel(struct model *model, int number);
void model_stop(struct model *model);

/* Ends the wait of the oldest who is shielded. False if nobody is. */
bool model_break_shield(struct model *model);

/* A task takes a lock, if it may now; releases it, if it may. */
bool model_acquire(struct model_lock *lock, uint64_t id);
bool model_release(struct model *model, struct model_lock *lock, uint64_t id);

/* A lock is given up, whole; taken back. */
void model_give_up(struct model *model, struct model_lock *lock, int number);
void model_take_back(struct model *model, struct model_lock *lock, int number);

/* So many of those who wait go on to wait for the lock. */
void model_notify(struct model *model, struct model_condition *condition,
                  int count);

/*
 * A task comes to a barrier. Returns its number, -1 if it is broken. It is the
 * actor now, or has to wait in line.
 */
int model_come(struct model *model, struct model_barrier *barrier, int number);

/* The actor has acted, or not; all are sent away, and it is broken or whole. */
void model_open(struct model *model, struct model_barrier *barrier, bool acted);
void model_abort(struct model *model, struct model_barrier *barrier);
void model_reset(struct model *model, struct model_barrier *barrier);

/* Gives so many permits, the first to the first in line, if they are few. */
bool model_give(struct model *model, struct model_semaphore *semaphore,
                uint64_t count);

/* An item comes, and the first getter is handed one; an item is done. */
void model_put(struct model *model, struct model_queue *queue);
bool model_done(struct model *model, struct model_queue *queue);
void model_close(struct model *model, struct model_queue *queue);
bool model_has_room(const struct model_queue *queue);

/* True if a putter who has not given up stands before `number`. */
bool model_overtakes(const struct model *model, const struct model_queue *queue,
                     int number);

/* The earliest deadline of those who wait, or NB_NEVER. */
int64_t model_next(const struct model *model);

/* The time is `now`: whose deadline has come times out. */
void model_expire(struct model *model, int64_t now);

/* True if a task is alive; one that is no daemon. */
bool model_lives(const struct model *model);
bool model_is_held(const struct model *model);

/* Nobody is ready: what somebody waits for although it is there, or NULL. */
const char *model_lost(const struct model *model);

#endif
