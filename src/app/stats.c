/*
 * What a run has taken: see stats.h.
 *
 * The peak of the memory is that of /proc, because getrusage() tells that of
 * the shell that started us, if it was larger.
 */
#include "app/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "app/figures.h"
#include "bind/state.h"
#include "core/loop.h"
#include "net/console.h"
#include "util/alloc.h"
#include "util/buf.h"

static int64_t ns_of(struct timeval time)
{
    return time.tv_sec * NB_SECOND + time.tv_usec * (NB_SECOND / 1000000);
}

/* The most that was resident, in KiB; 0 if the system does not tell. */
static uint64_t peak_resident(void)
{
    static const char field[] = "\nVmHWM:";
    struct nb_buf text;
    uint64_t peak = 0;

    nb_buf_init(&text);
    if (nb_console_read_file("/proc/self/status", &text) == 0 &&
        nb_buf_append(&text, "", 1) == 0) {
        const char *found = strstr(nb_buf_bytes(&text), field);
        if (found != NULL)
            peak = strtoull(found + sizeof field - 1, NULL, 10);
    }
    nb_buf_deinit(&text);
    return peak;
}

/* Processor time of this process, and how long it has run on the wall. */
static void read_clocks(const struct nb_stats *stats,
                        struct nb_figures *figures)
{
    struct rusage used = {0};

    getrusage(RUSAGE_SELF, &used);
    figures->user = ns_of(used.ru_utime);
    figures->system = ns_of(used.ru_stime);
    figures->wall = nb_loop_now(stats->lua->rt.loop) - stats->began;
}

static void show(const struct nb_stats *stats)
{
    const struct nb_lua *lua = stats->lua;
    struct nb_figures figures = {
        .slept = stats->loop.slept,
        .collecting = lua->collector.spent,
        .turns = stats->loop.turns,
        .sleeps = stats->loop.sleeps,
        .steps = lua->collector.steps,
        .threads = lua->rt.last_id,
        .most_threads = lua->rt.most_alive,
        .switches = lua->rt.switches,
        .timers = lua->rt.timers.count,
        .printed = stats->console->printed,
        .writes = stats->console->writes,
        .allocated = nb_alloc_account().peak / 1024,
    };

    figures.resident = peak_resident();
    read_clocks(stats, &figures);
    nb_figures_write(stderr, &figures, &stats->net);
}

/* The process ends without coming back to us. */
static void leaving(void *context)
{
    nb_stats_end(context);
}

void nb_stats_begin(struct nb_stats *stats, struct nb_lua *lua,
                    const struct nb_console *console)
{
    struct nb_figures until_now;

    stats->lua = lua;
    stats->console = console;
    stats->began = 0;
    nb_loop_meter_install(&stats->loop, lua->rt.loop);
    nb_meter_install(&stats->net, lua->net);
    lua->collector.timed = true;
    lua->leaving = leaving;
    lua->leaving_context = stats;
    /* What has been computed until now belongs to the run. */
    read_clocks(stats, &until_now);
    stats->began = until_now.wall - until_now.user - until_now.system;
}

void nb_stats_end(struct nb_stats *stats)
{
    if (stats->lua == NULL)
        return;
    show(stats);
    stats->lua->leaving = NULL;
    nb_meter_remove(&stats->net, stats->lua->net);
    nb_loop_meter_remove(&stats->loop, stats->lua->rt.loop);
    stats->lua = NULL;
}
