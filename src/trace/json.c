/*
 * A trace as JSON Lines: an object an event, always valid UTF-8. The fields,
 * which doc/trace.md explains, keep their names and their meaning; what does
 * not apply to an event is left out. Bytes are there exactly, in base64, and
 * as a text in which U+FFFD stands for what is no UTF-8 (RFC 8259, RFC 4648).
 */
#include <inttypes.h>
#include <string.h>

#include "core/loop.h"
#include "trace/event.h"
#include "trace/role.h"
#include "trace/sink.h"
#include "trace/utf8.h"
#include "util/alloc.h"
#include "util/err.h"
#include "util/list.h"

struct json {
    struct nb_trace_sink base;
    struct nb_trace_roles roles;
};

/* Writes a byte that is no part of a longer character. */
static void write_byte(struct nb_out *out, unsigned char byte)
{
    if (byte == '"' || byte == '\\')
        nb_out_printf(out, "\\%c", byte);
    else if (byte == '\n')
        nb_out_text(out, "\\n");
    else if (byte == '\r')
        nb_out_text(out, "\\r");
    else if (byte == '\t')
        nb_out_text(out, "\\t");
    else if (byte >= 0x80)
        nb_out_text(out, "\\ufffd");
    else if (byte < ' ' || byte == 0x7f)
        nb_out_printf(out, "\\u%04x", byte);
    else
        nb_out_write(out, &byte, 1);
}

static void write_string(struct nb_out *out, const void *data, size_t len)
{
    const unsigned char *bytes = data;
    uint32_t code = 0;

    nb_out_text(out, "\"");
    for (size_t at = 0; at < len;) {
        size_t size = nb_utf8_decode(bytes + at, len - at, &code);
        if (size > 1)
            nb_out_write(out, bytes + at, size);
        else
            write_byte(out, bytes[at]);
        at += size > 1 ? size : 1;
    }
    nb_out_text(out, "\"");
}

/* Writes up to three bytes as four characters. */
static void write_group(struct nb_out *out, const unsigned char *bytes,
                        size_t count)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t group = (uint32_t)bytes[0] << 16;
    char text[4];

    if (count > 1)
        group |= (uint32_t)bytes[1] << 8;
    if (count > 2)
        group |= bytes[2];
    for (int i = 0; i < 4; i++)
        text[i] = letters[group >> (18 - 6 * i) & 63];
    memset(text + 1 + count, '=', 3 - count);
    nb_out_write(out, text, sizeof text);
}

static void write_base64(struct nb_out *out, const void *data, size_t len)
{
    const unsigned char *bytes = data;

    nb_out_text(out, "\"");
    for (size_t at = 0; at < len; at += 3)
        write_group(out, bytes + at, len - at < 3 ? len - at : 3);
    nb_out_text(out, "\"");
}

static void write_text(struct nb_out *out, const char *name, const char *text)
{
    nb_out_printf(out, ",\"%s\":", name);
    write_string(out, text, strlen(text));
}

static void write_number(struct nb_out *out, const char *name, uint64_t number)
{
    nb_out_printf(out, ",\"%s\":%" PRIu64, name, number);
}

static void write_path(struct nb_out *out, const struct nb_addr *addr)
{
    char path[sizeof addr->u.un.sun_path];
    size_t len = 0;
    const char *bytes = nb_addr_path(addr, &len);

    memcpy(path, bytes, len);
    if (len > 0 && path[0] == '\0')
        path[0] = '@';
    nb_out_text(out, "{\"path\":");
    write_string(out, path, len);
    nb_out_text(out, "}");
}

/* Writes one end of a socket, unless it is not known. */
static void write_end(struct nb_out *out, const char *name,
                      const struct nb_addr *addr, const char *role)
{
    char ip[NB_ADDR_IP_TEXT];

    if (addr->len == 0)
        return;
    nb_out_printf(out, ",\"%s\":", name);
    if (nb_addr_family(addr) == AF_UNIX) {
        write_path(out, addr);
        return;
    }
    nb_addr_ip(addr, ip);
    nb_out_text(out, "{\"address\":");
    write_string(out, ip, strlen(ip));
    if (role[0] != '\0')
        write_text(out, "role", role);
    else
        write_number(out, "port", nb_addr_port(addr));
    nb_out_text(out, "}");
}

static void write_socket(struct json *sink, const struct nb_trace_event *event)
{
    struct nb_out *out = &sink->base.out;
    char local[NB_TRACE_ROLE_TEXT] = "";
    char remote[NB_TRACE_ROLE_TEXT] = "";

    write_text(out, "proto", nb_trace_proto_name(event->proto));
    write_number(out, "socket", event->socket);
    if (event->conversation != 0)
        write_number(out, "conversation", event->conversation);
    if (event->peer != 0)
        write_number(out, "peer", event->peer);
    nb_out_printf(out, ",\"passive\":%s", event->passive ? "true" : "false");
    if (sink->base.options.stable) {
        nb_trace_roles_take(&sink->roles, event);
        nb_trace_roles_local(&sink->roles, event, local);
        nb_trace_roles_remote(&sink->roles, event, remote);
    }
    write_end(out, "local", &event->local, local);
    write_end(out, "remote", &event->remote, remote);
}

static void write_thread(struct nb_out *out, const struct nb_trace_event *event)
{
    const char *name = event->origin.thread;

    nb_out_printf(out, ",\"thread\":{\"id\":%" PRIu64, event->thread);
    if (name[0] != '\0')
        write_text(out, "name", name);
    nb_out_text(out, "}");
}

/* What failed, or was waited for, and why. */
static void write_failure(struct nb_out *out,
                          const struct nb_trace_event *event)
{
    bool failed =
        event->kind == NB_TRACE_TIMED_OUT || event->kind == NB_TRACE_REFUSED ||
        event->kind == NB_TRACE_RESET || event->kind == NB_TRACE_ERROR;

    if (failed)
        write_text(out, "operation", nb_trace_operation_name(event->operation));
    if (event->error != 0)
        write_text(out, "error", nb_err_name(-event->error));
}

static void write_bytes(struct nb_out *out, const struct nb_trace_event *event)
{
    if (event->kind == NB_TRACE_DROPPED)
        write_number(out, "count", event->count);
    if (event->kind != NB_TRACE_SENT && event->kind != NB_TRACE_RECEIVED &&
        event->kind != NB_TRACE_MARK)
        return;
    write_number(out, "length", event->len);
    nb_out_text(out, ",\"text\":");
    write_string(out, event->data, event->len);
    nb_out_text(out, ",\"base64\":");
    write_base64(out, event->data, event->len);
}

static void json_take(struct nb_trace_sink *base,
                      const struct nb_trace_event *event)
{
    struct json *sink = NB_CONTAINER_OF(base, struct json, base);
    struct nb_out *out = &base->out;

    nb_out_printf(out, "{\"number\":%" PRIu64, event->number);
    if (!base->options.stable)
        nb_out_printf(out, ",\"time\":%" PRId64 ".%09" PRId64,
                      event->time / NB_SECOND, event->time % NB_SECOND);
    write_text(out, "kind", nb_trace_kind_name(event->kind));
    if (event->socket != 0)
        write_socket(sink, event);
    write_failure(out, event);
    write_bytes(out, event);
    if (event->thread != 0)
        write_thread(out, event);
    if (event->origin.source[0] != '\0')
        write_text(out, "source", event->origin.source);
    if (event->origin.line > 0)
        write_number(out, "line", (uint64_t)event->origin.line);
    nb_out_text(out, "}\n");
}

static int json_finish(struct nb_trace_sink *base)
{
    struct json *sink = NB_CONTAINER_OF(base, struct json, base);
    int rc = nb_out_close(&base->out);

    nb_trace_roles_deinit(&sink->roles);
    nb_free(sink);
    return rc;
}

struct nb_trace_sink *nb_trace_json_new(int fd,
                                        const struct nb_trace_options *options)
{
    static const struct nb_trace_sink_ops ops = {json_take, json_finish};
    struct json *sink = nb_trace_sink_begin(sizeof *sink, fd, options, &ops);

    if (sink == NULL)
        return NULL;
    nb_trace_roles_init(&sink->roles);
    return &sink->base;
}
