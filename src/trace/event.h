/*
 * What happened on the wire, as the formats of a trace want to know it: an
 * event of the bus (core/bus) with all that is known of its socket.
 *
 * Sockets and conversations have numbers, which are never used again. The two
 * ends of a TCP connection are one conversation, also where both are in this
 * program; so are two UDP addresses, and the two ends of a socketpair.
 */
#ifndef NB_TRACE_EVENT_H
#define NB_TRACE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bus.h"
#include "util/addr.h"

enum nb_trace_kind {
    NB_TRACE_BOUND,
    NB_TRACE_LISTENING,
    NB_TRACE_CONNECTING, /* of TCP: SYN is on its way */
    NB_TRACE_CONNECTED,
    NB_TRACE_ACCEPTED, /* told of the new socket */
    NB_TRACE_SENT,     /* `data`; one datagram, or a piece of a stream */
    NB_TRACE_RECEIVED, /* `data`, likewise */
    NB_TRACE_ENDED,    /* the other end has half-closed, or closed */
    NB_TRACE_HALF_CLOSED,
    NB_TRACE_CLOSED,
    NB_TRACE_RESET,     /* by the other end */
    NB_TRACE_TIMED_OUT, /* the script waited in vain for `operation` */
    NB_TRACE_REFUSED,   /* a connection, or a datagram by ICMP */
    NB_TRACE_ERROR,     /* `operation` failed with `error` */
    NB_TRACE_MARK,      /* a note of the script: its text is in `data` */
    NB_TRACE_DROPPED,   /* `count` events are missing here */
    NB_TRACE_KINDS
};

enum nb_trace_proto {
    NB_TRACE_NONE, /* a mark, a gap */
    NB_TRACE_TCP,
    NB_TRACE_UDP,
    NB_TRACE_ICMP, /* `data` without an IP header: ICMP as it was */
    NB_TRACE_UNIX_STREAM,
    NB_TRACE_UNIX_DATAGRAM,
    NB_TRACE_PROTOS
};

struct nb_trace_event {
    enum nb_trace_kind kind;
    enum nb_trace_proto proto;
    uint64_t number;       /* of the event, from 1 */
    int64_t time;          /* ns since the trace began */
    uint64_t socket;       /* from 1; 0: none */
    uint64_t conversation; /* from 1; 0: there is no other end yet */
    uint64_t peer; /* the socket of this program at the other end, or 0 */
    struct nb_addr local;         /* len 0: not known */
    struct nb_addr remote;        /* the same */
    enum nb_event_kind operation; /* that failed or was waited for */
    int error;                    /* errno of what failed, else 0 */
    bool passive;    /* it listens or was accepted: the side of a server */
    uint64_t thread; /* id; 0: no thread did it */
    struct nb_origin origin; /* the thread's name and the line, if known */
    uint64_t count;          /* of what was dropped */
    const void *data;        /* valid during the call */
    size_t len;
};

/* Bytes without edges, and a beginning and an end. */
static inline bool nb_trace_is_stream(enum nb_trace_proto proto)
{
    return proto == NB_TRACE_TCP || proto == NB_TRACE_UNIX_STREAM;
}

/* "sent", "half-closed" ...: stable names, for texts, filters and JSON. */
const char *nb_trace_kind_name(enum nb_trace_kind kind);

/* "tcp", "udp", "icmp", "unix", "unix-datagram"; "" for none. */
const char *nb_trace_proto_name(enum nb_trace_proto proto);

/* "connect", "send", "receive" ...: what failed or was waited for. */
const char *nb_trace_operation_name(enum nb_event_kind operation);

/* The other way round, of `len` bytes; false if it is none. */
bool nb_trace_kind_find(const char *name, size_t len, enum nb_trace_kind *kind);

#endif
