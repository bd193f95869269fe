/* A socket without Lua: its life, its descriptor. */
#include "support/netfixture.h"

#include <errno.h>

#include "net/datagram.h"
#include "net/socket.h"
#include "net/sockopt.h"
#include "util/err.h"

static const struct nb_sockopt reuse = {SOL_SOCKET, SO_REUSEADDR};

/* Opens `sock`, which must be possible. */
static void open_socket(struct netfixture *self, struct nb_socket *sock,
                        int family, int type)
{
    nb_socket_init(sock, self->net);
    assert_int_equal(nb_socket_open(sock, &self->open, family, type, 0), 0);
}

/* Calls everything that a socket can do, which must return `expected`. */
static void assert_all(struct nb_socket *sock, struct netfixture *self,
                       int expected)
{
    struct nb_addr addr = netfixture_address("192.0.2.1", 80);
    struct nb_received info;
    struct nb_socket conn;
    int value = 1;
    socklen_t len = sizeof value;
    char data[4];

    nb_socket_init(&conn, self->net);
    assert_int_equal(nb_socket_bind(sock, &addr), expected);
    assert_int_equal(nb_datagram_set_peer(sock, &addr), expected);
    assert_int_equal(nb_datagram_forget_peer(sock), expected);
    assert_int_equal(nb_socket_listen(sock, 1), expected);
    assert_int_equal(nb_socket_accept(sock, &conn, &self->open, &addr),
                     expected);
    assert_int_equal(nb_socket_shutdown(sock, SHUT_WR), expected);
    assert_int_equal(nb_socket_recv(sock, data, 4), expected);
    assert_int_equal(nb_socket_send(sock, data, 4), expected);
    assert_int_equal(nb_datagram_receive(sock, data, 4, &info), expected);
    assert_int_equal(nb_datagram_send(sock, data, 4, &addr), expected);
    assert_int_equal(nb_socket_local(sock, &addr), expected);
    assert_int_equal(nb_socket_peer(sock, &addr), expected);
    assert_int_equal(nb_sockopt_set(sock, reuse, &value, len), expected);
    assert_int_equal(nb_sockopt_get(sock, reuse, &value, &len), expected);
    nb_socket_deinit(&conn);
}

static void a_new_socket_is_closed(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    nb_socket_init(&sock, self->net);
    assert_true(sock.closed);
    assert_all(&sock, self, -EBADF);
    assert_string_equal(nb_socket_state(&sock), "CLOSED");
    assert_string_equal(scripted_log(self->net), "");
    nb_socket_deinit(&sock);
}

static void a_closed_socket_answers_ebadf_to_everything(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET, SOCK_STREAM);
    nb_socket_close(&sock);
    assert_all(&sock, self, -EBADF);
    assert_string_equal(scripted_log(self->net), "socket inet stream = 3\n"
                                                 "close 3 = 0\n");
    nb_socket_deinit(&sock);
}

static void closing_twice_closes_once(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET, SOCK_STREAM);
    scripted_result(self->net, SCRIPTED_CLOSE, -EIO);
    nb_socket_close(&sock);
    nb_socket_close(&sock);
    nb_socket_deinit(&sock);
    nb_socket_deinit(&sock);
    assert_string_equal(scripted_log(self->net), "socket inet stream = 3\n"
                                                 "close 3 = EIO\n");
}

static void an_open_socket_is_in_the_list_until_it_is_closed(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket socks[2];

    open_socket(self, &socks[0], AF_INET, SOCK_STREAM);
    open_socket(self, &socks[1], AF_UNSPEC, SOCK_STREAM);
    assert_ptr_equal(self->open.next, &socks[0].link);
    assert_ptr_equal(self->open.prev, &socks[1].link);
    assert_int_equal(socks[0].opener, 0);
    nb_socket_close(&socks[0]);
    assert_ptr_equal(self->open.next, &socks[1].link);
    nb_socket_deinit(&socks[0]);
    nb_socket_deinit(&socks[1]);
    assert_true(nb_list_empty(&self->open));
}

struct opening {
    struct netfixture *base;
    struct nb_socket sock;
};

static void open_one(struct actor *actor, void *arg)
{
    struct opening *opening = arg;

    (void)actor;
    open_socket(opening->base, &opening->sock, AF_INET, SOCK_STREAM);
}

static void a_socket_knows_the_task_that_opened_it(void **state)
{
    struct opening opening = {.base = *state};
    struct fixture *fx = opening.base->fx;
    struct step steps[] = {step_call(open_one, &opening), step_end()};
    struct actor actors[2];

    actor_start(&actors[0], fx, "a", (struct step[]){step_end()});
    actor_start(&actors[1], fx, "b", steps);
    assert_int_equal(nb_runtime_run(&fx->rt), 0);
    assert_int_equal(opening.sock.opener, 2);
    nb_socket_deinit(&opening.sock);
}

static void without_a_family_there_is_no_descriptor(void **state)
{
    struct netfixture *self = *state;
    struct nb_addr addr = {.len = 0};
    struct nb_socket conn;
    struct nb_socket sock;
    char data[4];

    open_socket(self, &sock, AF_UNSPEC, SOCK_STREAM);
    nb_socket_init(&conn, self->net);
    assert_int_equal(nb_socket_recv(&sock, data, 4), -ENOTCONN);
    assert_int_equal(nb_socket_send(&sock, data, 4), -EPIPE);
    assert_int_equal(nb_socket_shutdown(&sock, SHUT_RD), -ENOTCONN);
    assert_int_equal(nb_socket_accept(&sock, &conn, &self->open, &addr),
                     -EINVAL);
    assert_int_equal(nb_socket_peer(&sock, &addr), -ENOTCONN);
    assert_int_equal(nb_datagram_forget_peer(&sock), 0);
    assert_int_equal(nb_socket_local(&sock, &addr), 0);
    netfixture_assert_address(&addr, "0.0.0.0:0");
    assert_string_equal(nb_socket_state(&sock), "CLOSED");
    assert_string_equal(scripted_log(self->net), "");
    nb_socket_deinit(&conn);
    nb_socket_deinit(&sock);
}

static void an_address_brings_the_descriptor_of_its_family(void **state)
{
    struct netfixture *self = *state;
    struct nb_addr in6 = netfixture_address("2001:db8::1", 53);
    struct nb_received info;
    struct nb_socket socks[5];
    char data[4];

    for (int i = 0; i < 5; i++)
        open_socket(self, &socks[i], AF_UNSPEC, SOCK_DGRAM);
    assert_int_equal(nb_socket_bind(&socks[0], &in6), 0);
    assert_int_equal(nb_datagram_set_peer(&socks[1], &in6), 0);
    assert_int_equal(nb_datagram_send(&socks[2], "abc", 3, &in6), 3);
    assert_int_equal(nb_datagram_send(&socks[3], "de", 2, NULL), 2);
    assert_int_equal(nb_datagram_receive(&socks[4], data, 4, &info),
                     NB_WANT_READ);
    assert_string_equal(scripted_log(self->net),
                        "socket inet6 dgram = 3\n"
                        "bind 3 [2001:db8::1]:53 = 0\n"
                        "socket inet6 dgram = 4\n"
                        "connect 4 [2001:db8::1]:53 = 0\n"
                        "socket inet6 dgram = 5\n"
                        "send 5 3 [2001:db8::1]:53 = 3\n"
                        "socket inet dgram = 6\n"
                        "send 6 2 = 2\n"
                        "socket inet dgram = 7\n"
                        "recv 7 = EAGAIN\n");
    assert_int_equal(socks[0].family, AF_INET6);
    assert_int_equal(socks[3].family, AF_INET);
    for (int i = 0; i < 5; i++)
        nb_socket_deinit(&socks[i]);
}

static void a_listener_without_a_family_is_of_ipv4(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_UNSPEC, SOCK_STREAM);
    assert_int_equal(nb_socket_listen(&sock, 7), 0);
    assert_string_equal(scripted_log(self->net), "socket inet stream = 3\n"
                                                 "listen 3 7 = 0\n");
    nb_socket_deinit(&sock);
}

static void tcp_binds_with_reuseaddr(void **state)
{
    struct netfixture *self = *state;
    struct nb_addr addr = netfixture_address("127.0.0.1", 80);
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET, SOCK_STREAM);
    assert_int_equal(nb_socket_bind(&sock, &addr), 0);
    scripted_result(self->net, SCRIPTED_SETSOCKOPT, -ENOMEM);
    assert_int_equal(nb_socket_bind(&sock, &addr), -ENOMEM);
    scripted_result(self->net, SCRIPTED_BIND, -EADDRINUSE);
    assert_int_equal(nb_socket_bind(&sock, &addr), -EADDRINUSE);
    assert_string_equal(scripted_log(self->net),
                        "socket inet stream = 3\n"
                        "setsockopt 3 1:2 1 = 0\n"
                        "bind 3 127.0.0.1:80 = 0\n"
                        "setsockopt 3 1:2 1 = ENOMEM\n"
                        "setsockopt 3 1:2 1 = 0\n"
                        "bind 3 127.0.0.1:80 = EADDRINUSE\n");
    nb_socket_deinit(&sock);
}

static void without_a_descriptor_nothing_is_open(void **state)
{
    struct netfixture *self = *state;
    struct nb_addr addr = netfixture_address("127.0.0.1", 80);
    struct nb_received info;
    struct nb_socket sock;
    char data[4];

    nb_socket_init(&sock, self->net);
    scripted_result(self->net, SCRIPTED_SOCKET, -EMFILE);
    assert_int_equal(
        nb_socket_open(&sock, &self->open, AF_INET, SOCK_STREAM, 0), -EMFILE);
    assert_true(sock.closed);
    assert_true(nb_list_empty(&self->open));
    open_socket(self, &sock, AF_UNSPEC, SOCK_DGRAM);
    for (int i = 0; i < 5; i++)
        scripted_result(self->net, SCRIPTED_SOCKET, -ENFILE);
    assert_int_equal(nb_socket_bind(&sock, &addr), -ENFILE);
    assert_int_equal(nb_datagram_set_peer(&sock, &addr), -ENFILE);
    assert_int_equal(nb_socket_listen(&sock, 1), -ENFILE);
    assert_int_equal(nb_datagram_receive(&sock, data, 4, &info), -ENFILE);
    assert_int_equal(nb_datagram_send(&sock, data, 4, &addr), -ENFILE);
    assert_int_equal(sock.fd, -1);
    assert_false(sock.closed);
    nb_socket_deinit(&sock);
}

static void a_pair_is_open_and_connected(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket a;
    struct nb_socket b;

    nb_socket_init(&a, self->net);
    nb_socket_init(&b, self->net);
    scripted_result(self->net, SCRIPTED_SOCKETPAIR, -EMFILE);
    assert_int_equal(nb_socket_pair(&a, &b, &self->open, SOCK_STREAM), -EMFILE);
    assert_true(a.closed && b.closed);
    assert_int_equal(nb_socket_pair(&a, &b, &self->open, SOCK_STREAM), 0);
    assert_true(a.connected && b.connected);
    assert_int_equal(a.family, AF_UNIX);
    assert_ptr_equal(self->open.next, &a.link);
    assert_ptr_equal(self->open.next->next, &b.link);
    nb_socket_deinit(&a);
    nb_socket_deinit(&b);
    assert_int_equal(scripted_open(self->net), 0);
}

static void a_detached_socket_is_closed_but_its_descriptor_is_not(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET, SOCK_STREAM);
    assert_int_equal(nb_socket_detach(&sock), 3);
    assert_int_equal(nb_socket_detach(&sock), -1);
    assert_all(&sock, self, -EBADF);
    assert_true(nb_list_empty(&self->open));
    assert_int_equal(scripted_open(self->net), 1);
    assert_int_equal(nb_socket_adopt(&sock, &self->open, 3), 0);
    assert_false(sock.connected);
    nb_socket_deinit(&sock);
    assert_int_equal(scripted_open(self->net), 0);
}

static void what_cannot_be_adopted_changes_nothing(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET, SOCK_STREAM);
    scripted_result(self->net, SCRIPTED_ADOPT, -ENOTSOCK);
    assert_int_equal(nb_socket_adopt(&sock, &self->open, 3), -ENOTSOCK);
    assert_int_equal(sock.fd, 3);
    assert_false(sock.closed);
    nb_socket_deinit(&sock);
}

static void a_unix_socket_binds_without_options(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;
    struct nb_addr addr;

    assert_int_equal(nb_addr_unix(&addr, "/x", 2), 0);
    open_socket(self, &sock, AF_UNIX, SOCK_STREAM);
    assert_int_equal(nb_socket_bind(&sock, &addr), 0);
    assert_string_equal(nb_socket_state(&sock), "UNCONNECTED");
    scripted_option(self->net, 1);
    assert_string_equal(nb_socket_state(&sock), "LISTEN");
    nb_socket_deinit(&sock);
    assert_string_equal(scripted_log(self->net), "socket unix stream = 3\n"
                                                 "bind 3 /x = 0\n"
                                                 "getsockopt 3 1:30 = 0\n"
                                                 "getpeername 3 = ENOTCONN\n"
                                                 "getsockopt 3 1:30 = 0\n"
                                                 "close 3 = 0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(a_new_socket_is_closed),
        NET_TEST(a_closed_socket_answers_ebadf_to_everything),
        NET_TEST(closing_twice_closes_once),
        NET_TEST(an_open_socket_is_in_the_list_until_it_is_closed),
        NET_TEST(a_socket_knows_the_task_that_opened_it),
        NET_TEST(without_a_family_there_is_no_descriptor),
        NET_TEST(an_address_brings_the_descriptor_of_its_family),
        NET_TEST(a_listener_without_a_family_is_of_ipv4),
        NET_TEST(tcp_binds_with_reuseaddr),
        NET_TEST(without_a_descriptor_nothing_is_open),
        NET_TEST(a_pair_is_open_and_connected),
        NET_TEST(a_detached_socket_is_closed_but_its_descriptor_is_not),
        NET_TEST(what_cannot_be_adopted_changes_nothing),
        NET_TEST(a_unix_socket_binds_without_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
