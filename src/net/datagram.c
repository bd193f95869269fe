/* Datagrams: see datagram.h. */
#include "net/datagram.h"

#include <errno.h>

#include "net/batch.h"
#include "net/connect.h"
#include "net/gate.h"
#include "net/socket.h"
#include "util/err.h"

int nb_datagram_set_peer(struct nb_socket *sock, const struct nb_addr *addr)
{
    int rc = nb_socket_need_fd(sock, nb_addr_family(addr));

    return rc < 0 ? rc : nb_gate_connect(sock->net, sock->fd, addr);
}

int nb_datagram_forget_peer(struct nb_socket *sock)
{
    struct nb_addr none = {.u.any.sa_family = AF_UNSPEC,
                           .len = sizeof none.u.any};

    if (sock->closed)
        return -EBADF;
    nb_connect_interrupt(sock);
    return sock->fd < 0 ? 0 : nb_gate_connect(sock->net, sock->fd, &none);
}

int nb_datagram_receive(struct nb_socket *sock, void *data, size_t len,
                        struct nb_received *info)
{
    int rc = nb_socket_need_fd(sock, AF_INET);

    if (rc < 0)
        return rc;
    int n = nb_batch_receive(sock, data, len, info);
    if (n == -EAGAIN)
        return NB_WANT_READ;
    if (n > 0)
        sock->received += (uint64_t)n;
    return n;
}

/* The kernel takes no port for it. */
static bool is_portless(const struct nb_socket *sock)
{
    return sock->type == SOCK_RAW || sock->proto == IPPROTO_ICMP ||
           sock->proto == IPPROTO_ICMPV6;
}

/*
 * The address without its port, which a socket without ports would be judged
 * for, and which a raw one of IPv6 takes for another protocol and refuses.
 */
static struct nb_addr without_port(const struct nb_addr *addr)
{
    struct nb_addr bare = *addr;

    nb_addr_set_port(&bare, 0);
    return bare;
}

int nb_datagram_send(struct nb_socket *sock, const void *data, size_t len,
                     const struct nb_addr *to)
{
    struct nb_addr bare;

    int rc = nb_socket_need_fd(sock, to == NULL ? AF_INET : nb_addr_family(to));

    if (rc < 0)
        return rc;
    if (to != NULL && is_portless(sock)) {
        bare = without_port(to);
        to = &bare;
    }
    int n = nb_batch_send(sock, data, len, to);
    if (n == -EAGAIN)
        return NB_WANT_WRITE;
    if (n > 0)
        sock->sent += (uint64_t)n;
    return n;
}
