/*
 * Threads of the script: tasks that resume a coroutine.
 *
 * A thread is a userdata with its task in it. While it is alive it is
 * anchored (bind/lpool); when it has ended, its results stay with it for
 * whoever joins. What few threads need is in bind/lextra, how a library
 * function waits in a thread in bind/lwait.
 */
#ifndef NB_BIND_LTHREAD_H
#define NB_BIND_LTHREAD_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "bind/lcall.h"
#include "bind/place.h"
#include "core/task.h"

struct nb_lextra;
struct nb_lscope;
struct nb_ltimer;
struct nb_lua;

enum nb_lthread_outcome {
    NB_LTHREAD_ALIVE,
    NB_LTHREAD_DONE,
    NB_LTHREAD_FAILED,
    NB_LTHREAD_CANCELLED,
};

struct nb_lthread {
    struct nb_task task;
    struct nb_call call;
    lua_State *co;           /* its coroutine; NULL: given back */
    lua_State *inner;        /* the innermost coroutine that runs or waits */
    struct nb_lextra *extra; /* NULL: none of that was needed */
    struct nb_place origin;  /* who spawned it, or armed its timer */
    struct nb_ltimer *timer; /* the timer that started it, or NULL */
    struct nb_lscope *scope; /* the outermost that it is in, or NULL */
    int place;               /* where it is anchored */
    int results;             /* values on `co` once it has ended */
    unsigned depth;          /* coroutines that have resumed each other */
    unsigned held;           /* locks that it has, or somebody released */
    unsigned forced;         /* when it was, by nb_lua.forced, or 0 */
    enum nb_lthread_outcome outcome : 8;
    unsigned char slice;   /* calls since it last gave way */
    unsigned char ignored; /* its cancellations raised in vain so far */
    bool started;
    bool shown;       /* the script may know its coroutine */
    bool resumed;     /* the function is being called again after a wait */
    bool parked;      /* the yield that comes is a wait */
    bool interrupted; /* by a signal, in a shield: to be so when it is left */
    bool taken;       /* its failure has been given to somebody */
    bool reported;    /* it was printed and nobody has taken it */
    bool guarded;     /* its user value is a guard (bind/lextra) */
};

enum {
    NB_LTHREAD_MAX_SECONDS = 1000000000,   /* more is for ever */
    NB_LTHREAD_NAME = 64,                  /* room for a name ... */
    NB_LTHREAD_TEXT = NB_PLACE_TEXT + 128, /* ... and for where it is from */
};

/*
 * Makes a thread of the function and the `args` arguments behind it on top of
 * L, takes them, and pushes the thread. It is anchored, and has to be started
 * with nb_task_start() or let go with nb_lthread_let_go(). May raise.
 */
struct nb_lthread *nb_lthread_new(lua_State *L, struct nb_lua *lua, int args);

/* The thread was never started, and may be collected. */
void nb_lthread_let_go(lua_State *L, struct nb_lthread *t);

/* The thread at `arg`; raises if it is something else. */
struct nb_lthread *nb_lthread_check(lua_State *L, int arg);

/* Pushes a thread that is alive, or not started yet. */
void nb_lthread_push(lua_State *L, const struct nb_lthread *t);

/* Raises unless the value at `arg` can be called. */
void nb_lthread_check_callable(lua_State *L, int arg);

/* Writes the thread's name, as "main" or "thread 2", cut to fit. */
void nb_lthread_name(const struct nb_lthread *t, char name[NB_LTHREAD_NAME]);

/* Writes "thread 'worker' (spawned at x.lua:7)". */
void nb_lthread_describe(const struct nb_lthread *t,
                         char text[NB_LTHREAD_TEXT]);

/* The thread of a task. */
static inline struct nb_lthread *nb_lthread_of(struct nb_task *task)
{
    return NB_CONTAINER_OF(task, struct nb_lthread, task);
}

/* Prepares the state for threads: once, at its start. May raise. */
void nb_lthread_open(lua_State *L, struct nb_lua *lua);

/* The batch was broken off in the middle of this thread: it has failed. */
void nb_lthread_abandon(struct nb_lthread *t);

/* The state is closed before this thread has ended. */
void nb_lthread_drop(struct nb_lthread *t);

/*
 * A signal came while a thread computes: a hook sees to it. Async-signal-safe.
 */
void nb_lthread_interrupt(struct nb_lua *lua);

#endif
