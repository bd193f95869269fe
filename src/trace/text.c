/*
 * A trace as text: a line an event, made for reading in a terminal.
 *
 *   0.000213 client #2 tcp 127.0.0.1:40122 -> 127.0.0.1:80  sent 5 "hello" ...
 *
 * Columns are as wide as what they have held, within limits. Where a line must
 * fit a width, the bytes are shortened first, then the place in the script,
 * then the rest. What the network sent is never written as it came, but
 * escaped as in a string of Lua, or in hexadecimal.
 */
#include "trace/sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/loop.h"
#include "trace/bytes.h"
#include "trace/event.h"
#include "trace/role.h"
#include "util/alloc.h"
#include "util/err.h"
#include "util/list.h"

enum {
    LEAST_WIDTH = 40, /* a terminal with less gets lines of this */
    PIECE = 320,      /* room for a piece of a line */
    SOURCE_LEAST = 8, /* columns; less of a place says nothing */
};

/* Six colours that colour-blind readers tell apart (after Okabe and Ito). */
static const int colors[] = {74, 172, 36, 175, 32, 166};

/* What a terminal of at least so many columns shows. */
static const struct look {
    unsigned width;
    int time;      /* columns of the time ... */
    int decimals;  /* ... and digits behind its point */
    size_t thread; /* columns of a name, at most */
    size_t end;    /* columns of an address, at least ... */
    size_t most;   /* ... and at most */
    bool brief;    /* ":80" of loopback, no folder of the script */
    bool narrow;   /* only the socket and the other end */
} looks[] = {
    {140, 10, 6, 16, 15, 24, false, false},
    {120, 10, 6, 10, 15, 21, false, false},
    {100, 10, 6, 10, 6, 21, true, false},
    {60, 7, 3, 8, 6, 15, true, false},
    {0, 7, 3, 0, 6, 10, true, true},
};

struct text {
    struct nb_trace_sink base;
    struct nb_trace_roles roles;
    const struct look *look;
    size_t thread; /* columns that they take by now */
    size_t socket;
    size_t proto;
    size_t local;
    size_t remote;
};

/* A piece of a line; what does not fit is cut. */
struct piece {
    size_t len;
    char text[PIECE];
};

struct line {
    struct piece begin;
    struct piece what; /* has the colour of the conversation */
    struct piece source;
    size_t shown; /* bytes in quotes */
};

/* Adds a text without what a terminal might obey. */
static void add(struct piece *piece, const char *text)
{
    while (*text != '\0' && piece->len < PIECE - 1) {
        bool shown = *text >= ' ' && *text <= '~';
        piece->text[piece->len++] = shown ? *text : '?';
        text++;
    }
    piece->text[piece->len] = '\0';
}

static void pad(struct piece *piece, size_t len)
{
    while (piece->len < len && piece->len < PIECE - 1)
        piece->text[piece->len++] = ' ';
    piece->text[piece->len] = '\0';
}

/* Adds a column and a blank: as wide as it was, or wider, up to `most`. */
static void add_column(struct piece *piece, const char *text, size_t *width,
                       size_t most)
{
    size_t begin = piece->len;
    size_t len = strlen(text);

    if (*width < len)
        *width = len < most ? len : most;
    add(piece, text);
    pad(piece, begin + *width);
    add(piece, " ");
}

/* "127.0.0.1", or as little as tells it apart where there is no room. */
static void format_ip(const struct look *look, const struct nb_addr *addr,
                      char text[NB_ADDR_IP_TEXT])
{
    nb_addr_ip(addr, text);
    if (!look->brief)
        return;
    if (strcmp(text, "127.0.0.1") == 0 || strcmp(text, "::1") == 0)
        text[0] = '\0';
    if (strcmp(text, "0.0.0.0") == 0 || strcmp(text, "::") == 0)
        snprintf(text, NB_ADDR_IP_TEXT, "*");
}

/* Cuts the beginning off, of which there is most to guess. */
static void shorten(char *text, size_t most)
{
    size_t len = strlen(text);

    if (len <= most)
        return;
    memmove(text, text + len - most, most + 1);
    memcpy(text, "..", 2);
}

/* "127.0.0.1:80", "[::1]:client", a path; "" where there is no address. */
static void format_end(const struct text *sink, const struct nb_addr *addr,
                       const char *role, char text[NB_ADDR_TEXT])
{
    char ip[NB_ADDR_IP_TEXT];
    char port[NB_TRACE_ROLE_TEXT];

    nb_addr_format(addr, text);
    if (nb_addr_family(addr) == AF_INET || nb_addr_family(addr) == AF_INET6) {
        format_ip(sink->look, addr, ip);
        snprintf(port, sizeof port, "%u", nb_addr_port(addr));
        snprintf(text, NB_ADDR_TEXT, strchr(ip, ':') ? "[%s]:%s" : "%s:%s", ip,
                 role[0] != '\0' ? role : port);
    }
    if (sink->base.options.width > 0)
        shorten(text, sink->look->most);
}

/* Where it went; "" if nowhere. */
static const char *arrow(const struct nb_trace_event *event)
{
    switch (event->kind) {
    case NB_TRACE_CONNECTING:
    case NB_TRACE_CONNECTED:
    case NB_TRACE_SENT:
    case NB_TRACE_HALF_CLOSED:
    case NB_TRACE_CLOSED:
        return "->";
    case NB_TRACE_ACCEPTED:
    case NB_TRACE_RECEIVED:
    case NB_TRACE_ENDED:
    case NB_TRACE_RESET:
    case NB_TRACE_REFUSED:
        return "<-";
    case NB_TRACE_TIMED_OUT:
    case NB_TRACE_ERROR:
        return "--";
    case NB_TRACE_BOUND:
    case NB_TRACE_LISTENING:
    case NB_TRACE_MARK:
    case NB_TRACE_DROPPED:
    case NB_TRACE_KINDS:
        break;
    }
    return "";
}

static void add_local(struct text *sink, const struct nb_trace_event *event,
                      struct piece *piece, size_t *width)
{
    char role[NB_TRACE_ROLE_TEXT] = "";
    char end[NB_ADDR_TEXT];

    if (sink->base.options.stable)
        nb_trace_roles_local(&sink->roles, event, role);
    format_end(sink, &event->local, role, end);
    add_column(piece, end, width, sink->look->most);
}

static void add_remote(struct text *sink, const struct nb_trace_event *event,
                       struct piece *piece)
{
    char role[NB_TRACE_ROLE_TEXT] = "";
    char end[NB_ADDR_TEXT];

    if (sink->base.options.stable)
        nb_trace_roles_remote(&sink->roles, event, role);
    format_end(sink, &event->remote, role, end);
    add_column(piece, end, &sink->remote, sink->look->most);
}

static void add_ends(struct text *sink, const struct nb_trace_event *event,
                     struct piece *piece)
{
    bool alone = event->remote.len == 0;
    size_t arrow_width = 2;

    if (!sink->look->narrow)
        add_local(sink, event, piece, &sink->local);
    add_column(piece, alone ? "" : arrow(event), &arrow_width, 2);
    if (alone && sink->look->narrow)
        add_local(sink, event, piece, &sink->remote);
    else
        add_remote(sink, event, piece);
}

/* What happened, in words. */
static void add_words(const struct nb_trace_event *event, struct piece *piece)
{
    char many[NB_TRACE_COUNT_TEXT];

    switch (event->kind) {
    case NB_TRACE_SENT:
    case NB_TRACE_RECEIVED:
        nb_trace_bytes_count(event->len, many);
        add(piece, nb_trace_kind_name(event->kind));
        add(piece, " ");
        add(piece, many);
        break;
    case NB_TRACE_ENDED:
        add(piece, "end of stream");
        break;
    case NB_TRACE_TIMED_OUT:
        add(piece, "timed out waiting to ");
        add(piece, nb_trace_operation_name(event->operation));
        break;
    case NB_TRACE_ERROR:
        add(piece, "error ");
        add(piece, nb_err_name(-event->error));
        add(piece, ", ");
        add(piece, nb_trace_operation_name(event->operation));
        break;
    case NB_TRACE_DROPPED:
        nb_trace_bytes_count(event->count, many);
        add(piece, many);
        add(piece, event->count == 1 ? " event is" : " events are");
        add(piece, " missing here");
        break;
    case NB_TRACE_BOUND:
    case NB_TRACE_LISTENING:
    case NB_TRACE_CONNECTING:
    case NB_TRACE_CONNECTED:
    case NB_TRACE_ACCEPTED:
    case NB_TRACE_HALF_CLOSED:
    case NB_TRACE_CLOSED:
    case NB_TRACE_RESET:
    case NB_TRACE_REFUSED:
    case NB_TRACE_MARK:
    case NB_TRACE_KINDS:
        add(piece, nb_trace_kind_name(event->kind));
        break;
    }
}

/* When, and which thread. */
static void add_begin(struct text *sink, const struct nb_trace_event *event,
                      struct piece *piece)
{
    const struct look *look = sink->look;
    int64_t part = event->time % NB_SECOND;
    char text[PIECE] = "";

    for (int i = look->decimals; i < 9; i++)
        part /= 10;
    if (!sink->base.options.stable) {
        snprintf(text, sizeof text, "%*" PRId64 ".%0*" PRId64 " ",
                 look->time - look->decimals - 1, event->time / NB_SECOND,
                 look->decimals, part);
        add(piece, text);
    }
    if (look->narrow)
        return;
    text[0] = '\0';
    if (event->origin.thread[0] != '\0')
        snprintf(text, sizeof text, "%s", event->origin.thread);
    else if (event->thread != 0)
        snprintf(text, sizeof text, "%" PRIu64, event->thread);
    if (sink->base.options.width > 0)
        text[look->thread] = '\0';
    add_column(piece, text, &sink->thread, look->thread);
}

static void add_proto(struct text *sink, enum nb_trace_proto proto,
                      struct piece *piece)
{
    const char *name = nb_trace_proto_name(proto);

    add_column(piece, proto == NB_TRACE_UNIX_DATAGRAM ? "unix" : name,
               &sink->proto, sizeof "unix" - 1);
}

/* Which socket, from where to where, and what. */
static void add_what(struct text *sink, const struct nb_trace_event *event,
                     struct piece *piece)
{
    char text[PIECE];

    if (event->socket != 0) {
        snprintf(text, sizeof text, "#%" PRIu64, event->socket);
        add_column(piece, text, &sink->socket, 6);
        if (!sink->look->narrow)
            add_proto(sink, event->proto, piece);
        add_ends(sink, event, piece);
    }
    add_words(event, piece);
}

/* "x.lua:7", "" where it is not known. */
static void add_source(const struct look *look, const struct nb_origin *origin,
                       struct piece *piece)
{
    const char *slash = strrchr(origin->source, '/');
    bool is_path = slash != NULL && origin->source[0] != '[';
    char line[16] = "";

    if (origin->source[0] == '\0')
        return;
    if (origin->line > 0)
        snprintf(line, sizeof line, ":%d", origin->line);
    add(piece, look->brief && is_path ? slash + 1 : origin->source);
    add(piece, line);
}

/* Leaves so many columns of its end, or none. */
static void cut_source(struct piece *source, size_t most)
{
    if (most < SOURCE_LEAST && source->len > most)
        source->text[0] = '\0';
    shorten(source->text, most);
    source->len = strlen(source->text);
}

/* True for an event whose bytes are shown in its line. */
static bool has_text(const struct text *sink,
                     const struct nb_trace_event *event)
{
    return event->len > 0 &&
           (event->kind == NB_TRACE_MARK || !sink->base.options.hex);
}

/* How many bytes are shown; a mark is shown whole. */
static size_t limit_of(const struct text *sink,
                       const struct nb_trace_event *event)
{
    size_t most = sink->base.options.bytes;

    if (event->kind == NB_TRACE_MARK || most > event->len)
        return event->len;
    return most;
}

/* Makes a line fit the width, so that `line->shown` bytes are shown. */
static void fit(const struct text *sink, const struct nb_trace_event *event,
                struct line *line)
{
    size_t width = sink->base.options.width;
    size_t taken = line->begin.len + line->what.len;
    size_t room = width > taken ? width - taken : 0;
    size_t besides = 1 + (line->source.len > 0 ? 2 + line->source.len : 0);

    line->shown = has_text(sink, event) ? limit_of(sink, event) : 0;
    if (width == 0)
        return;
    room = room > besides ? room - besides : 0;
    line->shown =
        nb_trace_bytes_fit(event->data, event->len, line->shown, room);
    if (taken > width)
        line->what.len = width - line->begin.len;
    if (line->shown == 0)
        cut_source(&line->source, width > taken + 2 ? width - taken - 2 : 0);
}

static void write_line(struct text *sink, const struct nb_trace_event *event,
                       const struct line *line)
{
    struct nb_out *out = &sink->base.out;
    bool colored = sink->base.options.color && event->conversation > 0;

    nb_out_write(out, line->begin.text, line->begin.len);
    if (colored)
        nb_out_printf(out, "\033[38;5;%dm",
                      colors[(event->conversation - 1) % NB_COUNTOF(colors)]);
    nb_out_write(out, line->what.text, line->what.len);
    if (colored)
        nb_out_text(out, "\033[0m");
    if (line->shown > 0) {
        nb_out_text(out, " ");
        nb_trace_bytes_quote(out, event->data, event->len, line->shown,
                             line->shown == limit_of(sink, event));
    }
    if (line->source.len > 0) {
        nb_out_text(out, "  ");
        nb_out_write(out, line->source.text, line->source.len);
    }
    nb_out_text(out, "\n");
}

static void text_take(struct nb_trace_sink *base,
                      const struct nb_trace_event *event)
{
    struct text *sink = NB_CONTAINER_OF(base, struct text, base);
    struct line line = {.shown = 0};

    if (base->options.stable)
        nb_trace_roles_take(&sink->roles, event);
    add_begin(sink, event, &line.begin);
    add_what(sink, event, &line.what);
    add_source(sink->look, &event->origin, &line.source);
    fit(sink, event, &line);
    write_line(sink, event, &line);
    if (event->len > 0 && !has_text(sink, event))
        nb_trace_bytes_dump(&base->out, event->data, event->len,
                            limit_of(sink, event), base->options.width);
    if (base->options.live)
        nb_out_flush(&base->out);
}

static int text_finish(struct nb_trace_sink *base)
{
    struct text *sink = NB_CONTAINER_OF(base, struct text, base);
    int rc = nb_out_close(&base->out);

    nb_trace_roles_deinit(&sink->roles);
    nb_free(sink);
    return rc;
}

struct nb_trace_sink *nb_trace_text_new(int fd,
                                        const struct nb_trace_options *options)
{
    static const struct nb_trace_sink_ops ops = {text_take, text_finish};
    struct text *sink = nb_trace_sink_begin(sizeof *sink, fd, options, &ops);
    const struct look *look = looks;

    if (sink == NULL)
        return NULL;
    nb_trace_roles_init(&sink->roles);
    if (options->width > 0 && options->width < LEAST_WIDTH)
        sink->base.options.width = LEAST_WIDTH;
    while (options->width > 0 && options->width < look->width)
        look++;
    sink->look = look;
    sink->thread = sizeof "main" - 1;
    sink->socket = sizeof "#1" - 1;
    sink->proto = sizeof "tcp" - 1;
    sink->local = look->end;
    sink->remote = look->end;
    return &sink->base;
}
