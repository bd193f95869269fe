/*
 * The bus: what happened on the wire, told to whoever listens.
 *
 * The gate publishes one event for each operation of a socket; a sink turns
 * events into one format. Without sinks publishing costs one branch. An event
 * and what it points to are valid during the call only; a sink must not call
 * back into the gate.
 */
#ifndef NB_CORE_BUS_H
#define NB_CORE_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/list.h"

enum nb_event_kind {
    NB_EVENT_OPEN,
    NB_EVENT_BIND,
    NB_EVENT_LISTEN,
    NB_EVENT_ACCEPT,
    NB_EVENT_CONNECT,
    NB_EVENT_SEND,
    NB_EVENT_RECEIVE,
    NB_EVENT_SHUTDOWN,
    NB_EVENT_CLOSE,
    NB_EVENT_DISOWN,  /* it stays open, but is no socket of ours any more */
    NB_EVENT_TIMEOUT, /* a wait for what `operation` says was in vain */
    NB_EVENT_MARK,    /* a note of the script, in `data`; no descriptor */
};

struct nb_addr;

struct nb_event {
    enum nb_event_kind kind;
    enum nb_event_kind operation; /* of a time-out */
    int fd;
    int result;    /* what the operation returned */
    int family;    /* of what was opened ... */
    int type;      /* ... SOCK_STREAM ... */
    int proto;     /* ... as socket(2) has them */
    int how;       /* SHUT_WR ... */
    bool adopted;  /* it was open before it was ours */
    int partner;   /* of socketpair: the other descriptor, else -1 */
    int64_t time;  /* loop time in ns */
    uint64_t task; /* id of the task that did it, 0 if none */
    const struct nb_addr *addr; /* the other end, where one was named */
    const void *data;           /* bytes sent or received */
    size_t len;
};

/* Who did it, as a reader knows it; "" and 0 where that is not known. */
struct nb_origin {
    char thread[64]; /* the thread's name */
    char source[64]; /* the file, as Lua shortens it */
    int line;
};

struct nb_sink;

typedef void (*nb_sink_fn)(struct nb_sink *sink, const struct nb_event *event);

struct nb_sink {
    struct nb_list link;
    nb_sink_fn take;
};

struct nb_bus {
    struct nb_list sinks;
    /* Finds out who is doing it now; or NULL. */
    void (*locate)(void *context, struct nb_origin *origin);
    void *context;
};

/* Makes a bus without sinks. */
void nb_bus_init(struct nb_bus *bus);

/* Adds `sink`, borrowed until nb_bus_remove(). */
void nb_bus_add(struct nb_bus *bus, struct nb_sink *sink);
void nb_bus_remove(struct nb_sink *sink);

/* True if anybody listens. */
static inline bool nb_bus_heard(const struct nb_bus *bus)
{
    return !nb_list_empty(&bus->sinks);
}

/* Who does what is being published. */
void nb_bus_locate(const struct nb_bus *bus, struct nb_origin *origin);

/* Tells every sink, in the order in which they were added. */
void nb_bus_publish(const struct nb_bus *bus, const struct nb_event *event);

#endif
