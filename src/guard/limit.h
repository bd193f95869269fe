/*
 * How much a program may use: the numbers, and how a user writes them.
 *
 * Sizes are "64M" (K, M, G: powers of 1024), times "1.5h" (s, m, h; seconds
 * where nothing is said), counts plain numbers. Who keeps a limit is said
 * beside it; what becomes of a program at its limit is in guard/watchdog.
 */
#ifndef NB_GUARD_LIMIT_H
#define NB_GUARD_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum nb_limit {
    NB_LIMIT_MEMORY,  /* bytes; guard/memory */
    NB_LIMIT_CPU,     /* ns of the processor; guard/watchdog */
    NB_LIMIT_TIME,    /* ns of the clock; guard/watchdog */
    NB_LIMIT_THREADS, /* alive at a time; bind/lthread */
    NB_LIMIT_SOCKETS, /* open at a time; net/gate */
    NB_LIMIT_OUTPUT,  /* bytes written; guard/watchdog counts them */
};

enum {
    NB_LIMIT_COUNT = NB_LIMIT_OUTPUT + 1,
    NB_LIMIT_TEXT = 96, /* room for nb_limit_describe() */
};

#define NB_UNLIMITED UINT64_MAX

struct nb_limits {
    uint64_t max[NB_LIMIT_COUNT];
    const char *text[NB_LIMIT_COUNT]; /* as the user wrote it; borrowed */
};

/* Sets what holds where nothing is said: 1G of memory, nothing else. */
void nb_limits_init(struct nb_limits *limits);

/*
 * Sets one limit to what `text`, borrowed, says. Returns 0, or -EINVAL for
 * what is malformed, zero where that makes no sense, or too much to count.
 */
int nb_limit_set(struct nb_limits *limits, enum nb_limit limit,
                 const char *text);

/* The option that sets it, as "--memory". */
const char *nb_limit_flag(enum nb_limit limit);

/* What it takes, as "a size such as 64M". */
const char *nb_limit_form(enum nb_limit limit);

/*
 * Writes "memory of 64M used up (--memory)", cut to fit. Async-signal-safe.
 */
void nb_limit_describe(const struct nb_limits *limits, enum nb_limit limit,
                       char text[NB_LIMIT_TEXT]);

#endif
