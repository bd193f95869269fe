/*
 * netbox --stats: what a run has taken, on standard error at its end.
 *
 * Nearly all of it is counted by meters that stand in front of the loop, the
 * backend and Lua's collector while they are asked for; the rest are counters
 * that cost next to nothing.
 */
#ifndef NB_APP_STATS_H
#define NB_APP_STATS_H

#include <stdint.h>

#include "core/loop_meter.h"
#include "net/meter.h"

struct nb_console;
struct nb_lua;

struct nb_stats {
    struct nb_lua *lua; /* NULL once it is over */
    const struct nb_console *console;
    struct nb_loop_meter loop;
    struct nb_meter net;
    int64_t began; /* loop time */
};

/*
 * Measures from now on, in the caller's storage, which must not move. If the
 * process ends before nb_stats_end(), it shows what it has then.
 */
void nb_stats_begin(struct nb_stats *stats, struct nb_lua *lua,
                    const struct nb_console *console);

/* Shows everything and stops. Required before `lua` and its backend end. */
void nb_stats_end(struct nb_stats *stats);

#endif
