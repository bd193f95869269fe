/* Events of a trace made by hand, and what a format makes of them. */
#ifndef NB_SUPPORT_TRACED_H
#define NB_SUPPORT_TRACED_H

#include <stddef.h>

#include "trace/event.h"
#include "trace/sink.h"

typedef struct nb_trace_sink *(*traced_maker)(
    int fd, const struct nb_trace_options *options);

/*
 * An event of the client of a TCP connection from 127.0.0.1:40122 to
 * 127.0.0.1:80, with thread, line and time; the bytes of `text` are its data.
 */
struct nb_trace_event traced_event(enum nb_trace_kind kind, const char *text);

/* The same event at the other end, on the side of the server. */
struct nb_trace_event traced_passive(enum nb_trace_kind kind, const char *text);

/* An address; `port` 0 and a text that is none make a path. */
struct nb_addr traced_addr(const char *text, uint16_t port);

/* All that the sink writes of these events; freed by the caller. */
char *traced_output(traced_maker maker, const struct nb_trace_options *options,
                    const struct nb_trace_event *events, size_t count);

#endif
