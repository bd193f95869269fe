/*
 * What timers cost in plain C on libev: see netbox/work.lua, which does and
 * prints the same.
 *
 *     work NAME COUNT
 */
#define _GNU_SOURCE

#include <ev.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static long fired;

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)timer;
    (void)events;
    fired++;
}

/* A timer is started and stopped. */
static void timers(struct ev_loop *loop, long count)
{
    ev_timer timer;

    for (long i = 0; i < count; i++) {
        ev_timer_init(&timer, on_timer, 5, 0);
        ev_timer_start(loop, &timer);
        ev_timer_stop(loop, &timer);
    }
    if (fired)
        abort();
}

/* Timers fire that all run at once, at moments spread over `seconds`. */
static void fire(struct ev_loop *loop, long count, double seconds)
{
    ev_timer *all = calloc((size_t)count, sizeof *all);
    if (!all)
        abort();
    fired = 0;
    ev_now_update(loop);
    for (long i = 0; i < count; i++) {
        ev_timer_init(&all[i], on_timer,
                      (double)(i * 7919 % count) * seconds / (double)count, 0);
        ev_timer_start(loop, &all[i]);
    }
    ev_run(loop, 0);
    if (fired != count)
        abort();
    free(all);
}

static void sleepers(struct ev_loop *loop, long count)
{
    fire(loop, count, 0.05);
}

/* COUNT timers, a thousand at a time. */
static void thousands(struct ev_loop *loop, long count)
{
    for (long i = 0; i < count / 1000; i++)
        fire(loop, 1000, 0.002);
}

/* COUNT timers at once. */
static void million(struct ev_loop *loop, long count)
{
    fire(loop, count, 0.5);
}

static int64_t read_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(struct ev_loop *loop, long count);
    } works[] = {
        {"timers", timers},
        {"sleepers", sleepers},
        {"thousands", thousands},
        {"million", million},
    };
    struct ev_loop *loop = ev_default_loop(0);
    long count = argc == 3 ? strtol(argv[2], NULL, 10) : 0;

    for (size_t i = 0; count > 0 && i < sizeof works / sizeof *works; i++) {
        if (strcmp(argv[1], works[i].name) != 0)
            continue;
        int64_t begin = read_clock();
        works[i].run(loop, count);
        printf("cpu %.1f\n", (double)(read_clock() - begin) / (double)count);
        return 0;
    }
    fputs("usage: work NAME COUNT\n", stderr);
    return 1;
}
