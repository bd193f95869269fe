/*
 * The operations of the scripted backend: see scripted.h.
 *
 * Every operation takes its result from the script, does what a kernel would
 * do to the descriptor, and writes its line into the log.
 */
#include "support/scripted.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "core/loop_virtual.h"
#include "core/runtime.h"
#include "net/batch.h"
#include "net/net.h"
#include "support/fixture.h"
#include "support/scripted_impl.h"

struct addr_text {
    char text[NB_ADDR_TEXT];
};

static struct addr_text show(const struct nb_addr *addr)
{
    struct addr_text text;

    nb_addr_format(addr, text.text);
    return text;
}

/* What a descriptor is ready for, as poll(2) says it. */
static short events_of(struct scripted *self, int fd)
{
    short events = 0;

    if (fd < FIRST_FD || fd >= FD_LIMIT || !self->fds[fd].open)
        return POLLNVAL;
    if (script_find(&self->script, SCRIPTED_RECV, fd) != NULL ||
        script_find(&self->script, SCRIPTED_ACCEPT, fd) != NULL)
        events |= POLLIN;
    if (!self->fds[fd].unwritable)
        events |= POLLOUT;
    return events;
}

void scripted_refresh(struct scripted *self)
{
    struct nb_loop *loop = self->base.rt->loop;

    for (int fd = FIRST_FD; fd < FD_LIMIT; fd++) {
        short events = events_of(self, fd);
        nb_loop_virtual_ready(loop, fd, NB_READ, (events & POLLIN) != 0);
        nb_loop_virtual_ready(loop, fd, NB_WRITE, (events & POLLOUT) != 0);
    }
}

/* The script of a call that is being made: 0, or -ENOENT and `value` holds. */
static int take(struct scripted *self, enum scripted_op op, int fd,
                struct script_result *result)
{
    int rc = script_take(&self->script, (int)op, fd, result);

    scripted_refresh(self);
    return rc;
}

/* The same for calls that need no more than a number. */
int scripted_take_value(struct scripted *self, enum scripted_op op, int fd,
                        int otherwise)
{
    struct script_result result = {.value = otherwise};

    take(self, op, fd, &result);
    return result.value;
}

struct descriptor *scripted_at(struct scripted *self, int fd)
{
    if (fd < FIRST_FD || fd >= FD_LIMIT || !self->fds[fd].open)
        fail_msg("descriptor %d is not open", fd);
    return &self->fds[fd];
}

int scripted_open_fd(struct scripted *self, const struct nb_addr *own,
                     const struct nb_addr *peer)
{
    for (int fd = FIRST_FD; fd < FD_LIMIT; fd++) {
        struct descriptor *new = &self->fds[fd];
        if (new->open)
            continue;
        *new = (struct descriptor){.open = true, .own = *own, .peer = *peer};
        scripted_refresh(self);
        return fd;
    }
    return -EMFILE;
}

static const char *family_name(int family)
{
    switch (family) {
    case AF_INET6:
        return "inet6";
    case AF_UNIX:
        return "unix";
    default:
        return "inet";
    }
}

static const char *type_name(int type)
{
    static const char *const types[] = {
        [SOCK_STREAM] = "stream",
        [SOCK_DGRAM] = "dgram",
        [SOCK_RAW] = "raw",
    };
    return types[type];
}

static int scripted_socket(struct nb_net *net, int family, int type, int proto)
{
    static const struct nb_addr nobody;
    struct scripted *self = scripted_of(net);
    struct nb_addr own;
    bool icmp = proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
    int rc = scripted_take_value(self, SCRIPTED_SOCKET, SCRIPT_ANY, 0);

    nb_addr_any(&own, family, 0);
    if (rc == 0)
        rc = scripted_open_fd(self, &own, &nobody);
    return script_log(&self->script, rc, "socket %s %s%s", family_name(family),
                      type_name(type), icmp ? " icmp" : "");
}

static int scripted_bind(struct nb_net *net, int fd, const struct nb_addr *addr)
{
    struct scripted *self = scripted_of(net);
    struct nb_addr *own = &scripted_at(self, fd)->own;
    int rc = scripted_take_value(self, SCRIPTED_BIND, fd, 0);

    if (rc == 0)
        *own = *addr;
    if (rc == 0 && nb_addr_port(own) == 0)
        nb_addr_set_port(own, (uint16_t)(49152 + fd));
    return script_log(&self->script, rc, "bind %d %s", fd, show(addr).text);
}

static int scripted_listen(struct nb_net *net, int fd, int backlog)
{
    struct scripted *self = scripted_of(net);

    scripted_at(self, fd);
    return script_log(&self->script,
                      scripted_take_value(self, SCRIPTED_LISTEN, fd, 0),
                      "listen %d %d", fd, backlog);
}

static int scripted_accept(struct nb_net *net, int fd, struct nb_addr *peer)
{
    struct scripted *self = scripted_of(net);
    struct nb_addr own = scripted_at(self, fd)->own;
    struct script_result result = {.value = -EAGAIN};

    take(self, SCRIPTED_ACCEPT, fd, &result);
    int rc = result.value < 0 ? result.value
                              : scripted_open_fd(self, &own, &result.from);
    if (rc >= 0)
        *peer = result.from;
    return script_log(&self->script, rc, "accept %d", fd);
}

static int scripted_socketpair(struct nb_net *net, int type, int fds[2])
{
    struct scripted *self = scripted_of(net);
    struct nb_addr unnamed;
    int rc = scripted_take_value(self, SCRIPTED_SOCKETPAIR, SCRIPT_ANY, 0);

    nb_addr_any(&unnamed, AF_UNIX, 0);
    for (int i = 0; i < 2 && rc == 0; i++) {
        fds[i] = scripted_open_fd(self, &unnamed, &unnamed);
        if (fds[i] < 0)
            fail_msg("no descriptor is left for a socketpair");
    }
    return script_log(&self->script, rc, "socketpair %s", type_name(type));
}

/* What is adopted is a stream of the family of its name. */
static int scripted_adopt(struct nb_net *net, int fd,
                          struct nb_socket_kind *kind)
{
    struct scripted *self = scripted_of(net);
    int rc = scripted_take_value(self, SCRIPTED_ADOPT, fd, 0);

    if (rc == 0)
        *kind = (struct nb_socket_kind){
            .family = nb_addr_family(&scripted_at(self, fd)->own),
            .type = SOCK_STREAM,
        };
    return script_log(&self->script, rc, "adopt %d", fd);
}

static int scripted_connect(struct nb_net *net, int fd,
                            const struct nb_addr *addr)
{
    struct scripted *self = scripted_of(net);
    struct nb_addr *peer = &scripted_at(self, fd)->peer;
    int rc = scripted_take_value(self, SCRIPTED_CONNECT, fd, 0);

    if (rc == 0 || rc == -EINPROGRESS)
        *peer = *addr;
    return script_log(&self->script, rc, "connect %d %s", fd, show(addr).text);
}

static int scripted_send(struct nb_net *net, int fd, const void *data,
                         size_t len, const struct nb_addr *to)
{
    struct scripted *self = scripted_of(net);
    int all = scripted_at(self, fd)->unwritable ? -EAGAIN : (int)len;
    int rc = scripted_take_value(self, SCRIPTED_SEND, fd, all);

    if (rc > (int)len)
        rc = (int)len;
    if (rc > 0)
        script_append(&self->sent, data, (size_t)rc);
    return script_log(&self->script, rc, "send %d %zu%s%s", fd, len,
                      to == NULL ? "" : " ", to == NULL ? "" : show(to).text);
}

/* Copies what fits; of a stream the rest comes with the next recv. */
static int receive(struct scripted *self, struct script_result *result,
                   void *data, size_t len)
{
    if (len > result->len)
        len = result->len;
    memcpy(data, result->data, len);
    result->data += len;
    result->len -= len;
    if (result->from.len == 0 && result->len > 0)
        script_put_back(&self->script, result);
    scripted_refresh(self);
    return (int)len;
}

int scripted_take_bytes(struct scripted *self, int fd, void *data, size_t len,
                        struct nb_received *info)
{
    struct nb_addr peer = scripted_at(self, fd)->peer;
    struct script_result result = {.value = -EAGAIN};

    take(self, SCRIPTED_RECV, fd, &result);
    int rc =
        result.data == NULL ? result.value : receive(self, &result, data, len);
    if (rc >= 0 && info != NULL) {
        info->from = result.from.len == 0 ? peer : result.from;
        info->ttl = -1;
    }
    return rc;
}

static int scripted_recv(struct nb_net *net, int fd, void *data, size_t len,
                         struct nb_received *info)
{
    struct scripted *self = scripted_of(net);

    return script_log(&self->script,
                      scripted_take_bytes(self, fd, data, len, info), "recv %d",
                      fd);
}

/* True if the next result of `op` is there, and no error. */
static bool goes_on(const struct scripted *self, int op, int fd)
{
    const struct script_result *next = script_find(&self->script, op, fd);

    if (next == NULL || next->before > 0)
        return op == SCRIPTED_SEND;
    return next->value >= 0 && (next->data != NULL || op == SCRIPTED_SEND);
}

/* As many sends in one line of the log; an error after the first waits. */
static int scripted_sendmmsg(struct nb_net *net, int fd,
                             const struct nb_packet *packets, size_t count)
{
    struct scripted *self = scripted_of(net);
    int rc = scripted_at(self, fd)->unwritable ? -EAGAIN : (int)packets->len;
    size_t sent = 0;

    rc = scripted_take_value(self, SCRIPTED_SEND, fd, rc);
    while (rc >= 0) {
        script_append(&self->sent, packets[sent].data, packets[sent].len);
        if (++sent == count || !goes_on(self, SCRIPTED_SEND, fd))
            break;
        scripted_take_value(self, SCRIPTED_SEND, fd, 0);
    }
    return script_log(&self->script, rc < 0 ? rc : (int)sent, "sendmmsg %d %zu",
                      fd, count);
}

static int scripted_recvmmsg(struct nb_net *net, int fd,
                             struct nb_packet *packets, size_t count)
{
    struct scripted *self = scripted_of(net);
    struct script_result result = {.value = -EAGAIN};
    size_t got = 0;

    scripted_at(self, fd);
    if (!goes_on(self, SCRIPTED_RECV, fd)) {
        take(self, SCRIPTED_RECV, fd, &result);
        count = 0;
    }
    while (got < count && goes_on(self, SCRIPTED_RECV, fd)) {
        take(self, SCRIPTED_RECV, fd, &result);
        packets[got].addr = result.from;
        packets[got].len =
            (size_t)receive(self, &result, packets[got].data, packets[got].len);
        got++;
    }
    return script_log(&self->script, got > 0 ? (int)got : result.value,
                      "recvmmsg %d", fd);
}

static int scripted_shutdown(struct nb_net *net, int fd, int how)
{
    static const char *const hows[] = {
        [SHUT_RD] = "receive",
        [SHUT_WR] = "send",
        [SHUT_RDWR] = "both",
    };
    struct scripted *self = scripted_of(net);

    scripted_at(self, fd);
    return script_log(&self->script,
                      scripted_take_value(self, SCRIPTED_SHUTDOWN, fd, 0),
                      "shutdown %d %s", fd, hows[how]);
}

/* As with the kernel's, the descriptor is gone even where this fails. */
static int scripted_close(struct nb_net *net, int fd)
{
    struct scripted *self = scripted_of(net);

    scripted_at(self, fd)->open = false;
    free(self->fds[fd].in.bytes);
    return script_log(&self->script,
                      scripted_take_value(self, SCRIPTED_CLOSE, fd, 0),
                      "close %d", fd);
}

static int scripted_getsockname(struct nb_net *net, int fd,
                                struct nb_addr *addr)
{
    struct scripted *self = scripted_of(net);
    const struct nb_addr *own = &scripted_at(self, fd)->own;
    int rc = scripted_take_value(self, SCRIPTED_GETSOCKNAME, fd, 0);

    if (rc == 0)
        *addr = *own;
    return script_log(&self->script, rc, "getsockname %d", fd);
}

static int scripted_getpeername(struct nb_net *net, int fd,
                                struct nb_addr *addr)
{
    struct scripted *self = scripted_of(net);
    const struct nb_addr *peer = &scripted_at(self, fd)->peer;
    int rc = scripted_take_value(self, SCRIPTED_GETPEERNAME, fd,
                                 peer->len == 0 ? -ENOTCONN : 0);

    if (rc == 0)
        *addr = *peer;
    return script_log(&self->script, rc, "getpeername %d", fd);
}

static int scripted_setsockopt(struct nb_net *net, int fd,
                               struct nb_sockopt opt, const void *value,
                               socklen_t len)
{
    struct scripted *self = scripted_of(net);
    int number = 0;

    scripted_at(self, fd);
    memcpy(&number, value, len < sizeof number ? len : sizeof number);
    return script_log(
        &self->script, scripted_take_value(self, SCRIPTED_SETSOCKOPT, fd, 0),
        "setsockopt %d %d:%d %d", fd, opt.level, opt.option, number);
}

static int scripted_getsockopt(struct nb_net *net, int fd,
                               struct nb_sockopt opt, void *value,
                               socklen_t *len)
{
    struct scripted *self = scripted_of(net);

    scripted_at(self, fd);
    int number = scripted_take_value(self, SCRIPTED_GETSOCKOPT, fd, 0);
    memset(value, 0, *len);
    if (number > 0)
        memcpy(value, &number, sizeof number);
    return script_log(&self->script, number < 0 ? number : 0,
                      "getsockopt %d %d:%d", fd, opt.level, opt.option);
}

static int scripted_poll(struct nb_net *net, struct pollfd *fds, size_t count)
{
    struct scripted *self = scripted_of(net);
    int rc = scripted_take_value(self, SCRIPTED_POLL, SCRIPT_ANY, 1);
    bool honest = rc > 0;

    if (honest)
        rc = 0;
    for (size_t i = 0; i < count; i++) {
        struct pollfd *at = &fds[i];
        at->revents = 0;
        if (honest && at->fd >= 0)
            at->revents =
                (short)(events_of(self, at->fd) & (at->events | POLLNVAL));
        rc += at->revents != 0;
    }
    return script_log(&self->script, rc, "poll %zu", count);
}

static int scripted_lookup(struct nb_net *net, const char *name, int family,
                           struct nb_lookup *lookup)
{
    struct scripted *self = scripted_of(net);
    int rc = scripted_take_value(self, SCRIPTED_LOOKUP, SCRIPT_ANY, 0);

    script_log(&self->script, rc, "lookup %s", name);
    if (rc == 0)
        zone_lookup(&self->zone, name, family, lookup);
    return rc;
}

static int scripted_reverse(struct nb_net *net, const struct nb_addr *addr,
                            struct nb_lookup *lookup)
{
    struct scripted *self = scripted_of(net);
    int rc = scripted_take_value(self, SCRIPTED_REVERSE, SCRIPT_ANY, 0);
    char ip[NB_ADDR_IP_TEXT];

    nb_addr_ip(addr, ip);
    script_log(&self->script, rc, "reverse %s", ip);
    if (rc == 0)
        zone_reverse(&self->zone, addr, lookup);
    return rc;
}

static void scripted_free(struct nb_net *net)
{
    struct scripted *self = scripted_of(net);

    zone_answer(&self->zone, -ECANCELED);
    zone_deinit(&self->zone);
    script_deinit(&self->script);
    free(self->sent.bytes);
    nb_batch_free_arena(net->arena);
    free(self);
}

struct nb_net *scripted_new(struct nb_runtime *rt)
{
    static const struct nb_net_ops ops = {
        .socket = scripted_socket,
        .bind = scripted_bind,
        .listen = scripted_listen,
        .accept = scripted_accept,
        .socketpair = scripted_socketpair,
        .adopt = scripted_adopt,
        .connect = scripted_connect,
        .send = scripted_send,
        .recv = scripted_recv,
        .sendmmsg = scripted_sendmmsg,
        .recvmmsg = scripted_recvmmsg,
        .shutdown = scripted_shutdown,
        .close = scripted_close,
        .getsockname = scripted_getsockname,
        .getpeername = scripted_getpeername,
        .setsockopt = scripted_setsockopt,
        .getsockopt = scripted_getsockopt,
        .lookup = scripted_lookup,
        .reverse = scripted_reverse,
        .poll = scripted_poll,
        .pipe = scripted_pipe,
        .splice = scripted_splice,
        .drain = scripted_drain,
        .free = scripted_free,
    };
    struct scripted *self = script_allocate(sizeof *self);

    self->base.ops = &ops;
    self->base.rt = rt;
    self->only = SCRIPT_ANY;
    script_init(&self->script);
    script_append(&self->sent, "", 0);
    zone_init(&self->zone);
    return &self->base;
}
