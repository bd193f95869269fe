/* TCP as it must have been: see flow.h. */
#include "trace/flow.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "trace/event.h"
#include "trace/wire.h"
#include "util/alloc.h"

enum {
    FIN = NB_WIRE_FIN,
    SYN = NB_WIRE_SYN,
    RST = NB_WIRE_RST,
    PSH = NB_WIRE_PSH,
    ACK = NB_WIRE_ACK,
    WINDOW = 65535,
};

enum state {
    FRESH, /* nothing of it was recorded yet */
    ASKED, /* SYN was sent */
    OPEN,
    DEAD, /* by RST */
};

struct side {
    struct nb_wire_end end;
    uint64_t socket;  /* 0: outside, as far as is known */
    uint32_t next;    /* the sequence number of what it sends next */
    uint32_t unacked; /* bytes in flight */
    uint64_t gaps;    /* those of the table that it has jumped */
    bool finished;    /* FIN was sent */
    bool closed;
};

struct nb_flow {
    struct nb_list link;
    struct nb_flow *chain; /* of its bucket */
    uint64_t conversation;
    enum state state;
    bool over; /* on which list it is */
    uint16_t mss;
    int client;           /* who asked for the connection */
    struct side sides[2]; /* the first: who was heard of first */
};

/* One event, while it is taken. */
struct act {
    struct nb_flows *flows;
    struct nb_flow *flow;
    const struct nb_trace_event *event;
    int me; /* index of the side that it is about */
    int other;
};

void nb_flows_init(struct nb_flows *flows, nb_wire_fn emit, void *context)
{
    memset(flows, 0, sizeof *flows);
    flows->emit = emit;
    flows->context = context;
    nb_list_init(&flows->open);
    nb_list_init(&flows->over);
}

static struct nb_flow **place_of(struct nb_flows *flows, uint64_t conversation)
{
    struct nb_flow **place = &flows->buckets[conversation % NB_FLOWS_BUCKETS];

    while (*place != NULL && (*place)->conversation != conversation)
        place = &(*place)->chain;
    return place;
}

static void forget(struct nb_flows *flows, struct nb_flow *flow)
{
    *place_of(flows, flow->conversation) = flow->chain;
    nb_list_remove(&flow->link);
    flows->count--;
    flows->ended -= flow->over;
    nb_free(flow);
}

static void forget_oldest(struct nb_flows *flows, struct nb_list *list)
{
    forget(flows, NB_CONTAINER_OF(list->next, struct nb_flow, link));
}

void nb_flows_deinit(struct nb_flows *flows)
{
    while (!nb_list_empty(&flows->open))
        forget_oldest(flows, &flows->open);
    while (!nb_list_empty(&flows->over))
        forget_oldest(flows, &flows->over);
}

void nb_flows_gap(struct nb_flows *flows)
{
    flows->gaps++;
}

static bool is_over(const struct side *side)
{
    return side->closed || side->socket == 0;
}

/* Forgets the flow, or puts it at the end of the list that it belongs to. */
static void shelve(struct nb_flows *flows, struct nb_flow *flow)
{
    bool over = is_over(&flow->sides[0]) && is_over(&flow->sides[1]);

    if (flow->sides[0].closed && flow->sides[1].closed) {
        forget(flows, flow);
        return;
    }
    flows->ended += (size_t)over - (size_t)flow->over;
    flow->over = over;
    nb_list_remove(&flow->link);
    nb_list_push(over ? &flows->over : &flows->open, &flow->link);
    if (flows->ended > NB_FLOWS_OVER)
        forget_oldest(flows, &flows->over);
}

/* A number to begin with: another one each time, the same at every run. */
static uint32_t first_number(uint64_t conversation, int side)
{
    uint64_t mixed = (conversation * 2 + (uint64_t)side) * 0x9e3779b97f4a7c15u;

    return (uint32_t)(mixed >> 32);
}

/* Returns NULL without memory. */
static struct nb_flow *new_flow(struct nb_flows *flows, uint64_t conversation,
                                const struct nb_wire_end ends[2])
{
    struct nb_flow *flow = nb_calloc(1, sizeof *flow);

    if (flow == NULL)
        return NULL;
    if (flows->count == NB_FLOWS_MAX)
        forget_oldest(flows, nb_list_empty(&flows->over) ? &flows->open
                                                         : &flows->over);
    flow->conversation = conversation;
    flow->mss = nb_wire_mss(&ends[1]);
    for (int i = 0; i < 2; i++) {
        flow->sides[i].end = ends[i];
        flow->sides[i].next = first_number(conversation, i);
        flow->sides[i].gaps = flows->gaps;
    }
    nb_list_init(&flow->link);
    *place_of(flows, conversation) = flow;
    flows->count++;
    return flow;
}

/* Which side the event's socket is: by its number, or by its address. */
static int side_of(const struct nb_flow *flow,
                   const struct nb_trace_event *event)
{
    struct nb_wire_end ends[2];

    for (int i = 0; i < 2; i++) {
        if (flow->sides[i].socket == event->socket)
            return i;
    }
    if (!nb_wire_ends(&event->local, &event->remote, ends))
        return 1;
    return nb_wire_same_end(&ends[0], &flow->sides[0].end) ? 0 : 1;
}

/* Sends a segment from a side, with `data` of the event or without. */
static void transmit(const struct act *act, int from, int flags,
                     const struct nb_wire_segment *data)
{
    struct side *sender = &act->flow->sides[from];
    struct side *receiver = &act->flow->sides[!from];
    struct nb_wire_segment segment = {
        .seq = sender->next,
        .flags = (uint8_t)flags,
        .mss = flags & SYN ? act->flow->mss : 0,
    };
    struct nb_wire_packet packet;

    if (data != NULL) {
        segment.data = data->data;
        segment.len = data->len;
    }
    if (flags & ACK) {
        segment.ack = receiver->next;
        receiver->unacked = 0;
    }
    nb_wire_tcp(&packet, &sender->end, &receiver->end, &segment);
    sender->next += (uint32_t)segment.len;
    sender->unacked += (uint32_t)segment.len;
    if (flags & (SYN | FIN))
        sender->next++;
    act->flows->emit(act->flows->context, &packet);
}

static void ask(const struct act *act, int client)
{
    act->flow->client = client;
    act->flow->state = ASKED;
    transmit(act, client, SYN, NULL);
}

static void set_open(const struct act *act)
{
    act->flow->state = OPEN;
    for (int i = 0; i < 2; i++)
        act->flow->sides[i].gaps = act->flows->gaps;
}

/* The other one answers who has asked, or who must have. */
static void shake_hands(const struct act *act, int client)
{
    if (act->flow->state == FRESH)
        ask(act, client);
    if (act->flow->state != ASKED)
        return;
    set_open(act);
    transmit(act, !act->flow->client, SYN | ACK, NULL);
    transmit(act, act->flow->client, ACK, NULL);
}

/* Whoever uses it is connected, whether or not its beginning was seen. */
static bool is_open(const struct act *act)
{
    if (act->flow->state == FRESH)
        set_open(act);
    shake_hands(act, act->flow->client);
    return act->flow->state == OPEN;
}

/* Jumps what is not known of the side. */
static void catch_up(const struct act *act, struct side *side)
{
    if (side->gaps != act->flows->gaps)
        side->next++;
    side->gaps = act->flows->gaps;
}

/* The data of the event goes out from a side, and is acknowledged. */
static void push(const struct act *act, int from)
{
    struct side *side = &act->flow->sides[from];
    const uint8_t *data = act->event->data;
    size_t left = act->event->len;

    if (left == 0 || side->finished)
        return;
    catch_up(act, side);
    while (left > 0) {
        size_t len = left < act->flow->mss ? left : act->flow->mss;
        if (side->unacked + len >= WINDOW)
            transmit(act, !from, ACK, NULL);
        left -= len;
        transmit(act, from, left == 0 ? PSH | ACK : ACK,
                 &(struct nb_wire_segment){.data = data, .len = len});
        data += len;
    }
    if (!act->flow->sides[!from].closed) /* else RST is to come */
        transmit(act, !from, ACK, NULL);
}

static void finish(const struct act *act, int from)
{
    struct side *side = &act->flow->sides[from];

    if (side->finished)
        return;
    catch_up(act, side);
    side->finished = true;
    transmit(act, from, FIN | ACK, NULL);
    transmit(act, !from, ACK, NULL);
}

static void reset(const struct act *act, int from)
{
    if (!is_open(act))
        return;
    catch_up(act, &act->flow->sides[from]);
    act->flow->state = DEAD;
    transmit(act, from, RST | ACK, NULL);
}

/* RFC 9293, section 3.10.7.1: a SYN to nobody is answered by RST. */
static void refuse(const struct act *act)
{
    if (act->flow->state == FRESH)
        ask(act, act->me);
    if (act->flow->state != ASKED)
        return;
    act->flow->state = DEAD;
    act->flow->sides[act->other].next = 0;
    transmit(act, act->other, RST | ACK, NULL);
}

/* Asks, and again after a refusal: with other numbers than before. */
static void connecting(const struct act *act)
{
    if (act->flow->state == DEAD) {
        for (int i = 0; i < 2; i++) {
            struct side *side = &act->flow->sides[i];
            side->next += first_number(act->flow->conversation, i);
            side->finished = false;
            side->unacked = 0;
        }
        act->flow->state = FRESH;
    }
    if (act->flow->state == FRESH)
        ask(act, act->me);
}

static void play(const struct act *act)
{
    switch (act->event->kind) {
    case NB_TRACE_CONNECTING:
        connecting(act);
        break;
    case NB_TRACE_CONNECTED:
        shake_hands(act, act->me);
        break;
    case NB_TRACE_ACCEPTED:
        shake_hands(act, act->other);
        break;
    case NB_TRACE_SENT:
        if (is_open(act))
            push(act, act->me);
        break;
    case NB_TRACE_RECEIVED:
        if (is_open(act) && act->flow->sides[act->other].socket == 0)
            push(act, act->other);
        break;
    case NB_TRACE_HALF_CLOSED:
        if (is_open(act))
            finish(act, act->me);
        break;
    case NB_TRACE_ENDED:
        if (is_open(act))
            finish(act, act->other);
        break;
    case NB_TRACE_CLOSED:
        if (act->flow->state != ASKED && is_open(act))
            finish(act, act->me);
        break;
    case NB_TRACE_RESET:
        reset(act, act->other);
        break;
    case NB_TRACE_REFUSED:
        refuse(act);
        break;
    case NB_TRACE_BOUND:
    case NB_TRACE_LISTENING:
    case NB_TRACE_TIMED_OUT:
    case NB_TRACE_ERROR:
    case NB_TRACE_MARK:
    case NB_TRACE_DROPPED:
    case NB_TRACE_KINDS:
        break;
    }
}

/* Finds the event's flow or makes it. NULL without addresses, or memory. */
static struct nb_flow *find(struct nb_flows *flows,
                            const struct nb_trace_event *event, int *error)
{
    struct nb_flow *flow = *place_of(flows, event->conversation);
    struct nb_wire_end ends[2];

    if (flow != NULL)
        return flow;
    if (!nb_wire_ends(&event->local, &event->remote, ends))
        return NULL;
    flow = new_flow(flows, event->conversation, ends);
    if (flow == NULL)
        *error = -ENOMEM;
    return flow;
}

int nb_flows_take(struct nb_flows *flows, const struct nb_trace_event *event)
{
    int error = 0;

    if (event->conversation == 0 || event->kind == NB_TRACE_TIMED_OUT ||
        event->kind == NB_TRACE_ERROR)
        return 0;
    struct nb_flow *flow = find(flows, event, &error);
    if (flow == NULL)
        return error;
    struct act act = {.flows = flows, .flow = flow, .event = event};
    act.me = side_of(flow, event);
    act.other = !act.me;
    flow->sides[act.me].socket = event->socket;
    flow->sides[act.me].closed = event->kind == NB_TRACE_CLOSED;
    if (event->peer != 0)
        flow->sides[act.other].socket = event->peer;
    if (flow->sides[0].socket == flow->sides[1].socket) /* with itself */
        flow->sides[act.other].closed = flow->sides[act.me].closed;
    play(&act);
    shelve(flows, flow);
    return 0;
}
