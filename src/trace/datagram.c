/* Datagrams as packets: see datagram.h. */
#include "trace/datagram.h"

#include <string.h>

#include "trace/event.h"

enum { ICMP = 1, ICMPV6 = 58 }; /* what raw sockets have for a port */

void nb_datagrams_init(struct nb_datagrams *all, nb_wire_fn emit, void *context)
{
    memset(all, 0, sizeof *all);
    all->emit = emit;
    all->context = context;
}

/* A ping socket has its identifier for a port, and the kernel puts it in. */
static bool is_ping(const struct nb_wire_end *end)
{
    return end->port != (end->v6 ? ICMPV6 : ICMP);
}

/* Makes the event's packet, and what is to be known of it. */
static void make(struct nb_wire_packet *packet,
                 const struct nb_trace_event *event,
                 const struct nb_wire_end ends[2], struct nb_datagram *datagram)
{
    bool sent = event->kind == NB_TRACE_SENT;
    const struct nb_wire_end *from = &ends[sent ? 0 : 1];
    const struct nb_wire_end *to = &ends[sent ? 1 : 0];

    *datagram = (struct nb_datagram){
        .conversation = event->conversation,
        .from = *from,
        .quote.len = event->len,
        .icmp = event->proto == NB_TRACE_ICMP,
    };
    uint16_t *checksum = &datagram->quote.checksum;
    if (!datagram->icmp)
        *checksum = nb_wire_udp(packet, from, to, event->data, event->len);
    else if (sent && is_ping(from))
        *checksum = nb_wire_ping(packet, from, to, event->data, event->len);
    else
        *checksum = nb_wire_icmp(packet, from, to, event->data, event->len);
    if (datagram->icmp)
        datagram->from.port = 0;
}

static bool was_sent(const struct nb_datagrams *all,
                     const struct nb_datagram *datagram)
{
    for (size_t i = 0; i < NB_DATAGRAMS && i < all->count; i++) {
        const struct nb_datagram *sent = &all->sent[i];
        if (sent->icmp == datagram->icmp &&
            sent->quote.len == datagram->quote.len &&
            sent->quote.checksum == datagram->quote.checksum &&
            nb_wire_same_end(&sent->from, &datagram->from))
            return true;
    }
    return false;
}

/* The datagram that was sent last in the conversation. */
static struct nb_wire_quote last_sent(const struct nb_datagrams *all,
                                      uint64_t conversation)
{
    size_t oldest = all->count < NB_DATAGRAMS ? 0 : all->count - NB_DATAGRAMS;

    for (size_t i = all->count; i > oldest; i--) {
        const struct nb_datagram *sent = &all->sent[(i - 1) % NB_DATAGRAMS];
        if (sent->conversation == conversation && !sent->icmp)
            return sent->quote;
    }
    return (struct nb_wire_quote){.len = 0};
}

void nb_datagrams_take(struct nb_datagrams *all,
                       const struct nb_trace_event *event)
{
    struct nb_wire_end ends[2];
    struct nb_wire_packet packet;
    struct nb_datagram datagram;

    if (!nb_wire_ends(&event->local, &event->remote, ends))
        return;
    if (event->kind == NB_TRACE_REFUSED && event->proto == NB_TRACE_UDP) {
        struct nb_wire_quote quote = last_sent(all, event->conversation);
        nb_wire_unreachable(&packet, &ends[1], &ends[0], &quote);
        all->emit(all->context, &packet);
    }
    if (event->kind != NB_TRACE_SENT && event->kind != NB_TRACE_RECEIVED)
        return;
    make(&packet, event, ends, &datagram);
    if (event->kind == NB_TRACE_SENT)
        all->sent[all->count++ % NB_DATAGRAMS] = datagram;
    else if (event->peer != 0 || was_sent(all, &datagram))
        return;
    all->emit(all->context, &packet);
}
