/* The limit of memory: see memory.h. */
#include "guard/memory.h"

#include <errno.h>
#include <string.h>

#include "util/alloc.h"

enum {
    REFUSALS = 100,    /* that a script may catch */
    HOST = 16 << 20,   /* bytes beyond the limit for the host, at most */
    URGENT = 24 << 20, /* and for finalizers */
    BETWEEN_BLOCKS = 48 << 20, /* beyond it for all that the kernel sees */
};

#define MS         INT64_C(1000000)
#define CATCHING   (200 * MS) /* how long refusals may be caught */
#define COLLECTING (200 * MS) /* a collection that finds nothing */

/* A place without a line, as where a coroutine ends, says less than another. */
static void note_place(struct nb_memory *memory)
{
    struct nb_watchdog *watchdog = memory->watchdog;
    char place[NB_WATCHDOG_PLACE] = "";

    bool has_line = watchdog->host->place(watchdog->context, place);
    if (has_line || *memory->place == '\0')
        memcpy(memory->place, place, sizeof place);
}

/* A request has failed: the script gets an error, or its end. */
static void refuse(struct nb_memory *memory)
{
    if (memory->over || memory->refusals++ >= REFUSALS)
        nb_watchdog_end(memory->watchdog, NB_LIMIT_MEMORY, memory->place);
    if (memory->refusals == 1)
        nb_watchdog_wait(memory->watchdog, CATCHING);
}

/* In a handler, or before one: a collection has only so much time. */
static void wait_for_collection(struct nb_memory *memory)
{
    memory->noted = nb_alloc_account().charged;
    nb_watchdog_wait(memory->watchdog, COLLECTING);
}

/* The system has no more: is that our own bound? */
static bool is_used_up(const struct nb_memory *memory)
{
    uint64_t max = memory->watchdog->limits->max[NB_LIMIT_MEMORY];
    return nb_alloc_account().charged >= max || nb_alloc_taken() >= max;
}

static void refused(void *context, enum nb_alloc_refusal refusal)
{
    struct nb_memory *memory = context;

    switch (refusal) {
    case NB_ALLOC_AGAIN:
        note_place(memory);
        if (memory->over)
            wait_for_collection(memory);
        break;
    case NB_ALLOC_SYSTEM:
        if (!is_used_up(memory))
            break;
        /* fall through */
    case NB_ALLOC_FAILS:
        note_place(memory);
        refuse(memory);
        break;
    case NB_ALLOC_GONE:
        refuse(memory);
        break;
    case NB_ALLOC_FATAL:
        if (is_used_up(memory))
            nb_watchdog_end(memory->watchdog, NB_LIMIT_MEMORY, NULL);
        break;
    }
}

/*
 * In a handler. The moment is over in which refusals may be caught; or the
 * time is for a collection, which may go on if it has found something.
 */
static void lost_patience(void *owner)
{
    struct nb_memory *memory = owner;
    bool first = !memory->over;

    memory->over = true;
    if (!nb_alloc_is_retried())
        return;
    if (first)
        wait_for_collection(memory);
    else if (nb_alloc_account().charged > memory->noted / 20 * 19)
        nb_watchdog_force(memory->watchdog, NB_LIMIT_MEMORY);
}

/*
 * Bounds what the kernel gives us; programs that we start inherit that. What
 * AddressSanitizer keeps of its own is beyond every bound.
 */
static void bound_data(struct nb_memory *memory, size_t max)
{
    rlim_t bound = (rlim_t)max + BETWEEN_BLOCKS;

    if (getrlimit(RLIMIT_DATA, &memory->before) < 0 ||
        memory->before.rlim_cur <= bound)
        return;
#ifndef __SANITIZE_ADDRESS__
    struct rlimit limit = {.rlim_cur = bound,
                           .rlim_max = memory->before.rlim_max};
    setrlimit(RLIMIT_DATA, &limit);
#endif
}

void nb_memory_start(struct nb_memory *memory, struct nb_watchdog *watchdog)
{
    size_t max = (size_t)watchdog->limits->max[NB_LIMIT_MEMORY];
    struct nb_alloc_limit limit = {
        .bytes = max,
        .host = max / 8 < HOST ? max / 8 : HOST,
        .urgent = URGENT,
        .refused = refused,
        .context = memory,
    };

    *memory = (struct nb_memory){
        .watchdog = watchdog,
        .before = {RLIM_INFINITY, RLIM_INFINITY},
    };
    if (watchdog->limits->max[NB_LIMIT_MEMORY] == NB_UNLIMITED)
        return;
    watchdog->lost_patience = lost_patience;
    watchdog->owner = memory;
    nb_alloc_set_limit(&limit);
    bound_data(memory, max);
}

void nb_memory_stop(struct nb_memory *memory)
{
    if (memory->watchdog->limits->max[NB_LIMIT_MEMORY] == NB_UNLIMITED)
        return;
    nb_alloc_set_limit(NULL);
    setrlimit(RLIMIT_DATA, &memory->before);
}

void nb_memory_give_up(struct nb_memory *memory)
{
    if (memory != NULL && (memory->refusals > 0 || nb_alloc_is_retried()))
        nb_watchdog_end(memory->watchdog, NB_LIMIT_MEMORY, memory->place);
}
