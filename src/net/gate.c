/* The one gate: see gate.h. */
#include "net/gate.h"

#include <errno.h>

#include "core/bus.h"
#include "core/loop.h"
#include "core/runtime.h"
#include "core/task.h"
#include "guard/limit.h"
#include "net/judge.h"
#include "util/err.h"

/* Peers or datagrams that one call passes over before it lets others run. */
enum { TRIES = 16 };

static bool is_heard(const struct nb_net *net)
{
    return nb_bus_heard(&net->rt->bus);
}

/* Tells the bus, if anybody listens, and passes `result` on. */
static int tell(struct nb_net *net, struct nb_event event, int result)
{
    struct nb_runtime *rt = net->rt;

    if (!is_heard(net))
        return result;
    event.result = result;
    event.time = nb_loop_now(rt->loop);
    event.task = rt->current == NULL ? 0 : rt->current->id;
    nb_bus_publish(&rt->bus, &event);
    return result;
}

/* Are so many more sockets within the limit? */
static bool has_room(const struct nb_net *net, size_t count)
{
    return net->limits == NULL ||
           net->open + count <= net->limits->max[NB_LIMIT_SOCKETS];
}

/* Counts a new socket, if it is one. */
static int count(struct nb_net *net, int fd)
{
    if (fd >= 0)
        net->open++;
    return fd;
}

static int open_socket(struct nb_net *net, int family, int type, int proto)
{
    return has_room(net, 1)
               ? count(net, net->ops->socket(net, family, type, proto))
               : NB_ETOOMANY;
}

/* Tells of a new socket; `fd` may be an error. */
static int tell_open(struct nb_net *net, int fd, struct nb_socket_kind kind,
                     int partner)
{
    return tell(net,
                (struct nb_event){.kind = NB_EVENT_OPEN,
                                  .fd = fd,
                                  .family = kind.family,
                                  .type = kind.type,
                                  .proto = kind.proto,
                                  .partner = partner},
                fd);
}

int nb_gate_socket(struct nb_net *net, int family, int type, int proto)
{
    int fd = nb_judge_socket(net, family, type, proto);

    if (fd == 0)
        fd = open_socket(net, family, type, proto);
    return tell_open(net, fd, (struct nb_socket_kind){family, type, proto}, -1);
}

int nb_gate_echo(struct nb_net *net)
{
    static const struct nb_socket_kind kind = {AF_INET, SOCK_RAW, IPPROTO_ICMP};
    int fd = nb_judge_echo(net);

    if (fd == 0)
        fd = open_socket(net, kind.family, kind.type, kind.proto);
    return tell_open(net, fd, kind, -1);
}

bool nb_gate_echo_is_raw(struct nb_net *net)
{
    int fd = net->ops->socket(net, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);

    if (fd >= 0)
        net->ops->close(net, fd);
    return fd < 0;
}

int nb_gate_bind(struct nb_net *net, int fd, const struct nb_addr *addr)
{
    int rc = nb_judge_bind(net, addr);

    if (rc == 0) {
        rc = net->ops->bind(net, fd, addr);
        nb_judge_done(net, addr, rc);
    }
    return tell(
        net, (struct nb_event){.kind = NB_EVENT_BIND, .fd = fd, .addr = addr},
        rc);
}

int nb_gate_listen(struct nb_net *net, int fd, int backlog)
{
    int rc = nb_judge_listen(net, fd);

    if (rc == 0)
        rc = net->ops->listen(net, fd, backlog);
    return tell(net, (struct nb_event){.kind = NB_EVENT_LISTEN, .fd = fd}, rc);
}

/* A peer that is not let in is closed at once. */
static int accept_admitted(struct nb_net *net, int fd, struct nb_addr *peer)
{
    for (int i = 0; i < TRIES; i++) {
        int conn = net->ops->accept(net, fd, peer);
        if (conn < 0 || nb_judge_admits(net, fd, peer))
            return conn;
        net->ops->close(net, conn);
    }
    return -EAGAIN;
}

int nb_gate_accept(struct nb_net *net, int fd, struct nb_addr *peer)
{
    int conn = NB_ETOOMANY;

    if (has_room(net, 1))
        conn = count(net, accept_admitted(net, fd, peer));
    return tell(
        net, (struct nb_event){.kind = NB_EVENT_ACCEPT, .fd = fd, .addr = peer},
        conn);
}

int nb_gate_socketpair(struct nb_net *net, int type, int fds[2])
{
    struct nb_socket_kind kind = {AF_UNIX, type, 0};
    int rc =
        has_room(net, 2) ? net->ops->socketpair(net, type, fds) : NB_ETOOMANY;

    if (rc < 0)
        return tell_open(net, rc, kind, -1);
    net->open += 2;
    tell_open(net, fds[0], kind, -1);
    tell_open(net, fds[1], kind, fds[0]);
    return rc;
}

int nb_gate_adopt(struct nb_net *net, int fd, struct nb_socket_kind *kind)
{
    struct nb_socket_kind found;
    bool ours = net->reserved != 0 && fd == net->reserved;
    int rc = ours ? -EBADF : net->ops->adopt(net, fd, &found);

    if (rc == 0)
        rc = nb_judge_adopt(net, fd, &found);
    if (rc == 0)
        *kind = found;
    if (rc >= 0)
        count(net, fd);
    tell(net,
         (struct nb_event){
             .kind = NB_EVENT_OPEN, .fd = fd, .adopted = true, .partner = -1},
         rc < 0 ? rc : fd);
    return rc;
}

static int tell_connect(struct nb_net *net, int fd, const struct nb_addr *addr,
                        int result)
{
    return tell(
        net,
        (struct nb_event){.kind = NB_EVENT_CONNECT, .fd = fd, .addr = addr},
        result);
}

int nb_gate_connect(struct nb_net *net, int fd, const struct nb_addr *addr)
{
    int rc = nb_judge_connect(net, fd, addr);

    if (rc < 0)
        return tell_connect(net, fd, addr, rc);
    rc = nb_gate_connect_on(net, fd, addr);
    nb_judge_done(net, addr, rc);
    return rc;
}

int nb_gate_connect_on(struct nb_net *net, int fd, const struct nb_addr *addr)
{
    return tell_connect(net, fd, addr, net->ops->connect(net, fd, addr));
}

/*
 * True if nobody listens, and nobody is named whom the policy might know: so it
 * is with every piece of a stream. That way has no frame of its own, so what
 * the others need must not become part of it.
 */
static bool is_plain(const struct nb_net *net, const void *other)
{
    return other == NULL && !is_heard(net);
}

static __attribute__((noinline)) int send_to(struct nb_net *net, int fd,
                                             const void *data, size_t len,
                                             const struct nb_addr *to)
{
    int sent = to == NULL ? 0 : nb_judge_send(net, to);

    if (sent == 0) {
        sent = net->ops->send(net, fd, data, len, to);
        if (to != NULL)
            nb_judge_done(net, to, sent);
    }
    if (!is_heard(net)) /* to lay out the event takes long */
        return sent;
    return tell(net,
                (struct nb_event){.kind = NB_EVENT_SEND,
                                  .fd = fd,
                                  .addr = to,
                                  .data = data,
                                  .len = sent < 0 ? 0 : (size_t)sent},
                sent);
}

int nb_gate_send(struct nb_net *net, int fd, const void *data, size_t len,
                 const struct nb_addr *to)
{
    return is_plain(net, to) ? net->ops->send(net, fd, data, len, NULL)
                             : send_to(net, fd, data, len, to);
}

/* A datagram from somebody who is not let in is dropped. */
static int receive_admitted(struct nb_net *net, int fd, void *data, size_t len,
                            struct nb_received *info)
{
    for (int i = 0; i < TRIES; i++) {
        int got = net->ops->recv(net, fd, data, len, info);
        if (got < 0 || info == NULL || nb_judge_admits(net, fd, &info->from))
            return got;
    }
    return -EAGAIN;
}

static __attribute__((noinline)) int recv_from(struct nb_net *net, int fd,
                                               void *data, size_t len,
                                               struct nb_received *info)
{
    int got = receive_admitted(net, fd, data, len, info);

    if (!is_heard(net))
        return got;
    return tell(
        net,
        (struct nb_event){.kind = NB_EVENT_RECEIVE,
                          .fd = fd,
                          .addr = info == NULL || got < 0 ? NULL : &info->from,
                          .data = data,
                          .len = got < 0 ? 0 : (size_t)got},
        got);
}

int nb_gate_recv(struct nb_net *net, int fd, void *data, size_t len,
                 struct nb_received *info)
{
    return is_plain(net, info) ? net->ops->recv(net, fd, data, len, NULL)
                               : recv_from(net, fd, data, len, info);
}

/*
 * Tells of each of the datagrams, as if it had come or gone alone: of those
 * that the call was for, or of the first where it has failed.
 */
static int tell_many(struct nb_net *net, struct nb_event event,
                     const struct nb_packet *packets, int result)
{
    if (!is_heard(net))
        return result;
    for (int i = 0; i < result || i == 0; i++) {
        bool named = result >= 0 || event.kind == NB_EVENT_SEND;
        event.addr = named ? &packets[i].addr : NULL;
        event.data = packets[i].data;
        event.len = result < 0 ? 0 : packets[i].len;
        tell(net, event, result < 0 ? result : (int)packets[i].len);
    }
    return result;
}

/* Sends those in front of the first that may not go where it should. */
int nb_gate_sendmmsg(struct nb_net *net, int fd,
                     const struct nb_packet *packets, size_t count)
{
    size_t allowed = 0;
    int rc = 0;

    while (allowed < count && rc == 0) {
        rc = nb_judge_send(net, &packets[allowed].addr);
        if (rc == 0)
            allowed++;
    }
    if (allowed > 0)
        rc = net->ops->sendmmsg(net, fd, packets, allowed);
    for (int i = 0; i < rc; i++)
        nb_judge_done(net, &packets[i].addr, 0);
    return tell_many(net, (struct nb_event){.kind = NB_EVENT_SEND, .fd = fd},
                     packets, rc);
}

/* Keeps those from senders who are let in; how many these are. */
static int keep_admitted(struct nb_net *net, int fd, struct nb_packet *packets,
                         int count)
{
    int kept = 0;

    for (int i = 0; i < count; i++) {
        if (nb_judge_admits(net, fd, &packets[i].addr))
            packets[kept++] = packets[i];
    }
    return kept == 0 ? -EAGAIN : kept;
}

int nb_gate_recvmmsg(struct nb_net *net, int fd, struct nb_packet *packets,
                     size_t count)
{
    int got = net->ops->recvmmsg(net, fd, packets, count);

    if (got > 0 && net->policy != NULL)
        got = keep_admitted(net, fd, packets, got);
    return tell_many(net, (struct nb_event){.kind = NB_EVENT_RECEIVE, .fd = fd},
                     packets, got);
}

int nb_gate_shutdown(struct nb_net *net, int fd, int how)
{
    return tell(
        net, (struct nb_event){.kind = NB_EVENT_SHUTDOWN, .fd = fd, .how = how},
        net->ops->shutdown(net, fd, how));
}

int nb_gate_close(struct nb_net *net, int fd)
{
    net->open--;
    return tell(net, (struct nb_event){.kind = NB_EVENT_CLOSE, .fd = fd},
                net->ops->close(net, fd));
}

void nb_gate_disown(struct nb_net *net, int fd)
{
    net->open--;
    tell(net, (struct nb_event){.kind = NB_EVENT_DISOWN, .fd = fd}, 0);
}

void nb_gate_gave_up(struct nb_net *net, int fd, enum nb_event_kind operation)
{
    tell(net,
         (struct nb_event){
             .kind = NB_EVENT_TIMEOUT, .operation = operation, .fd = fd},
         -ETIMEDOUT);
}

/* What only asks, or sets what no byte on the wire shows, is not told. */

int nb_gate_getsockname(struct nb_net *net, int fd, struct nb_addr *addr)
{
    return net->ops->getsockname(net, fd, addr);
}

int nb_gate_getpeername(struct nb_net *net, int fd, struct nb_addr *addr)
{
    return net->ops->getpeername(net, fd, addr);
}

int nb_gate_setsockopt(struct nb_net *net, int fd, struct nb_sockopt opt,
                       const void *value, socklen_t len)
{
    int rc = nb_judge_option(net, opt, value, len);

    return rc < 0 ? rc : net->ops->setsockopt(net, fd, opt, value, len);
}

int nb_gate_getsockopt(struct nb_net *net, int fd, struct nb_sockopt opt,
                       void *value, socklen_t *len)
{
    if (nb_judge_makes_descriptor(opt))
        return -ENOPROTOOPT;
    return net->ops->getsockopt(net, fd, opt, value, len);
}

int nb_gate_poll(struct nb_net *net, struct pollfd *fds, size_t count)
{
    return net->ops->poll(net, fds, count);
}

int nb_gate_pipe(struct nb_net *net, int ends[2])
{
    return net->ops->pipe(net, ends);
}

void nb_gate_close_pipe(struct nb_net *net, const int ends[2])
{
    net->ops->close(net, ends[0]);
    net->ops->close(net, ends[1]);
}

int nb_gate_drain(struct nb_net *net, int end, void *data, size_t len)
{
    return net->ops->drain(net, end, data, len);
}

int nb_gate_splice(struct nb_net *net, int from, int to, size_t len)
{
    if (is_heard(net))
        return -EINVAL;
    return net->ops->splice(net, from, to, len);
}
