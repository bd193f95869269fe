/*
 * The options of sockets: see option.h.
 *
 * Two tables. A level or option that Python knows and Linux has for sockets
 * of TCP, UDP and ICMP belongs into the first one; what a name of LuaSocket
 * stands for, into the second. The order is for readers: nothing relies on
 * it.
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
    {NAMED(IPPROTO_ICMP)},
    {NAMED(IPPROTO_ICMPV6)},
    {NAMED(IPPROTO_IP)},
    {NAMED(IPPROTO_IPV6)},
    {NAMED(IPPROTO_TCP)},
    {NAMED(IPPROTO_UDP)},
    {NAMED(SOL_IP)},
    {NAMED(SOL_SOCKET)},
    {NAMED(SOL_TCP)},
    {NAMED(SOL_UDP)},
    {NAMED(SO_ACCEPTCONN)},
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
    {NAMED(IP_BIND_ADDRESS_NO_PORT)},
    {NAMED(IP_DEFAULT_MULTICAST_LOOP)},
    {NAMED(IP_DEFAULT_MULTICAST_TTL)},
    {NAMED(IP_HDRINCL)},
    {NAMED(IP_MULTICAST_IF)},
    {NAMED(IP_MULTICAST_LOOP)},
    {NAMED(IP_MULTICAST_TTL)},
    {NAMED(IP_RECVTOS)},
    {NAMED(IP_RECVTTL)},
    {NAMED(IP_TOS)},
    {NAMED(IP_TRANSPARENT)},
    {NAMED(IP_TTL)},
    {NAMED(IPV6_DONTFRAG)},
    {NAMED(IPV6_MULTICAST_HOPS)},
    {NAMED(IPV6_MULTICAST_IF)},
    {NAMED(IPV6_MULTICAST_LOOP)},
    {NAMED(IPV6_RECVHOPLIMIT)},
    {NAMED(IPV6_RECVTCLASS)},
    {NAMED(IPV6_TCLASS)},
    {NAMED(IPV6_UNICAST_HOPS)},
    {NAMED(IPV6_V6ONLY)},
    {NAMED(TCP_CONGESTION)},
    {NAMED(TCP_CORK)},
    {NAMED(TCP_DEFER_ACCEPT)},
    {NAMED(TCP_FASTOPEN)},
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

static const struct nb_option options[] = {
    {"broadcast", {SOL_SOCKET, SO_BROADCAST}, NB_OPTION_BOOL},
    {"dontroute", {SOL_SOCKET, SO_DONTROUTE}, NB_OPTION_BOOL},
    {"error", {SOL_SOCKET, SO_ERROR}, NB_OPTION_ERROR},
    {"ip-multicast-loop", {IPPROTO_IP, IP_MULTICAST_LOOP}, NB_OPTION_BOOL},
    {"ip-multicast-ttl", {IPPROTO_IP, IP_MULTICAST_TTL}, NB_OPTION_INT},
    {"ipv6-multicast-hops", {IPPROTO_IPV6, IPV6_MULTICAST_HOPS}, NB_OPTION_INT},
    {"ipv6-multicast-loop",
     {IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
     NB_OPTION_BOOL},
    {"ipv6-unicast-hops", {IPPROTO_IPV6, IPV6_UNICAST_HOPS}, NB_OPTION_INT},
    {"ipv6-v6only", {IPPROTO_IPV6, IPV6_V6ONLY}, NB_OPTION_BOOL},
    {"keepalive", {SOL_SOCKET, SO_KEEPALIVE}, NB_OPTION_BOOL},
    {"linger", {SOL_SOCKET, SO_LINGER}, NB_OPTION_LINGER},
    {"recv-buffer-size", {SOL_SOCKET, SO_RCVBUF}, NB_OPTION_INT},
    {"reuseaddr", {SOL_SOCKET, SO_REUSEADDR}, NB_OPTION_BOOL},
    {"reuseport", {SOL_SOCKET, SO_REUSEPORT}, NB_OPTION_BOOL},
    {"send-buffer-size", {SOL_SOCKET, SO_SNDBUF}, NB_OPTION_INT},
    {"tcp-nodelay", {IPPROTO_TCP, TCP_NODELAY}, NB_OPTION_BOOL},
};

const struct nb_option *nb_option_find(const char *name)
{
    for (size_t i = 0; i < NB_COUNTOF(options); i++) {
        if (strcmp(options[i].name, name) == 0)
            return &options[i];
    }
    return NULL;
}
