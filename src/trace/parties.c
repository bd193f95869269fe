/* Who speaks with whom: see parties.h. */
#include "trace/parties.h"

#include <errno.h>
#include <string.h>

#include "trace/keep.h"
#include "util/alloc.h"

static const struct nb_trace_event *at(const struct nb_parties *parties,
                                       size_t i)
{
    return &parties->keep->events[i].event;
}

bool nb_parties_is_wild(const struct nb_addr *addr)
{
    char ip[NB_ADDR_IP_TEXT];
    char text[NB_ADDR_TEXT];

    if (nb_addr_family(addr) == AF_UNIX) {
        nb_addr_format(addr, text);
        return strcmp(text, "*") == 0;
    }
    nb_addr_ip(addr, ip);
    return *ip == '\0' || strcmp(ip, "0.0.0.0") == 0 || strcmp(ip, "::") == 0;
}

bool nb_parties_same(const struct nb_addr *a, const struct nb_addr *b)
{
    char left[NB_ADDR_TEXT];
    char right[NB_ADDR_TEXT];

    nb_addr_format(a, left);
    nb_addr_format(b, right);
    return *left != '\0' && strcmp(left, right) == 0;
}

/* True if both are of one conversation, or else of one socket. */
static bool belong(const struct nb_trace_event *a,
                   const struct nb_trace_event *b)
{
    if (a->conversation != 0 && b->conversation != 0)
        return a->conversation == b->conversation;
    return a->socket != 0 && a->socket == b->socket;
}

size_t nb_parties_find(const struct nb_parties *parties, size_t event,
                       enum nb_trace_kind kind)
{
    for (size_t i = 0; i < parties->keep->count; i++) {
        if (at(parties, i)->kind == kind &&
            belong(at(parties, i), at(parties, event)))
            return i;
    }
    return NB_KEEP_NONE;
}

/* The party of the socket, or NONE. */
static size_t find(const struct nb_parties *parties, uint64_t socket)
{
    for (size_t i = 0; i < parties->count; i++) {
        if (parties->parties[i].socket == socket)
            return i;
    }
    return NB_KEEP_NONE;
}

/* True for an address that says more than what is known. */
static bool tells_more(const struct nb_party *party, const struct nb_addr *addr)
{
    bool unix_domain = nb_addr_family(addr) == AF_UNIX;

    if (addr->len == 0 || (unix_domain && nb_parties_is_wild(addr)) ||
        (!unix_domain && nb_addr_port(addr) == 0))
        return false;
    return party->local.len == 0 ||
           (!party->bound && nb_parties_is_wild(&party->local));
}

/* Takes what an event tells of its own socket. */
static void learn(struct nb_parties *parties, size_t event)
{
    const struct nb_trace_event *told = at(parties, event);
    size_t own = find(parties, told->socket);
    struct nb_party *party = &parties->parties[own];

    parties->own[event] = own;
    if (tells_more(party, &told->local))
        party->local = told->local;
    party->bound |= told->kind == NB_TRACE_BOUND;
    party->serves |= told->passive || told->kind == NB_TRACE_LISTENING;
    party->dials |=
        (told->kind == NB_TRACE_CONNECTING ||
         told->kind == NB_TRACE_CONNECTED || told->kind == NB_TRACE_SENT) &&
        !nb_parties_is_wild(&told->remote);
    if (told->kind == NB_TRACE_RECEIVED && party->bound && !party->dials)
        party->serves = true;
}

static void add(struct nb_parties *parties, const struct nb_trace_event *event)
{
    if (event->socket == 0 || find(parties, event->socket) != NB_KEEP_NONE)
        return;
    parties->parties[parties->count++] = (struct nb_party){
        .socket = event->socket,
        .proto = event->proto,
        .column = NB_KEEP_NONE,
    };
}

/* The party that this event speaks with: as it says, or by the conversation. */
static size_t find_other(const struct nb_parties *parties, size_t event)
{
    const struct nb_trace_event *told = at(parties, event);

    if (told->peer != 0)
        return find(parties, told->peer);
    if (told->conversation == 0)
        return NB_KEEP_NONE;
    for (size_t i = 0; i < parties->keep->count; i++) {
        if (at(parties, i)->conversation == told->conversation &&
            at(parties, i)->socket != told->socket)
            return parties->own[i];
    }
    return NB_KEEP_NONE;
}

/* Links the event with the other end, and tells that where it is seen. */
static void link_parties(struct nb_parties *parties, size_t event)
{
    size_t other = find_other(parties, event);
    const struct nb_addr *remote = &at(parties, event)->remote;

    parties->other[event] = other;
    if (other != NB_KEEP_NONE && tells_more(&parties->parties[other], remote))
        parties->parties[other].local = *remote;
}

int nb_parties_make(struct nb_parties *parties, const struct nb_keep *keep)
{
    size_t count = keep->count;

    *parties = (struct nb_parties){.keep = keep};
    if (count == 0)
        return 0;
    parties->parties = nb_calloc(count, sizeof *parties->parties);
    parties->own = nb_calloc(count, sizeof *parties->own);
    parties->other = nb_calloc(count, sizeof *parties->other);
    if (parties->parties == NULL || parties->own == NULL ||
        parties->other == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        add(parties, at(parties, i));
        parties->own[i] = NB_KEEP_NONE;
        if (at(parties, i)->socket != 0)
            learn(parties, i);
    }
    for (size_t i = 0; i < count; i++)
        link_parties(parties, i);
    return 0;
}

void nb_parties_free(struct nb_parties *parties)
{
    nb_free(parties->parties);
    nb_free(parties->own);
    nb_free(parties->other);
    *parties = (struct nb_parties){.count = 0};
}
