/* The options of a socket: see sockopt.h. */
#include "net/sockopt.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "net/extra.h"
#include "net/gate.h"
#include "net/option.h"
#include "net/socket.h"
#include "util/alloc.h"

enum { LARGEST = 16 }; /* of the options that can be kept, in bytes */

struct nb_kept_option {
    struct nb_kept_option *next;
    struct nb_sockopt opt;
    socklen_t len;
    unsigned char value[LARGEST];
};

/*
 * True for what adds to the groups of a socket or takes from them: there is a
 * call for each group, which must not take an earlier one's place.
 */
static bool is_membership(struct nb_sockopt opt)
{
    if (opt.level == IPPROTO_IP)
        return opt.option >= IP_ADD_MEMBERSHIP && opt.option <= MCAST_MSFILTER;
    return opt.level == IPPROTO_IPV6 &&
           (opt.option == IPV6_JOIN_GROUP || opt.option == IPV6_LEAVE_GROUP ||
            opt.option == IPV6_JOIN_ANYCAST ||
            opt.option == IPV6_LEAVE_ANYCAST ||
            (opt.option >= MCAST_JOIN_GROUP && opt.option <= MCAST_MSFILTER));
}

/* Keeps an option, in place of an earlier value. */
static int keep(struct nb_socket *sock, struct nb_sockopt opt,
                const void *value, socklen_t len)
{
    if (len > LARGEST)
        return -EINVAL;
    struct nb_extra *extra = nb_extra_need(sock);
    if (extra == NULL)
        return -ENOMEM;
    struct nb_kept_option **place = &extra->kept;
    while (*place != NULL && ((*place)->opt.level != opt.level ||
                              (*place)->opt.option != opt.option))
        place = &(*place)->next;
    if (*place == NULL) {
        *place = nb_calloc(1, sizeof **place);
        if (*place == NULL)
            return -ENOMEM;
    }
    (*place)->opt = opt;
    (*place)->len = len;
    memcpy((*place)->value, value, len);
    return 0;
}

int nb_sockopt_set(struct nb_socket *sock, struct nb_sockopt opt,
                   const void *value, socklen_t len)
{
    int rc = sock->closed ? -EBADF : 0;

    if (rc == 0 && is_membership(opt))
        rc = nb_socket_need_fd(sock, nb_option_family(opt));
    if (rc == 0 && sock->fd >= 0)
        rc = nb_gate_setsockopt(sock->net, sock->fd, opt, value, len);
    if (rc < 0 || !sock->flexible)
        return rc;
    return keep(sock, opt, value, len);
}

/* Asks a descriptor that is there for the question alone. */
static int ask_another(struct nb_socket *sock, struct nb_sockopt opt,
                       void *value, socklen_t *len)
{
    int family = nb_option_family(opt);
    int fd = nb_gate_socket(sock->net, family, sock->type, sock->proto);

    if (fd < 0)
        return fd;
    int rc = nb_sockopt_replay(sock, fd, family);
    if (rc == 0)
        rc = nb_gate_getsockopt(sock->net, fd, opt, value, len);
    nb_gate_close(sock->net, fd);
    return rc;
}

int nb_sockopt_get(struct nb_socket *sock, struct nb_sockopt opt, void *value,
                   socklen_t *len)
{
    if (sock->closed)
        return -EBADF;
    if (sock->fd < 0)
        return ask_another(sock, opt, value, len);
    return nb_gate_getsockopt(sock->net, sock->fd, opt, value, len);
}

int nb_sockopt_replay(const struct nb_socket *sock, int fd, int family)
{
    int rc = 0;

    for (const struct nb_kept_option *kept = nb_extra_of(sock)->kept;
         kept != NULL && rc == 0; kept = kept->next) {
        if (kept->opt.level != IPPROTO_IPV6 || family == AF_INET6)
            rc = nb_gate_setsockopt(sock->net, fd, kept->opt, kept->value,
                                    kept->len);
    }
    return rc;
}

void nb_sockopt_forget(struct nb_socket *sock)
{
    while (nb_extra_of(sock)->kept != NULL) {
        struct nb_kept_option *kept = sock->extra->kept;
        sock->extra->kept = kept->next;
        nb_free(kept);
    }
}
