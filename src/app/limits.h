/* The limits of a program: read from the command line, kept while it runs. */
#ifndef NB_APP_LIMITS_H
#define NB_APP_LIMITS_H

#include <stdbool.h>

#include "guard/memory.h"
#include "guard/watchdog.h"

struct nb_lua;

/* What keeps them. */
struct nb_limits_keeper {
    struct nb_watchdog watchdog;
    struct nb_memory memory;
};

/*
 * Takes the value of an option, NULL if there is none; says on standard error
 * what is wrong.
 */
bool nb_limits_take(struct nb_limits *limits, enum nb_limit limit,
                    const char *value);

/*
 * Keeps the limits of a program whose state is to be opened, which has a
 * console. Returns 0 or a negative errno.
 */
int nb_limits_keep(struct nb_limits_keeper *keeper,
                   const struct nb_limits *limits, struct nb_lua *lua);

/* The program has ended. */
void nb_limits_release(struct nb_limits_keeper *keeper, struct nb_lua *lua);

#endif
