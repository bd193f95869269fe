/* The table of --stats: its lines, and how wide they may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "app/figures.h"
#include "core/loop.h"
#include "net/meter.h"

#define MS (NB_SECOND / 1000)

/* The table as text, to be freed. */
static char *table(const struct nb_figures *figures, const struct nb_meter *net)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    nb_figures_write(out, figures, net);
    fclose(out);
    return text;
}

static void each_figure_has_its_line(void **state)
{
    const struct nb_figures figures = {
        .wall = 2000 * MS,
        .user = 300 * MS,
        .system = 100 * MS,
        .slept = 1500 * MS,
        .collecting = 50 * MS,
        .turns = 12,
        .sleeps = 8,
        .steps = 4,
        .threads = 53,
        .most_threads = 52,
        .switches = 2400,
        .timers = 120,
        .printed = 7,
        .writes = 1,
        .resident = 6144,
        .allocated = 1024,
    };
    const struct nb_meter net = {
        .received = {.bytes = 640, .datagrams = 10},
        .sent = {.bytes = 1},
        .opened = 9,
        .lookups = 2,
        .counts = {[NB_METER_ACCEPT] = {.calls = 5, .again = 2, .failed = 1},
                   [NB_METER_CLOSE] = {.calls = 6}},
    };
    char *text = table(&figures, &net);

    assert_string_equal(
        text,
        "netbox: what the run took\n"
        "  wall clock, s            2.0000\n"
        "  processor, s             0.4000   20 %: user 0.3000, system 0.1000\n"
        "  collector, s             0.0500    3 %: in 4 steps, with "
        "finalizers\n"
        "  asleep, s                1.5000   75 %: in 8 of 12 turns\n"
        "  threads                      53  at most 52 at once\n"
        "  switches                   2400\n"
        "  timers armed                120  for sleeps and time-outs too\n"
        "  sockets opened                9\n"
        "  names looked up               2\n"
        "  received, bytes             640  in 10 datagrams\n"
        "  sent, bytes                   1\n"
        "  printed, bytes                7\n"
        "  memory, KiB                6144  resident at most\n"
        "  heap, KiB                  1024  allocated at most, by Lua and "
        "netbox\n"
        "  system call               calls         EAGAIN         failed\n"
        "  epoll_wait                   12              0              0\n"
        "  accept4                       5              2              1\n"
        "  close                         6              0              0\n"
        "  write                         1              0              0\n");
    free(text);
}

static void nothing_is_a_table_too(void **state)
{
    const struct nb_figures figures = {.wall = 0};
    const struct nb_meter net = {.opened = 0};
    char *text = table(&figures, &net);

    assert_non_null(strstr(text, "wall clock, s            0.0000\n"));
    assert_non_null(strstr(text, "  0 %: user 0.0000, system 0.0000\n"));
    assert_non_null(strstr(text, "EAGAIN         failed\n"));
    assert_null(strstr(text, "epoll_wait"));
    free(text);
}

/* A week of a busy server. */
static void large_figures_fit_80_columns(void **state)
{
    const int64_t week = 604800 * NB_SECOND;
    const uint64_t much = UINT64_C(999999999999);
    const struct nb_figures figures = {
        .wall = week,
        .user = week / 2,
        .system = week / 2,
        .slept = week,
        .collecting = week,
        .turns = much,
        .sleeps = much,
        .steps = much,
        .threads = much,
        .most_threads = much,
        .switches = much,
        .timers = much,
        .printed = much,
        .writes = much,
        .resident = much,
        .allocated = much,
    };
    struct nb_meter net = {
        .received = {.bytes = much, .datagrams = much},
        .sent = {.bytes = much, .datagrams = much},
        .opened = much,
        .lookups = much,
    };

    for (int i = 0; i < NB_METER_CALLS; i++)
        net.counts[i] = (struct nb_meter_count){much, much, much};
    char *text = table(&figures, &net);
    size_t lines = 0;
    for (const char *line = text; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        assert_in_range(len, 1, 80);
        assert_true(line[len - 1] != ' ');
        lines++;
        line += len + 1;
    }
    assert_int_equal(lines, 18 + NB_METER_CALLS);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_figure_has_its_line),
        cmocka_unit_test(nothing_is_a_table_too),
        cmocka_unit_test(large_figures_fit_80_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
