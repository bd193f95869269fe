/*
 * Names to addresses: see resolve.h.
 *
 * A name server is asked only for what can be a name. c-ares 1.18.1 would
 * send it "127.0.0.1" too, and the numbers that inet_aton reads as addresses,
 * such as "0x7f.1"; here those are no addresses, and no names either.
 */
#include "net/resolve.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/waiter.h"
#include "net/net.h"
#include "util/alloc.h"
#include "util/err.h"

enum {
    LABEL_LEN_MAX = 63, /* RFC 1035 section 2.3.4 */
    NAME_LEN_MAX = 253, /* dotted, without the dot that may end it */
    ASK = 1,            /* the answer is the backend's to give */
};

static const char digits[] = "0123456789";
static const char hex_digits[] = "0123456789ABCDEFabcdef";
static const char name_bytes[] = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "_abcdefghijklmnopqrstuvwxyz";

/* True for "127" and "0x7f", which end no name. */
static bool is_number(const char *label, size_t len)
{
    if (label[0] == '0' && (label[1] == 'x' || label[1] == 'X'))
        return 2 + strspn(label + 2, hex_digits) == len;
    return strspn(label, digits) == len;
}

static bool can_exist(const char *name)
{
    const char *label = name;

    for (;;) {
        size_t len = strspn(label, name_bytes);
        const char *end = label + len;
        if (len == 0 || len > LABEL_LEN_MAX)
            return false;
        if (strcmp(end, "") == 0 || strcmp(end, ".") == 0)
            return end - name <= NAME_LEN_MAX && !is_number(label, len);
        if (*end != '.')
            return false;
        label = end + 1;
    }
}

/* For a name that can exist: localhost, or what is below it. */
static bool is_localhost(const char *name)
{
    static const char localhost[] = "localhost";
    size_t len = strlen(name);
    size_t tail = sizeof localhost - 1;

    if (name[len - 1] == '.')
        len--;
    if (len < tail || strncasecmp(name + len - tail, localhost, tail) != 0)
        return false;
    return len == tail || name[len - tail - 1] == '.';
}

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

    if (name[0] == '\0' || (query->passive && strcmp(name, "*") == 0))
        return add_pair(lookup, query->family, "0.0.0.0", "::");
    if (nb_addr_parse(&addr, name, 0) == 0) {
        if (query->family != AF_UNSPEC &&
            query->family != nb_addr_family(&addr))
            return NB_EAI_FAMILY;
        return nb_lookup_add(lookup, &addr);
    }
    if (!can_exist(name))
        return NB_EAI_NONAME;
    if (is_localhost(name))
        return add_pair(lookup, query->family, "127.0.0.1", "::1");
    return ASK;
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

int nb_resolve(struct nb_net *net, const struct nb_query *query,
               struct nb_lookup **lookup)
{
    char name[NAME_LEN_MAX + sizeof "."];
    int rc = NB_EAI_NONAME;
    struct nb_lookup *self = nb_calloc(1, sizeof *self);

    if (self == NULL)
        return -ENOMEM;
    nb_list_init(&self->waiters);
    nb_list_init(&self->link);
    self->port = query->port;
    *lookup = self;
    if (query->family == AF_UNIX)
        rc = answer_path(self, query);
    else if (query->len < sizeof name &&
             memchr(query->name, '\0', query->len) == NULL) {
        memcpy(name, query->name, query->len);
        name[query->len] = '\0';
        rc = answer(self, query, name);
    }
    if (rc == ASK) {
        rc = net->ops->lookup(net, name, query->family, self);
        if (rc == 0)
            return 0;
    }
    nb_lookup_finish(self, rc);
    return 0;
}

static void destroy(struct nb_lookup *lookup)
{
    nb_free(lookup->addrs);
    nb_free(lookup);
}

void nb_lookup_free(struct nb_lookup *lookup)
{
    if (lookup == NULL)
        return;
    nb_waiter_complete_all(&lookup->waiters, -ECANCELED);
    nb_list_remove(&lookup->link);
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
    nb_addr_set_port(added, lookup->port);
    return 0;
}

void nb_lookup_finish(struct nb_lookup *lookup, int status)
{
    lookup->done = true;
    if (lookup->status == 0)
        lookup->status = status;
    if (lookup->status == 0 && lookup->count == 0)
        lookup->status = NB_EAI_NONAME;
    if (lookup->status < 0)
        lookup->count = 0;
    if (lookup->abandoned)
        destroy(lookup);
    else
        nb_waiter_complete_all(&lookup->waiters, 0);
}

int nb_resolve_hostname(char *name, size_t size)
{
    if (gethostname(name, size) < 0)
        return -errno;
    name[size - 1] = '\0';
    return 0;
}
