/*
 * Names, addresses and services: see resolve.h.
 *
 * A name server is asked only for what can be a name. c-ares 1.18.1 would
 * send it "127.0.0.1" too, and the numbers that inet_aton reads as addresses,
 * such as "0x7f.1"; here those are no addresses, and no names either.
 */
#include "net/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/iowait.h"
#include "core/waiter.h"
#include "guard/policy.h"
#include "net/net.h"
#include "util/alloc.h"
#include "util/err.h"
#include "util/name.h"

enum {
    NAMES_MAX = 48,        /* of one host; the C library has the same bound */
    SERVICE_BUFFER = 4096, /* a line of /etc/services, in parts */
    ASK = 1,               /* the answer is the backend's to give */
};

static const char localhost[] = "localhost";

/* Adds the addresses of an IPv4 and an IPv6 literal, as far as they fit. */
static int add_pair(struct nb_lookup *lookup, int family, const char *in,
                    const char *in6)
{
    struct nb_addr addr;
    int rc = 0;

    if (family != AF_INET6) {
        nb_addr_parse(&addr, in, 0);
        rc = nb_lookup_add(lookup, &addr);
    }
    if (rc == 0 && family != AF_INET) {
        nb_addr_parse(&addr, in6, 0);
        rc = nb_lookup_add(lookup, &addr);
    }
    return rc;
}

/* Answers what needs no backend. Returns 0, an error or ASK. */
static int answer(struct nb_lookup *lookup, const struct nb_query *query,
                  const char *name)
{
    struct nb_addr addr;
    int rc = 0;

    if (name[0] == '\0' || (query->passive && strcmp(name, "*") == 0))
        return add_pair(lookup, query->family, "0.0.0.0", "::");
    if (nb_addr_parse(&addr, name, 0) == 0) {
        if (query->family != AF_UNSPEC &&
            query->family != nb_addr_family(&addr))
            return NB_EAI_FAMILY;
        rc = nb_lookup_add(lookup, &addr);
        return rc < 0 ? rc : nb_lookup_add_name(lookup, name);
    }
    if (!nb_name_can_exist(name))
        return NB_EAI_NONAME;
    if (!nb_name_is_localhost(name))
        return ASK;
    rc = add_pair(lookup, query->family, "127.0.0.1", "::1");
    return rc < 0 ? rc : nb_lookup_add_name(lookup, localhost);
}

/* A path is an address already. */
static int answer_path(struct nb_lookup *lookup, const struct nb_query *query)
{
    struct nb_addr addr;
    int rc = nb_addr_unix(&addr, query->name, query->len);

    return rc < 0 ? rc : nb_lookup_add(lookup, &addr);
}

bool nb_query_equal(const struct nb_query *a, const struct nb_query *b)
{
    return a->port == b->port && a->family == b->family &&
           a->passive == b->passive && a->len == b->len &&
           memcmp(a->name, b->name, a->len) == 0;
}

static struct nb_lookup *new_lookup(const struct nb_query *query)
{
    struct nb_lookup *self = nb_calloc(1, sizeof *self);

    if (self == NULL)
        return NULL;
    nb_list_init(&self->waiters);
    nb_list_init(&self->link);
    self->query = *query;
    self->query.name = NULL;
    return self;
}

/*
 * Asks whether the name may be looked up, and remembers it for what is found.
 * Returns ASK, or an error.
 */
static int ask_policy(struct nb_lookup *lookup, struct nb_policy *policy,
                      const char *name)
{
    struct nb_query asked = {.name = name, .len = strlen(name) + 1};
    int rc = nb_policy_ask_text(policy, NB_RIGHT_NAME, name);

    if (rc == 0 && policy != NULL)
        rc = nb_lookup_remember(lookup, &asked);
    lookup->policy = policy;
    return rc < 0 ? rc : ASK;
}

/* What is allowed to the name is allowed to its addresses. */
static int teach_policy(const struct nb_lookup *lookup)
{
    int rc = 0;

    if (lookup->policy == NULL || lookup->reverse)
        return 0;
    for (size_t i = 0; i < lookup->count && rc == 0; i++)
        rc = nb_policy_learn(lookup->policy, lookup->name, &lookup->addrs[i]);
    return rc;
}

int nb_resolve(struct nb_net *net, const struct nb_query *query,
               struct nb_lookup **lookup)
{
    char name[NB_NAME_TEXT];
    int rc = NB_EAI_NONAME;
    struct nb_lookup *self = new_lookup(query);

    if (self == NULL)
        return -ENOMEM;
    *lookup = self;
    if (query->family == AF_UNIX)
        rc = answer_path(self, query);
    else if (query->len < sizeof name &&
             memchr(query->name, '\0', query->len) == NULL) {
        memcpy(name, query->name, query->len);
        name[query->len] = '\0';
        rc = answer(self, query, name);
    }
    if (rc == ASK)
        rc = ask_policy(self, net->policy, name);
    if (rc == ASK) {
        rc = net->ops->lookup(net, name, query->family, self);
        if (rc == 0)
            return 0;
    }
    nb_lookup_finish(self, rc);
    return 0;
}

/* The IPv4 address that an IPv6 one holds (RFC 4291 section 2.5.5.2). */
static struct nb_addr unmapped(const struct nb_addr *addr)
{
    const struct in6_addr *in6 = &addr->u.in6.sin6_addr;
    struct nb_addr in;

    if (nb_addr_family(addr) != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(in6))
        return *addr;
    nb_addr_any(&in, AF_INET, nb_addr_port(addr));
    memcpy(&in.u.in.sin_addr, in6->s6_addr + 12, sizeof in.u.in.sin_addr);
    return in;
}

static bool is_loopback(const struct nb_addr *addr)
{
    if (nb_addr_family(addr) == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&addr->u.in6.sin6_addr);
    return addr->u.in.sin_addr.s_addr == htonl(INADDR_LOOPBACK);
}

int nb_resolve_reverse(struct nb_net *net, const struct nb_addr *addr,
                       struct nb_lookup **lookup)
{
    const struct nb_query query = {.named = true, .port = nb_addr_port(addr)};
    struct nb_addr asked = unmapped(addr);
    struct nb_lookup *self = new_lookup(&query);

    if (self == NULL)
        return -ENOMEM;
    *lookup = self;
    self->reverse = true;
    int rc = nb_lookup_add(self, &asked);
    if (rc == 0 && !is_loopback(&asked))
        rc = nb_policy_ask_addr(net->policy, NB_RIGHT_NAME, &asked);
    if (rc == 0 && !is_loopback(&asked)) {
        rc = net->ops->reverse(net, &asked, self);
        if (rc == 0)
            return 0;
    } else if (rc == 0) {
        rc = nb_lookup_add_name(self, localhost);
    }
    nb_lookup_finish(self, rc);
    return 0;
}

int nb_lookup_remember(struct nb_lookup *lookup, const struct nb_query *query)
{
    if (lookup->name == NULL)
        lookup->name = nb_malloc(query->len);
    if (lookup->name == NULL)
        return -ENOMEM;
    memcpy(lookup->name, query->name, query->len);
    lookup->query.name = lookup->name;
    return 0;
}

static void destroy(struct nb_lookup *lookup)
{
    for (size_t i = 0; i < lookup->name_count; i++)
        nb_free(lookup->names[i]);
    nb_free(lookup->names);
    nb_free(lookup->name);
    nb_free(lookup->addrs);
    nb_free(lookup);
}

void nb_lookup_free(struct nb_lookup *lookup)
{
    if (lookup == NULL)
        return;
    nb_waiter_complete_all(&lookup->waiters, -ECANCELED);
    nb_list_remove(&lookup->link);
    lookup->told = NULL;
    if (lookup->done)
        destroy(lookup);
    else
        lookup->abandoned = true;
}

int nb_lookup_add(struct nb_lookup *lookup, const struct nb_addr *addr)
{
    if (lookup->count == lookup->room) {
        size_t room = lookup->room == 0 ? 2 : 2 * lookup->room;
        struct nb_addr *addrs = nb_realloc(lookup->addrs, room * sizeof *addrs);
        if (addrs == NULL) {
            lookup->status = -ENOMEM;
            return -ENOMEM;
        }
        lookup->addrs = addrs;
        lookup->room = room;
    }
    struct nb_addr *added = &lookup->addrs[lookup->count++];
    *added = *addr;
    nb_addr_set_port(added, lookup->query.port);
    return 0;
}

static bool has_name(const struct nb_lookup *lookup, const char *name)
{
    for (size_t i = 0; i < lookup->name_count; i++) {
        if (strcasecmp(lookup->names[i], name) == 0)
            return true;
    }
    return false;
}

int nb_lookup_add_name(struct nb_lookup *lookup, const char *name)
{
    size_t size = (lookup->name_count + 1) * sizeof *lookup->names;

    if (!lookup->query.named || lookup->name_count == NAMES_MAX ||
        has_name(lookup, name))
        return 0;
    char **names = nb_realloc(lookup->names, size);
    if (names != NULL) {
        lookup->names = names;
        names[lookup->name_count] = nb_strdup(name);
    }
    if (names == NULL || names[lookup->name_count] == NULL) {
        lookup->status = -ENOMEM;
        return -ENOMEM;
    }
    lookup->name_count++;
    return 0;
}

void nb_lookup_finish(struct nb_lookup *lookup, int status)
{
    lookup->done = true;
    if (lookup->status == 0)
        lookup->status = status;
    if (lookup->status == 0 &&
        (lookup->reverse ? lookup->name_count : lookup->count) == 0)
        lookup->status = NB_EAI_NONAME;
    if (lookup->status == 0)
        lookup->status = teach_policy(lookup);
    if (lookup->status < 0)
        lookup->count = 0;
    if (lookup->told != NULL) {
        nb_iowait_wake(lookup->told, NB_READ);
        nb_iowait_wake(lookup->told, NB_WRITE);
    }
    if (lookup->abandoned)
        destroy(lookup);
    else
        nb_waiter_complete_all(&lookup->waiters, 0);
}

int nb_resolve_service(const char *name, int type)
{
    const char *proto = type == SOCK_STREAM ? "tcp" : "udp";
    char buffer[SERVICE_BUFFER];
    struct servent entry;
    struct servent *found = NULL;

    if (type != SOCK_STREAM && type != SOCK_DGRAM)
        return NB_EAI_SERVICE;
    getservbyname_r(name, proto, &entry, buffer, sizeof buffer, &found);
    return found == NULL ? NB_EAI_SERVICE : ntohs((uint16_t)found->s_port);
}

void nb_resolve_service_name(uint16_t port, char *name, size_t size)
{
    char buffer[SERVICE_BUFFER];
    struct servent entry;
    struct servent *found = NULL;

    getservbyport_r(htons(port), "tcp", &entry, buffer, sizeof buffer, &found);
    if (found == NULL)
        snprintf(name, size, "%u", port);
    else
        snprintf(name, size, "%s", found->s_name);
}

int nb_resolve_hostname(char *name, size_t size)
{
    if (gethostname(name, size) < 0)
        return -errno;
    name[size - 1] = '\0';
    return 0;
}
