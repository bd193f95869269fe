/* Options of tracing: see traceopts.h. */
#include "app/traceopts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "guard/limit.h"
#include "trace/filter.h"

enum {
    BYTES = 256,  /* of a payload, unless told otherwise */
    COLUMNS = 80, /* of a terminal that does not say */
};

static const char *const flags[] = {
    [NB_TRACEOPT_TRACE] = "--trace",
    [NB_TRACEOPT_FILTER] = "--trace-filter",
    [NB_TRACEOPT_BYTES] = "--trace-bytes",
    [NB_TRACEOPT_HEX] = "--trace-hex",
    [NB_TRACEOPT_STABLE] = "--trace-stable",
};

void nb_traceopts_init(struct nb_trace_request *request)
{
    memset(request, 0, sizeof *request);
    request->options.bytes = BYTES;
}

__attribute__((format(printf, 1, 2))) static bool refuse(const char *format,
                                                         ...)
{
    va_list args;

    fputs("netbox: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputs(" (try 'netbox --help')\n", stderr);
    return false;
}

static bool take_trace(struct nb_trace_request *request, const char *value)
{
    if (value == NULL) {
        request->terminal = true;
        return true;
    }
    if (*value == '\0')
        return refuse("option '--trace=' needs the name of a file");
    for (size_t i = 0; i < request->count; i++) {
        if (strcmp(request->files[i], value) == 0)
            return refuse("'--trace=%s' is there twice", value);
    }
    if (request->count == NB_TRACE_FILES)
        return refuse("'--trace=%s' is one file too many: %d is the most",
                      value, NB_TRACE_FILES);
    request->files[request->count++] = value;
    return true;
}

static bool take_filter(struct nb_trace_request *request, const char *value)
{
    char wrong[NB_TRACE_FILTER_WRONG];
    struct nb_trace_filter *filter = NULL;
    int rc = 0;

    if (value == NULL)
        return refuse("option '--trace-filter' needs a term such as port=80");
    rc = nb_trace_filter_new(&filter, value, wrong, sizeof wrong);
    if (rc == -EINVAL)
        return refuse("--trace-filter: %s", wrong);
    if (rc < 0) {
        fputs("netbox: not enough memory\n", stderr);
        return false;
    }
    nb_trace_filter_free(request->filter);
    request->filter = filter;
    return true;
}

/* A size is written as that of --max-output. */
static bool take_bytes(struct nb_trace_request *request, const char *value)
{
    struct nb_limits sizes;

    if (value == NULL)
        return refuse("option '--trace-bytes' needs a size such as 1K");
    if (nb_limit_set(&sizes, NB_LIMIT_OUTPUT, value) < 0)
        return refuse("option '--trace-bytes' needs a size such as 1K, "
                      "not '%s'",
                      value);
    request->options.bytes = (size_t)sizes.max[NB_LIMIT_OUTPUT];
    return true;
}

bool nb_traceopts_take(struct nb_trace_request *request,
                       enum nb_traceopt option, const char *value)
{
    if (option != NB_TRACEOPT_TRACE && request->first == NULL)
        request->first = flags[option];
    switch (option) {
    case NB_TRACEOPT_TRACE:
        return take_trace(request, value);
    case NB_TRACEOPT_FILTER:
        return take_filter(request, value);
    case NB_TRACEOPT_BYTES:
        return take_bytes(request, value);
    case NB_TRACEOPT_HEX:
        request->options.hex = true;
        break;
    case NB_TRACEOPT_STABLE:
        request->options.stable = true;
        break;
    }
    return true;
}

/* True for a variable that is there and not empty. */
static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0';
}

/* https://no-color.org, https://force-color.org */
static bool wants_color(bool terminal)
{
    const char *kind = getenv("TERM");

    if (is_set("NO_COLOR"))
        return false;
    if (is_set("FORCE_COLOR") || is_set("CLICOLOR_FORCE"))
        return true;
    return terminal && kind != NULL && strcmp(kind, "dumb") != 0;
}

static unsigned width_of_terminal(void)
{
    struct winsize size = {.ws_col = 0};
    const char *columns = getenv("COLUMNS");

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    long number = columns == NULL ? 0 : strtol(columns, NULL, 10);
    return number > 0 && number < UINT16_MAX ? (unsigned)number : COLUMNS;
}

/* What standard error is. */
static void look(struct nb_trace_request *request)
{
    bool terminal = isatty(STDERR_FILENO) == 1;

    request->screen = request->options;
    request->screen.live = true;
    request->screen.color = wants_color(terminal);
    request->screen.width = terminal ? width_of_terminal() : 0;
}

bool nb_traceopts_settle(struct nb_trace_request *request)
{
    look(request);
    if (request->first == NULL || request->terminal || request->count > 0)
        return true;
    return refuse("option '%s' needs --trace", request->first);
}

void nb_traceopts_deinit(struct nb_trace_request *request)
{
    nb_trace_filter_free(request->filter);
    request->filter = NULL;
}
