/*
 * Writes a trace of made-up events:
 *
 *     feed FILE <EVENTS
 *
 * The name of the file says in which format; for the lines of events see
 * support/tale.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/tale.h"
#include "trace/sink.h"

int main(int argc, char **argv)
{
    const struct nb_trace_options options = {
        .began = 1700000000 * INT64_C(1000000000),
        .title = "a test",
    };
    struct tale tale = {.events = 0};
    char *line = NULL;
    size_t size = 0;

    if (argc != 2)
        return 2;
    int fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0)
        return 1;
    struct nb_trace_sink *sink =
        nb_trace_sink_new(nb_trace_format_of(argv[1]), fd, &options);
    if (sink == NULL)
        return 1;
    while (getline(&line, &size, stdin) > 0) {
        struct nb_trace_event event = tale_event(&tale, line);
        sink->ops->take(sink, &event);
    }
    sink->ops->finish(sink);
    free(line);
    return 0;
}
