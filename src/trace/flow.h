/*
 * TCP as it must have been: what sockets did becomes segments, with handshakes,
 * sequence numbers, acknowledgements, FIN and RST.
 *
 * A conversation is recorded once. A side that is a socket of this program is
 * "inside": what it sends is recorded when it is sent, what the other side
 * makes of it is not; of a side that is outside, what arrives from it is. What
 * is sent is acknowledged at once, as a kernel does.
 *
 * Memory is bounded. A conversation is forgotten when both sides have closed;
 * where only one side is known, when NB_FLOWS_OVER others have ended since. It
 * may be met in its midst, and then has no handshake.
 */
#ifndef NB_TRACE_FLOW_H
#define NB_TRACE_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "util/list.h"

struct nb_flow;
struct nb_wire_packet;
struct nb_trace_event;

enum {
    NB_FLOWS_BUCKETS = 4096,
    NB_FLOWS_OVER = 1024, /* that have ended, as far as is known */
    NB_FLOWS_MAX = 65536, /* of all; then the one unused longest is forgotten */
};

/* Takes a packet, which is valid during the call. */
typedef void (*nb_wire_fn)(void *context, const struct nb_wire_packet *packet);

struct nb_flows {
    nb_wire_fn emit;
    void *context;
    struct nb_flow *buckets[NB_FLOWS_BUCKETS];
    struct nb_list open; /* each: the one unused longest first */
    struct nb_list over;
    size_t count; /* of both */
    size_t ended; /* of the second */
    uint64_t gaps;
};

/* Makes an empty table in the caller's storage. */
void nb_flows_init(struct nb_flows *flows, nb_wire_fn emit, void *context);
void nb_flows_deinit(struct nb_flows *flows);

/* Takes an event of TCP. Returns 0, or -ENOMEM if it could not be recorded. */
int nb_flows_take(struct nb_flows *flows, const struct nb_trace_event *event);

/*
 * Events are missing here: the sequence numbers of all conversations jump by
 * one before what is sent next, so that a reader sees the gap.
 */
void nb_flows_gap(struct nb_flows *flows);

#endif
