/* Connecting to the first address that answers: see connect.h. */
#include "net/connect.h"

#include <errno.h>
#include <string.h>

#include "net/extra.h"
#include "net/gate.h"
#include "net/resolve.h"
#include "net/socket.h"
#include "util/alloc.h"
#include "util/err.h"

struct nb_attempt {
    size_t count;
    size_t next;           /* the address to try, or that is being tried */
    int err;               /* why the one before failed */
    bool pending;          /* the kernel is connecting to it */
    bool begun;            /* ... since it was asked for */
    struct nb_query query; /* its name is behind `addrs` */
    struct nb_addr addrs[];
};

/* The first address from `at` on that is, or is not, of `family`. */
static size_t find(const struct nb_lookup *lookup, size_t at, int family,
                   bool wanted)
{
    while (at < lookup->count &&
           (nb_addr_family(&lookup->addrs[at]) == family) != wanted)
        at++;
    return at;
}

/* Copies the addresses, the families by turns (RFC 8305 section 4). */
static void interleave(struct nb_addr *addrs, const struct nb_lookup *lookup)
{
    int family = nb_addr_family(lookup->addrs);
    size_t at[] = {
        find(lookup, 0, family, false),
        find(lookup, 0, family, true),
    };
    bool first = true; /* the turn of the family that the first one has */

    for (size_t i = 0; i < lookup->count; i++) {
        if (at[first] == lookup->count)
            first = !first;
        addrs[i] = lookup->addrs[at[first]];
        at[first] = find(lookup, at[first] + 1, family, first);
        first = !first;
    }
}

int nb_connect_start(struct nb_socket *sock, const struct nb_lookup *lookup,
                     const struct nb_query *query)
{
    size_t size = lookup->count * sizeof *lookup->addrs;
    struct nb_attempt *attempt = nb_malloc(sizeof *attempt + size + query->len);

    if (attempt == NULL)
        return -ENOMEM;
    *attempt = (struct nb_attempt){
        .count = lookup->count,
        .err = -EAFNOSUPPORT,
        .query = *query,
    };
    interleave(attempt->addrs, lookup);
    char *name = (char *)(attempt->addrs + lookup->count);
    memcpy(name, query->name, query->len);
    attempt->query.name = name;
    struct nb_extra *extra = nb_extra_need(sock);
    if (extra == NULL) {
        nb_attempt_free(attempt);
        return -ENOMEM;
    }
    nb_attempt_free(extra->attempt);
    extra->attempt = attempt;
    return 0;
}

void nb_attempt_free(struct nb_attempt *attempt)
{
    nb_free(attempt);
}

bool nb_connect_pending(const struct nb_socket *sock)
{
    const struct nb_attempt *attempt = nb_extra_of(sock)->attempt;

    return attempt != NULL && attempt->pending;
}

void nb_connect_interrupt(struct nb_socket *sock)
{
    if (nb_connect_pending(sock))
        sock->extra->attempt->begun = false;
}

bool nb_connect_is_to(const struct nb_socket *sock,
                      const struct nb_query *query)
{
    return nb_query_equal(&sock->extra->attempt->query, query);
}

const struct nb_addr *nb_connect_addr(const struct nb_socket *sock)
{
    const struct nb_attempt *attempt = nb_extra_of(sock)->attempt;

    if (attempt == NULL)
        return NULL;
    return &attempt->addrs[attempt->next < attempt->count ? attempt->next
                                                          : attempt->count - 1];
}

/*
 * Tries the address whose turn it is, or asks again what became of it: the
 * kernel wants to be asked by connect(2), else it keeps the failed attempt in
 * mind and refuses the next one. 0, -EINPROGRESS, -EALREADY or an error.
 */
static int try_address(struct nb_socket *sock)
{
    const struct nb_attempt *attempt = nb_extra_of(sock)->attempt;
    const struct nb_addr *addr = &attempt->addrs[attempt->next];

    if (sock->fd >= 0 && sock->flexible && sock->family != nb_addr_family(addr))
        nb_socket_drop_fd(sock);
    int rc = nb_socket_need_fd(sock, nb_addr_family(addr));
    if (rc < 0)
        return rc;
    return attempt->begun ? nb_gate_connect_on(sock->net, sock->fd, addr)
                          : nb_gate_connect(sock->net, sock->fd, addr);
}

int nb_connect(struct nb_socket *sock)
{
    struct nb_attempt *attempt = nb_extra_of(sock)->attempt;

    if (sock->closed)
        return -EBADF;
    if (sock->connected)
        return -EISCONN;
    while (attempt->next < attempt->count) {
        int rc = try_address(sock);
        if (rc == -EISCONN && attempt->pending)
            rc = 0;
        attempt->pending = rc == -EINPROGRESS || rc == -EALREADY;
        attempt->begun = attempt->pending;
        if (attempt->pending)
            return NB_WANT_WRITE;
        if (rc == 0) {
            sock->connected = sock->type == SOCK_STREAM;
            nb_socket_settle(sock);
        }
        if (rc == 0 || rc == -EISCONN)
            return rc;
        attempt->err = rc;
        attempt->next++;
    }
    return attempt->err;
}
