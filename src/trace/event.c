/* Names of what happened: see event.h. */
#include "trace/event.h"

#include <string.h>

#include "util/list.h"

static const char *const kinds[NB_TRACE_KINDS] = {
    [NB_TRACE_BOUND] = "bound",
    [NB_TRACE_LISTENING] = "listening",
    [NB_TRACE_CONNECTING] = "connecting",
    [NB_TRACE_CONNECTED] = "connected",
    [NB_TRACE_ACCEPTED] = "accepted",
    [NB_TRACE_SENT] = "sent",
    [NB_TRACE_RECEIVED] = "received",
    [NB_TRACE_ENDED] = "ended",
    [NB_TRACE_HALF_CLOSED] = "half-closed",
    [NB_TRACE_CLOSED] = "closed",
    [NB_TRACE_RESET] = "reset",
    [NB_TRACE_TIMED_OUT] = "timed-out",
    [NB_TRACE_REFUSED] = "refused",
    [NB_TRACE_ERROR] = "error",
    [NB_TRACE_MARK] = "mark",
    [NB_TRACE_DROPPED] = "dropped",
};

static const char *const protos[NB_TRACE_PROTOS] = {
    [NB_TRACE_NONE] = "",
    [NB_TRACE_TCP] = "tcp",
    [NB_TRACE_UDP] = "udp",
    [NB_TRACE_ICMP] = "icmp",
    [NB_TRACE_UNIX_STREAM] = "unix",
    [NB_TRACE_UNIX_DATAGRAM] = "unix-datagram",
};

static const char *const operations[] = {
    [NB_EVENT_OPEN] = "open",       [NB_EVENT_BIND] = "bind",
    [NB_EVENT_LISTEN] = "listen",   [NB_EVENT_ACCEPT] = "accept",
    [NB_EVENT_CONNECT] = "connect", [NB_EVENT_SEND] = "send",
    [NB_EVENT_RECEIVE] = "receive", [NB_EVENT_SHUTDOWN] = "shutdown",
    [NB_EVENT_CLOSE] = "close",
};

const char *nb_trace_kind_name(enum nb_trace_kind kind)
{
    return kinds[kind];
}

const char *nb_trace_proto_name(enum nb_trace_proto proto)
{
    return protos[proto];
}

const char *nb_trace_operation_name(enum nb_event_kind operation)
{
    return operations[operation];
}

bool nb_trace_kind_find(const char *name, size_t len, enum nb_trace_kind *kind)
{
    for (size_t i = 0; i < NB_COUNTOF(kinds); i++) {
        if (strlen(kinds[i]) == len && memcmp(kinds[i], name, len) == 0) {
            *kind = (enum nb_trace_kind)i;
            return true;
        }
    }
    return false;
}
