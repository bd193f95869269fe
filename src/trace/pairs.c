/* Departures and arrivals: see pairs.h. */
#include "trace/pairs.h"

#include <stdint.h>

#include "trace/keep.h"
#include "trace/parties.h"

static const struct nb_kept *at(const struct nb_parties *parties, size_t i)
{
    return &parties->keep->events[i];
}

/* True if these were sent as what arrived, and to there or to many. */
static bool fits(const struct nb_parties *parties, size_t sent, size_t arrived)
{
    const struct nb_kept *a = at(parties, sent);
    const struct nb_kept *b = at(parties, arrived);

    return a->event.kind == NB_TRACE_SENT && a->event.len == b->event.len &&
           a->hash == b->hash && a->event.proto == b->event.proto &&
           parties->own[sent] == parties->other[arrived] &&
           (parties->other[sent] == NB_KEEP_NONE ||
            parties->other[sent] == parties->own[arrived]);
}

/*
 * The departures that later arrivals of the same bytes have are taken; this
 * one gets the latest that is left. So none overtakes another, and of several
 * that were sent until one arrived it is the last.
 */
static size_t find_departure(const struct nb_parties *parties, size_t arrived,
                             const size_t *mates)
{
    size_t before = arrived;

    for (size_t i = arrived + 1; i < parties->keep->count; i++) {
        if (at(parties, i)->event.kind == NB_TRACE_RECEIVED &&
            parties->own[i] == parties->own[arrived] && mates[i] < before &&
            fits(parties, mates[i], arrived))
            before = mates[i];
    }
    for (size_t i = before; i > 0; i--) {
        if (fits(parties, i - 1, arrived))
            return i - 1;
    }
    return NB_KEEP_NONE;
}

static void pair_datagrams(const struct nb_parties *parties, size_t *mates)
{
    for (size_t i = parties->keep->count; i > 0; i--) {
        const struct nb_trace_event *event = &at(parties, i - 1)->event;
        if (event->kind == NB_TRACE_RECEIVED &&
            !nb_trace_is_stream(event->proto) &&
            parties->other[i - 1] != NB_KEEP_NONE)
            mates[i - 1] = find_departure(parties, i - 1, mates);
        if (mates[i - 1] != NB_KEEP_NONE)
            mates[mates[i - 1]] = i - 1;
    }
}

/* The next event from `i` on that moves bytes of it; NONE behind a gap. */
static size_t next_of_stream(const struct nb_parties *parties, size_t i,
                             enum nb_trace_kind kind, size_t party)
{
    for (; i < parties->keep->count; i++) {
        const struct nb_trace_event *event = &at(parties, i)->event;
        if (event->kind == NB_TRACE_DROPPED)
            break;
        if (event->kind == kind && parties->own[i] == party)
            return i;
    }
    return NB_KEEP_NONE;
}

/* One direction of a stream, as far as it was counted. */
struct flow {
    size_t sent; /* the departure that has not arrived yet, or NONE */
    uint64_t sent_bytes;
    uint64_t arrived_bytes;
};

/* Departures that end before the last byte of this arrival have arrived. */
static void arrive(const struct nb_parties *parties, struct flow *flow,
                   size_t arrived, size_t *mates)
{
    size_t party = parties->own[flow->sent];

    if (flow->sent < arrived)
        mates[arrived] = flow->sent;
    flow->arrived_bytes += at(parties, arrived)->event.len;
    while (flow->sent < arrived && flow->sent_bytes <= flow->arrived_bytes) {
        mates[flow->sent] = arrived;
        flow->sent =
            next_of_stream(parties, flow->sent + 1, NB_TRACE_SENT, party);
        if (flow->sent == NB_KEEP_NONE)
            return;
        flow->sent_bytes += at(parties, flow->sent)->event.len;
    }
}

/*
 * What arrives before it was sent was sent before the trace began: such bytes
 * do not count.
 */
static void forget_surplus(const struct nb_parties *parties, struct flow *flow,
                           size_t arrived)
{
    if (flow->sent == NB_KEEP_NONE || flow->sent < arrived)
        return;
    uint64_t before = flow->sent_bytes - at(parties, flow->sent)->event.len;
    if (flow->arrived_bytes > before)
        flow->arrived_bytes = before;
}

/*
 * Goes along one direction of a stream from the first departure on, up to a
 * gap: each arrival has the last byte of all departures that end before it.
 */
static void pair_stream(const struct nb_parties *parties, size_t first,
                        size_t *mates)
{
    struct flow flow = {
        .sent = first,
        .sent_bytes = at(parties, first)->event.len,
    };
    size_t to = parties->other[first];
    size_t arrived = next_of_stream(parties, first, NB_TRACE_RECEIVED, to);

    while (flow.sent != NB_KEEP_NONE && arrived != NB_KEEP_NONE) {
        arrive(parties, &flow, arrived, mates);
        forget_surplus(parties, &flow, arrived);
        arrived = next_of_stream(parties, arrived + 1, NB_TRACE_RECEIVED, to);
    }
}

/* True for the first departure of a direction after the beginning or a gap. */
static bool opens_stream(const struct nb_parties *parties, size_t i)
{
    const struct nb_trace_event *event = &at(parties, i)->event;

    if (event->kind != NB_TRACE_SENT || !nb_trace_is_stream(event->proto) ||
        parties->other[i] == NB_KEEP_NONE)
        return false;
    for (size_t j = i; j > 0; j--) {
        const struct nb_trace_event *before = &at(parties, j - 1)->event;
        if (before->kind == NB_TRACE_DROPPED)
            return true;
        if (before->kind == NB_TRACE_SENT &&
            parties->own[j - 1] == parties->own[i])
            return false;
    }
    return true;
}

void nb_pairs_find(const struct nb_parties *parties, size_t *mates)
{
    for (size_t i = 0; i < parties->keep->count; i++)
        mates[i] = NB_KEEP_NONE;
    pair_datagrams(parties, mates);
    for (size_t i = 0; i < parties->keep->count; i++) {
        if (opens_stream(parties, i))
            pair_stream(parties, i, mates);
    }
}

bool nb_pairs_gap_after(const struct nb_parties *parties, size_t event)
{
    if (parties->keep->cut > 0)
        return true;
    for (size_t i = event + 1; i < parties->keep->count; i++) {
        if (at(parties, i)->event.kind == NB_TRACE_DROPPED)
            return true;
    }
    return false;
}
