/*
 * Datagrams of UDP and messages of ICMP as packets.
 *
 * What a socket of this program sends is recorded then, and not again when
 * another one of its sockets receives it. What was sent last is remembered, as
 * far as it takes to recognise and to quote it.
 */
#ifndef NB_TRACE_DATAGRAM_H
#define NB_TRACE_DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/flow.h"
#include "trace/wire.h"

enum { NB_DATAGRAMS = 256 };

struct nb_datagram {
    uint64_t conversation;
    struct nb_wire_end from;
    struct nb_wire_quote quote;
    bool icmp;
};

struct nb_datagrams {
    nb_wire_fn emit;
    void *context;
    struct nb_datagram sent[NB_DATAGRAMS]; /* a ring */
    size_t count;
};

/* Prepares the caller's storage. */
void nb_datagrams_init(struct nb_datagrams *all, nb_wire_fn emit,
                       void *context);

/* Takes an event of UDP or ICMP. */
void nb_datagrams_take(struct nb_datagrams *all,
                       const struct nb_trace_event *event);

#endif
