/* The calls of a backend, counted: see meter.h. */
#include "net/meter.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "util/alloc.h"
#include "util/list.h"

enum kind { STREAM, DATAGRAM, PIPE };

static struct nb_meter *meter_of(struct nb_net *net)
{
    return NB_CONTAINER_OF(net->ops, struct nb_meter, ops);
}

/* Counts a call and passes its result on. */
static int count(struct nb_meter *meter, enum nb_meter_call call, int result)
{
    struct nb_meter_count *counts = &meter->counts[call];

    counts->calls++;
    if (result == -EAGAIN)
        counts->again++;
    else if (result < 0 && result != -EINPROGRESS)
        counts->failed++;
    return result;
}

/* What a descriptor is; without memory it is taken for a stream. */
static void note_kind(struct nb_meter *meter, int fd, enum kind kind)
{
    size_t at = (size_t)fd;

    if (at >= meter->size) {
        size_t size = 2 * at + 1;
        char *larger = nb_realloc(meter->kinds, size);
        if (larger == NULL)
            return;
        memset(larger + meter->size, 0, size - meter->size);
        meter->kinds = larger;
        meter->size = size;
    }
    meter->kinds[at] = (char)kind;
}

static bool is_a(const struct nb_meter *meter, int fd, enum kind kind)
{
    return (size_t)fd < meter->size && meter->kinds[fd] == (char)kind;
}

static void note_opened(struct nb_meter *meter, int fd, int type)
{
    meter->opened++;
    note_kind(meter, fd, type == SOCK_STREAM ? STREAM : DATAGRAM);
}

static void pass(struct nb_meter_flow *flow, int bytes, bool datagram)
{
    if (bytes < 0)
        return;
    flow->bytes += (uint64_t)bytes;
    flow->datagrams += datagram;
}

static int metered_socket(struct nb_net *net, int family, int type, int proto)
{
    struct nb_meter *meter = meter_of(net);
    int fd = meter->inner->socket(net, family, type, proto);

    if (fd >= 0)
        note_opened(meter, fd, type);
    return count(meter, NB_METER_SOCKET, fd);
}

static int metered_bind(struct nb_net *net, int fd, const struct nb_addr *addr)
{
    struct nb_meter *meter = meter_of(net);
    return count(meter, NB_METER_BIND, meter->inner->bind(net, fd, addr));
}

static int metered_listen(struct nb_net *net, int fd, int backlog)
{
    struct nb_meter *meter = meter_of(net);
    return count(meter, NB_METER_LISTEN,
                 meter->inner->listen(net, fd, backlog));
}

static int metered_accept(struct nb_net *net, int fd, struct nb_addr *peer)
{
    struct nb_meter *meter = meter_of(net);
    int conn = meter->inner->accept(net, fd, peer);

    if (conn >= 0)
        note_opened(meter, conn, SOCK_STREAM);
    return count(meter, NB_METER_ACCEPT, conn);
}

static int metered_socketpair(struct nb_net *net, int type, int fds[2])
{
    struct nb_meter *meter = meter_of(net);
    int rc = meter->inner->socketpair(net, type, fds);

    for (int i = 0; rc >= 0 && i < 2; i++)
        note_opened(meter, fds[i], type);
    return count(meter, NB_METER_SOCKETPAIR, rc);
}

/* No call that the script has made, but a socket that others opened. */
static int metered_adopt(struct nb_net *net, int fd,
                         struct nb_socket_kind *kind)
{
    struct nb_meter *meter = meter_of(net);
    int rc = meter->inner->adopt(net, fd, kind);

    if (rc >= 0)
        note_opened(meter, fd, kind->type);
    return rc;
}

static int metered_connect(struct nb_net *net, int fd,
                           const struct nb_addr *addr)
{
    struct nb_meter *meter = meter_of(net);
    return count(meter, NB_METER_CONNECT, meter->inner->connect(net, fd, addr));
}

static int metered_send(struct nb_net *net, int fd, const void *data,
                        size_t len, const struct nb_addr *to)
{
    struct nb_meter *meter = meter_of(net);
    int sent = meter->inner->send(net, fd, data, len, to);

    pass(&meter->sent, sent, is_a(meter, fd, DATAGRAM));
    return count(meter, NB_METER_SEND, sent);
}

static int metered_recv(struct nb_net *net, int fd, void *data, size_t len,
                        struct nb_received *info)
{
    struct nb_meter *meter = meter_of(net);
    int got = meter->inner->recv(net, fd, data, len, info);

    pass(&meter->received, got, info != NULL);
    return count(meter, info == NULL ? NB_METER_RECV : NB_METER_RECVMSG, got);
}

/* Those of the `packets` that went through, if any did. */
static void pass_many(struct nb_meter_flow *flow,
                      const struct nb_packet *packets, int number)
{
    for (int i = 0; i < number; i++)
        pass(flow, (int)packets[i].len, true);
}

static int metered_sendmmsg(struct nb_net *net, int fd,
                            const struct nb_packet *packets, size_t number)
{
    struct nb_meter *meter = meter_of(net);
    int sent = meter->inner->sendmmsg(net, fd, packets, number);

    pass_many(&meter->sent, packets, sent);
    return count(meter, NB_METER_SENDMMSG, sent);
}

static int metered_recvmmsg(struct nb_net *net, int fd,
                            struct nb_packet *packets, size_t number)
{
    struct nb_meter *meter = meter_of(net);
    int got = meter->inner->recvmmsg(net, fd, packets, number);

    pass_many(&meter->received, packets, got);
    return count(meter, NB_METER_RECVMMSG, got);
}

static int metered_shutdown(struct nb_net *net, int fd, int how)
{
    struct nb_meter *meter = meter_of(net);
    return count(meter, NB_METER_SHUTDOWN,
                 meter->inner->shutdown(net, fd, how));
}

static int metered_close(struct nb_net *net, int fd)
{
    struct nb_meter *meter = meter_of(net);
    return count(meter, NB_METER_CLOSE, meter->inner->close(net, fd));
}

static int metered_getsockname(struct nb_net *net, int fd, struct nb_addr *addr)
{
    struct nb_meter *meter = meter_of(net);
    return count(meter, NB_METER_GETSOCKNAME,
                 meter->inner->getsockname(net, fd, addr));
}

static int metered_getpeername(struct nb_net *net, int fd, struct nb_addr *addr)
{
    struct nb_meter *meter = meter_of(net);
    return count(meter, NB_METER_GETPEERNAME,
                 meter->inner->getpeername(net, fd, addr));
}

static int metered_setsockopt(struct nb_net *net, int fd, struct nb_sockopt opt,
                              const void *value, socklen_t len)
{
    struct nb_meter *meter = meter_of(net);
    return count(meter, NB_METER_SETSOCKOPT,
                 meter->inner->setsockopt(net, fd, opt, value, len));
}

static int metered_getsockopt(struct nb_net *net, int fd, struct nb_sockopt opt,
                              void *value, socklen_t *len)
{
    struct nb_meter *meter = meter_of(net);
    return count(meter, NB_METER_GETSOCKOPT,
                 meter->inner->getsockopt(net, fd, opt, value, len));
}

static int metered_poll(struct nb_net *net, struct pollfd *fds, size_t number)
{
    struct nb_meter *meter = meter_of(net);
    return count(meter, NB_METER_POLL, meter->inner->poll(net, fds, number));
}

static int metered_pipe(struct nb_net *net, int ends[2])
{
    struct nb_meter *meter = meter_of(net);
    int rc = meter->inner->pipe(net, ends);

    for (int i = 0; rc >= 0 && i < 2; i++)
        note_kind(meter, ends[i], PIPE);
    return count(meter, NB_METER_PIPE, rc);
}

static int metered_splice(struct nb_net *net, int from, int to, size_t len)
{
    struct nb_meter *meter = meter_of(net);
    int moved = meter->inner->splice(net, from, to, len);

    if (is_a(meter, to, PIPE))
        pass(&meter->received, moved, false);
    else
        pass(&meter->sent, moved, false);
    return count(meter, NB_METER_SPLICE, moved);
}

/* Not received now: that was when it went into the pipe. */
static int metered_drain(struct nb_net *net, int end, void *data, size_t len)
{
    struct nb_meter *meter = meter_of(net);
    return count(meter, NB_METER_READ,
                 meter->inner->drain(net, end, data, len));
}

static int metered_lookup(struct nb_net *net, const char *name, int family,
                          struct nb_lookup *lookup)
{
    struct nb_meter *meter = meter_of(net);

    meter->lookups++;
    return meter->inner->lookup(net, name, family, lookup);
}

static int metered_reverse(struct nb_net *net, const struct nb_addr *addr,
                           struct nb_lookup *lookup)
{
    struct nb_meter *meter = meter_of(net);

    meter->lookups++;
    return meter->inner->reverse(net, addr, lookup);
}

/* In the order of enum nb_meter_call. */
static const char *const names[NB_METER_CALLS] = {
    "socket",     "bind",       "listen",   "accept4",     "socketpair",
    "connect",    "sendto",     "recvfrom", "recvmsg",     "sendmmsg",
    "recvmmsg",   "shutdown",   "close",    "getsockname", "getpeername",
    "setsockopt", "getsockopt", "poll",     "pipe2",       "splice",
    "read",
};

const char *nb_meter_name(enum nb_meter_call call)
{
    return names[call];
}

void nb_meter_install(struct nb_meter *meter, struct nb_net *net)
{
    *meter = (struct nb_meter){.ops = *net->ops, .inner = net->ops};
    meter->ops.socket = metered_socket;
    meter->ops.bind = metered_bind;
    meter->ops.listen = metered_listen;
    meter->ops.accept = metered_accept;
    meter->ops.socketpair = metered_socketpair;
    meter->ops.adopt = metered_adopt;
    meter->ops.connect = metered_connect;
    meter->ops.send = metered_send;
    meter->ops.recv = metered_recv;
    meter->ops.sendmmsg = metered_sendmmsg;
    meter->ops.recvmmsg = metered_recvmmsg;
    meter->ops.shutdown = metered_shutdown;
    meter->ops.close = metered_close;
    meter->ops.getsockname = metered_getsockname;
    meter->ops.getpeername = metered_getpeername;
    meter->ops.setsockopt = metered_setsockopt;
    meter->ops.getsockopt = metered_getsockopt;
    meter->ops.poll = metered_poll;
    meter->ops.pipe = metered_pipe;
    meter->ops.splice = metered_splice;
    meter->ops.drain = metered_drain;
    meter->ops.lookup = metered_lookup;
    meter->ops.reverse = metered_reverse;
    net->ops = &meter->ops;
}

void nb_meter_remove(struct nb_meter *meter, struct nb_net *net)
{
    if (net->ops != &meter->ops)
        return;
    net->ops = meter->inner;
    nb_free(meter->kinds);
    meter->kinds = NULL;
    meter->size = 0;
}
