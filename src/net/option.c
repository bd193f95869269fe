/*
 * The options of sockets: see option.h.
 *
 * What Python knows of the families, types, protocols and options of our
 * sockets belongs into the first table; what a name of LuaSocket stands for,
 * into those behind it. The order is for readers: nothing relies on it.
 */
#include "net/option.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "util/list.h"

/* Both from one word, which takes a macro. */
#define NAMED(constant) .name = #constant, .value = constant

const struct nb_option_constant nb_option_constants[] = {
    {NAMED(AF_INET)},
    {NAMED(AF_INET6)},
    {NAMED(AF_UNIX)},
    {NAMED(AF_UNSPEC)},
    {NAMED(SOCK_DGRAM)},
    {NAMED(SOCK_RAW)},
    {NAMED(SOCK_STREAM)},
    {NAMED(SHUT_RD)},
    {NAMED(SHUT_RDWR)},
    {NAMED(SHUT_WR)},
    {NAMED(SOMAXCONN)},
    {NAMED(INADDR_ALLHOSTS_GROUP)},
    {NAMED(INADDR_ANY)},
    {NAMED(INADDR_BROADCAST)},
    {NAMED(INADDR_LOOPBACK)},
    {NAMED(INADDR_MAX_LOCAL_GROUP)},
    {NAMED(INADDR_NONE)},
    {NAMED(INADDR_UNSPEC_GROUP)},
    {NAMED(IPPORT_RESERVED)},
    {NAMED(IPPORT_USERRESERVED)},
    {NAMED(IPPROTO_AH)},
    {NAMED(IPPROTO_DSTOPTS)},
    {NAMED(IPPROTO_EGP)},
    {NAMED(IPPROTO_ESP)},
    {NAMED(IPPROTO_FRAGMENT)},
    {NAMED(IPPROTO_GRE)},
    {NAMED(IPPROTO_HOPOPTS)},
    {NAMED(IPPROTO_ICMP)},
    {NAMED(IPPROTO_ICMPV6)},
    {NAMED(IPPROTO_IDP)},
    {NAMED(IPPROTO_IGMP)},
    {NAMED(IPPROTO_IP)},
    {NAMED(IPPROTO_IPIP)},
    {NAMED(IPPROTO_IPV6)},
    {NAMED(IPPROTO_MPTCP)},
    {NAMED(IPPROTO_NONE)},
    {NAMED(IPPROTO_PIM)},
    {NAMED(IPPROTO_PUP)},
    {NAMED(IPPROTO_RAW)},
    {NAMED(IPPROTO_ROUTING)},
    {NAMED(IPPROTO_RSVP)},
    {NAMED(IPPROTO_SCTP)},
    {NAMED(IPPROTO_TCP)},
    {NAMED(IPPROTO_TP)},
    {NAMED(IPPROTO_UDP)},
    {NAMED(IPPROTO_UDPLITE)},
    {NAMED(SOL_IP)},
    {NAMED(SOL_SOCKET)},
    {NAMED(SOL_TCP)},
    {NAMED(SOL_UDP)},
    {NAMED(SO_ACCEPTCONN)},
    {NAMED(SO_BINDTODEVICE)},
    {NAMED(SO_BROADCAST)},
    {NAMED(SO_DEBUG)},
    {NAMED(SO_DOMAIN)},
    {NAMED(SO_DONTROUTE)},
    {NAMED(SO_ERROR)},
    {NAMED(SO_INCOMING_CPU)},
    {NAMED(SO_KEEPALIVE)},
    {NAMED(SO_LINGER)},
    {NAMED(SO_MARK)},
    {NAMED(SO_OOBINLINE)},
    {NAMED(SO_PASSCRED)},
    {NAMED(SO_PASSSEC)},
    {NAMED(SO_PEERCRED)},
    {NAMED(SO_PEERSEC)},
    {NAMED(SO_PRIORITY)},
    {NAMED(SO_PROTOCOL)},
    {NAMED(SO_RCVBUF)},
    {NAMED(SO_RCVLOWAT)},
    {NAMED(SO_RCVTIMEO)},
    {NAMED(SO_REUSEADDR)},
    {NAMED(SO_REUSEPORT)},
    {NAMED(SO_SNDBUF)},
    {NAMED(SO_SNDLOWAT)},
    {NAMED(SO_SNDTIMEO)},
    {NAMED(SO_TYPE)},
    {NAMED(IP_ADD_MEMBERSHIP)},
    {NAMED(IP_ADD_SOURCE_MEMBERSHIP)},
    {NAMED(IP_BIND_ADDRESS_NO_PORT)},
    {NAMED(IP_BLOCK_SOURCE)},
    {NAMED(IP_DEFAULT_MULTICAST_LOOP)},
    {NAMED(IP_DEFAULT_MULTICAST_TTL)},
    {NAMED(IP_DROP_MEMBERSHIP)},
    {NAMED(IP_DROP_SOURCE_MEMBERSHIP)},
    {NAMED(IP_HDRINCL)},
    {NAMED(IP_MAX_MEMBERSHIPS)},
    {NAMED(IP_MULTICAST_IF)},
    {NAMED(IP_MULTICAST_LOOP)},
    {NAMED(IP_MULTICAST_TTL)},
    {NAMED(IP_OPTIONS)},
    {NAMED(IP_PKTINFO)},
    {NAMED(IP_RECVOPTS)},
    {NAMED(IP_RECVRETOPTS)},
    {NAMED(IP_RECVTOS)},
    {NAMED(IP_RECVTTL)},
    {NAMED(IP_RETOPTS)},
    {NAMED(IP_TOS)},
    {NAMED(IP_TRANSPARENT)},
    {NAMED(IP_TTL)},
    {NAMED(IP_UNBLOCK_SOURCE)},
    {NAMED(IPV6_ADD_MEMBERSHIP)},
    {NAMED(IPV6_CHECKSUM)},
    {NAMED(IPV6_DONTFRAG)},
    {NAMED(IPV6_DROP_MEMBERSHIP)},
    {NAMED(IPV6_DSTOPTS)},
    {NAMED(IPV6_HOPLIMIT)},
    {NAMED(IPV6_HOPOPTS)},
    {NAMED(IPV6_JOIN_GROUP)},
    {NAMED(IPV6_LEAVE_GROUP)},
    {NAMED(IPV6_MULTICAST_HOPS)},
    {NAMED(IPV6_MULTICAST_IF)},
    {NAMED(IPV6_MULTICAST_LOOP)},
    {NAMED(IPV6_NEXTHOP)},
    {NAMED(IPV6_PATHMTU)},
    {NAMED(IPV6_PKTINFO)},
    {NAMED(IPV6_RECVDSTOPTS)},
    {NAMED(IPV6_RECVHOPLIMIT)},
    {NAMED(IPV6_RECVHOPOPTS)},
    {NAMED(IPV6_RECVPATHMTU)},
    {NAMED(IPV6_RECVPKTINFO)},
    {NAMED(IPV6_RECVRTHDR)},
    {NAMED(IPV6_RECVTCLASS)},
    {NAMED(IPV6_RTHDR)},
    {NAMED(IPV6_RTHDRDSTOPTS)},
    {NAMED(IPV6_RTHDR_TYPE_0)},
    {NAMED(IPV6_TCLASS)},
    {NAMED(IPV6_UNICAST_HOPS)},
    {NAMED(IPV6_V6ONLY)},
    {NAMED(TCP_CONGESTION)},
    {NAMED(TCP_CORK)},
    {NAMED(TCP_DEFER_ACCEPT)},
    {NAMED(TCP_FASTOPEN)},
    {NAMED(TCP_FASTOPEN_CONNECT)},
    {NAMED(TCP_INFO)},
    {NAMED(TCP_KEEPCNT)},
    {NAMED(TCP_KEEPIDLE)},
    {NAMED(TCP_KEEPINTVL)},
    {NAMED(TCP_LINGER2)},
    {NAMED(TCP_MAXSEG)},
    {NAMED(TCP_NODELAY)},
    {NAMED(TCP_NOTSENT_LOWAT)},
    {NAMED(TCP_QUICKACK)},
    {NAMED(TCP_SYNCNT)},
    {NAMED(TCP_USER_TIMEOUT)},
    {NAMED(TCP_WINDOW_CLAMP)},
};

const size_t nb_option_constant_count = NB_COUNTOF(nb_option_constants);

enum { GET = NB_OPTION_GET, SET = NB_OPTION_SET, BOTH = GET | SET };

struct option {
    const char *name;
    int option;
    enum nb_option_kind kind;
    unsigned uses;
};

static const struct option of_sockets[] = {
    {"bindtodevice", SO_BINDTODEVICE, NB_OPTION_DEVICE, BOTH},
    {"broadcast", SO_BROADCAST, NB_OPTION_BOOL, BOTH},
    {"dontroute", SO_DONTROUTE, NB_OPTION_BOOL, BOTH},
    {"error", SO_ERROR, NB_OPTION_ERROR, GET},
    {"keepalive", SO_KEEPALIVE, NB_OPTION_BOOL, BOTH},
    {"linger", SO_LINGER, NB_OPTION_LINGER, BOTH},
    {"recv-buffer-size", SO_RCVBUF, NB_OPTION_INT, BOTH},
    {"reuseaddr", SO_REUSEADDR, NB_OPTION_BOOL, BOTH},
    {"reuseport", SO_REUSEPORT, NB_OPTION_BOOL, BOTH},
    {"send-buffer-size", SO_SNDBUF, NB_OPTION_INT, BOTH},
};

static const struct option of_tcp[] = {
    {"tcp-defer-accept", TCP_DEFER_ACCEPT, NB_OPTION_INT, SET},
    {"tcp-fastopen", TCP_FASTOPEN, NB_OPTION_INT, SET},
    {"tcp-fastopen-connect", TCP_FASTOPEN_CONNECT, NB_OPTION_INT, SET},
    {"tcp-keepcnt", TCP_KEEPCNT, NB_OPTION_INT, BOTH},
    {"tcp-keepidle", TCP_KEEPIDLE, NB_OPTION_INT, BOTH},
    {"tcp-keepintvl", TCP_KEEPINTVL, NB_OPTION_INT, BOTH},
    {"tcp-nodelay", TCP_NODELAY, NB_OPTION_BOOL, BOTH},
};

static const struct option of_ip_multicast[] = {
    {"ip-add-membership", IP_ADD_MEMBERSHIP, NB_OPTION_MEMBERSHIP, SET},
    {"ip-drop-membership", IP_DROP_MEMBERSHIP, NB_OPTION_MEMBERSHIP, SET},
    {"ip-multicast-if", IP_MULTICAST_IF, NB_OPTION_INTERFACE, BOTH},
    {"ip-multicast-loop", IP_MULTICAST_LOOP, NB_OPTION_BOOL, BOTH},
    {"ip-multicast-ttl", IP_MULTICAST_TTL, NB_OPTION_INT, BOTH},
};

static const struct option of_ipv6[] = {
    {"ipv6-unicast-hops", IPV6_UNICAST_HOPS, NB_OPTION_INT, BOTH},
    {"ipv6-v6only", IPV6_V6ONLY, NB_OPTION_BOOL, BOTH},
};

static const struct option of_ipv6_multicast[] = {
    {"ipv6-add-membership", IPV6_JOIN_GROUP, NB_OPTION_MEMBERSHIP, SET},
    {"ipv6-drop-membership", IPV6_LEAVE_GROUP, NB_OPTION_MEMBERSHIP, SET},
    {"ipv6-multicast-hops", IPV6_MULTICAST_HOPS, NB_OPTION_INT, BOTH},
    {"ipv6-multicast-if", IPV6_MULTICAST_IF, NB_OPTION_INTERFACE, BOTH},
    {"ipv6-multicast-loop", IPV6_MULTICAST_LOOP, NB_OPTION_BOOL, BOTH},
};

enum owner { ANY, STREAM, DATAGRAM };

static const struct group {
    int level;
    enum owner owner;
    const struct option *options;
    size_t count;
} groups[] = {
    {SOL_SOCKET, ANY, of_sockets, NB_COUNTOF(of_sockets)},
    {IPPROTO_TCP, STREAM, of_tcp, NB_COUNTOF(of_tcp)},
    {IPPROTO_IP, DATAGRAM, of_ip_multicast, NB_COUNTOF(of_ip_multicast)},
    {IPPROTO_IPV6, ANY, of_ipv6, NB_COUNTOF(of_ipv6)},
    {IPPROTO_IPV6, DATAGRAM, of_ipv6_multicast, NB_COUNTOF(of_ipv6_multicast)},
};

static bool owns(enum owner owner, int type)
{
    return owner == ANY || (owner == STREAM) == (type == SOCK_STREAM);
}

static const struct option *find_name(const struct group *group,
                                      const char *name)
{
    for (size_t i = 0; i < group->count; i++) {
        if (strcmp(group->options[i].name, name) == 0)
            return &group->options[i];
    }
    return NULL;
}

bool nb_option_find(struct nb_option *option, const char *name, int type,
                    enum nb_option_use use)
{
    for (size_t i = 0; i < NB_COUNTOF(groups); i++) {
        const struct option *found = find_name(&groups[i], name);
        if (found != NULL && (found->uses & use) != 0 &&
            owns(groups[i].owner, type)) {
            option->opt.level = groups[i].level;
            option->opt.option = found->option;
            option->kind = found->kind;
            return true;
        }
    }
    return false;
}

enum nb_option_kind nb_option_kind(struct nb_sockopt opt)
{
    for (size_t i = 0; i < NB_COUNTOF(groups); i++) {
        for (size_t j = 0; j < groups[i].count; j++) {
            if (groups[i].level == opt.level &&
                groups[i].options[j].option == opt.option)
                return groups[i].options[j].kind;
        }
    }
    return NB_OPTION_INT;
}

int nb_option_family(struct nb_sockopt opt)
{
    return opt.level == IPPROTO_IPV6 ? AF_INET6 : AF_INET;
}
