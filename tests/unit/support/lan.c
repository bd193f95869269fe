/*
 * The network in memory: see lan.h. Each call asks the judge, then does what
 * a kernel would do; what is behind it is in lanlink.c.
 */
#include "support/lan.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "core/loop.h"
#include "core/runtime.h"
#include "net/batch.h"
#include "support/lanlink.h"
#include "util/err.h"

static struct lan *lan_of(struct nb_net *net)
{
    return NB_CONTAINER_OF(net, struct lan, base);
}

const char *lan_op_name(enum lan_op op)
{
    static const char *const names[] = {
        "socket",     "bind",       "listen",  "accept",      "socketpair",
        "adopt",      "connect",    "send",    "recv",        "sendmmsg",
        "recvmmsg",   "shutdown",   "close",   "getsockname", "getpeername",
        "setsockopt", "getsockopt", "poll",    "pipe",        "splice",
        "drain",      "lookup",     "reverse", "answer",
    };

    return names[op];
}

static bool is_open(struct lan *lan, int fd)
{
    if (fd >= LAN_FIRST_FD && fd < LAN_FDS && lan->ends[fd].open)
        return true;
    lan->misused = fd;
    return false;
}

struct lan_end *lan_end_of(struct lan *lan, int fd)
{
    return &lan->ends[fd >= 0 && fd < LAN_FDS ? fd : 0];
}

int lan_judge(struct lan *lan, enum lan_op op, int fd)
{
    if (lan->rules.judge == NULL)
        return LAN_GO;
    return lan->rules.judge(lan->rules.context, op, fd);
}

int lan_begin(struct lan *lan, enum lan_op op, int fd)
{
    return is_open(lan, fd) ? lan_judge(lan, op, fd) : -EBADF;
}

int lan_done(struct lan *lan, int fd, int rc)
{
    if (rc < 0 && rc != -EAGAIN)
        lan_end_of(lan, fd)->why = rc;
    lan_refresh(lan);
    return rc;
}

static int lan_socket(struct nb_net *net, int family, int type, int proto)
{
    struct lan *lan = lan_of(net);
    struct nb_addr own;
    int rc = lan_judge(lan, LAN_SOCKET, -1);

    (void)proto;
    nb_addr_any(&own, family, 0);
    if (rc >= 0)
        rc = lan_end_open(lan, type, &own);
    return lan_done(lan, -1, rc);
}

static int open_pair(struct lan *lan, int type, int fds[2])
{
    struct nb_addr nameless;

    nb_addr_any(&nameless, AF_UNIX, 0);
    fds[0] = lan_end_open(lan, type, &nameless);
    if (fds[0] < 0)
        return fds[0];
    fds[1] = lan_end_open(lan, type, &nameless);
    if (fds[1] < 0) {
        lan_end_close(lan, fds[0]);
        return fds[1];
    }
    for (int i = 0; i < 2; i++) {
        lan->ends[fds[i]].peer = nameless;
        lan->ends[fds[i]].mate = fds[1 - i];
        lan->ends[fds[i]].connected = true;
    }
    return 0;
}

static int lan_socketpair(struct nb_net *net, int type, int fds[2])
{
    struct lan *lan = lan_of(net);
    int rc = lan_judge(lan, LAN_SOCKETPAIR, -1);

    return lan_done(lan, -1, rc < 0 ? rc : open_pair(lan, type, fds));
}

/* Of any number. An end of a pipe is none, nor what waits to be accepted. */
static bool is_socket(struct lan *lan, int fd)
{
    const struct lan_end *end = lan_end_of(lan, fd);

    return end->open && end->type != 0 && end->parent < 0;
}

static int lan_adopt(struct nb_net *net, int fd, struct nb_socket_kind *kind)
{
    struct lan *lan = lan_of(net);
    int rc = is_socket(lan, fd) ? lan_judge(lan, LAN_ADOPT, fd) : -EBADF;

    if (rc >= 0)
        *kind = (struct nb_socket_kind){
            .family = nb_addr_family(&lan->ends[fd].own),
            .type = lan->ends[fd].type,
        };
    return lan_done(lan, fd, rc < 0 ? rc : 0);
}

static int bind_end(struct lan *lan, int fd, const struct nb_addr *addr)
{
    int other = lan_find(lan, lan->ends[fd].type, addr);

    if (other >= 0 && other != fd)
        return -EADDRINUSE;
    lan->ends[fd].own = *addr;
    lan_end_name(lan, fd);
    return 0;
}

static int lan_bind(struct nb_net *net, int fd, const struct nb_addr *addr)
{
    struct lan *lan = lan_of(net);
    int rc = lan_begin(lan, LAN_BIND, fd);

    return lan_done(lan, fd, rc < 0 ? rc : bind_end(lan, fd, addr));
}

static int lan_listen(struct nb_net *net, int fd, int backlog)
{
    struct lan *lan = lan_of(net);
    int rc = lan_begin(lan, LAN_LISTEN, fd);

    (void)backlog;
    if (rc >= 0 && lan->ends[fd].connected) {
        rc = -EINVAL;
    } else if (rc >= 0) {
        lan_end_name(lan, fd);
        lan->ends[fd].listening = true;
        rc = 0;
    }
    return lan_done(lan, fd, rc);
}

static int accept_child(struct lan *lan, int fd, struct nb_addr *peer)
{
    int child = lan_first_child(lan, fd);

    if (!lan->ends[fd].listening)
        return -EINVAL;
    if (child < 0)
        return -EAGAIN;
    lan->ends[child].parent = -1;
    *peer = lan->ends[child].peer;
    return child;
}

static int lan_accept(struct nb_net *net, int fd, struct nb_addr *peer)
{
    struct lan *lan = lan_of(net);
    int rc = lan_begin(lan, LAN_ACCEPT, fd);

    lan_end_of(lan, fd)->roused = false;
    return lan_done(lan, fd, rc < 0 ? rc : accept_child(lan, fd, peer));
}

/* A datagram socket is connected by remembering the address. */
static int set_peer(struct lan *lan, int fd, const struct nb_addr *addr)
{
    struct lan_end *end = &lan->ends[fd];

    end->peer.len = 0;
    if (nb_addr_family(addr) != AF_UNSPEC) {
        lan_end_name(lan, fd);
        end->peer = *addr;
    }
    return 0;
}

static int connect_stream(struct lan *lan, int fd, const struct nb_addr *addr)
{
    struct lan_end *end = &lan->ends[fd];

    if (end->connecting && !end->answered)
        return -EALREADY;
    if (end->connecting) {
        end->connecting = end->answered = false;
        int err = end->error;
        end->error = 0;
        return err;
    }
    if (end->connected || end->broken)
        return -EISCONN;
    end->peer = *addr;
    if (lan->rules.delay == NULL)
        return lan_join(lan, fd);
    end->connecting = true;
    lan_ship(lan, fd, LAN_SETTLED, NULL, NULL);
    return -EINPROGRESS;
}

static int lan_connect(struct nb_net *net, int fd, const struct nb_addr *addr)
{
    struct lan *lan = lan_of(net);
    int rc = lan_begin(lan, LAN_CONNECT, fd);

    if (rc >= 0 && lan->ends[fd].listening)
        rc = -EISCONN;
    else if (rc >= 0)
        rc = lan->ends[fd].type == SOCK_STREAM ? connect_stream(lan, fd, addr)
                                               : set_peer(lan, fd, addr);
    return lan_done(lan, fd, rc);
}

int lan_send_packet(struct lan *lan, int fd, const struct script_text *data,
                    const struct nb_addr *to)
{
    struct lan_end *end = &lan->ends[fd];

    if (to == NULL)
        to = &end->peer;
    if (to->len == 0)
        return -EDESTADDRREQ;
    lan_end_name(lan, fd);
    int target = end->mate >= 0 ? end->mate : lan_find(lan, end->type, to);
    if (target >= 0)
        lan_ship(lan, target, LAN_PACKET, data, &end->own);
    else if (to == &end->peer)
        end->error = -ECONNREFUSED;
    return (int)data->len;
}

int lan_send_bytes(struct lan *lan, int fd, struct script_text *data)
{
    struct lan_end *end = &lan->ends[fd];
    size_t most = lan_room(lan, fd);

    if (!end->connected || end->shut || end->broken)
        return -EPIPE;
    if (data->len > most)
        data->len = most;
    if (data->len == 0)
        return -EAGAIN;
    if (end->mate >= 0)
        lan_ship(lan, end->mate, LAN_BYTES, data, NULL);
    else
        lan_ship(lan, fd, LAN_RESET, NULL, NULL);
    return (int)data->len;
}

static int lan_send(struct nb_net *net, int fd, const void *bytes, size_t len,
                    const struct nb_addr *to)
{
    struct lan *lan = lan_of(net);
    struct lan_end *end = lan_end_of(lan, fd);
    struct script_text data = {(char *)(uintptr_t)bytes, len};
    int rc = lan_begin(lan, LAN_SEND, fd);

    if (rc >= 0 && end->error != 0) {
        rc = end->error;
        end->error = 0;
    } else if (rc >= 0 && end->type == SOCK_STREAM) {
        if (data.len > (size_t)rc)
            data.len = (size_t)rc;
        rc = lan_send_bytes(lan, fd, &data);
    } else if (rc >= 0) {
        rc = lan_send_packet(lan, fd, &data, to);
    }
    if (rc > 0)
        end->taken += (uint64_t)rc;
    return lan_done(lan, fd, rc);
}

static int receive_packet(struct lan_end *end, void *data, size_t len,
                          struct nb_received *info)
{
    struct lan_parcel *parcel =
        NB_CONTAINER_OF(end->packets.next, struct lan_parcel, link);

    if (len > parcel->len)
        len = parcel->len;
    memcpy(data, parcel->bytes, len);
    info->from = parcel->from;
    nb_list_remove(&parcel->link);
    free(parcel);
    return (int)len;
}

static int receive_bytes(struct lan_end *end, void *data, size_t len)
{
    if (len > end->in.len)
        len = end->in.len;
    memcpy(data, end->in.bytes, len);
    end->in.len -= len;
    memmove(end->in.bytes, end->in.bytes + len, end->in.len);
    return (int)len;
}

int lan_receive(struct lan_end *end, void *data, size_t len,
                struct nb_received *info)
{
    struct nb_received unasked;

    if (!nb_list_empty(&end->packets))
        return receive_packet(end, data, len, info == NULL ? &unasked : info);
    if (end->in.len > 0)
        return receive_bytes(end, data, len);
    if (end->error != 0) {
        int err = end->error;
        end->error = 0;
        return err;
    }
    if (end->type == SOCK_STREAM && !end->connected)
        return -ENOTCONN;
    return end->ended ? 0 : -EAGAIN;
}

/* The stream ends here, whatever was still to come. */
static int cut(struct lan_end *end)
{
    end->in.len = 0;
    end->ended = end->harmed = true;
    return 0;
}

static int lan_recv(struct nb_net *net, int fd, void *data, size_t len,
                    struct nb_received *info)
{
    struct lan *lan = lan_of(net);
    struct lan_end *end = lan_end_of(lan, fd);
    int rc = lan_begin(lan, LAN_RECV, fd);

    end->roused = false;
    if (info != NULL)
        *info = (struct nb_received){.from = end->peer, .ttl = -1};
    if (rc >= 0 && end->type != SOCK_STREAM)
        rc = lan_receive(end, data, len, info);
    else if (rc == 0)
        rc = cut(end);
    else if (rc > 0)
        rc = lan_receive(end, data, len < (size_t)rc ? len : (size_t)rc, info);
    if (rc > 0)
        end->given += (uint64_t)rc;
    if (rc == 0 && end->type == SOCK_STREAM)
        end->why = NB_EOF;
    return lan_done(lan, fd, rc);
}

static int lan_shutdown(struct nb_net *net, int fd, int how)
{
    struct lan *lan = lan_of(net);
    int rc = lan_begin(lan, LAN_SHUTDOWN, fd);
    struct lan_end *end = lan_end_of(lan, fd);

    if (rc >= 0 && !end->connected)
        rc = -ENOTCONN;
    if (rc >= 0 && how != SHUT_WR)
        end->ended = true;
    if (rc >= 0 && how != SHUT_RD && !end->shut) {
        end->shut = true;
        if (end->mate >= 0)
            lan_ship(lan, end->mate, LAN_END, NULL, NULL);
    }
    return lan_done(lan, fd, rc < 0 ? rc : 0);
}

/* As with the kernel's, the descriptor is gone even where this fails. */
static int lan_close(struct nb_net *net, int fd)
{
    struct lan *lan = lan_of(net);
    int rc = lan_begin(lan, LAN_CLOSE, fd);

    if (lan->misused != fd)
        lan_end_close(lan, fd);
    return lan_done(lan, -1, rc < 0 ? rc : 0);
}

static int lan_getsockname(struct nb_net *net, int fd, struct nb_addr *addr)
{
    struct lan *lan = lan_of(net);
    int rc = lan_begin(lan, LAN_GETSOCKNAME, fd);

    if (rc >= 0)
        *addr = lan->ends[fd].own;
    return lan_done(lan, -1, rc < 0 ? rc : 0);
}

static int lan_getpeername(struct nb_net *net, int fd, struct nb_addr *addr)
{
    struct lan *lan = lan_of(net);
    int rc = lan_begin(lan, LAN_GETPEERNAME, fd);

    if (rc >= 0 && lan->ends[fd].peer.len == 0)
        rc = -ENOTCONN;
    if (rc >= 0)
        *addr = lan->ends[fd].peer;
    return lan_done(lan, -1, rc < 0 ? rc : 0);
}

static int lan_setsockopt(struct nb_net *net, int fd, struct nb_sockopt opt,
                          const void *value, socklen_t len)
{
    struct lan *lan = lan_of(net);
    int rc = lan_begin(lan, LAN_SETSOCKOPT, fd);

    (void)opt;
    (void)value;
    (void)len;
    return lan_done(lan, -1, rc < 0 ? rc : 0);
}

static int lan_getsockopt(struct nb_net *net, int fd, struct nb_sockopt opt,
                          void *value, socklen_t *len)
{
    struct lan *lan = lan_of(net);
    struct lan_end *end = lan_end_of(lan, fd);
    int rc = lan_begin(lan, LAN_GETSOCKOPT, fd);

    if (rc < 0)
        return lan_done(lan, -1, rc);
    memset(value, 0, *len);
    if (opt.level == IPPROTO_TCP && opt.option == TCP_INFO)
        *(unsigned char *)value = end->listening   ? TCP_LISTEN
                                  : end->connected ? TCP_ESTABLISHED
                                                   : TCP_CLOSE;
    return lan_done(lan, -1, 0);
}

static void lan_free(struct nb_net *net)
{
    struct lan *lan = lan_of(net);

    lan_quiet(net);
    zone_deinit(&lan->zone);
    nb_batch_free_arena(net->arena);
    for (int fd = LAN_FIRST_FD; fd < LAN_FDS; fd++)
        free(lan->ends[fd].in.bytes);
    free(lan);
}

struct nb_net *lan_new(struct nb_runtime *rt, const struct lan_rules *rules)
{
    static const struct nb_net_ops ops = {
        .socket = lan_socket,
        .bind = lan_bind,
        .listen = lan_listen,
        .accept = lan_accept,
        .socketpair = lan_socketpair,
        .adopt = lan_adopt,
        .connect = lan_connect,
        .send = lan_send,
        .recv = lan_recv,
        .sendmmsg = lan_sendmmsg,
        .recvmmsg = lan_recvmmsg,
        .shutdown = lan_shutdown,
        .close = lan_close,
        .getsockname = lan_getsockname,
        .getpeername = lan_getpeername,
        .setsockopt = lan_setsockopt,
        .getsockopt = lan_getsockopt,
        .poll = lan_poll,
        .pipe = lan_pipe,
        .splice = lan_splice,
        .drain = lan_drain,
        .lookup = lan_lookup,
        .reverse = lan_reverse,
        .free = lan_free,
    };
    struct lan *lan = script_allocate(sizeof *lan);

    lan->base.ops = &ops;
    lan->base.rt = rt;
    lan->base.policy = rules->policy;
    lan->rules = *rules;
    nb_list_init(&lan->flying);
    lan_names_init(lan);
    return &lan->base;
}
