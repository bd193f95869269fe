/* The options of a socket: what is set, kept, and set again. */
#include "support/netfixture.h"

#include <errno.h>
#include <string.h>

#include "net/extra.h"
#include "net/socket.h"
#include "net/sockopt.h"

static const struct nb_sockopt reuse = {SOL_SOCKET, SO_REUSEADDR};
static const struct nb_sockopt broadcast = {SOL_SOCKET, SO_BROADCAST};
static const struct nb_sockopt ttl = {IPPROTO_IP, IP_TTL};
static const struct nb_sockopt v6only = {IPPROTO_IPV6, IPV6_V6ONLY};

/* Opens `sock`, which must be possible. */
static void open_socket(struct netfixture *self, struct nb_socket *sock,
                        int family, int type)
{
    nb_socket_init(sock, self->net);
    assert_int_equal(nb_socket_open(sock, &self->open, family, type, 0), 0);
}

static int set_int(struct nb_socket *sock, struct nb_sockopt opt, int value)
{
    return nb_sockopt_set(sock, opt, &value, sizeof value);
}

static int get_int(struct nb_socket *sock, struct nb_sockopt opt)
{
    int value = -1;
    socklen_t len = sizeof value;

    assert_int_equal(nb_sockopt_get(sock, opt, &value, &len), 0);
    return value;
}

static void options_are_kept_and_replayed_in_order(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_UNSPEC, SOCK_STREAM);
    assert_int_equal(set_int(&sock, broadcast, 1), 0);
    assert_int_equal(set_int(&sock, reuse, 1), 0);
    assert_int_equal(set_int(&sock, broadcast, 5), 0);
    assert_string_equal(scripted_log(self->net), "");
    assert_int_equal(nb_socket_need_fd(&sock, AF_INET), 0);
    assert_int_equal(nb_socket_need_fd(&sock, AF_INET), 0);
    assert_string_equal(scripted_log(self->net), "socket inet stream = 3\n"
                                                 "setsockopt 3 1:6 5 = 0\n"
                                                 "setsockopt 3 1:2 1 = 0\n");
    nb_socket_deinit(&sock);
}

static void another_descriptor_gets_the_options_too(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_UNSPEC, SOCK_STREAM);
    assert_int_equal(set_int(&sock, reuse, 1), 0);
    assert_int_equal(nb_socket_need_fd(&sock, AF_INET), 0);
    assert_int_equal(set_int(&sock, broadcast, 1), 0);
    nb_socket_drop_fd(&sock);
    assert_int_equal(sock.family, AF_UNSPEC);
    assert_int_equal(nb_socket_need_fd(&sock, AF_INET6), 0);
    assert_int_equal(sock.family, AF_INET6);
    assert_string_equal(scripted_log(self->net), "socket inet stream = 3\n"
                                                 "setsockopt 3 1:2 1 = 0\n"
                                                 "setsockopt 3 1:6 1 = 0\n"
                                                 "close 3 = 0\n"
                                                 "socket inet6 stream = 3\n"
                                                 "setsockopt 3 1:2 1 = 0\n"
                                                 "setsockopt 3 1:6 1 = 0\n");
    nb_socket_deinit(&sock);
}

static void the_family_is_settled_by_bind_and_by_datagrams(void **state)
{
    struct netfixture *self = *state;
    struct nb_addr addr = netfixture_address("127.0.0.1", 80);
    struct nb_socket tcp;
    struct nb_socket udp;

    open_socket(self, &tcp, AF_UNSPEC, SOCK_STREAM);
    open_socket(self, &udp, AF_UNSPEC, SOCK_DGRAM);
    assert_int_equal(set_int(&tcp, broadcast, 1), 0);
    assert_int_equal(set_int(&udp, broadcast, 1), 0);
    scripted_result(self->net, SCRIPTED_BIND, -EADDRINUSE);
    assert_int_equal(nb_socket_bind(&tcp, &addr), -EADDRINUSE);
    assert_true(tcp.flexible);
    assert_int_equal(nb_socket_bind(&tcp, &addr), 0);
    assert_false(tcp.flexible);
    assert_int_equal(nb_socket_need_fd(&udp, AF_INET), 0);
    assert_false(udp.flexible);
    assert_null(nb_extra_of(&tcp)->kept);
    assert_null(nb_extra_of(&udp)->kept);
    nb_socket_deinit(&tcp);
    nb_socket_deinit(&udp);
}

static void a_replay_that_fails_leaves_no_descriptor(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_UNSPEC, SOCK_STREAM);
    assert_int_equal(set_int(&sock, reuse, 1), 0);
    assert_int_equal(set_int(&sock, broadcast, 1), 0);
    scripted_later(self->net, SCRIPTED_SETSOCKOPT, 1, -EINVAL);
    assert_int_equal(nb_socket_need_fd(&sock, AF_INET), -EINVAL);
    assert_int_equal(sock.fd, -1);
    assert_int_equal(scripted_open(self->net), 0);
    assert_int_equal(nb_socket_need_fd(&sock, AF_INET), 0);
    nb_socket_deinit(&sock);
}

static void with_a_descriptor_options_go_to_the_kernel_first(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_UNSPEC, SOCK_STREAM);
    assert_int_equal(nb_socket_need_fd(&sock, AF_INET), 0);
    assert_int_equal(set_int(&sock, broadcast, 3), 0);
    scripted_result(self->net, SCRIPTED_SETSOCKOPT, -ENOPROTOOPT);
    assert_int_equal(set_int(&sock, reuse, 1), -ENOPROTOOPT);
    scripted_option(self->net, 42);
    assert_int_equal(get_int(&sock, broadcast), 42);
    assert_string_equal(scripted_log(self->net),
                        "socket inet stream = 3\n"
                        "setsockopt 3 1:6 3 = 0\n"
                        "setsockopt 3 1:2 1 = ENOPROTOOPT\n"
                        "getsockopt 3 1:6 = 0\n");
    nb_socket_drop_fd(&sock);
    assert_int_equal(nb_socket_need_fd(&sock, AF_INET), 0);
    assert_non_null(strstr(scripted_log(self->net),
                           "socket inet stream = 3\n"
                           "setsockopt 3 1:6 3 = 0\n"));
    assert_null(strstr(scripted_log(self->net), "setsockopt 3 1:2 1 = 0\n"));
    nb_socket_deinit(&sock);
}

static void a_socket_with_its_family_keeps_no_options(void **state)
{
    struct netfixture *self = *state;
    struct nb_alloc_account before = nb_alloc_account();
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET, SOCK_STREAM);
    assert_int_equal(set_int(&sock, reuse, 1), 0);
    assert_int_equal(nb_alloc_account().blocks, before.blocks);
    nb_socket_deinit(&sock);
}

static void what_cannot_be_kept_is_refused(void **state)
{
    struct netfixture *self = *state;
    unsigned char value[17] = {1};
    struct nb_socket sock;

    open_socket(self, &sock, AF_UNSPEC, SOCK_STREAM);
    assert_int_equal(nb_sockopt_set(&sock, reuse, value, 17), -EINVAL);
    for (size_t n = 1; n <= 2; n++) {
        struct refusal refusal = {.countdown = n};
        nb_alloc_set_gate(refusal_gate, &refusal);
        assert_int_equal(set_int(&sock, reuse, 1), -ENOMEM);
        nb_alloc_set_gate(NULL, NULL);
    }
    assert_int_equal(nb_socket_need_fd(&sock, AF_INET), 0);
    assert_string_equal(scripted_log(self->net), "socket inet stream = 3\n");
    nb_socket_deinit(&sock);
}

static void without_a_descriptor_another_one_is_asked(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_UNSPEC, SOCK_STREAM);
    assert_int_equal(set_int(&sock, reuse, 1), 0);
    assert_int_equal(set_int(&sock, v6only, 1), 0);
    scripted_option(self->net, 42);
    assert_int_equal(get_int(&sock, broadcast), 42);
    scripted_option(self->net, 1);
    assert_int_equal(get_int(&sock, v6only), 1);
    assert_string_equal(scripted_log(self->net), "socket inet stream = 3\n"
                                                 "setsockopt 3 1:2 1 = 0\n"
                                                 "getsockopt 3 1:6 = 0\n"
                                                 "close 3 = 0\n"
                                                 "socket inet6 stream = 3\n"
                                                 "setsockopt 3 1:2 1 = 0\n"
                                                 "setsockopt 3 41:26 1 = 0\n"
                                                 "getsockopt 3 41:26 = 0\n"
                                                 "close 3 = 0\n");
    assert_int_equal(sock.fd, -1);
    assert_true(sock.flexible);
    nb_socket_deinit(&sock);
}

static void where_no_other_one_can_be_had_nobody_answers(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;
    int value = 7;
    socklen_t len = sizeof value;

    open_socket(self, &sock, AF_UNSPEC, SOCK_STREAM);
    assert_int_equal(set_int(&sock, reuse, 1), 0);
    scripted_result(self->net, SCRIPTED_SOCKET, -EMFILE);
    assert_int_equal(nb_sockopt_get(&sock, reuse, &value, &len), -EMFILE);
    scripted_result(self->net, SCRIPTED_SETSOCKOPT, -EPERM);
    assert_int_equal(nb_sockopt_get(&sock, reuse, &value, &len), -EPERM);
    scripted_result(self->net, SCRIPTED_GETSOCKOPT, -ENOPROTOOPT);
    assert_int_equal(nb_sockopt_get(&sock, reuse, &value, &len), -ENOPROTOOPT);
    assert_int_equal(scripted_open(self->net), 0);
    nb_socket_deinit(&sock);
}

static void options_of_ipv6_are_for_its_descriptors_alone(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_UNSPEC, SOCK_STREAM);
    assert_int_equal(set_int(&sock, v6only, 1), 0);
    assert_int_equal(set_int(&sock, ttl, 9), 0);
    assert_int_equal(nb_socket_need_fd(&sock, AF_INET), 0);
    nb_socket_drop_fd(&sock);
    assert_int_equal(nb_socket_need_fd(&sock, AF_INET6), 0);
    assert_string_equal(scripted_log(self->net), "socket inet stream = 3\n"
                                                 "setsockopt 3 0:2 9 = 0\n"
                                                 "close 3 = 0\n"
                                                 "socket inet6 stream = 3\n"
                                                 "setsockopt 3 41:26 1 = 0\n"
                                                 "setsockopt 3 0:2 9 = 0\n");
    nb_socket_deinit(&sock);
}

static void a_membership_brings_the_descriptor_of_its_family(void **state)
{
    struct netfixture *self = *state;
    struct nb_sockopt join = {IPPROTO_IP, IP_ADD_MEMBERSHIP};
    struct nb_sockopt leave6 = {IPPROTO_IPV6, IPV6_LEAVE_GROUP};
    struct nb_socket socks[2];

    for (int i = 0; i < 2; i++) {
        open_socket(self, &socks[i], AF_UNSPEC, SOCK_DGRAM);
        assert_int_equal(set_int(&socks[i], v6only, 1), 0);
    }
    assert_int_equal(set_int(&socks[0], join, 5), 0);
    assert_int_equal(set_int(&socks[0], join, 6), 0);
    assert_int_equal(set_int(&socks[1], leave6, 7), 0);
    assert_string_equal(scripted_log(self->net), "socket inet dgram = 3\n"
                                                 "setsockopt 3 0:35 5 = 0\n"
                                                 "setsockopt 3 0:35 6 = 0\n"
                                                 "socket inet6 dgram = 4\n"
                                                 "setsockopt 4 41:26 1 = 0\n"
                                                 "setsockopt 4 41:21 7 = 0\n");
    assert_int_equal(socks[0].family, AF_INET);
    assert_int_equal(socks[1].family, AF_INET6);
    nb_socket_deinit(&socks[0]);
    nb_socket_deinit(&socks[1]);
}

/* Level and option of each call that adds to the groups, or takes from them. */
static void every_kind_of_membership_is_one(void **state)
{
    static const struct nb_sockopt opts[] = {
        {IPPROTO_IP, IP_ADD_MEMBERSHIP},
        {IPPROTO_IP, IP_DROP_MEMBERSHIP},
        {IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP},
        {IPPROTO_IP, IP_BLOCK_SOURCE},
        {IPPROTO_IP, MCAST_JOIN_GROUP},
        {IPPROTO_IPV6, IPV6_JOIN_GROUP},
        {IPPROTO_IPV6, IPV6_JOIN_ANYCAST},
        {IPPROTO_IPV6, IPV6_LEAVE_ANYCAST},
        {IPPROTO_IPV6, MCAST_LEAVE_SOURCE_GROUP},
    };
    struct netfixture *self = *state;
    struct nb_socket sock;

    for (size_t i = 0; i < NB_COUNTOF(opts); i++) {
        open_socket(self, &sock, AF_UNSPEC, SOCK_DGRAM);
        assert_int_equal(set_int(&sock, opts[i], 1), 0);
        assert_true(sock.fd >= 0);
        nb_socket_deinit(&sock);
    }
}

static void without_a_descriptor_nobody_joins(void **state)
{
    struct netfixture *self = *state;
    struct nb_sockopt join = {IPPROTO_IP, IP_ADD_MEMBERSHIP};
    struct nb_socket sock;

    open_socket(self, &sock, AF_UNSPEC, SOCK_DGRAM);
    scripted_result(self->net, SCRIPTED_SOCKET, -ENFILE);
    assert_int_equal(set_int(&sock, join, 1), -ENFILE);
    assert_int_equal(sock.fd, -1);
    scripted_result(self->net, SCRIPTED_SETSOCKOPT, -ENODEV);
    assert_int_equal(set_int(&sock, join, 1), -ENODEV);
    assert_int_equal(sock.family, AF_INET);
    nb_socket_deinit(&sock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(options_are_kept_and_replayed_in_order),
        NET_TEST(another_descriptor_gets_the_options_too),
        NET_TEST(the_family_is_settled_by_bind_and_by_datagrams),
        NET_TEST(a_replay_that_fails_leaves_no_descriptor),
        NET_TEST(with_a_descriptor_options_go_to_the_kernel_first),
        NET_TEST(a_socket_with_its_family_keeps_no_options),
        NET_TEST(what_cannot_be_kept_is_refused),
        NET_TEST(without_a_descriptor_another_one_is_asked),
        NET_TEST(where_no_other_one_can_be_had_nobody_answers),
        NET_TEST(options_of_ipv6_are_for_its_descriptors_alone),
        NET_TEST(a_membership_brings_the_descriptor_of_its_family),
        NET_TEST(every_kind_of_membership_is_one),
        NET_TEST(without_a_descriptor_nobody_joins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
