/* Events made by hand: see traced.h. */
#include "support/traced.h"

#include "support/fixture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct nb_addr traced_addr(const char *text, uint16_t port)
{
    struct nb_addr addr = {.len = 0};

    if (nb_addr_parse(&addr, text, port) < 0 &&
        nb_addr_unix(&addr, text, strlen(text)) < 0)
        fail_msg("no address: %s", text);
    return addr;
}

struct nb_trace_event traced_event(enum nb_trace_kind kind, const char *text)
{
    return (struct nb_trace_event){
        .kind = kind,
        .proto = NB_TRACE_TCP,
        .number = 7,
        .time = 1234567,
        .socket = 2,
        .conversation = 1,
        .peer = 3,
        .local = traced_addr("127.0.0.1", 40122),
        .remote = traced_addr("127.0.0.1", 80),
        .thread = 1,
        .origin = {"main", "echo.lua", 12},
        .data = text,
        .len = text == NULL ? 0 : strlen(text),
    };
}

struct nb_trace_event traced_passive(enum nb_trace_kind kind, const char *text)
{
    struct nb_trace_event event = traced_event(kind, text);

    event.socket = 3;
    event.peer = 2;
    event.passive = true;
    event.local = traced_addr("127.0.0.1", 80);
    event.remote = traced_addr("127.0.0.1", 40122);
    event.thread = 2;
    event.origin = (struct nb_origin){"server", "echo.lua", 5};
    return event;
}

char *traced_output(traced_maker maker, const struct nb_trace_options *options,
                    const struct nb_trace_event *events, size_t count)
{
    int fd = memfd_create("trace", 0);
    struct nb_trace_sink *sink = maker(dup(fd), options);

    assert_non_null(sink);
    for (size_t i = 0; i < count; i++)
        sink->ops->take(sink, &events[i]);
    sink->ops->finish(sink);
    size_t len = (size_t)lseek(fd, 0, SEEK_END);
    char *text = malloc(len + 1);
    assert_non_null(text);
    assert_int_equal(pread(fd, text, len, 0), len);
    text[len] = '\0';
    close(fd);
    return text;
}
