/*
 * The backend on the kernel's sockets: see posix.h and net.h.
 *
 * One system call an operation. It says what the kernel said, with three
 * exceptions: EINTR never shows, accept() passes over peers that gave up, and
 * a close() that was interrupted has closed.
 */
#include "net/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "net/ares.h"
#include "net/batch.h"
#include "net/net.h"
#include "util/alloc.h"
#include "util/list.h"

/* Peers that one accept passes over before it lets others run. */
enum { ACCEPT_TRIES = 16 };

struct posix {
    struct nb_net base;
    struct nb_ares *ares; /* NULL until a name is looked up */
};

static struct posix *posix_of(struct nb_net *net)
{
    return NB_CONTAINER_OF(net, struct posix, base);
}

/* What a system call returned, in our space of errors. */
static inline int result(long returned)
{
    return returned < 0 ? -errno : (int)returned;
}

/* The number of bytes must fit into the int that is returned. */
static size_t clamp(size_t len)
{
    return len < INT_MAX ? len : INT_MAX;
}

static int posix_socket(struct nb_net *net, int family, int type, int proto)
{
    (void)net;
    return result(socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, proto));
}

static int posix_bind(struct nb_net *net, int fd, const struct nb_addr *addr)
{
    (void)net;
    return result(bind(fd, &addr->u.any, addr->len));
}

static int posix_listen(struct nb_net *net, int fd, int backlog)
{
    (void)net;
    return result(listen(fd, backlog));
}

/* An error of a peer that is gone already, not of the listener: accept(2). */
static bool gave_up(int err)
{
    switch (-err) {
    case ECONNABORTED:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EINTR:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case EPROTO:
        return true;
    default:
        return false;
    }
}

static int accept_once(int fd, struct nb_addr *peer)
{
    struct nb_addr addr = {.len = sizeof addr.u};
    int rc = result(
        accept4(fd, &addr.u.any, &addr.len, SOCK_NONBLOCK | SOCK_CLOEXEC));

    if (rc >= 0)
        *peer = addr;
    return rc;
}

static int posix_accept(struct nb_net *net, int fd, struct nb_addr *peer)
{
    int rc = accept_once(fd, peer);

    (void)net;
    for (int i = 1; i < ACCEPT_TRIES && gave_up(rc); i++)
        rc = accept_once(fd, peer);
    /* EOPNOTSUPP that stays means that this is no listener. */
    return gave_up(rc) && rc != -EOPNOTSUPP ? -EAGAIN : rc;
}

static int posix_socketpair(struct nb_net *net, int type, int fds[2])
{
    (void)net;
    return result(
        socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
}

static int get_int(int fd, int option, int *value)
{
    socklen_t len = sizeof *value;
    return result(getsockopt(fd, SOL_SOCKET, option, value, &len));
}

static int posix_adopt(struct nb_net *net, int fd, struct nb_socket_kind *kind)
{
    struct nb_socket_kind found;
    int rc = get_int(fd, SO_DOMAIN, &found.family);

    (void)net;
    if (rc == 0)
        rc = get_int(fd, SO_TYPE, &found.type);
    if (rc == 0)
        rc = get_int(fd, SO_PROTOCOL, &found.proto);
    if (rc == 0)
        rc = result(fcntl(fd, F_SETFD, FD_CLOEXEC));
    if (rc == 0)
        rc = result(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK));
    if (rc == 0)
        *kind = found;
    return rc;
}

static int posix_connect(struct nb_net *net, int fd, const struct nb_addr *addr)
{
    int rc = result(connect(fd, &addr->u.any, addr->len));

    (void)net;
    /* An interrupted connect goes on by itself and must not be repeated. */
    return rc == -EINTR ? -EINPROGRESS : rc;
}

static int posix_send(struct nb_net *net, int fd, const void *data, size_t len,
                      const struct nb_addr *to)
{
    const struct sockaddr *addr = to == NULL ? NULL : &to->u.any;
    socklen_t addr_len = to == NULL ? 0 : to->len;

    (void)net;
    return result(TEMP_FAILURE_RETRY(
        sendto(fd, data, clamp(len), MSG_NOSIGNAL, addr, addr_len)));
}

/* Who sends by a unix socket may pass descriptors on: none is taken. */
static void close_passed(const struct cmsghdr *cmsg)
{
    size_t count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);

    for (size_t i = 0; i < count; i++) {
        int fd = -1;
        memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof fd, sizeof fd);
        close(fd);
    }
}

/*
 * The TTL or hop limit among the control messages, -1 if there is none. Closes
 * the descriptors that are.
 */
static int read_control(struct msghdr *msg)
{
    int ttl = -1;

    for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
         cmsg = CMSG_NXTHDR(msg, cmsg)) {
        bool in = cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_TTL;
        bool in6 = cmsg->cmsg_level == IPPROTO_IPV6 &&
                   cmsg->cmsg_type == IPV6_HOPLIMIT;
        if (in || in6)
            memcpy(&ttl, CMSG_DATA(cmsg), sizeof ttl);
        if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS)
            close_passed(cmsg);
    }
    return ttl;
}

static int receive_datagram(int fd, void *data, size_t len,
                            struct nb_received *info)
{
    union {
        struct cmsghdr align;
        char bytes[128];
    } control;
    struct iovec part = {.iov_base = data, .iov_len = len};
    struct msghdr msg = {
        .msg_name = &info->from.u,
        .msg_namelen = sizeof info->from.u,
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof control,
    };
    int rc = result(TEMP_FAILURE_RETRY(recvmsg(fd, &msg, MSG_CMSG_CLOEXEC)));

    if (rc >= 0) {
        info->from.len = msg.msg_namelen;
        info->ttl = read_control(&msg);
    }
    return rc;
}

static int posix_recv(struct nb_net *net, int fd, void *data, size_t len,
                      struct nb_received *info)
{
    (void)net;
    if (info != NULL)
        return receive_datagram(fd, data, clamp(len), info);
    return result(TEMP_FAILURE_RETRY(recv(fd, data, clamp(len), 0)));
}

/* Lays the datagrams out as the kernel wants them. */
static void lay_out(const struct nb_packet *packets, size_t count,
                    struct mmsghdr *headers, struct iovec *parts)
{
    for (size_t i = 0; i < count; i++) {
        const struct nb_addr *addr = &packets[i].addr;
        parts[i] = (struct iovec){packets[i].data, packets[i].len};
        headers[i] = (struct mmsghdr){
            .msg_hdr = {.msg_name = (void *)(uintptr_t)&addr->u,
                        .msg_namelen = addr->len,
                        .msg_iov = &parts[i],
                        .msg_iovlen = 1}};
    }
}

static int posix_sendmmsg(struct nb_net *net, int fd,
                          const struct nb_packet *packets, size_t count)
{
    struct mmsghdr headers[NB_NET_MANY];
    struct iovec parts[NB_NET_MANY];

    (void)net;
    lay_out(packets, count, headers, parts);
    return result(TEMP_FAILURE_RETRY(
        sendmmsg(fd, headers, (unsigned)count, MSG_NOSIGNAL)));
}

static int posix_recvmmsg(struct nb_net *net, int fd, struct nb_packet *packets,
                          size_t count)
{
    struct mmsghdr headers[NB_NET_MANY];
    struct iovec parts[NB_NET_MANY];

    (void)net;
    for (size_t i = 0; i < count; i++)
        packets[i].addr.len = sizeof packets[i].addr.u;
    lay_out(packets, count, headers, parts);
    int rc = result(
        TEMP_FAILURE_RETRY(recvmmsg(fd, headers, (unsigned)count, 0, NULL)));
    for (int i = 0; i < rc; i++) {
        packets[i].len = headers[i].msg_len;
        packets[i].addr.len = headers[i].msg_hdr.msg_namelen;
    }
    return rc;
}

static int posix_shutdown(struct nb_net *net, int fd, int how)
{
    (void)net;
    return result(shutdown(fd, how));
}

static int posix_close(struct nb_net *net, int fd)
{
    int rc = result(close(fd));

    (void)net;
    return rc == -EINTR ? 0 : rc;
}

static int posix_getsockname(struct nb_net *net, int fd, struct nb_addr *addr)
{
    struct nb_addr own = {.len = sizeof own.u};
    int rc = result(getsockname(fd, &own.u.any, &own.len));

    (void)net;
    if (rc == 0)
        *addr = own;
    return rc;
}

static int posix_getpeername(struct nb_net *net, int fd, struct nb_addr *addr)
{
    struct nb_addr peer = {.len = sizeof peer.u};
    int rc = result(getpeername(fd, &peer.u.any, &peer.len));

    (void)net;
    if (rc == 0)
        *addr = peer;
    return rc;
}

static int posix_setsockopt(struct nb_net *net, int fd, struct nb_sockopt opt,
                            const void *value, socklen_t len)
{
    (void)net;
    return result(setsockopt(fd, opt.level, opt.option, value, len));
}

static int posix_getsockopt(struct nb_net *net, int fd, struct nb_sockopt opt,
                            void *value, socklen_t *len)
{
    (void)net;
    return result(getsockopt(fd, opt.level, opt.option, value, len));
}

/* Halved where the kernel says that it is more than there may be at all. */
static int posix_poll(struct nb_net *net, struct pollfd *fds, size_t count)
{
    int rc = result(TEMP_FAILURE_RETRY(poll(fds, count, 0)));

    if (rc != -EINVAL || count < 2)
        return rc;
    size_t half = count / 2;
    rc = posix_poll(net, fds, half);
    if (rc < 0)
        return rc;
    int more = posix_poll(net, fds + half, count - half);
    return more < 0 ? more : rc + more;
}

static int posix_pipe(struct nb_net *net, int ends[2])
{
    (void)net;
    return result(pipe2(ends, O_NONBLOCK | O_CLOEXEC));
}

static int posix_splice(struct nb_net *net, int from, int to, size_t len)
{
    (void)net;
    return result(TEMP_FAILURE_RETRY(
        splice(from, NULL, to, NULL, clamp(len), SPLICE_F_NONBLOCK)));
}

static int posix_drain(struct nb_net *net, int end, void *data, size_t len)
{
    (void)net;
    return result(TEMP_FAILURE_RETRY(read(end, data, clamp(len))));
}

static int need_ares(struct posix *self)
{
    return self->ares != NULL ? 0 : nb_ares_new(&self->ares, self->base.rt);
}

static int posix_lookup(struct nb_net *net, const char *name, int family,
                        struct nb_lookup *lookup)
{
    struct posix *self = posix_of(net);
    int rc = need_ares(self);

    if (rc == 0)
        nb_ares_lookup(self->ares, name, family, lookup);
    return rc;
}

static int posix_reverse(struct nb_net *net, const struct nb_addr *addr,
                         struct nb_lookup *lookup)
{
    struct posix *self = posix_of(net);
    int rc = need_ares(self);

    if (rc == 0)
        nb_ares_reverse(self->ares, addr, lookup);
    return rc;
}

static void posix_free(struct nb_net *net)
{
    struct posix *self = posix_of(net);

    nb_ares_free(self->ares);
    nb_batch_free_arena(net->arena);
    nb_free(self);
}

int nb_posix_new(struct nb_net **net, struct nb_runtime *rt)
{
    static const struct nb_net_ops ops = {
        .socket = posix_socket,
        .bind = posix_bind,
        .listen = posix_listen,
        .accept = posix_accept,
        .socketpair = posix_socketpair,
        .adopt = posix_adopt,
        .connect = posix_connect,
        .send = posix_send,
        .recv = posix_recv,
        .sendmmsg = posix_sendmmsg,
        .recvmmsg = posix_recvmmsg,
        .shutdown = posix_shutdown,
        .close = posix_close,
        .getsockname = posix_getsockname,
        .getpeername = posix_getpeername,
        .setsockopt = posix_setsockopt,
        .getsockopt = posix_getsockopt,
        .poll = posix_poll,
        .pipe = posix_pipe,
        .splice = posix_splice,
        .drain = posix_drain,
        .lookup = posix_lookup,
        .reverse = posix_reverse,
        .free = posix_free,
    };
    struct posix *self = nb_calloc(1, sizeof *self);

    if (self == NULL)
        return -ENOMEM;
    self->base.ops = &ops;
    self->base.rt = rt;
    *net = &self->base;
    return 0;
}

/* By ioctl: getifaddrs() takes a netlink socket, which guard/kernel refuses. */
struct in_addr nb_posix_address_of(int index)
{
    struct sockaddr_in in = {.sin_addr = {.s_addr = INADDR_ANY}};
    struct ifreq request = {.ifr_addr = {.sa_family = AF_INET}};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && if_indextoname((unsigned)index, request.ifr_name) != NULL &&
        ioctl(fd, SIOCGIFADDR, &request) == 0)
        memcpy(&in, &request.ifr_addr, sizeof in);
    if (fd >= 0)
        close(fd);
    return in.sin_addr;
}
