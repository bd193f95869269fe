/* Traces made by hand: see story.h. */
#include "support/story.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/list.h"

#define SERVER "127.0.0.1:12000"
#define CLIENT "127.0.0.1:50312"

/* A server of TCP and its client in one program. */
static const struct told tcp[] = {
    {NB_TRACE_BOUND, NB_TRACE_TCP, .socket = 1, .local = SERVER,
     .thread = "server"},
    {NB_TRACE_LISTENING, NB_TRACE_TCP, .socket = 1, .local = SERVER,
     .thread = "server", .passive = true},
    {NB_TRACE_CONNECTING, NB_TRACE_TCP, .socket = 2, .conversation = 1,
     .local = CLIENT, .remote = SERVER, .thread = "main"},
    {NB_TRACE_CONNECTED, NB_TRACE_TCP, .socket = 2, .conversation = 1,
     .local = CLIENT, .remote = SERVER, .thread = "main"},
    {NB_TRACE_ACCEPTED, NB_TRACE_TCP, .socket = 3, .peer = 2, .conversation = 1,
     .local = SERVER, .remote = CLIENT, .thread = "server", .passive = true},
    {NB_TRACE_SENT, NB_TRACE_TCP, .socket = 2, .peer = 3, .conversation = 1,
     .local = CLIENT, .remote = SERVER, .thread = "main",
     .data = "hello <world> & \"all\"\n"},
    {NB_TRACE_RECEIVED, NB_TRACE_TCP, .socket = 3, .peer = 2, .conversation = 1,
     .local = SERVER, .remote = CLIENT, .thread = "handler",
     .data = "hello <world> & \"all\"\n", .passive = true},
    {NB_TRACE_SENT, NB_TRACE_TCP, .socket = 3, .peer = 2, .conversation = 1,
     .local = SERVER, .remote = CLIENT, .thread = "handler",
     .data = "HELLO from 127.0.0.1:50312\n", .passive = true},
    {NB_TRACE_SENT, NB_TRACE_TCP, .socket = 3, .peer = 2, .conversation = 1,
     .local = SERVER, .remote = CLIENT, .thread = "handler", .data = "and more",
     .passive = true},
    {NB_TRACE_RECEIVED, NB_TRACE_TCP, .socket = 2, .peer = 3, .conversation = 1,
     .local = CLIENT, .remote = SERVER, .thread = "main",
     .data = "HELLO from 127.0.0.1:50312\nand more"},
    {NB_TRACE_HALF_CLOSED, NB_TRACE_TCP, .wait = 3200000, .socket = 2,
     .peer = 3, .conversation = 1, .local = CLIENT, .remote = SERVER,
     .thread = "main"},
    {NB_TRACE_ENDED, NB_TRACE_TCP, .socket = 3, .peer = 2, .conversation = 1,
     .local = SERVER, .remote = CLIENT, .thread = "handler", .passive = true},
    {NB_TRACE_CLOSED, NB_TRACE_TCP, .socket = 3, .peer = 2, .conversation = 1,
     .local = SERVER, .remote = CLIENT, .thread = "handler", .passive = true},
    {NB_TRACE_ENDED, NB_TRACE_TCP, .socket = 2, .peer = 3, .conversation = 1,
     .local = CLIENT, .remote = SERVER, .thread = "main"},
    {NB_TRACE_CLOSED, NB_TRACE_TCP, .socket = 2, .peer = 3, .conversation = 1,
     .local = CLIENT, .remote = SERVER, .thread = "main"},
};

/* Datagrams: one is lost, and sent again after a time-out. */
#define FROM_CLIENT                                                            \
    NB_TRACE_UDP, .socket = 2, .peer = 1, .conversation = 1,                   \
                  .local = "0.0.0.0:50312", .remote = SERVER, .thread = "main"
#define FROM_SERVER                                                            \
    NB_TRACE_UDP, .socket = 1, .peer = 2, .conversation = 1,                   \
                  .local = "0.0.0.0:12000", .remote = CLIENT,                  \
                  .thread = "server"
static const struct told udp[] = {
    {NB_TRACE_BOUND, NB_TRACE_UDP, .socket = 1, .local = "0.0.0.0:12000",
     .thread = "server"},
    {NB_TRACE_SENT, FROM_CLIENT, .data = "DATA 1"},
    {NB_TRACE_TIMED_OUT, FROM_CLIENT, .wait = 1000000,
     .operation = NB_EVENT_RECEIVE},
    {NB_TRACE_SENT, FROM_CLIENT, .data = "DATA 1"},
    {NB_TRACE_RECEIVED, FROM_SERVER, .data = "DATA 1"},
    {NB_TRACE_SENT, FROM_SERVER, .data = "ACK 1"},
    {NB_TRACE_RECEIVED, FROM_CLIENT, .data = "ACK 1"},
    {NB_TRACE_MARK, NB_TRACE_NONE, .data = "now two at once\nsecond line",
     .thread = "main"},
    {NB_TRACE_SENT, FROM_CLIENT, .data = "DATA 2"},
    {NB_TRACE_SENT, FROM_CLIENT, .data = "\x01\x02\xff\xfe"},
    {NB_TRACE_RECEIVED, FROM_SERVER, .data = "\x01\x02\xff\xfe"},
    {NB_TRACE_SENT, FROM_SERVER, .data = "ACK 3"},
    {NB_TRACE_RECEIVED, FROM_SERVER, .data = "DATA 2"},
    {NB_TRACE_RECEIVED, FROM_CLIENT, .data = "ACK 3"},
    {NB_TRACE_CLOSED, FROM_CLIENT},
};

/* The other ends are elsewhere. */
static const struct told outside[] = {
    {NB_TRACE_CONNECTING, NB_TRACE_TCP, .socket = 1, .conversation = 1,
     .local = "10.0.0.2:40000", .remote = "192.0.2.80:80", .thread = "main"},
    {NB_TRACE_CONNECTED, NB_TRACE_TCP, .wait = 12000, .socket = 1,
     .conversation = 1, .local = "10.0.0.2:40000", .remote = "192.0.2.80:80",
     .thread = "main"},
    {NB_TRACE_SENT, NB_TRACE_TCP, .socket = 1, .conversation = 1,
     .local = "10.0.0.2:40000", .remote = "192.0.2.80:80", .thread = "main",
     .data = "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"},
    {NB_TRACE_RECEIVED, NB_TRACE_TCP, .wait = 15000, .socket = 1,
     .conversation = 1, .local = "10.0.0.2:40000", .remote = "192.0.2.80:80",
     .thread = "main", .data = "HTTP/1.1 204 No Content\r\n\r\n"},
    {NB_TRACE_ENDED, NB_TRACE_TCP, .wait = 2000, .socket = 1, .conversation = 1,
     .local = "10.0.0.2:40000", .remote = "192.0.2.80:80", .thread = "main"},
    {NB_TRACE_CLOSED, NB_TRACE_TCP, .socket = 1, .conversation = 1,
     .local = "10.0.0.2:40000", .remote = "192.0.2.80:80", .thread = "main"},
    {NB_TRACE_ACCEPTED, NB_TRACE_TCP, .wait = 9000, .socket = 3,
     .conversation = 2, .local = "[::1]:8080", .remote = "[::1]:40022",
     .thread = "web", .passive = true},
    {NB_TRACE_RESET, NB_TRACE_TCP, .socket = 3, .conversation = 2,
     .local = "[::1]:8080", .remote = "[::1]:40022", .thread = "web",
     .passive = true},
    {NB_TRACE_SENT, NB_TRACE_ICMP, .socket = 4, .conversation = 3,
     .local = "0.0.0.0:99", .remote = "192.0.2.80:0", .thread = "main",
     .data = "\x08..."},
};

/* What goes wrong. */
static const struct told trouble[] = {
    {NB_TRACE_CONNECTING, NB_TRACE_TCP, .socket = 1, .conversation = 1,
     .local = "127.0.0.1:40000", .remote = "127.0.0.1:9", .thread = "main"},
    {NB_TRACE_REFUSED, NB_TRACE_TCP, .socket = 1, .conversation = 1,
     .local = "127.0.0.1:40000", .remote = "127.0.0.1:9", .thread = "main",
     .operation = NB_EVENT_CONNECT, .error = 111},
    {NB_TRACE_SENT, NB_TRACE_UDP, .socket = 2, .conversation = 2,
     .local = "127.0.0.1:40001", .remote = "127.0.0.1:9", .thread = "main",
     .data = "anybody?"},
    {NB_TRACE_REFUSED, NB_TRACE_UDP, .socket = 2, .conversation = 2,
     .local = "127.0.0.1:40001", .remote = "127.0.0.1:9", .thread = "main",
     .operation = NB_EVENT_RECEIVE, .error = 111},
    {NB_TRACE_DROPPED, .count = 12},
    {NB_TRACE_ERROR, NB_TRACE_UDP, .socket = 2, .local = "127.0.0.1:40001",
     .thread = "<&>", .operation = NB_EVENT_SEND, .error = 90},
    {NB_TRACE_SENT, NB_TRACE_UDP, .socket = 2, .peer = 2, .conversation = 4,
     .local = "127.0.0.1:40001", .remote = "127.0.0.1:40001", .thread = "main",
     .data = "to myself"},
    {NB_TRACE_RECEIVED, NB_TRACE_UDP, .socket = 2, .peer = 2, .conversation = 4,
     .local = "127.0.0.1:40001", .remote = "127.0.0.1:40001", .thread = "main",
     .data = "to myself"},
    {NB_TRACE_TIMED_OUT, NB_TRACE_UDP, .wait = 500000, .socket = 2,
     .local = "127.0.0.1:40001", .thread = "main",
     .operation = NB_EVENT_RECEIVE},
};

/* Sockets of this host: a path, and a pair. */
static const struct told local[] = {
    {NB_TRACE_BOUND, NB_TRACE_UNIX_STREAM, .socket = 1, .local = "/run/x.sock",
     .thread = "server"},
    {NB_TRACE_LISTENING, NB_TRACE_UNIX_STREAM, .socket = 1,
     .local = "/run/x.sock", .thread = "server", .passive = true},
    {NB_TRACE_CONNECTED, NB_TRACE_UNIX_STREAM, .socket = 2, .conversation = 1,
     .local = "*", .remote = "/run/x.sock", .thread = "main"},
    {NB_TRACE_ACCEPTED, NB_TRACE_UNIX_STREAM, .socket = 3, .peer = 2,
     .conversation = 1, .local = "/run/x.sock", .remote = "*",
     .thread = "server", .passive = true},
    {NB_TRACE_SENT, NB_TRACE_UNIX_STREAM, .socket = 2, .peer = 3,
     .conversation = 1, .local = "*", .remote = "/run/x.sock", .thread = "main",
     .data = "over a path"},
    {NB_TRACE_RECEIVED, NB_TRACE_UNIX_STREAM, .socket = 3, .peer = 2,
     .conversation = 1, .local = "/run/x.sock", .remote = "*",
     .thread = "server", .data = "over", .passive = true},
    {NB_TRACE_RECEIVED, NB_TRACE_UNIX_STREAM, .socket = 3, .peer = 2,
     .conversation = 1, .local = "/run/x.sock", .remote = "*",
     .thread = "server", .data = " a path", .passive = true},
    {NB_TRACE_CLOSED, NB_TRACE_UNIX_STREAM, .socket = 2, .peer = 3,
     .conversation = 1, .local = "*", .remote = "/run/x.sock",
     .thread = "main"},
    {NB_TRACE_ENDED, NB_TRACE_UNIX_STREAM, .socket = 3, .peer = 2,
     .conversation = 1, .local = "/run/x.sock", .remote = "*",
     .thread = "server", .passive = true},
    {NB_TRACE_SENT, NB_TRACE_UNIX_DATAGRAM, .socket = 4, .peer = 5,
     .conversation = 2, .local = "*", .remote = "*", .thread = "main",
     .data = "gr\xc3\xbc\xc3\x9f"},
    {NB_TRACE_RECEIVED, NB_TRACE_UNIX_DATAGRAM, .socket = 5, .peer = 4,
     .conversation = 2, .local = "*", .remote = "*", .thread = "reader",
     .data = "gr\xc3\xbc\xc3\x9f"},
};

static const struct {
    const char *name;
    const struct told *told;
    size_t count;
} stories[] = {
    {"tcp", tcp, NB_COUNTOF(tcp)},
    {"udp", udp, NB_COUNTOF(udp)},
    {"outside", outside, NB_COUNTOF(outside)},
    {"trouble", trouble, NB_COUNTOF(trouble)},
    {"unix", local, NB_COUNTOF(local)},
};

/* Reads "IP:PORT" or a path. */
static void read_addr(struct nb_addr *addr, const char *text)
{
    char ip[NB_ADDR_TEXT];
    const char *colon = strrchr(text, ':');

    addr->len = 0;
    if (strcmp(text, "*") == 0) {
        nb_addr_any(addr, AF_UNIX, 0);
    } else if (*text == '/') {
        nb_addr_unix(addr, text, strlen(text));
    } else if (colon != NULL) {
        bool bracket = *text == '[';
        size_t len = (size_t)(colon - text) - (bracket ? 2 : 0);
        snprintf(ip, sizeof ip, "%.*s", (int)len, text + bracket);
        nb_addr_parse(addr, ip, (uint16_t)atoi(colon + 1));
    }
}

void story_tell(const struct told *told, size_t count, story_fn hear,
                void *context)
{
    int64_t time = 0;

    for (size_t i = 0; i < count; i++) {
        const struct told *one = &told[i];
        struct nb_trace_event event = {
            .kind = one->kind,
            .proto = one->proto,
            .number = i + 1,
            .socket = one->socket,
            .conversation = one->conversation,
            .peer = one->peer,
            .operation = one->operation,
            .error = one->error,
            .passive = one->passive,
            .count = one->count,
            .data = one->data,
            .len = one->data != NULL ? strlen(one->data) : 0,
        };
        time += one->wait != 0 ? one->wait * (int64_t)1000
                               : 40000 + (int)(i % 3) * 9000;
        event.time = time;
        read_addr(&event.local, one->local != NULL ? one->local : "");
        read_addr(&event.remote, one->remote != NULL ? one->remote : "");
        if (one->thread != NULL) {
            snprintf(event.origin.thread, sizeof event.origin.thread, "%s",
                     one->thread);
            snprintf(event.origin.source, sizeof event.origin.source,
                     "examples/story.lua");
            event.origin.line = (int)i + 10;
        }
        hear(context, &event);
    }
}

/* A thousand messages, of bytes that take most to write, and more. */
static void tell_many(story_fn hear, void *context)
{
    char data[1400];
    struct told one = {NB_TRACE_SENT, FROM_CLIENT, .data = data};
    struct told two = {NB_TRACE_SENT,
                       NB_TRACE_TCP,
                       .socket = 7,
                       .conversation = 9,
                       .local = "10.0.0.2:40000",
                       .remote = "192.0.2.80:80",
                       .thread = "main",
                       .data = data};

    memset(data, '&', sizeof data - 1);
    data[sizeof data - 1] = '\0';
    for (int i = 0; i < 600; i++) {
        story_tell(&one, 1, hear, context);
        story_tell(&two, 1, hear, context);
    }
}

bool story_tell_named(const char *name, story_fn hear, void *context)
{
    if (strcmp(name, "many") == 0) {
        tell_many(hear, context);
        return true;
    }
    for (size_t i = 0; i < NB_COUNTOF(stories); i++) {
        if (strcmp(stories[i].name, name) == 0) {
            story_tell(stories[i].told, stories[i].count, hear, context);
            return true;
        }
    }
    return false;
}

static void hand_on(void *context, const struct nb_trace_event *event)
{
    struct nb_trace_sink *sink = context;

    sink->ops->take(sink, event);
}

bool story_draw(const char *name, const char *path, bool stable)
{
    struct nb_trace_options options = {
        .bytes = 4096, .stable = stable, .title = "examples/story.lua"};
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct nb_trace_sink *sink =
        nb_trace_sink_new(nb_trace_format_of(path), fd, &options);

    if (sink == NULL)
        return false;
    bool found = story_tell_named(name, hand_on, sink);
    sink->ops->finish(sink);
    return found;
}
