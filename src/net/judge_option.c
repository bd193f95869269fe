/*
 * Which options of a socket may be set: see judge.h.
 *
 * Free are those of a list, which stay with the socket. Joining a group is
 * asked for as such. All others may lead packets past the address that was
 * judged, as a device does that 127.0.0.1 is looked for behind, or hand the
 * kernel programs and pointers: they go with raw sockets.
 */
#include "net/judge.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "guard/policy.h"
#include "util/list.h"

#ifndef SO_PEERPIDFD /* of Linux 6.5 */
#define SO_PEERPIDFD 77
#endif

static const int of_sockets[] = {
    SO_ACCEPTCONN, SO_BROADCAST, SO_DEBUG,        SO_DOMAIN,   SO_DONTROUTE,
    SO_ERROR,      SO_KEEPALIVE, SO_INCOMING_CPU, SO_LINGER,   SO_OOBINLINE,
    SO_PASSCRED,   SO_PASSSEC,   SO_PEERCRED,     SO_PEERSEC,  SO_PRIORITY,
    SO_PROTOCOL,   SO_RCVBUF,    SO_RCVLOWAT,     SO_RCVTIMEO, SO_REUSEADDR,
    SO_REUSEPORT,  SO_SNDBUF,    SO_SNDLOWAT,     SO_SNDTIMEO, SO_TYPE,
};

static const int of_tcp[] = {
    TCP_CONGESTION,
    TCP_CORK,
    TCP_DEFER_ACCEPT,
    TCP_FASTOPEN,
    TCP_INFO,
    TCP_KEEPCNT,
    TCP_KEEPIDLE,
    TCP_KEEPINTVL,
    TCP_LINGER2,
    TCP_MAXSEG,
    TCP_NODELAY,
    TCP_NOTSENT_LOWAT,
    TCP_QUICKACK,
    TCP_SYNCNT,
    TCP_USER_TIMEOUT,
    TCP_WINDOW_CLAMP,
    TCP_FASTOPEN_CONNECT,
};

static const int of_ip[] = {
    IP_BIND_ADDRESS_NO_PORT,
    IP_BLOCK_SOURCE,
    IP_DROP_MEMBERSHIP,
    IP_DROP_SOURCE_MEMBERSHIP,
    IP_MTU_DISCOVER,
    IP_MULTICAST_ALL,
    IP_MULTICAST_IF,
    IP_MULTICAST_LOOP,
    IP_MULTICAST_TTL,
    IP_PKTINFO,
    IP_RECVERR,
    IP_RECVOPTS,
    IP_RECVTOS,
    IP_RECVTTL,
    IP_RETOPTS,
    IP_TOS,
    IP_TTL,
    IP_UNBLOCK_SOURCE,
    MCAST_BLOCK_SOURCE,
    MCAST_LEAVE_GROUP,
    MCAST_LEAVE_SOURCE_GROUP,
    MCAST_UNBLOCK_SOURCE,
};

static const int of_ipv6[] = {
    IPV6_DONTFRAG,        IPV6_HOPLIMIT,     IPV6_LEAVE_ANYCAST,
    IPV6_LEAVE_GROUP,     IPV6_MTU_DISCOVER, IPV6_MULTICAST_ALL,
    IPV6_MULTICAST_HOPS,  IPV6_MULTICAST_IF, IPV6_MULTICAST_LOOP,
    IPV6_PATHMTU,         IPV6_RECVDSTOPTS,  IPV6_RECVERR,
    IPV6_RECVHOPLIMIT,    IPV6_RECVHOPOPTS,  IPV6_RECVPATHMTU,
    IPV6_RECVPKTINFO,     IPV6_RECVRTHDR,    IPV6_RECVTCLASS,
    IPV6_TCLASS,          IPV6_UNICAST_HOPS, IPV6_V6ONLY,
    MCAST_BLOCK_SOURCE,   MCAST_LEAVE_GROUP, MCAST_LEAVE_SOURCE_GROUP,
    MCAST_UNBLOCK_SOURCE,
};

static const struct level {
    int level;
    const int *options;
    size_t count;
} levels[] = {
    {SOL_SOCKET, of_sockets, NB_COUNTOF(of_sockets)},
    {IPPROTO_TCP, of_tcp, NB_COUNTOF(of_tcp)},
    {IPPROTO_IP, of_ip, NB_COUNTOF(of_ip)},
    {IPPROTO_IPV6, of_ipv6, NB_COUNTOF(of_ipv6)},
};

static bool is_listed(struct nb_sockopt opt)
{
    for (size_t i = 0; i < NB_COUNTOF(levels); i++) {
        const struct level *of = &levels[i];
        for (size_t j = 0; of->level == opt.level && j < of->count; j++) {
            if (of->options[j] == opt.option)
                return true;
        }
    }
    return false;
}

/* Nothing is elsewhere behind the loopback device, nor behind none. */
static bool is_harmless_device(const char *name, size_t len)
{
    size_t end = strnlen(name, len);

    return end == 0 || (end == 2 && memcmp(name, "lo", end) == 0);
}

/* Asks for the group of `family` that the first bytes of `value` are. */
static int ask_group(struct nb_net *net, int family, const void *value,
                     size_t len)
{
    struct nb_addr group;
    size_t size = family == AF_INET ? sizeof group.u.in.sin_addr
                                    : sizeof group.u.in6.sin6_addr;

    if (len < size)
        return -EINVAL;
    nb_addr_any(&group, family, 0);
    if (family == AF_INET)
        memcpy(&group.u.in.sin_addr, value, size);
    else
        memcpy(&group.u.in6.sin6_addr, value, size);
    return nb_policy_ask_addr(net->policy, NB_RIGHT_GROUP, &group);
}

/* The same where it is in a struct group_req or group_source_req. */
static int ask_any_group(struct nb_net *net, const void *value, size_t len)
{
    struct group_req request;
    struct nb_addr group = {.len = sizeof group.u.in6};

    if (len < sizeof request)
        return -EINVAL;
    memcpy(&request, value, sizeof request);
    memcpy(&group.u, &request.gr_group, sizeof group.u.in6);
    if (nb_addr_family(&group) != AF_INET && nb_addr_family(&group) != AF_INET6)
        return -EINVAL;
    return nb_policy_ask_addr(net->policy, NB_RIGHT_GROUP, &group);
}

/* True for what takes the address of a group, with more behind it. */
static bool is_join(struct nb_sockopt opt)
{
    if (opt.level == IPPROTO_IP)
        return opt.option == IP_ADD_MEMBERSHIP ||
               opt.option == IP_ADD_SOURCE_MEMBERSHIP;
    return opt.level == IPPROTO_IPV6 &&
           (opt.option == IPV6_JOIN_GROUP || opt.option == IPV6_JOIN_ANYCAST);
}

static bool is_any_join(struct nb_sockopt opt)
{
    return (opt.level == IPPROTO_IP || opt.level == IPPROTO_IPV6) &&
           (opt.option == MCAST_JOIN_GROUP ||
            opt.option == MCAST_JOIN_SOURCE_GROUP);
}

int nb_judge_option(struct nb_net *net, struct nb_sockopt opt,
                    const void *value, socklen_t len)
{
    if (net->policy == NULL || is_listed(opt))
        return 0;
    if (is_join(opt))
        return ask_group(net, opt.level == IPPROTO_IP ? AF_INET : AF_INET6,
                         value, len);
    if (is_any_join(opt))
        return ask_any_group(net, value, len);
    if (opt.level == SOL_SOCKET && opt.option == SO_BINDTODEVICE &&
        is_harmless_device(value, len))
        return 0;
    return nb_policy_ask_text(net->policy, NB_RIGHT_RAW,
                              "unusual socket options");
}

bool nb_judge_makes_descriptor(struct nb_sockopt opt)
{
    return opt.level == SOL_SOCKET && opt.option == SO_PEERPIDFD;
}
