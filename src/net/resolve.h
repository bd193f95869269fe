/*
 * Names to addresses, addresses to names, services to ports.
 *
 * Literals, the empty name and localhost (RFC 6761 section 6.3: 127.0.0.1,
 * then ::1) are answered here, at once; everything else by the backend. A
 * lookup is a record on the heap that outlives an owner who loses interest:
 * the answer then only frees it. Services are read from the local file.
 */
#ifndef NB_NET_RESOLVE_H
#define NB_NET_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/addr.h"
#include "util/list.h"

struct nb_iowait;
struct nb_net;
struct nb_policy;

/* What is asked for. */
struct nb_query {
    const char *name;
    size_t len; /* of the name, which may hold any bytes */
    uint16_t port;
    int family;   /* AF_INET, AF_INET6, AF_UNSPEC; AF_UNIX: a path */
    bool passive; /* for bind: "*" is the wildcard address, as "" always is */
    bool named;   /* the names that the addresses go by are wanted, too */
};

struct nb_lookup {
    struct nb_list waiters;   /* completed with 0 when it is done */
    struct nb_list link;      /* for the owner: in a list of its own */
    struct nb_query query;    /* its name is `name` */
    char *name;               /* NULL until it is remembered */
    struct nb_policy *policy; /* asked for the name; NULL: it was not */
    struct nb_iowait *told;   /* as if it were ready once this is done */
    struct nb_addr *addrs;
    size_t count;
    size_t room;       /* addresses that fit into `addrs` */
    char **names;      /* if wanted: the canonical one, then its aliases */
    size_t name_count; /* 0 where they are not known */
    int status;        /* once done: 0, or why there is no answer */
    bool reverse;      /* the names of addrs[0] are what is asked for */
    bool done;
    bool abandoned;
};

/* True if both ask for the same addresses. */
bool nb_query_equal(const struct nb_query *a, const struct nb_query *b);

/*
 * Starts a lookup; it may be done already. Returns 0 and a record that the
 * caller owns, or -ENOMEM. Done at once, and never sent anywhere, are
 *   - a path;
 *   - a literal; NB_EAI_FAMILY if it is of the other family;
 *   - "", which stands for 0.0.0.0 and ::, in that order, as far as `family`
 *     allows;
 *   - localhost and what ends in .localhost;
 *   - with NB_EAI_NONAME, a name that cannot exist: too long, with an empty
 *     part or a byte that no name has, or a number that is no address;
 *   - with NB_ENOTALLOWED, a name that the policy does not let out.
 */
int nb_resolve(struct nb_net *net, const struct nb_query *query,
               struct nb_lookup **lookup);

/*
 * Starts to look up the names of `addr`, an IPv4 one that IPv6 has mapped by
 * itself. Returns as nb_resolve(); 127.0.0.1 and ::1 are localhost at once.
 */
int nb_resolve_reverse(struct nb_net *net, const struct nb_addr *addr,
                       struct nb_lookup **lookup);

/*
 * Copies the query's name into the lookup's own, so that it can be told from
 * others. Returns 0 or -ENOMEM.
 */
int nb_lookup_remember(struct nb_lookup *lookup, const struct nb_query *query);

/* The owner, and who waits, are no longer interested. NULL is legal. */
void nb_lookup_free(struct nb_lookup *lookup);

/*
 * For backends: adds an address (its port is set here). Returns 0, or -ENOMEM
 * and the lookup will end with that.
 */
int nb_lookup_add(struct nb_lookup *lookup, const struct nb_addr *addr);

/*
 * For backends: adds a name, the canonical one first. It is left out where no
 * names are wanted, where it is there already, and beyond the 48th. Returns as
 * nb_lookup_add().
 */
int nb_lookup_add_name(struct nb_lookup *lookup, const char *name);

/*
 * For backends: the end, once. Without any answer, status 0 is
 * NB_EAI_NONAME. Whoever waits is put on the ready queue, and nothing runs.
 */
void nb_lookup_finish(struct nb_lookup *lookup, int status);

/*
 * The port of a service for sockets of `type`, or NB_EAI_SERVICE where it is
 * not known or has none for that type.
 */
int nb_resolve_service(const char *name, int type);

/* Writes the name of a TCP service, its number where it has none. */
void nb_resolve_service_name(uint16_t port, char *name, size_t size);

/* This machine's name, cut to `size` with its NUL. 0 or a negative errno. */
int nb_resolve_hostname(char *name, size_t size);

#endif
