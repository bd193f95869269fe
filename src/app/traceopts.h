/*
 * What the command line says about tracing: --trace and the options that go
 * with it.
 */
#ifndef NB_APP_TRACEOPTS_H
#define NB_APP_TRACEOPTS_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/sink.h"

enum { NB_TRACE_FILES = 8 };

enum nb_traceopt {
    NB_TRACEOPT_TRACE,
    NB_TRACEOPT_FILTER,
    NB_TRACEOPT_BYTES,
    NB_TRACEOPT_HEX,
    NB_TRACEOPT_STABLE,
};

struct nb_trace_filter;

struct nb_trace_request {
    bool terminal;                     /* text on standard error */
    const char *files[NB_TRACE_FILES]; /* their names choose the format */
    size_t count;
    struct nb_trace_filter *filter;  /* NULL: everything is shown */
    struct nb_trace_options options; /* for files */
    struct nb_trace_options screen;  /* for standard error as it is */
    const char *first; /* option that is nothing without --trace, or NULL */
};

/* Nothing is traced. */
void nb_traceopts_init(struct nb_trace_request *request);

/*
 * Takes an option, whose value is NULL if it has none; says on standard error
 * what is wrong.
 */
bool nb_traceopts_take(struct nb_trace_request *request,
                       enum nb_traceopt option, const char *value);

/* All options have been read: false, and said, if they make no sense. */
bool nb_traceopts_settle(struct nb_trace_request *request);

/* Frees the filter; twice is harmless. */
void nb_traceopts_deinit(struct nb_trace_request *request);

#endif
