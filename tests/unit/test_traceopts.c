/* Options of tracing: what is asked for, and what standard error is. */
#include "support/fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/traceopts.h"
#include "support/traced.h"
#include "trace/filter.h"
#include "util/list.h"

static const char *const variables[] = {
    "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TERM", "COLUMNS",
};

static void options_are_taken(void **state)
{
    struct nb_trace_request request;
    struct nb_trace_event event = traced_event(NB_TRACE_SENT, "hello");

    nb_traceopts_init(&request);
    assert_true(nb_traceopts_settle(&request));
    assert_false(request.terminal);
    assert_int_equal(request.count, 0);
    assert_null(request.filter);
    assert_int_equal(request.options.bytes, 256);
    assert_true(nb_traceopts_take(&request, NB_TRACEOPT_TRACE, NULL));
    assert_true(nb_traceopts_take(&request, NB_TRACEOPT_TRACE, "a.svg"));
    assert_true(nb_traceopts_take(&request, NB_TRACEOPT_TRACE, "b"));
    assert_true(nb_traceopts_take(&request, NB_TRACEOPT_BYTES, "2K"));
    assert_true(nb_traceopts_take(&request, NB_TRACEOPT_HEX, NULL));
    assert_true(nb_traceopts_take(&request, NB_TRACEOPT_STABLE, NULL));
    assert_true(nb_traceopts_settle(&request));
    assert_true(request.terminal);
    assert_int_equal(request.count, 2);
    assert_string_equal(request.files[0], "a.svg");
    assert_string_equal(request.files[1], "b");
    assert_int_equal(request.options.bytes, 2048);
    assert_true(request.options.hex && request.options.stable);
    assert_false(request.options.live || request.options.color);
    assert_int_equal(request.options.width, 0);
    assert_int_equal(request.screen.bytes, 2048);
    assert_true(request.screen.hex && request.screen.stable);
    assert_true(request.screen.live);
    assert_true(nb_traceopts_take(&request, NB_TRACEOPT_FILTER, "port=1"));
    assert_false(nb_trace_filter_match(request.filter, &event));
    assert_true(nb_traceopts_take(&request, NB_TRACEOPT_FILTER, "port=80"));
    assert_true(nb_trace_filter_match(request.filter, &event));
    nb_traceopts_deinit(&request);
    nb_traceopts_deinit(&request);
}

static void no_memory_is_said(void **state)
{
    struct nb_trace_request request;
    struct refusal refusal = {.countdown = 1};

    nb_traceopts_init(&request);
    nb_alloc_set_gate(refusal_gate, &refusal);
    assert_false(nb_traceopts_take(&request, NB_TRACEOPT_FILTER, "port=80"));
    nb_alloc_set_gate(NULL, NULL);
    assert_null(request.filter);
}

/* What becomes of the screen while standard error is `fd`. */
static struct nb_trace_options look(int fd)
{
    struct nb_trace_request request;
    int kept = dup(STDERR_FILENO);

    nb_traceopts_init(&request);
    dup2(fd, STDERR_FILENO);
    bool settled = nb_traceopts_settle(&request);
    dup2(kept, STDERR_FILENO);
    close(kept);
    assert_true(settled);
    return request.screen;
}

struct row {
    const char *values[NB_COUNTOF(variables)]; /* NULL: not set */
    unsigned short columns;                    /* that a terminal says */
    bool color;
    bool color_elsewhere;
    unsigned width;
};

static void check(const struct row *row, int terminal, int other)
{
    struct winsize size = {.ws_col = row->columns};

    for (size_t i = 0; i < NB_COUNTOF(variables); i++) {
        unsetenv(variables[i]);
        if (row->values[i] != NULL)
            setenv(variables[i], row->values[i], 1);
    }
    assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
    struct nb_trace_options options = look(terminal);
    assert_int_equal(options.color, row->color);
    assert_int_equal(options.width, row->width);
    options = look(other);
    assert_int_equal(options.color, row->color_elsewhere);
    assert_int_equal(options.width, 0);
}

static void colour_and_width_are_those_of_standard_error(void **state)
{
    static const struct row rows[] = {
        {{NULL, NULL, NULL, "xterm", NULL}, 132, true, false, 132},
        {{NULL, NULL, NULL, "xterm", "100"}, 132, true, false, 132},
        {{NULL, NULL, NULL, "xterm", "100"}, 0, true, false, 100},
        {{NULL, NULL, NULL, "xterm", NULL}, 0, true, false, 80},
        {{NULL, NULL, NULL, "xterm", "wide"}, 0, true, false, 80},
        {{NULL, NULL, NULL, "xterm", "-5"}, 0, true, false, 80},
        {{NULL, NULL, NULL, "xterm", "9999999"}, 0, true, false, 80},
        {{NULL, NULL, NULL, "dumb", NULL}, 80, false, false, 80},
        {{NULL, NULL, NULL, NULL, NULL}, 80, false, false, 80},
        {{"1", NULL, NULL, "xterm", NULL}, 80, false, false, 80},
        {{"", NULL, NULL, "xterm", NULL}, 80, true, false, 80},
        {{NULL, "1", NULL, "dumb", NULL}, 80, true, true, 80},
        {{NULL, "", NULL, "dumb", NULL}, 80, false, false, 80},
        {{NULL, NULL, "1", NULL, NULL}, 80, true, true, 80},
        {{"1", "1", "1", "xterm", NULL}, 80, false, false, 80},
    };
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    int other = open("/dev/null", O_WRONLY);

    assert_true(terminal >= 0 && other >= 0);
    assert_int_equal(unlockpt(terminal), 0);
    int screen = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    assert_true(screen >= 0);
    for (size_t i = 0; i < NB_COUNTOF(rows); i++)
        check(&rows[i], screen, other);
    close(screen);
    close(terminal);
    close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_taken),
        cmocka_unit_test(no_memory_is_said),
        cmocka_unit_test(colour_and_width_are_those_of_standard_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
