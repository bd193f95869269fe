/*
 * The observer: hears the bus and tells of each event what is known of its
 * socket: its number, both addresses, the conversation, the thread and line.
 *
 * What is no news is not told: that a call would have had to wait, that a
 * connection is still being made, the end of a socket that did nothing. A
 * socket that was open before is made out when it is first heard of.
 */
#ifndef NB_TRACE_OBSERVER_H
#define NB_TRACE_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bus.h"
#include "trace/event.h"
#include "trace/traced.h"

/* What the system says of a descriptor. */
struct nb_facts {
    int family; /* and so on, as socket(2) has them */
    int type;
    int proto;
    bool listening;
    struct nb_addr local; /* len 0: none */
    struct nb_addr remote;
};

/* Finds out the two addresses of `fd`, and with `all` the rest. */
typedef void (*nb_describe_fn)(void *context, int fd, struct nb_facts *facts,
                               bool all);

/* Who can be asked, and who is told. */
struct nb_observer_host {
    nb_describe_fn describe;
    void (*take)(void *context, const struct nb_trace_event *event);
    void *context;
};

struct nb_observer {
    struct nb_sink sink;
    struct nb_bus *bus;
    struct nb_observer_host host;
    int64_t began;
    uint64_t events; /* told so far */
    struct nb_traced_sockets sockets;
};

/*
 * Begins to listen; times count from `began`. Returns 0 or -ENOMEM, and
 * nothing is left.
 */
int nb_observer_begin(struct nb_observer *observer, struct nb_bus *bus,
                      const struct nb_observer_host *host, int64_t began);

/* Stops listening, and frees all that it knew. */
void nb_observer_end(struct nb_observer *observer);

#endif
