/* The gate asks the policy: what is refused never reaches the backend. */
#include "support/flags.h"
#include "support/netfixture.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "net/gate.h"
#include "net/resolve.h"
#include "util/err.h"

struct judging {
    void *base; /* the fixture of net, as cmocka keeps it */
    struct nb_net *net;
    size_t read; /* how much of the backend's log was */
};

static struct judging self;

static int begin(void **state)
{
    self = (struct judging){.base = NULL};
    if (netfixture_begin(&self.base) != 0)
        return -1;
    self.net = ((const struct netfixture *)self.base)->net;
    return 0;
}

static int end(void **state)
{
    nb_policy_free(self.net->policy);
    self.net->policy = NULL;
    for (int fd = 3; scripted_open(self.net) > 0; fd++)
        self.net->ops->close(self.net, fd);
    return netfixture_end(&self.base);
}

static struct nb_net *net_with(const char *flags)
{
    nb_policy_free(self.net->policy);
    self.net->policy = flags_policy(flags);
    return self.net;
}

/* What the backend was called with since this was asked last. */
static const char *news(struct nb_net *net)
{
    const char *log = scripted_log(net) + self.read;

    self.read += strlen(log);
    return log;
}

/* A descriptor of the backend: 3. */
static int opened(struct nb_net *net, int family, int type)
{
    int fd = nb_gate_socket(net, family, type, 0);

    assert_int_equal(fd, 3);
    (void)news(net);
    return fd;
}

/* It was not called. */
static void assert_untouched(struct nb_net *net)
{
    assert_string_equal(news(net), "");
}

static void sockets_that_are_odd_are_not_made(void **state)
{
    static const int kinds[][3] = {
        {AF_INET, SOCK_RAW, IPPROTO_ICMP},
        {AF_INET, SOCK_RAW, IPPROTO_RAW},
        {AF_INET6, SOCK_RAW, IPPROTO_ICMPV6},
        {AF_INET, SOCK_STREAM, IPPROTO_MPTCP},
        {AF_INET, SOCK_STREAM, IPPROTO_SCTP},
        {AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE},
        {AF_INET, SOCK_DGRAM, IPPROTO_ICMPV6},
        {AF_INET, SOCK_SEQPACKET, 0},
        {AF_UNIX, SOCK_RAW, 0},
        {AF_UNIX, SOCK_STREAM, 1},
        {AF_NETLINK, SOCK_DGRAM, 0},
        {AF_PACKET, SOCK_DGRAM, 0},
        {AF_UNSPEC, SOCK_STREAM, 0},
    };
    struct nb_net *net = net_with("allow-net allow-unix");

    for (size_t i = 0; i < NB_COUNTOF(kinds); i++)
        assert_int_equal(
            nb_gate_socket(net, kinds[i][0], kinds[i][1], kinds[i][2]),
            NB_ENOTALLOWED);
    assert_string_equal(nb_policy_refusal(net->policy),
                        "raw sockets are not allowed "
                        "(run again with --allow-raw)");
    assert_untouched(net);
    net = net_with("allow-raw");
    assert_int_equal(nb_gate_socket(net, AF_INET, SOCK_RAW, IPPROTO_ICMP), 3);
}

static void echo_has_a_socket_of_its_own(void **state)
{
    struct nb_net *net = net_with("");

    assert_int_equal(nb_gate_echo(net), 3);
    assert_int_equal(net->ops->close(net, 3), 0);
    net = net_with("deny-raw");
    assert_int_equal(nb_gate_echo(net), NB_ENOTALLOWED);
}

static void no_foreign_address_reaches_the_backend(void **state)
{
    static const char *const ips[] = {"192.0.2.1", "0.0.0.0", "2001:db8::1",
                                      "::", "::ffff:192.0.2.1"};
    struct nb_net *net = net_with("");
    int fd = opened(net, AF_INET, SOCK_DGRAM);

    for (size_t i = 0; i < NB_COUNTOF(ips); i++) {
        struct nb_addr addr = netfixture_address(ips[i], 0);
        nb_addr_set_port(&addr, 80);
        assert_int_equal(nb_gate_bind(net, fd, &addr), NB_ENOTALLOWED);
        assert_int_equal(nb_gate_send(net, fd, "x", 1, &addr), NB_ENOTALLOWED);
        assert_untouched(net);
        /* What kind of socket it is is asked, no more. */
        assert_int_equal(nb_gate_connect(net, fd, &addr), NB_ENOTALLOWED);
        assert_string_equal(news(net), "getsockopt 3 1:38 = 0\n");
    }
    struct nb_addr path;
    assert_int_equal(nb_addr_unix(&path, "s", 1), 0);
    assert_int_equal(nb_gate_bind(net, fd, &path), NB_ENOTALLOWED);
    assert_int_equal(nb_gate_connect(net, fd, &path), NB_ENOTALLOWED);
    assert_int_equal(nb_gate_send(net, fd, "x", 1, &path), NB_ENOTALLOWED);
    struct nb_addr odd = {.u.any.sa_family = AF_UNSPEC, .len = 16};
    assert_int_equal(nb_gate_bind(net, fd, &odd), NB_ENOTALLOWED);
    assert_int_equal(nb_gate_send(net, fd, "x", 1, &odd), NB_ENOTALLOWED);
    assert_untouched(net);
}

static void what_is_allowed_reaches_the_backend(void **state)
{
    struct nb_net *net = net_with("allow-net=192.0.2.1:80");
    struct nb_addr addr = netfixture_address("192.0.2.1", 80);
    struct nb_addr none = {.u.any.sa_family = AF_UNSPEC,
                           .len = sizeof none.u.any};
    int fd = opened(net, AF_INET, SOCK_DGRAM);

    scripted_option(net, IPPROTO_UDP);
    assert_int_equal(nb_gate_connect(net, fd, &addr), 0);
    assert_int_equal(nb_gate_connect(net, fd, &none), 0);
    assert_int_equal(nb_gate_send(net, fd, "x", 1, &addr), 1);
    assert_int_equal(nb_gate_send(net, fd, "x", 1, NULL), 1);
    assert_int_equal(nb_gate_bind(net, fd, &addr), 0);
}

/* A rule about a port is none about a protocol without ports. */
static void icmp_has_no_port(void **state)
{
    struct nb_net *net = net_with("allow-net=192.0.2.1:80");
    struct nb_addr addr = netfixture_address("192.0.2.1", 80);
    int fd = opened(net, AF_INET, SOCK_DGRAM);

    scripted_option(net, IPPROTO_ICMP);
    assert_int_equal(nb_gate_connect(net, fd, &addr), NB_ENOTALLOWED);
    assert_string_equal(nb_policy_refusal(net->policy),
                        "connect to 192.0.2.1 is not allowed "
                        "(run again with --allow-net=192.0.2.1)");
}

static void to_listen_without_a_name_is_to_listen_everywhere(void **state)
{
    struct nb_net *net = net_with("");
    int fd = opened(net, AF_INET, SOCK_STREAM);

    scripted_result(net, SCRIPTED_GETSOCKNAME, -ENOBUFS);
    assert_int_equal(nb_gate_listen(net, fd, 1), -ENOBUFS);
    assert_string_equal(news(net), "getsockname 3 = ENOBUFS\n");
    assert_int_equal(nb_gate_listen(net, fd, 1), NB_ENOTALLOWED);
    assert_string_equal(news(net), "getsockname 3 = 0\n");
    struct nb_addr addr = netfixture_address("127.0.0.1", 0);
    assert_int_equal(nb_gate_bind(net, fd, &addr), 0);
    assert_int_equal(nb_gate_listen(net, fd, 1), 0);
}

static void a_peer_that_may_not_is_never_handed_out(void **state)
{
    struct nb_net *net = net_with("deny-net=127.0.0.9");
    struct nb_addr peer;
    int fd = opened(net, AF_INET, SOCK_STREAM);

    scripted_peer(net, "192.0.2.1", 5000);
    scripted_peer(net, "127.0.0.9", 5000);
    scripted_peer(net, "127.0.0.1", 5000);
    int conn = nb_gate_accept(net, fd, &peer);
    assert_true(conn > fd);
    netfixture_assert_address(&peer, "127.0.0.1:5000");
    assert_int_equal(scripted_open(net), 2);
}

static void many_that_may_not_let_others_run(void **state)
{
    struct nb_net *net = net_with("");
    struct nb_addr peer;
    char data[8];
    struct nb_received info;
    int fd = opened(net, AF_INET, SOCK_STREAM);

    for (int i = 0; i < 17; i++) {
        scripted_peer(net, "192.0.2.1", 5000);
        scripted_datagram(net, "no", "192.0.2.1", 5000);
    }
    scripted_peer(net, "127.0.0.1", 5000);
    scripted_datagram(net, "yes", "127.0.0.1", 5000);
    assert_int_equal(nb_gate_accept(net, fd, &peer), -EAGAIN);
    assert_true(nb_gate_accept(net, fd, &peer) > fd);
    assert_int_equal(nb_gate_recv(net, fd, data, sizeof data, &info), -EAGAIN);
    assert_int_equal(nb_gate_recv(net, fd, data, sizeof data, &info), 3);
    netfixture_assert_address(&info.from, "127.0.0.1:5000");
}

static void a_datagram_is_let_in_where_listening_was_allowed(void **state)
{
    struct nb_net *net = net_with("allow-listen=0.0.0.0:8000");
    struct nb_addr addr = netfixture_address("0.0.0.0", 8000);
    struct nb_received info;
    char data[8];
    int fd = opened(net, AF_INET, SOCK_DGRAM);

    assert_int_equal(nb_gate_bind(net, fd, &addr), 0);
    scripted_datagram(net, "in", "192.0.2.1", 5000);
    assert_int_equal(nb_gate_recv(net, fd, data, sizeof data, &info), 2);
    net = net_with("allow-listen=0.0.0.0:8000 deny-net=192.0.2.1");
    scripted_datagram(net, "out", "192.0.2.1", 5000);
    assert_int_equal(nb_gate_recv(net, fd, data, sizeof data, &info), -EAGAIN);
}

static void groups_are_joined_as_any_address_is_reached(void **state)
{
    const struct in_addr group = {htonl(0xe0010101)};
    const struct ip_mreq mreq = {.imr_multiaddr = group};
    const struct ip_mreq_source source = {.imr_multiaddr = group};
    const struct ipv6_mreq mreq6 = {.ipv6mr_multiaddr = {{{0xff, 2}}}};
    struct group_req any = {.gr_interface = 1};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = group};
    memcpy(&any.gr_group, &in, sizeof in);
    const struct {
        int level;
        int option;
        const void *value;
        socklen_t len;
    } joins[] = {
        {IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof mreq},
        {IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, &source, sizeof source},
        {IPPROTO_IP, MCAST_JOIN_GROUP, &any, sizeof any},
        {IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP, &any, sizeof any},
        {IPPROTO_IPV6, IPV6_JOIN_GROUP, &mreq6, sizeof mreq6},
        {IPPROTO_IPV6, IPV6_JOIN_ANYCAST, &mreq6, sizeof mreq6},
    };
    struct nb_net *net = net_with("");
    int fd = opened(net, AF_INET, SOCK_DGRAM);

    const struct nb_sockopt join_any = {IPPROTO_IP, MCAST_JOIN_GROUP};
    const struct group_req none = {.gr_group.ss_family = AF_UNIX};
    assert_int_equal(nb_gate_setsockopt(net, fd, join_any, &none, sizeof none),
                     -EINVAL);
    for (size_t i = 0; i < NB_COUNTOF(joins); i++) {
        const struct nb_sockopt opt = {joins[i].level, joins[i].option};
        net = net_with("allow-net=192.0.2.1");
        assert_int_equal(
            nb_gate_setsockopt(net, fd, opt, joins[i].value, joins[i].len),
            NB_ENOTALLOWED);
        assert_int_equal(nb_gate_setsockopt(net, fd, opt, joins[i].value, 3),
                         -EINVAL);
        assert_untouched(net);
        net = net_with("allow-net=224.1.1.1:9,ff02::");
        assert_int_equal(
            nb_gate_setsockopt(net, fd, opt, joins[i].value, joins[i].len), 0);
        (void)news(net);
    }
}

static void only_listed_options_are_free(void **state)
{
    static const int refused[][2] = {
        {IPPROTO_IP, IP_OPTIONS},
        {IPPROTO_IP, IP_HDRINCL},
        {IPPROTO_IP, IP_TRANSPARENT},
        {IPPROTO_IP, IP_FREEBIND},
        {IPPROTO_IP, 50 /* of unicast */},
        {IPPROTO_IP, 64 /* of tables */},
        {IPPROTO_IPV6, IPV6_RTHDR},
        {IPPROTO_IPV6, IPV6_HOPOPTS},
        {IPPROTO_IPV6, IPV6_DSTOPTS},
        {IPPROTO_IPV6, IPV6_NEXTHOP},
        {IPPROTO_IPV6, IPV6_2292PKTOPTIONS},
        {IPPROTO_IPV6, IPV6_PKTINFO},
        {IPPROTO_IPV6, 76 /* of unicast */},
        {SOL_SOCKET, SO_BINDTODEVICE},
        {SOL_SOCKET, 62 /* of its index */},
        {SOL_SOCKET, SO_MARK},
        {SOL_SOCKET, SO_ATTACH_FILTER},
        {IPPROTO_TCP, TCP_REPAIR},
        {IPPROTO_TCP, TCP_ULP},
        {IPPROTO_UDP, 100},
        {-1, -1},
    };
    static const int free[][2] = {
        {IPPROTO_IP, IP_TTL},          {SOL_SOCKET, SO_REUSEADDR},
        {IPPROTO_IPV6, IPV6_V6ONLY},   {IPPROTO_TCP, TCP_NODELAY},
        {IPPROTO_IP, IP_MULTICAST_IF}, {IPPROTO_IPV6, MCAST_LEAVE_GROUP},
    };
    struct nb_net *net = net_with("allow-net");
    int fd = opened(net, AF_INET, SOCK_DGRAM);
    int value = 1;

    for (size_t i = 0; i < NB_COUNTOF(refused); i++) {
        const struct nb_sockopt opt = {refused[i][0], refused[i][1]};
        assert_int_equal(nb_gate_setsockopt(net, fd, opt, &value, sizeof value),
                         NB_ENOTALLOWED);
    }
    assert_string_equal(nb_policy_refusal(net->policy),
                        "unusual socket options are not allowed "
                        "(run again with --allow-raw)");
    assert_untouched(net);
    for (size_t i = 0; i < NB_COUNTOF(free); i++) {
        const struct nb_sockopt opt = {free[i][0], free[i][1]};
        assert_int_equal(nb_gate_setsockopt(net, fd, opt, &value, sizeof value),
                         0);
    }
    (void)news(net);
}

/* Behind another, 127.0.0.1 would be looked for in its network. */
static void only_the_loopback_device_is_free(void **state)
{
    static const struct {
        const char *name;
        socklen_t len;
        int result;
    } devices[] = {
        {"lo", 2, 0},
        {"lo", 3, 0},
        {"", 0, 0},
        {"", 1, 0},
        {"lo\0eth0", 7, 0},
        {"l", 1, NB_ENOTALLOWED},
        {"lo0", 3, NB_ENOTALLOWED},
        {"eth0", 4, NB_ENOTALLOWED},
        {"lox", 2, 0},
    };
    const struct nb_sockopt opt = {SOL_SOCKET, SO_BINDTODEVICE};
    struct nb_net *net = net_with("");
    int fd = opened(net, AF_INET, SOCK_DGRAM);

    for (size_t i = 0; i < NB_COUNTOF(devices); i++)
        assert_int_equal(
            nb_gate_setsockopt(net, fd, opt, devices[i].name, devices[i].len),
            devices[i].result);
    net = net_with("allow-raw");
    assert_int_equal(nb_gate_setsockopt(net, fd, opt, "eth0", 4), 0);
    (void)news(net);
}

/* Looks a name up and frees the answer; its status. */
static int look_up(struct nb_net *net, const char *name)
{
    const struct nb_query query = {.name = name, .len = strlen(name)};
    struct nb_lookup *lookup = NULL;

    assert_int_equal(nb_resolve(net, &query, &lookup), 0);
    assert_true(lookup->done);
    int status = lookup->status;
    nb_lookup_free(lookup);
    return status;
}

static void a_name_that_may_not_is_sent_nowhere(void **state)
{
    struct nb_net *net = net_with("allow-net=0.0.0.0/0");
    struct nb_lookup *lookup = NULL;
    struct nb_addr addr = netfixture_address("127.0.0.2", 0);

    assert_int_equal(look_up(net, "example.org"), NB_ENOTALLOWED);
    assert_int_equal(look_up(net, "localhost"), 0);
    assert_int_equal(look_up(net, "192.0.2.1"), 0);
    assert_untouched(net);
    net = net_with("");
    assert_int_equal(nb_resolve_reverse(net, &addr, &lookup), 0);
    assert_int_equal(lookup->status, NB_ENOTALLOWED);
    nb_lookup_free(lookup);
    assert_untouched(net);
}

static void the_addresses_of_an_allowed_name_are_allowed(void **state)
{
    struct nb_net *net = net_with("allow-net=example.org:80");
    struct nb_addr addr = netfixture_address("192.0.2.1", 80);
    struct nb_addr other = netfixture_address("192.0.2.1", 81);
    int fd = opened(net, AF_INET, SOCK_DGRAM);

    assert_int_equal(nb_gate_send(net, fd, "x", 1, &addr), NB_ENOTALLOWED);
    scripted_name(net, "Example.ORG.", "192.0.2.1");
    assert_int_equal(look_up(net, "Example.ORG."), 0);
    assert_int_equal(nb_gate_send(net, fd, "x", 1, &addr), 1);
    assert_int_equal(nb_gate_send(net, fd, "x", 1, &other), NB_ENOTALLOWED);
}

int main(void)
{
#define JUDGE_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        JUDGE_TEST(sockets_that_are_odd_are_not_made),
        JUDGE_TEST(echo_has_a_socket_of_its_own),
        JUDGE_TEST(no_foreign_address_reaches_the_backend),
        JUDGE_TEST(what_is_allowed_reaches_the_backend),
        JUDGE_TEST(icmp_has_no_port),
        JUDGE_TEST(to_listen_without_a_name_is_to_listen_everywhere),
        JUDGE_TEST(a_peer_that_may_not_is_never_handed_out),
        JUDGE_TEST(many_that_may_not_let_others_run),
        JUDGE_TEST(a_datagram_is_let_in_where_listening_was_allowed),
        JUDGE_TEST(groups_are_joined_as_any_address_is_reached),
        JUDGE_TEST(only_listed_options_are_free),
        JUDGE_TEST(only_the_loopback_device_is_free),
        JUDGE_TEST(a_name_that_may_not_is_sent_nowhere),
        JUDGE_TEST(the_addresses_of_an_allowed_name_are_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
