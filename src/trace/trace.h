/*
 * The trace of a program: what it is shown in, and to whom.
 *
 * Each output has a format and a filter of its own. The bus is listened to
 * while there is an output, and costs a branch while there is none.
 */
#ifndef NB_TRACE_TRACE_H
#define NB_TRACE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/observer.h"
#include "trace/scribe.h"

struct nb_loop;
struct nb_trace_filter;

enum {
    NB_TRACE_OUTPUTS = 16,
    NB_TRACE_MARK_MAX = 1 << 16, /* bytes of a note */
};

struct nb_trace_output {
    struct nb_trace_filter *filter; /* NULL: everything */
    struct nb_trace_sink *sink;     /* that writes in this process, or NULL */
    int scribed;                    /* the scribe's number of it, or -1 */
    bool used;
    bool by_script;
};

/* What a file of a trace is to be. */
struct nb_trace_file {
    int fd; /* open for writing; taken over, also if there is an error */
    const char *name;
    struct nb_trace_options options;
    /* NULL: everything. What a script starts owns it, also if it fails. */
    struct nb_trace_filter *filter;
    bool by_script;
};

struct nb_trace {
    struct nb_observer observer;
    struct nb_bus *bus;
    struct nb_loop *loop;
    nb_describe_fn describe;
    void *context; /* of describe */
    struct nb_scribe scribe;
    struct nb_trace_output outputs[NB_TRACE_OUTPUTS];
    struct nb_trace_options options; /* of files that the script starts ... */
    struct nb_trace_options screen;  /* ... and of text on standard error */
    unsigned used;                   /* outputs */
    int64_t began;                   /* loop time */
    int64_t wall;                    /* the same instant, in ns since 1970 */
    bool has_scribe;
    bool observing;
};

/*
 * Prepares the caller's storage, which must not move. `describe` is asked
 * with `context`, as struct nb_observer_host says.
 */
void nb_trace_init(struct nb_trace *trace, struct nb_bus *bus,
                   struct nb_loop *loop, nb_describe_fn describe,
                   void *context);

/*
 * Starts the scribe, which calls `confine`, for the files to come. Returns 0 or
 * a negative errno.
 */
int nb_trace_prepare(struct nb_trace *trace, void (*confine)(void));

/* Adds a file, in the format of its name. Its number, or a negative errno. */
int nb_trace_add(struct nb_trace *trace, const struct nb_trace_file *file);

/* Adds text on a terminal or the like, written as things happen. */
int nb_trace_show(struct nb_trace *trace, const struct nb_trace_file *file);

/*
 * Finishes all that the script has started. Returns 0 or the negative errno of
 * a write that failed.
 */
int nb_trace_remove_script(struct nb_trace *trace);

/* Puts a note into all of them, cut if it is long. */
void nb_trace_mark(struct nb_trace *trace, uint64_t thread, const char *text,
                   size_t len);

/* Finishes all, and waits until every file is written. Twice is fine. */
void nb_trace_finish(struct nb_trace *trace);

#endif
