/*
 * The sockets of a trace, and which of them speak with each other.
 *
 * Looks at the whole trace, so a socket's address is known also where it is
 * seen late: a client's after its connection, a datagram socket's by whom it
 * has sent to.
 */
#ifndef NB_TRACE_PARTIES_H
#define NB_TRACE_PARTIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/event.h"

struct nb_keep;

struct nb_party {
    uint64_t socket;
    enum nb_trace_proto proto;
    struct nb_addr local; /* len 0: not known */
    bool bound;           /* the script bound it */
    bool serves;          /* it listens, was accepted, or is spoken to first */
    bool dials;           /* it speaks to an address */
    size_t column;        /* in the ladder, once it has one */
};

struct nb_parties {
    const struct nb_keep *keep; /* borrowed */
    struct nb_party *parties;
    size_t count;
    size_t *own;   /* for each event its socket's party, or NB_KEEP_NONE */
    size_t *other; /* the one it speaks with, if that is here */
};

/* Returns 0 or -ENOMEM; to be freed either way. */
int nb_parties_make(struct nb_parties *parties, const struct nb_keep *keep);
void nb_parties_free(struct nb_parties *parties);

/* True for an address that stands for every one of a host, or for none. */
bool nb_parties_is_wild(const struct nb_addr *addr);

/* True if both have an address, and the same. */
bool nb_parties_same(const struct nb_addr *a, const struct nb_addr *b);

/*
 * The first event of that kind in the conversation of `event`, or where it has
 * none with the same socket; or NB_KEEP_NONE.
 */
size_t nb_parties_find(const struct nb_parties *parties, size_t event,
                       enum nb_trace_kind kind);

#endif
