/*
 * The one allocator: all memory of the process, Lua's, libev's and c-ares's
 * too, is counted here, and a gate may refuse any request.
 *
 * The gate is how a test makes the n-th allocation fail. A limit is kept on
 * what is charged: requests as malloc(3) rounds them. Sizes are in bytes. Not
 * thread-safe: netbox has one thread.
 */
#ifndef NB_UTIL_ALLOC_H
#define NB_UTIL_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What Lua asks for where these are made (in bind/), in 64 bits: a timer with a
 * function that has no arguments.
 */
enum {
    NB_ALLOC_THREAD = 376,
    NB_ALLOC_SOCKET = 240,
    NB_ALLOC_TIMER = 184,
};

struct nb_alloc_account {
    size_t blocks;  /* blocks in use */
    size_t bytes;   /* bytes in use, as requested */
    size_t peak;    /* the largest value that `bytes` ever had */
    size_t charged; /* bytes that the C library takes for all that */
    size_t refused; /* requests of the host, not of Lua, that ever failed */
};

/* Asked before memory grows by `size` bytes; false makes the request fail. */
typedef bool (*nb_alloc_gate_fn)(void *context, size_t size);

/* What becomes of a request for which there is no room. */
enum nb_alloc_refusal {
    NB_ALLOC_AGAIN,  /* Lua may collect its garbage, and ask once more */
    NB_ALLOC_GONE,   /* it did not: the request before this one has failed */
    NB_ALLOC_FAILS,  /* it fails, for the limit */
    NB_ALLOC_SYSTEM, /* it fails, for the system has no more for us */
    NB_ALLOC_FATAL,  /* it cannot be done without: the process ends */
};

/* Told of it. May end the process. */
typedef void (*nb_alloc_refused_fn)(void *context,
                                    enum nb_alloc_refusal refusal);

/* How much may be charged. */
struct nb_alloc_limit {
    size_t bytes;
    size_t host;   /* beyond that, for what no collection can help */
    size_t urgent; /* beyond that, for what must not fail */
    nb_alloc_refused_fn refused;
    void *context;
};

/* Tunes the C library's allocator: once, before the first block. */
void nb_alloc_init(void);

/* Like malloc, calloc, realloc, free and strdup; NULL when out of memory. */
void *nb_malloc(size_t size);
void *nb_calloc(size_t count, size_t size);
void *nb_realloc(void *block, size_t size);
void nb_free(void *block);
char *nb_strdup(const char *text);

/*
 * For a caller that keeps the size itself, as Lua does: one function to
 * allocate (block NULL), resize and free (new_size 0).
 */
void *nb_alloc_sized(void *block, size_t old_size, size_t new_size);

/*
 * For libev, which cannot bear a failure: passes the gate by (the account
 * says so: a request was refused), and when there is no memory at all says so
 * and ends the process with status 3.
 */
void *nb_realloc_or_exit(void *block, size_t size);

/*
 * The same for Lua, after a refusal it cannot bear: does not ask the gate, but
 * keeps to the limit and what lies beyond it for the urgent.
 */
void *nb_alloc_sized_or_exit(void *block, size_t old_size, size_t new_size);

/* True if Lua has been refused a request that it will make again. */
bool nb_alloc_is_retried(void);

/*
 * Whoever makes a request again for Lua says how much it asks for, right
 * before; 0: not yet, there are others to come.
 */
void nb_alloc_set_retried(size_t size);

/*
 * Gives pages back to the system where far less is in use than at an earlier
 * call. For whenever the program is about to wait.
 */
void nb_alloc_trim(void);

/* Sets the gate; NULL removes it. */
void nb_alloc_set_gate(nb_alloc_gate_fn gate, void *context);

/* Sets the limit, which is copied; NULL removes it. */
void nb_alloc_set_limit(const struct nb_alloc_limit *limit);

/* What the C library has of the system, in use or between what is. */
size_t nb_alloc_taken(void);

/* What is in use now. */
struct nb_alloc_account nb_alloc_account(void);

#endif
