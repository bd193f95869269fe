/* The table of `netbox --stats`: see figures.h. */
#include "app/figures.h"

#include <inttypes.h>

#include "core/loop.h"
#include "net/meter.h"

static double seconds_of(int64_t ns)
{
    return (double)ns / (double)NB_SECOND;
}

/* How much of the time on the wall that is. */
static int percent(const struct nb_figures *figures, int64_t ns)
{
    if (figures->wall <= 0)
        return 0;
    return (int)((double)ns * 100 / (double)figures->wall + 0.5);
}

static void write_time(FILE *out, const char *name, int64_t ns)
{
    fprintf(out, "  %-16s %14.4f", name, seconds_of(ns));
}

static void write_number(FILE *out, const char *name, uint64_t number)
{
    fprintf(out, "  %-16s %14" PRIu64, name, number);
}

static void write_times(FILE *out, const struct nb_figures *f)
{
    int64_t processor = f->user + f->system;

    write_time(out, "wall clock, s", f->wall);
    fputc('\n', out);
    write_time(out, "processor, s", processor);
    fprintf(out, "  %3d %%: user %.4f, system %.4f\n", percent(f, processor),
            seconds_of(f->user), seconds_of(f->system));
    write_time(out, "collector, s", f->collecting);
    fprintf(out, "  %3d %%: in %" PRIu64 " steps, with finalizers\n",
            percent(f, f->collecting), f->steps);
    write_time(out, "asleep, s", f->slept);
    fprintf(out, "  %3d %%: in %" PRIu64 " of %" PRIu64 " turns\n",
            percent(f, f->slept), f->sleeps, f->turns);
}

static void write_threads(FILE *out, const struct nb_figures *f)
{
    write_number(out, "threads", f->threads);
    fprintf(out, "  at most %" PRIu64 " at once\n", f->most_threads);
    write_number(out, "switches", f->switches);
    fputc('\n', out);
    write_number(out, "timers armed", f->timers);
    fputs("  for sleeps and time-outs too\n", out);
}

static void write_flow(FILE *out, const char *name,
                       const struct nb_meter_flow *flow)
{
    write_number(out, name, flow->bytes);
    if (flow->datagrams > 0)
        fprintf(out, "  in %" PRIu64 " datagrams", flow->datagrams);
    fputc('\n', out);
}

static void write_traffic(FILE *out, const struct nb_figures *f,
                          const struct nb_meter *net)
{
    write_number(out, "sockets opened", net->opened);
    fputc('\n', out);
    write_number(out, "names looked up", net->lookups);
    fputc('\n', out);
    write_flow(out, "received, bytes", &net->received);
    write_flow(out, "sent, bytes", &net->sent);
    write_number(out, "printed, bytes", f->printed);
    fputc('\n', out);
}

static void write_memory(FILE *out, const struct nb_figures *f)
{
    write_number(out, "memory, KiB", f->resident);
    fputs("  resident at most\n", out);
    write_number(out, "heap, KiB", f->allocated);
    fputs("  allocated at most, by Lua and netbox\n", out);
}

static void write_count(FILE *out, const char *name,
                        const struct nb_meter_count *count)
{
    if (count->calls == 0)
        return;
    fprintf(out, "  %-16s %14" PRIu64 " %14" PRIu64 " %14" PRIu64 "\n", name,
            count->calls, count->again, count->failed);
}

void nb_figures_write(FILE *out, const struct nb_figures *figures,
                      const struct nb_meter *net)
{
    struct nb_meter_count polls = {.calls = figures->turns};
    struct nb_meter_count writes = {.calls = figures->writes};

    fputs("netbox: what the run took\n", out);
    write_times(out, figures);
    write_threads(out, figures);
    write_traffic(out, figures, net);
    write_memory(out, figures);
    fprintf(out, "  %-16s %14s %14s %14s\n", "system call", "calls", "EAGAIN",
            "failed");
    write_count(out, "epoll_wait", &polls);
    for (int i = 0; i < NB_METER_CALLS; i++)
        write_count(out, nb_meter_name((enum nb_meter_call)i), &net->counts[i]);
    write_count(out, "write", &writes);
}
