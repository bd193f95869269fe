/*
 * A rule about hosts and ports, as a flag spells it, and whether an address
 * or a name falls under it.
 *
 *     192.0.2.1   192.0.2.1:80   192.0.2.0/24:8000-8010   example.org:443
 *     2001:db8::1   [2001:db8::1]:80   2001:db8::/32   [2001:db8::/32]:80
 *
 * An address is compared by what it means: an IPv4 one that IPv6 has mapped is
 * the IPv4 one, the zone of an address that needs none is ignored, and a rule
 * without a zone is about every zone. Literals are read strictly, by
 * inet_pton. Names are compared without regard to case and to a dot at their
 * end; "localhost" is about the loopback addresses.
 */
#ifndef NB_GUARD_NETRULE_H
#define NB_GUARD_NETRULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/addr.h"
#include "util/name.h"

enum { NB_NETRULE_TEXT = NB_NAME_TEXT + 16 };

/* An address in the form in which it is judged. */
struct nb_endpoint {
    uint8_t bytes[16]; /* of IPv4 the first four */
    int family;        /* AF_INET or AF_INET6; AF_UNSPEC: any other */
    uint32_t zone;     /* 0: none */
    uint16_t port;     /* 0: none, or any */
};

struct nb_netrule {
    struct nb_endpoint base; /* family AF_UNSPEC: the rule is about a name */
    unsigned prefix;         /* how many bits count */
    uint16_t from;           /* ports */
    uint16_t to;
    bool any_port;
    char name[NB_NAME_TEXT]; /* in lower case, without the dot at the end */
};

/* What a rule covers of an endpoint's port. */
enum nb_portwise {
    NB_PORT_EXACT,  /* the port, or the whole host where there is none */
    NB_PORT_CHOSEN, /* the port, or 0 in its place: the system chose it */
    NB_PORT_SOME,   /* any part of the host will do */
};

/*
 * Reads a rule. Returns NULL, or what is wrong with `text`, in words that
 * go after it: "is neither an address nor a name".
 */
const char *nb_netrule_parse(struct nb_netrule *rule, const char *text);

/* A rule about this address and port alone; without a port about all. */
void nb_netrule_for(struct nb_netrule *rule, const struct nb_endpoint *end);

/* The address in its canonical form. */
void nb_endpoint_from(struct nb_endpoint *end, const struct nb_addr *addr);

/* 127.0.0.0/8 and ::1; 0.0.0.0 and ::. */
bool nb_endpoint_is_loopback(const struct nb_endpoint *end);
bool nb_endpoint_is_wildcard(const struct nb_endpoint *end);

/* True if the rule is about the endpoint. */
bool nb_netrule_covers(const struct nb_netrule *rule,
                       const struct nb_endpoint *end, enum nb_portwise wise);

/* True if the rule is about the name, which can exist. */
bool nb_netrule_names(const struct nb_netrule *rule, const char *name);

/* Writes the rule as a flag takes it. */
void nb_netrule_format(const struct nb_netrule *rule,
                       char text[NB_NETRULE_TEXT]);

#endif
