/* A socket without Lua: see socket.h. */
#include "net/socket.h"

#include <errno.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <string.h>

#include "core/loop.h"
#include "core/runtime.h"
#include "core/task.h"
#include "net/batch.h"
#include "net/connect.h"
#include "net/extra.h"
#include "net/gate.h"
#include "net/pickup.h"
#include "net/resolve.h"
#include "net/sockopt.h"
#include "util/err.h"

/* Reads from the kernel, past what was read ahead. */
static int stream_read(struct nb_stream *stream, void *data, size_t len)
{
    struct nb_socket *sock = NB_CONTAINER_OF(stream, struct nb_socket, stream);

    if (sock->closed)
        return -EBADF;
    if (sock->fd < 0)
        return -ENOTCONN;
    int n = nb_gate_recv(sock->net, sock->fd, data, len, NULL);
    if (n == -EAGAIN)
        return NB_WANT_READ;
    if (n < 0)
        return n;
    sock->received += (uint64_t)n;
    sock->drained = n > 0 && (size_t)n < len;
    return n == 0 ? NB_EOF : n;
}

static int stream_write(struct nb_stream *stream, const void *data, size_t len)
{
    struct nb_socket *sock = NB_CONTAINER_OF(stream, struct nb_socket, stream);

    if (sock->closed)
        return -EBADF;
    if (sock->fd < 0)
        return -EPIPE;
    int n = nb_gate_send(sock->net, sock->fd, data, len, NULL);
    /* With TCP_FASTOPEN_CONNECT it may have to connect first (RFC 7413). */
    if (n == -EAGAIN || n == -EINPROGRESS)
        return NB_WANT_WRITE;
    if (n > 0)
        sock->sent += (uint64_t)n;
    return n;
}

const struct nb_stream_ops nb_socket_stream = {
    .read = stream_read,
    .write = stream_write,
};

void nb_socket_init(struct nb_socket *sock, struct nb_net *net)
{
    *sock = (struct nb_socket){
        .stream = {.ops = &nb_socket_stream},
        .net = net,
        .fd = -1,
        .closed = true,
    };
    nb_list_init(&sock->link);
    nb_iowait_init(&sock->io, net->rt, -1);
}

/* The socket exists now, with or without a descriptor. */
static void begin(struct nb_socket *sock, struct nb_list *open)
{
    const struct nb_task *task = sock->net->rt->current;

    sock->closed = false;
    sock->born = nb_loop_now(sock->net->rt->loop);
    sock->opener = task == NULL ? 0 : task->id;
    nb_list_push(open, &sock->link);
}

/* Gives it a descriptor; it has none. 0 or an error. */
static int make_fd(struct nb_socket *sock, int family)
{
    int fd = sock->echo
                 ? nb_gate_echo(sock->net)
                 : nb_gate_socket(sock->net, family, sock->type, sock->proto);
    if (fd < 0)
        return fd;
    int rc = nb_sockopt_replay(sock, fd, family);
    if (rc < 0) {
        nb_gate_close(sock->net, fd);
        return rc;
    }
    if (sock->type != SOCK_STREAM)
        sock->flexible = false;
    if (!sock->flexible)
        nb_sockopt_forget(sock);
    nb_iowait_close(&sock->io, 0);
    nb_iowait_init(&sock->io, sock->net->rt, fd);
    sock->fd = fd;
    sock->family = (short)family;
    return 0;
}

int nb_socket_open(struct nb_socket *sock, struct nb_list *open, int family,
                   int type, int proto)
{
    sock->type = (short)type;
    sock->proto = proto;
    sock->flexible = family == AF_UNSPEC;
    if (family != AF_UNSPEC) {
        int rc = make_fd(sock, family);
        if (rc < 0)
            return rc;
    }
    begin(sock, open);
    return 0;
}

int nb_socket_need_fd(struct nb_socket *sock, int family)
{
    if (sock->closed)
        return -EBADF;
    return sock->fd >= 0 ? 0 : make_fd(sock, family);
}

/* Takes a descriptor that is open and of that kind. */
static void take_fd(struct nb_socket *sock, struct nb_list *open, int fd,
                    const struct nb_socket_kind *kind)
{
    sock->family = (short)kind->family;
    sock->type = (short)kind->type;
    sock->proto = kind->proto;
    sock->fd = fd;
    nb_iowait_close(&sock->io, 0);
    nb_iowait_init(&sock->io, sock->net->rt, fd);
    begin(sock, open);
}

int nb_socket_pair(struct nb_socket *a, struct nb_socket *b,
                   struct nb_list *open, int type)
{
    const struct nb_socket_kind kind = {.family = AF_UNIX, .type = type};
    int fds[2];
    int rc = nb_gate_socketpair(a->net, type, fds);

    if (rc < 0)
        return rc;
    take_fd(a, open, fds[0], &kind);
    take_fd(b, open, fds[1], &kind);
    a->connected = b->connected = type == SOCK_STREAM;
    return 0;
}

int nb_socket_adopt(struct nb_socket *sock, struct nb_list *open, int fd)
{
    struct nb_socket_kind kind;
    struct nb_addr peer;
    int rc = nb_gate_adopt(sock->net, fd, &kind);

    if (rc < 0)
        return rc;
    nb_socket_detach(sock);
    take_fd(sock, open, fd, &kind);
    sock->flexible = false;
    sock->accepted = false;
    sock->connected =
        kind.type == SOCK_STREAM && nb_socket_peer(sock, &peer) == 0;
    return 0;
}

void nb_socket_settle(struct nb_socket *sock)
{
    sock->flexible = false;
    nb_sockopt_forget(sock);
}

/* Lets go of the descriptor and returns it; waiters complete with `status`. */
static int release_fd(struct nb_socket *sock, int status)
{
    int fd = sock->fd;

    nb_batch_end(sock);
    nb_iowait_close(&sock->io, status);
    sock->fd = -1;
    sock->drained = false;
    return fd;
}

static void close_fd(struct nb_net *net, int fd)
{
    if (fd >= 0)
        nb_gate_close(net, fd);
}

void nb_socket_drop_fd(struct nb_socket *sock)
{
    close_fd(sock->net, release_fd(sock, 0));
    sock->family = AF_UNSPEC;
}

/* Whoever looks a name up for this socket is told that it was closed. */
static void give_up_lookups(struct nb_socket *sock)
{
    while (nb_extra_is_looking(sock)) {
        struct nb_list *first = sock->extra->lookups.next;
        struct nb_lookup *lookup =
            NB_CONTAINER_OF(first, struct nb_lookup, link);
        nb_list_remove(&lookup->link);
        nb_waiter_complete_all(&lookup->waiters, -EBADF);
    }
    nb_pickup_drop(sock);
}

/* Of what few have the time-outs and the options outlive its end. */
static void end_extra(struct nb_socket *sock, struct nb_extra *extra)
{
    nb_attempt_free(extra->attempt);
    extra->attempt = NULL;
    give_up_lookups(sock);
    nb_reader_deinit(&extra->reader);
    nb_reader_init(&extra->reader);
}

/* Closes it but not its descriptor, which it returns, or -1. */
static int end(struct nb_socket *sock)
{
    if (sock->closed)
        return -1;
    sock->closed = true;
    sock->connected = false;
    nb_list_remove(&sock->link);
    if (sock->extra != NULL)
        end_extra(sock, sock->extra);
    return release_fd(sock, -EBADF);
}

int nb_socket_detach(struct nb_socket *sock)
{
    int fd = end(sock);

    if (fd >= 0)
        nb_gate_disown(sock->net, fd);
    return fd;
}

void nb_socket_close(struct nb_socket *sock)
{
    close_fd(sock->net, end(sock));
}

void nb_socket_deinit(struct nb_socket *sock)
{
    sock->over = true;
    nb_socket_close(sock);
    nb_iowait_close(&sock->io, -EBADF);
    nb_sockopt_forget(sock);
    nb_extra_drop(sock);
}

int nb_socket_bind(struct nb_socket *sock, const struct nb_addr *addr)
{
    const struct nb_sockopt reuse = {SOL_SOCKET, SO_REUSEADDR};
    int on = 1;

    int rc = nb_socket_need_fd(sock, nb_addr_family(addr));

    if (rc == 0 && sock->type == SOCK_STREAM && sock->family != AF_UNIX)
        rc = nb_sockopt_set(sock, reuse, &on, sizeof on);
    if (rc == 0)
        rc = nb_gate_bind(sock->net, sock->fd, addr);
    if (rc == 0)
        nb_socket_settle(sock);
    return rc;
}

int nb_socket_listen(struct nb_socket *sock, int backlog)
{
    int rc = nb_socket_need_fd(sock, AF_INET);

    if (rc == 0)
        rc = nb_gate_listen(sock->net, sock->fd, backlog);
    return rc;
}

int nb_socket_accept(struct nb_socket *sock, struct nb_socket *conn,
                     struct nb_list *open, struct nb_addr *peer)
{
    if (sock->closed)
        return -EBADF;
    if (sock->fd < 0)
        return -EINVAL;
    int fd = nb_gate_accept(sock->net, sock->fd, peer);
    if (fd == -EAGAIN)
        return NB_WANT_READ;
    if (fd < 0)
        return fd;
    take_fd(conn, open, fd,
            &(struct nb_socket_kind){sock->family, sock->type, sock->proto});
    conn->accepted = true;
    conn->connected = true;
    return 0;
}

bool nb_socket_is_ahead(const struct nb_socket *sock)
{
    return sock->extra != NULL &&
           (nb_reader_len(&sock->extra->reader) > 0 || nb_batch_is_ahead(sock));
}

int nb_socket_shutdown(struct nb_socket *sock, int how)
{
    if (sock->closed)
        return -EBADF;
    nb_connect_interrupt(sock);
    return sock->fd < 0 ? -ENOTCONN
                        : nb_gate_shutdown(sock->net, sock->fd, how);
}

int nb_socket_recv(struct nb_socket *sock, void *data, size_t len)
{
    size_t ahead = nb_reader_len(&nb_extra_of(sock)->reader);

    if (ahead == 0)
        return stream_read(&sock->stream, data, len);
    if (ahead < len)
        len = ahead;
    memcpy(data, nb_reader_bytes(&sock->extra->reader), len);
    nb_reader_drop(&sock->extra->reader, len);
    return (int)len;
}

int nb_socket_send(struct nb_socket *sock, const void *data, size_t len)
{
    return stream_write(&sock->stream, data, len);
}

int nb_socket_local(struct nb_socket *sock, struct nb_addr *addr)
{
    if (sock->closed)
        return -EBADF;
    if (sock->fd >= 0)
        return nb_gate_getsockname(sock->net, sock->fd, addr);
    nb_addr_any(addr, AF_INET, 0);
    return 0;
}

int nb_socket_peer(struct nb_socket *sock, struct nb_addr *addr)
{
    if (sock->closed)
        return -EBADF;
    if (sock->fd < 0)
        return -ENOTCONN;
    return nb_gate_getpeername(sock->net, sock->fd, addr);
}

/* The state that the kernel tells, by its number. */
static const char *tcp_state(unsigned state)
{
    static const char *const names[] = {
        [TCP_ESTABLISHED] = "ESTABLISHED",
        [TCP_SYN_SENT] = "SYN_SENT",
        [TCP_SYN_RECV] = "SYN_RECEIVED",
        [TCP_FIN_WAIT1] = "FIN_WAIT_1",
        [TCP_FIN_WAIT2] = "FIN_WAIT_2",
        [TCP_TIME_WAIT] = "TIME_WAIT",
        [TCP_CLOSE] = "CLOSED",
        [TCP_CLOSE_WAIT] = "CLOSE_WAIT",
        [TCP_LAST_ACK] = "LAST_ACK",
        [TCP_LISTEN] = "LISTEN",
        [TCP_CLOSING] = "CLOSING",
    };
    return state < NB_COUNTOF(names) && names[state] != NULL ? names[state]
                                                             : "CLOSED";
}

static bool is_listening(struct nb_socket *sock)
{
    const struct nb_sockopt opt = {SOL_SOCKET, SO_ACCEPTCONN};
    int value = 0;
    socklen_t len = sizeof value;

    nb_sockopt_get(sock, opt, &value, &len);
    return value != 0;
}

const char *nb_socket_state(struct nb_socket *sock)
{
    const struct nb_sockopt tcp_info = {IPPROTO_TCP, TCP_INFO};
    struct tcp_info info = {.tcpi_state = TCP_CLOSE};
    socklen_t len = sizeof info;
    struct nb_addr peer;

    if (sock->closed || sock->fd < 0)
        return "CLOSED";
    if (sock->type == SOCK_STREAM && sock->family != AF_UNIX) {
        nb_sockopt_get(sock, tcp_info, &info, &len);
        return tcp_state(info.tcpi_state);
    }
    if (is_listening(sock))
        return "LISTEN";
    return nb_socket_peer(sock, &peer) == 0 ? "ESTABLISHED" : "UNCONNECTED";
}
