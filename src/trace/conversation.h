/*
 * Who speaks with whom: numbers for pairs of addresses, whichever end asks.
 *
 * The table has a fixed size, and a pair few places in it: the oldest makes
 * room for another, and gets a new number if it is seen again.
 */
#ifndef NB_TRACE_CONVERSATION_H
#define NB_TRACE_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/event.h"

enum {
    NB_CONVERSATIONS = 4096,
    NB_CONVERSATION_PLACES = 8, /* that a pair can be in */
};

/* An Internet address; that of IPv4 is mapped into IPv6 (RFC 4291, 2.5.5.2). */
struct nb_end {
    unsigned char ip[16];
    uint32_t scope;
    uint16_t port;
};

struct nb_conversation {
    uint64_t number; /* 0: the entry is free */
    enum nb_trace_proto proto;
    struct nb_end low; /* the smaller of the two ends, and ... */
    struct nb_end high;
    uint64_t low_socket; /* ... their sockets in this program; 0: none */
    uint64_t high_socket;
    uint64_t asked; /* when these were looked for, by the caller's count */
};

struct nb_conversations {
    uint64_t last; /* number that was given */
    struct nb_conversation table[NB_CONVERSATIONS];
};

/* The end that an address is; all zero for one of another family. */
struct nb_end nb_end_of(const struct nb_addr *addr);

/* True for 0.0.0.0 and ::, with any port. */
bool nb_end_is_wildcard(const struct nb_end *end);

/* The entry of the pair, made if need be. Valid until the next call. */
struct nb_conversation *nb_conversation_find(struct nb_conversations *all,
                                             enum nb_trace_proto proto,
                                             const struct nb_end *a,
                                             const struct nb_end *b);

/* The place in it for the socket at `end`. */
uint64_t *nb_conversation_socket(struct nb_conversation *conversation,
                                 const struct nb_end *end);

/* The same for a conversation that begins, whatever there was before. */
struct nb_conversation *nb_conversation_begin(struct nb_conversations *all,
                                              enum nb_trace_proto proto,
                                              const struct nb_end *a,
                                              const struct nb_end *b);

#endif
