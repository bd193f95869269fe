/* Who speaks with whom: see conversation.h. */
#include "trace/conversation.h"

#include <string.h>

enum { PLACES = NB_CONVERSATION_PLACES };

struct nb_end nb_end_of(const struct nb_addr *addr)
{
    struct nb_end end = {.port = nb_addr_port(addr)};

    if (nb_addr_family(addr) == AF_INET) {
        end.ip[10] = end.ip[11] = 0xff;
        memcpy(end.ip + 12, &addr->u.in.sin_addr, 4);
    } else if (nb_addr_family(addr) == AF_INET6) {
        memcpy(end.ip, &addr->u.in6.sin6_addr, 16);
        end.scope = addr->u.in6.sin6_scope_id;
    }
    return end;
}

static int compare(const struct nb_end *a, const struct nb_end *b)
{
    int order = memcmp(a->ip, b->ip, sizeof a->ip);

    if (order != 0)
        return order;
    if (a->port != b->port)
        return a->port < b->port ? -1 : 1;
    return a->scope == b->scope ? 0 : a->scope < b->scope ? -1 : 1;
}

static bool is_same(const struct nb_end *a, const struct nb_end *b)
{
    return compare(a, b) == 0;
}

bool nb_end_is_wildcard(const struct nb_end *end)
{
    static const unsigned char any[16];
    static const unsigned char any4[16] = {[10] = 0xff, [11] = 0xff};

    return memcmp(end->ip, any, sizeof any) == 0 ||
           memcmp(end->ip, any4, sizeof any4) == 0;
}

/* FNV-1a, continued. */
static uint32_t hash(uint32_t seed, const struct nb_end *end)
{
    for (size_t i = 0; i < sizeof end->ip; i++)
        seed = (seed ^ end->ip[i]) * 16777619;
    return (seed ^ end->port) * 16777619;
}

/* The first of the places of the pair in the table, whoever is in them. */
static struct nb_conversation *places_of(struct nb_conversations *all,
                                         const struct nb_conversation *pair)
{
    uint32_t at =
        hash(hash(2166136261U + pair->proto, &pair->low), &pair->high);
    uint32_t set = (at ^ at >> 16) % (NB_CONVERSATIONS / PLACES);

    return &all->table[set * PLACES];
}

/* The entry of the pair, or NULL. */
static struct nb_conversation *find(struct nb_conversations *all,
                                    const struct nb_conversation *pair)
{
    struct nb_conversation *entry = places_of(all, pair);

    for (int i = 0; i < PLACES; i++, entry++) {
        if (entry->number != 0 && entry->proto == pair->proto &&
            is_same(&entry->low, &pair->low) &&
            is_same(&entry->high, &pair->high))
            return entry;
    }
    return NULL;
}

/* A place for the pair: one that is free, or of the oldest there. */
static struct nb_conversation *make_room(struct nb_conversations *all,
                                         const struct nb_conversation *pair)
{
    struct nb_conversation *places = places_of(all, pair);
    struct nb_conversation *oldest = places;

    for (int i = 1; i < PLACES; i++) {
        if (places[i].number < oldest->number)
            oldest = &places[i];
    }
    return oldest;
}

static struct nb_conversation pair_of(enum nb_trace_proto proto,
                                      const struct nb_end *a,
                                      const struct nb_end *b)
{
    bool ordered = compare(a, b) <= 0;

    return (struct nb_conversation){
        .proto = proto,
        .low = ordered ? *a : *b,
        .high = ordered ? *b : *a,
    };
}

struct nb_conversation *nb_conversation_begin(struct nb_conversations *all,
                                              enum nb_trace_proto proto,
                                              const struct nb_end *a,
                                              const struct nb_end *b)
{
    struct nb_conversation pair = pair_of(proto, a, b);
    struct nb_conversation *entry = find(all, &pair);

    if (entry == NULL)
        entry = make_room(all, &pair);
    *entry = pair;
    entry->number = ++all->last;
    return entry;
}

struct nb_conversation *nb_conversation_find(struct nb_conversations *all,
                                             enum nb_trace_proto proto,
                                             const struct nb_end *a,
                                             const struct nb_end *b)
{
    struct nb_conversation pair = pair_of(proto, a, b);
    struct nb_conversation *entry = find(all, &pair);

    return entry != NULL ? entry : nb_conversation_begin(all, proto, a, b);
}

uint64_t *nb_conversation_socket(struct nb_conversation *conversation,
                                 const struct nb_end *end)
{
    return is_same(&conversation->low, end) ? &conversation->low_socket
                                            : &conversation->high_socket;
}
