/* What each event is in the picture: see rungs.h. */
#include "trace/rungs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trace/columns.h"
#include "trace/ladder.h"
#include "trace/pairs.h"
#include "trace/parties.h"
#include "util/err.h"

struct scene {
    struct nb_ladder *ladder;
    struct nb_parties *parties;
    const size_t *mates;
};

static const struct nb_trace_event *at(const struct scene *scene, size_t i)
{
    return &scene->parties->keep->events[i].event;
}

/* The row of an event, or a part before or behind it. */
static uint64_t row(size_t event, int part)
{
    return event * NB_RUNGS_PARTS + NB_RUNGS_MOMENT + (uint64_t)part;
}

static size_t here(const struct scene *scene, size_t event)
{
    return nb_columns_here(scene->ladder, scene->parties, event);
}

static size_t there(const struct scene *scene, size_t event)
{
    return nb_columns_there(scene->ladder, scene->parties, event);
}

static struct nb_rung *add(const struct scene *scene, enum nb_rung_kind kind,
                           size_t event)
{
    struct nb_rung *rung = &scene->ladder->rungs[scene->ladder->rung_count++];

    rung->kind = kind;
    rung->event = event;
    rung->end = NB_KEEP_NONE;
    rung->from = NB_KEEP_NONE;
    rung->to = NB_KEEP_NONE;
    rung->first = row(event, 0);
    rung->last = row(event, 0);
    return rung;
}

static struct nb_rung *add_point(const struct scene *scene, size_t event,
                                 const char *label)
{
    struct nb_rung *rung = add(scene, NB_RUNG_POINT, event);

    rung->from = here(scene, event);
    rung->to = rung->from;
    if (rung->from == NB_KEEP_NONE)
        rung->kind = NB_RUNG_NOTE;
    snprintf(rung->label, sizeof rung->label, "%s", label);
    return rung;
}

/* An arrow; without another end it becomes a point. */
static struct nb_rung *add_arrow(const struct scene *scene, size_t event,
                                 const char *label, size_t from, size_t to)
{
    struct nb_rung *rung = add_point(scene, event, label);

    if (from != NB_KEEP_NONE && to != NB_KEEP_NONE) {
        rung->kind = NB_RUNG_ARROW;
        rung->from = from;
        rung->to = to;
    }
    return rung;
}

/* From the event's socket to the other end. */
static struct nb_rung *add_away(const struct scene *scene, size_t event,
                                const char *label)
{
    size_t near = here(scene, event);
    size_t far = there(scene, event);

    return add_arrow(scene, event, label, near, far);
}

/* From the other end to the event's socket. */
static struct nb_rung *add_home(const struct scene *scene, size_t event,
                                const char *label)
{
    size_t near = here(scene, event);
    size_t far = there(scene, event);

    return add_arrow(scene, event, label, far, near);
}

/* Ends it at an arrival. */
static void end_at(struct nb_rung *rung, size_t arrived)
{
    rung->end = arrived;
    rung->last = row(arrived, 0);
}

/* The events that tell of one connection, or NONE. */
struct handshake {
    size_t connecting;
    size_t connected;
    size_t accepted;
    bool inside; /* both ends tell of it */
};

static size_t first_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Finds them. Returns false where this is not the first of them. */
static bool find_handshake(const struct scene *scene, size_t event,
                           struct handshake *found)
{
    const struct nb_parties *parties = scene->parties;

    found->connecting = nb_parties_find(parties, event, NB_TRACE_CONNECTING);
    found->connected = nb_parties_find(parties, event, NB_TRACE_CONNECTED);
    found->accepted = nb_parties_find(parties, event, NB_TRACE_ACCEPTED);
    found->inside =
        found->accepted != NB_KEEP_NONE &&
        (found->connecting != NB_KEEP_NONE || found->connected != NB_KEEP_NONE);
    return first_of(first_of(found->connecting, found->connected),
                    found->accepted) == event;
}

/*
 * The rows where SYN leaves, SYN+ACK leaves, ACK leaves and arrives, which the
 * kernel does by itself: the script may accept much later. Both ends are here.
 */
static void place_inside(const struct handshake *found, uint64_t rows[4])
{
    bool seen = found->connected < found->accepted;
    size_t first = seen ? found->connected : found->accepted;

    rows[0] =
        found->connecting < first ? row(found->connecting, 0) : row(first, -4);
    rows[1] = rows[0] + 1;
    rows[2] = seen ? row(found->connected, 0) : row(found->accepted, -1);
    rows[3] = rows[2] + 1;
}

/* One end is here: each arrow is level, and where it was seen. */
static void place_outside(const struct handshake *found, uint64_t rows[3])
{
    bool dialled = found->accepted == NB_KEEP_NONE;
    size_t seen = dialled ? found->connected : found->accepted;

    rows[0] = found->connecting != NB_KEEP_NONE ? row(found->connecting, 0)
                                                : row(seen, -2);
    rows[1] = dialled ? row(seen, 0) : row(seen, -1);
    rows[2] = dialled ? row(seen, 1) : row(seen, 0);
}

/* The arrows that go there and back and there, as far as they are known. */
static void draw_handshake(const struct scene *scene, size_t event,
                           const struct handshake *found)
{
    static const char *const labels[] = {"SYN", "SYN+ACK", "ACK"};
    bool begun =
        found->connected == NB_KEEP_NONE && found->accepted == NB_KEEP_NONE;
    bool dialled = event != found->accepted;
    uint64_t rows[4];

    if (found->inside)
        place_inside(found, rows);
    else
        place_outside(found, rows);
    for (size_t i = 0; i < (begun ? 1 : 3); i++) {
        bool back = i == 1;
        struct nb_rung *rung = back == dialled
                                   ? add_home(scene, event, labels[i])
                                   : add_away(scene, event, labels[i]);
        rung->first = rows[i];
        rung->last = rows[found->inside ? i + 1 : i];
    }
}

/* Of unix sockets there are no segments to tell of. */
static void draw_unix_connection(const struct scene *scene, size_t event,
                                 const struct handshake *found)
{
    if (event == found->accepted)
        add_home(scene, event, "connect");
    else if (found->accepted == NB_KEEP_NONE)
        add_away(scene, event, "connect");
    else
        end_at(add_away(scene, event, "connect"), found->accepted);
}

/* All of a connection, at the first event that tells of it. */
static void draw_connection(const struct scene *scene, size_t event)
{
    struct handshake found;

    if (!find_handshake(scene, event, &found))
        return;
    if (at(scene, event)->proto == NB_TRACE_TCP)
        draw_handshake(scene, event, &found);
    else if (at(scene, event)->proto == NB_TRACE_UNIX_STREAM)
        draw_unix_connection(scene, event, &found);
}

static void draw_refusal(const struct scene *scene, size_t event)
{
    enum nb_trace_proto proto = at(scene, event)->proto;
    bool tcp = proto == NB_TRACE_TCP;
    const char *label = tcp                     ? "RST (refused)"
                        : proto == NB_TRACE_UDP ? "ICMP port unreachable"
                                                : "refused";

    if (tcp && nb_parties_find(scene->parties, event, NB_TRACE_CONNECTING) ==
                   NB_KEEP_NONE) {
        struct nb_rung *syn = add_away(scene, event, "SYN");
        syn->first = row(event, -1);
        syn->last = syn->first;
    }
    struct nb_rung *rung = add_home(scene, event, label);
    rung->cross = true;
    rung->remark = "Nobody listens there.";
}

/* The first event of that kind and that end from `i` on, or NONE. */
static size_t next_of(const struct scene *scene, size_t i, size_t end,
                      enum nb_trace_kind kind)
{
    if (end == NB_KEEP_NONE)
        return NB_KEEP_NONE;
    for (; i < scene->parties->keep->count; i++) {
        if (scene->parties->own[i] == end && at(scene, i)->kind == kind)
            return i;
    }
    return NB_KEEP_NONE;
}

/* True if the event's socket has said before that no more will come of it. */
static bool is_over(const struct scene *scene, size_t event)
{
    for (size_t i = 0; i < event; i++) {
        enum nb_trace_kind kind = at(scene, i)->kind;
        if (scene->parties->own[i] == scene->parties->own[event] &&
            (kind == NB_TRACE_HALF_CLOSED || kind == NB_TRACE_CLOSED ||
             kind == NB_TRACE_RESET || kind == NB_TRACE_REFUSED))
            return true;
    }
    return false;
}

/* True if the event's stream was ever there. */
static bool is_connected(const struct scene *scene, size_t event)
{
    static const enum nb_trace_kind kinds[] = {
        NB_TRACE_CONNECTED, NB_TRACE_ACCEPTED, NB_TRACE_SENT,
        NB_TRACE_RECEIVED,  NB_TRACE_ENDED,
    };

    for (size_t i = 0; i < NB_COUNTOF(kinds); i++) {
        if (nb_parties_find(scene->parties, event, kinds[i]) != NB_KEEP_NONE)
            return true;
    }
    return false;
}

static const char *close_label(const struct nb_trace_event *event, bool reset)
{
    bool half = event->kind == NB_TRACE_HALF_CLOSED;

    if (event->proto == NB_TRACE_TCP && reset)
        return "RST";
    if (event->proto == NB_TRACE_TCP)
        return half ? "FIN (half-close)" : "FIN";
    return half ? "half-close" : "close";
}

/* Where the last of what the event's socket has sent arrived, or NONE. */
static size_t last_arrival(const struct scene *scene, size_t event)
{
    size_t last = NB_KEEP_NONE;

    for (size_t i = 0; i < event; i++) {
        if (scene->parties->own[i] == scene->parties->own[event] &&
            at(scene, i)->kind == NB_TRACE_SENT &&
            scene->mates[i] != NB_KEEP_NONE)
            last = scene->mates[i];
    }
    return last;
}

static void draw_close(const struct scene *scene, size_t event)
{
    size_t other = scene->parties->other[event];
    size_t end = next_of(scene, event, other, NB_TRACE_ENDED);
    size_t reset = next_of(scene, event, other, NB_TRACE_RESET);
    bool was_reset = end == NB_KEEP_NONE && reset != NB_KEEP_NONE;

    if (!nb_trace_is_stream(at(scene, event)->proto) || is_over(scene, event) ||
        !is_connected(scene, event))
        return;
    struct nb_rung *rung =
        add_away(scene, event, close_label(at(scene, event), was_reset));
    if (at(scene, event)->kind == NB_TRACE_HALF_CLOSED)
        rung->remark = "No more is sent, but still received.";
    if (was_reset)
        end = reset;
    rung->cross = was_reset;
    size_t behind = last_arrival(scene, event);
    if (end != NB_KEEP_NONE)
        end_at(rung, end);
    else if (behind != NB_KEEP_NONE && behind > event)
        rung->last = row(behind, 1); /* a stream keeps its order */
}

/* True if the arrow of the other end's closing is here already. */
static bool is_drawn(const struct scene *scene, size_t event)
{
    for (size_t i = 0; i < scene->ladder->rung_count; i++) {
        if (scene->ladder->rungs[i].end == event)
            return true;
    }
    return false;
}

static void draw_end(const struct scene *scene, size_t event)
{
    bool reset = at(scene, event)->kind == NB_TRACE_RESET;

    if (is_drawn(scene, event) || next_of(scene, 0, scene->parties->own[event],
                                          at(scene, event)->kind) < event)
        return;
    add_home(scene, event, close_label(at(scene, event), reset))->cross = reset;
}

/* A datagram for many has an arrow to each of them; only one has the label. */
static void draw_arrivals(const struct scene *scene, size_t event)
{
    size_t from = here(scene, event);
    bool first = true;

    for (size_t i = event + 1; i < scene->parties->keep->count; i++) {
        if (at(scene, i)->kind != NB_TRACE_RECEIVED || scene->mates[i] != event)
            continue;
        struct nb_rung *rung =
            add_arrow(scene, event, "", from, here(scene, i));
        rung->data = first;
        end_at(rung, i);
        first = false;
    }
}

static void draw_departure(const struct scene *scene, size_t event)
{
    size_t mate = scene->mates[event];
    bool stream = nb_trace_is_stream(at(scene, event)->proto);

    if (mate != NB_KEEP_NONE && !stream) {
        draw_arrivals(scene, event);
        return;
    }
    struct nb_rung *rung = add_away(scene, event, "");
    rung->data = true;
    if (mate != NB_KEEP_NONE) {
        end_at(rung, mate);
    } else if (scene->parties->other[event] != NB_KEEP_NONE &&
               !nb_pairs_gap_after(scene->parties, event)) {
        rung->lost = !stream;
        rung->cross = !stream;
        rung->remark =
            stream ? "Nobody has read all of it." : "Nobody has received it.";
    }
}

static void draw_time_out(const struct scene *scene, size_t event)
{
    struct nb_rung *rung = add_point(scene, event, "");

    snprintf(rung->label, sizeof rung->label, "timed out waiting to %s",
             nb_trace_operation_name(at(scene, event)->operation));
    rung->cross = true;
}

static void draw_error(const struct scene *scene, size_t event)
{
    struct nb_rung *rung = add_point(scene, event, "");

    snprintf(rung->label, sizeof rung->label, "%s: %s",
             nb_trace_operation_name(at(scene, event)->operation),
             nb_err_name(-at(scene, event)->error));
    rung->cross = true;
}

static void draw_gap(const struct scene *scene, size_t event)
{
    struct nb_rung *rung = add(scene, NB_RUNG_NOTE, event);

    snprintf(rung->label, sizeof rung->label, "%" PRIu64 " %s missing here",
             at(scene, event)->count,
             at(scene, event)->count == 1 ? "event is" : "events are");
}

static void draw(const struct scene *scene, size_t event)
{
    switch (at(scene, event)->kind) {
    case NB_TRACE_LISTENING:
        add_point(scene, event, "listening");
        break;
    case NB_TRACE_CONNECTING:
    case NB_TRACE_CONNECTED:
    case NB_TRACE_ACCEPTED:
        draw_connection(scene, event);
        break;
    case NB_TRACE_SENT:
        draw_departure(scene, event);
        break;
    case NB_TRACE_RECEIVED:
        if (scene->mates[event] == NB_KEEP_NONE)
            add_home(scene, event, "")->data = true;
        break;
    case NB_TRACE_ENDED:
    case NB_TRACE_RESET:
        draw_end(scene, event);
        break;
    case NB_TRACE_HALF_CLOSED:
    case NB_TRACE_CLOSED:
        draw_close(scene, event);
        break;
    case NB_TRACE_TIMED_OUT:
        draw_time_out(scene, event);
        break;
    case NB_TRACE_REFUSED:
        draw_refusal(scene, event);
        break;
    case NB_TRACE_ERROR:
        draw_error(scene, event);
        break;
    case NB_TRACE_MARK:
        add(scene, NB_RUNG_NOTE, event)->data = true;
        break;
    case NB_TRACE_DROPPED:
        draw_gap(scene, event);
        break;
    case NB_TRACE_BOUND:
    case NB_TRACE_KINDS:
        break;
    }
}

void nb_rungs_make(struct nb_ladder *ladder, struct nb_parties *parties,
                   const size_t *mates)
{
    struct scene scene = {.ladder = ladder, .parties = parties, .mates = mates};

    for (size_t i = 0; i < parties->keep->count; i++)
        draw(&scene, i);
}
