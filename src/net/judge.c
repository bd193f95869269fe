/* What the gate asks the policy: see judge.h. */
#include "net/judge.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "guard/policy.h"

static bool is_inet(int family, int type, int proto)
{
    int echo = family == AF_INET6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP;

    if (type == SOCK_STREAM)
        return proto == 0 || proto == IPPROTO_TCP;
    return type == SOCK_DGRAM &&
           (proto == 0 || proto == IPPROTO_UDP || proto == echo);
}

static bool is_common(int family, int type, int proto)
{
    if (family == AF_UNIX)
        return type != SOCK_RAW && proto == 0;
    return (family == AF_INET || family == AF_INET6) &&
           is_inet(family, type, proto);
}

static int ask_kind(struct nb_net *net, int family, int type, int proto)
{
    if (is_common(family, type, proto))
        return 0;
    return nb_policy_ask_text(net->policy, NB_RIGHT_RAW, "raw sockets");
}

int nb_judge_socket(struct nb_net *net, int family, int type, int proto)
{
    int rc = ask_kind(net, family, type, proto);

    if (rc == 0 && family == AF_UNIX)
        rc = nb_policy_ask_text(net->policy, NB_RIGHT_MAKE, "unix sockets");
    return rc;
}

int nb_judge_echo(struct nb_net *net)
{
    return nb_policy_ask_text(net->policy, NB_RIGHT_ECHO, "raw sockets");
}

/* Asks for `right` to an address of the Internet, or to a unix one. */
static int ask(struct nb_net *net, enum nb_right right,
               const struct nb_addr *addr)
{
    if (nb_addr_family(addr) == AF_UNIX)
        right = NB_RIGHT_UNIX;
    return nb_policy_ask_addr(net->policy, right, addr);
}

int nb_judge_bind(struct nb_net *net, const struct nb_addr *addr)
{
    return ask(net, NB_RIGHT_LISTEN, addr);
}

int nb_judge_listen(struct nb_net *net, int fd)
{
    struct nb_addr local = {.len = 0};

    if (net->policy == NULL)
        return 0;
    int rc = net->ops->getsockname(net, fd, &local);
    /* That of a unix socket was judged when it was bound. */
    if (rc < 0 || nb_addr_family(&local) == AF_UNIX)
        return rc;
    return ask(net, NB_RIGHT_ACCEPT, &local);
}

/* True where the kernel keeps the port of a peer but does not use it. */
static bool is_portless(struct nb_net *net, int fd)
{
    const struct nb_sockopt opt = {SOL_SOCKET, SO_PROTOCOL};
    int proto = 0;
    socklen_t len = sizeof proto;

    return net->ops->getsockopt(net, fd, opt, &proto, &len) < 0 ||
           (proto != IPPROTO_TCP && proto != IPPROTO_UDP);
}

int nb_judge_connect(struct nb_net *net, int fd, const struct nb_addr *addr)
{
    struct nb_addr bare = *addr;

    if (net->policy == NULL || nb_addr_family(addr) == AF_UNSPEC)
        return 0;
    if (nb_addr_family(addr) != AF_UNIX && is_portless(net, fd))
        nb_addr_set_port(&bare, 0);
    return ask(net, NB_RIGHT_CONNECT, &bare);
}

int nb_judge_send(struct nb_net *net, const struct nb_addr *to)
{
    return ask(net, NB_RIGHT_SEND, to);
}

bool nb_judge_admits(struct nb_net *net, int fd, const struct nb_addr *peer)
{
    struct nb_addr local = {.len = 0};

    if (nb_policy_admits(net->policy, peer, NULL))
        return true;
    return net->ops->getsockname(net, fd, &local) == 0 &&
           nb_policy_admits(net->policy, peer, &local);
}

int nb_judge_adopt(struct nb_net *net, int fd,
                   const struct nb_socket_kind *kind)
{
    struct nb_addr peer = {.len = 0};

    if (net->policy == NULL)
        return 0;
    int rc = ask_kind(net, kind->family, kind->type, kind->proto);
    if (rc < 0 || net->ops->getpeername(net, fd, &peer) < 0)
        return rc;
    if (nb_addr_family(&peer) != AF_UNIX && nb_judge_admits(net, fd, &peer))
        return 0;
    size_t len = 0;
    nb_addr_path(&peer, &len);
    /* The other end of a pair has no name. */
    if (nb_addr_family(&peer) == AF_UNIX && len == 0)
        return 0;
    return nb_judge_connect(net, fd, &peer);
}

void nb_judge_done(struct nb_net *net, const struct nb_addr *addr, int result)
{
    if (net->policy != NULL && result != -EAGAIN)
        nb_policy_spend(net->policy, addr);
}
