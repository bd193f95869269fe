/* A socket without Lua: bytes, connections, who waits, and its state. */
#include "support/netfixture.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>

#include "net/datagram.h"
#include "net/extra.h"
#include "net/socket.h"
#include "util/err.h"

static void open_socket(struct netfixture *self, struct nb_socket *sock,
                        int type)
{
    nb_socket_init(sock, self->net);
    assert_int_equal(nb_socket_open(sock, &self->open, AF_INET, type, 0), 0);
}

static void a_stream_gives_what_is_there_then_its_end(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;
    char data[8];

    open_socket(self, &sock, SOCK_STREAM);
    assert_int_equal(nb_socket_recv(&sock, data, 8), NB_WANT_READ);
    scripted_text(self->net, "abcdef");
    scripted_result(self->net, SCRIPTED_RECV, 0);
    scripted_result(self->net, SCRIPTED_RECV, -ECONNRESET);
    assert_int_equal(nb_socket_recv(&sock, data, 4), 4);
    assert_memory_equal(data, "abcd", 4);
    assert_int_equal(nb_socket_recv(&sock, data, 4), 2);
    assert_memory_equal(data, "ef", 2);
    assert_int_equal(nb_socket_recv(&sock, data, 4), NB_EOF);
    assert_int_equal(nb_socket_recv(&sock, data, 4), -ECONNRESET);
    assert_int_equal(sock.received, 6);
    nb_socket_deinit(&sock);
}

static void a_short_read_took_all_there_was(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;
    char data[8];

    open_socket(self, &sock, SOCK_STREAM);
    scripted_text(self->net, "abcdef");
    nb_socket_recv(&sock, data, 4);
    assert_false(sock.drained);
    nb_socket_recv(&sock, data, 4);
    assert_true(sock.drained);
    scripted_result(self->net, SCRIPTED_RECV, 0);
    nb_socket_recv(&sock, data, 4);
    assert_false(sock.drained);
    nb_socket_deinit(&sock);
}

static void what_was_read_ahead_comes_first(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;
    char data[8];

    open_socket(self, &sock, SOCK_STREAM);
    scripted_text(self->net, "abcdef");
    scripted_text(self->net, "ghi");
    assert_int_equal(
        nb_reader_need(&nb_extra_need(&sock)->reader, &sock.stream, 3), 0);
    assert_int_equal(nb_reader_len(&nb_extra_of(&sock)->reader), 6);
    assert_int_equal(nb_socket_recv(&sock, data, 4), 4);
    assert_memory_equal(data, "abcd", 4);
    assert_int_equal(nb_socket_recv(&sock, data, 8), 2);
    assert_memory_equal(data, "ef", 2);
    assert_int_equal(nb_socket_recv(&sock, data, 8), 3);
    assert_memory_equal(data, "ghi", 3);
    assert_int_equal(sock.received, 9);
    nb_socket_deinit(&sock);
}

static void closing_forgets_what_was_read_ahead(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;
    char data[8];

    open_socket(self, &sock, SOCK_STREAM);
    scripted_text(self->net, "abcdef");
    assert_int_equal(
        nb_reader_need(&nb_extra_need(&sock)->reader, &sock.stream, 1), 0);
    nb_socket_close(&sock);
    assert_int_equal(nb_reader_len(&nb_extra_of(&sock)->reader), 0);
    assert_int_equal(nb_socket_recv(&sock, data, 8), -EBADF);
    nb_socket_deinit(&sock);
}

static void a_send_may_be_short_wait_or_fail(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, SOCK_STREAM);
    scripted_result(self->net, SCRIPTED_SEND, 1);
    scripted_result(self->net, SCRIPTED_SEND, -EAGAIN);
    scripted_result(self->net, SCRIPTED_SEND, -EPIPE);
    assert_int_equal(nb_socket_send(&sock, "abc", 3), 1);
    assert_int_equal(nb_socket_send(&sock, "bc", 2), NB_WANT_WRITE);
    assert_int_equal(nb_socket_send(&sock, "bc", 2), -EPIPE);
    assert_int_equal(nb_socket_send(&sock, "bc", 2), 2);
    assert_int_equal(sock.sent, 3);
    assert_string_equal(scripted_sent(self->net), "abc");
    nb_socket_deinit(&sock);
}

static void datagrams_keep_their_bounds(void **state)
{
    struct netfixture *self = *state;
    struct nb_received info;
    struct nb_socket sock;
    char data[8];

    open_socket(self, &sock, SOCK_DGRAM);
    scripted_datagram(self->net, "abcdef", "192.0.2.1", 53);
    scripted_datagram(self->net, "", "192.0.2.2", 54);
    scripted_result(self->net, SCRIPTED_RECV, -ECONNREFUSED);
    assert_int_equal(nb_datagram_receive(&sock, data, 4, &info), 4);
    netfixture_assert_address(&info.from, "192.0.2.1:53");
    assert_int_equal(nb_datagram_receive(&sock, data, 4, &info), 0);
    netfixture_assert_address(&info.from, "192.0.2.2:54");
    assert_int_equal(nb_datagram_receive(&sock, data, 4, &info), -ECONNREFUSED);
    assert_int_equal(nb_datagram_receive(&sock, data, 4, &info), NB_WANT_READ);
    assert_int_equal(sock.received, 4);
    nb_socket_deinit(&sock);
}

static void a_datagram_goes_out_whole_or_not_at_all(void **state)
{
    struct netfixture *self = *state;
    struct nb_addr to = netfixture_address("192.0.2.1", 53);
    struct nb_socket sock;

    open_socket(self, &sock, SOCK_DGRAM);
    assert_int_equal(nb_datagram_send(&sock, "abc", 3, &to), 3);
    assert_int_equal(nb_datagram_send(&sock, "", 0, &to), 0);
    scripted_result(self->net, SCRIPTED_SEND, -EMSGSIZE);
    assert_int_equal(nb_datagram_send(&sock, "abc", 3, &to), -EMSGSIZE);
    scripted_result(self->net, SCRIPTED_SEND, -EAGAIN);
    assert_int_equal(nb_datagram_send(&sock, "abc", 3, &to), NB_WANT_WRITE);
    assert_int_equal(sock.sent, 3);
    nb_socket_deinit(&sock);
}

static void a_stream_that_connects_with_its_first_bytes_waits(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, SOCK_STREAM);
    scripted_result(self->net, SCRIPTED_SEND, -EINPROGRESS);
    assert_int_equal(nb_socket_send(&sock, "abc", 3), NB_WANT_WRITE);
    assert_int_equal(sock.sent, 0);
    assert_int_equal(nb_socket_send(&sock, "abc", 3), 3);
    nb_socket_deinit(&sock);
}

static void a_raw_socket_sends_to_no_port(void **state)
{
    struct netfixture *self = *state;
    struct nb_addr to = netfixture_address("2001:db8::1", 7);
    struct nb_socket sock;

    nb_socket_init(&sock, self->net);
    assert_int_equal(
        nb_socket_open(&sock, &self->open, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6),
        0);
    assert_int_equal(nb_datagram_send(&sock, "abc", 3, &to), 3);
    assert_int_equal(nb_datagram_send(&sock, "abc", 3, NULL), 3);
    assert_non_null(strstr(scripted_log(self->net),
                           "send 3 3 [2001:db8::1]:0 = 3\n"
                           "send 3 3 = 3\n"));
    netfixture_assert_address(&to, "[2001:db8::1]:7");
    nb_socket_deinit(&sock);
}

static void a_peer_can_be_set_and_forgotten(void **state)
{
    struct netfixture *self = *state;
    struct nb_addr peer = netfixture_address("192.0.2.1", 53);
    struct nb_socket sock;

    open_socket(self, &sock, SOCK_DGRAM);
    scripted_result(self->net, SCRIPTED_CONNECT, -EACCES);
    assert_int_equal(nb_datagram_set_peer(&sock, &peer), -EACCES);
    assert_string_equal(nb_socket_state(&sock), "UNCONNECTED");
    assert_int_equal(nb_datagram_set_peer(&sock, &peer), 0);
    assert_string_equal(nb_socket_state(&sock), "ESTABLISHED");
    assert_int_equal(nb_datagram_forget_peer(&sock), 0);
    assert_non_null(strstr(scripted_log(self->net), "connect 3  = 0\n"));
    nb_socket_deinit(&sock);
}

static void an_accepted_socket_is_open_and_connected(void **state)
{
    struct netfixture *self = *state;
    struct nb_addr addr = netfixture_address("127.0.0.1", 80);
    struct nb_socket conn;
    struct nb_socket sock;

    open_socket(self, &sock, SOCK_STREAM);
    nb_socket_init(&conn, self->net);
    assert_int_equal(nb_socket_bind(&sock, &addr), 0);
    assert_int_equal(nb_socket_listen(&sock, 1), 0);
    scripted_peer(self->net, "192.0.2.9", 4000);
    assert_int_equal(nb_socket_accept(&sock, &conn, &self->open, &addr), 0);
    netfixture_assert_address(&addr, "192.0.2.9:4000");
    assert_int_equal(conn.fd, 4);
    assert_int_equal(conn.family, AF_INET);
    assert_int_equal(conn.type, SOCK_STREAM);
    assert_true(conn.accepted);
    assert_true(conn.connected);
    assert_ptr_equal(self->open.prev, &conn.link);
    assert_int_equal(nb_socket_local(&conn, &addr), 0);
    netfixture_assert_address(&addr, "127.0.0.1:80");
    assert_int_equal(nb_socket_peer(&conn, &addr), 0);
    netfixture_assert_address(&addr, "192.0.2.9:4000");
    nb_socket_deinit(&conn);
    nb_socket_deinit(&sock);
}

static void an_accept_that_fails_opens_nothing(void **state)
{
    struct netfixture *self = *state;
    struct nb_addr peer = {.len = 0};
    struct nb_socket conn;
    struct nb_socket sock;

    open_socket(self, &sock, SOCK_STREAM);
    nb_socket_init(&conn, self->net);
    scripted_result(self->net, SCRIPTED_ACCEPT, -EMFILE);
    assert_int_equal(nb_socket_accept(&sock, &conn, &self->open, &peer),
                     -EMFILE);
    assert_int_equal(nb_socket_accept(&sock, &conn, &self->open, &peer),
                     NB_WANT_READ);
    assert_true(conn.closed);
    assert_int_equal(peer.len, 0);
    assert_int_equal(scripted_open(self->net), 1);
    nb_socket_deinit(&conn);
    nb_socket_deinit(&sock);
}

static void a_shutdown_says_what_the_kernel_says(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, SOCK_STREAM);
    scripted_result(self->net, SCRIPTED_SHUTDOWN, -ENOTCONN);
    assert_int_equal(nb_socket_shutdown(&sock, SHUT_WR), -ENOTCONN);
    assert_int_equal(nb_socket_shutdown(&sock, SHUT_RD), 0);
    assert_non_null(strstr(scripted_log(self->net),
                           "shutdown 3 send = ENOTCONN\n"
                           "shutdown 3 receive = 0\n"));
    nb_socket_deinit(&sock);
}

static void addresses_that_cannot_be_had_say_why(void **state)
{
    struct netfixture *self = *state;
    struct nb_addr addr = {.len = 0};
    struct nb_socket sock;

    open_socket(self, &sock, SOCK_STREAM);
    scripted_result(self->net, SCRIPTED_GETSOCKNAME, -ENOBUFS);
    assert_int_equal(nb_socket_local(&sock, &addr), -ENOBUFS);
    assert_int_equal(nb_socket_peer(&sock, &addr), -ENOTCONN);
    scripted_result(self->net, SCRIPTED_GETPEERNAME, -ENOBUFS);
    assert_int_equal(nb_socket_peer(&sock, &addr), -ENOBUFS);
    nb_socket_deinit(&sock);
}

static void close_it(struct actor *actor, void *arg)
{
    (void)actor;
    nb_socket_close(arg);
}

static void drop_it(struct actor *actor, void *arg)
{
    (void)actor;
    nb_socket_drop_fd(arg);
}

/* Two readers and a writer wait until `end` is called; `log` says how. */
static void wait_until(struct netfixture *self, struct nb_socket *sock,
                       actor_fn end, const char *log)
{
    struct netfixture_wait reading = {&sock->io, NB_READ};
    struct netfixture_wait writing = {&sock->io, NB_WRITE};
    struct step read[] = {step_call(netfixture_await, &reading), step_end()};
    struct step write[] = {step_call(netfixture_await, &writing), step_end()};
    struct step finish[] = {step_yield(), step_call(end, sock), step_end()};
    struct actor actors[4];

    scripted_writable(self->net, sock->fd, false);
    actor_start(&actors[0], self->fx, "r1", read);
    actor_start(&actors[1], self->fx, "r2", read);
    actor_start(&actors[2], self->fx, "w", write);
    actor_start(&actors[3], self->fx, "end", finish);
    assert_int_equal(nb_runtime_run(&self->fx->rt), 0);
    assert_string_equal(self->fx->log, log);
}

static void closing_wakes_whoever_waits(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, SOCK_STREAM);
    wait_until(self, &sock, close_it, "r1=EBADF r2=EBADF w=EBADF");
    assert_int_equal(scripted_open(self->net), 0);
    nb_socket_deinit(&sock);
}

static void dropping_the_descriptor_lets_whoever_waits_try_again(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, SOCK_STREAM);
    wait_until(self, &sock, drop_it, "r1=0 r2=0 w=0");
    assert_false(sock.closed);
    assert_int_equal(scripted_open(self->net), 0);
    nb_socket_deinit(&sock);
}

struct reuse {
    struct netfixture *base;
    struct nb_socket old;
    struct nb_socket new;
    struct netfixture_wait reading;
};

/* Closes the old socket and waits for the new one, which gets its number. */
static void replace(struct actor *actor, void *arg)
{
    struct reuse *reuse = arg;

    nb_socket_close(&reuse->old);
    open_socket(reuse->base, &reuse->new, SOCK_STREAM);
    assert_int_equal(reuse->new.fd, 3);
    scripted_text(reuse->base->net, "new");
    reuse->reading = (struct netfixture_wait){&reuse->new.io, NB_READ};
    netfixture_await(actor, &reuse->reading);
}

static void a_number_used_again_serves_its_new_owner_alone(void **state)
{
    struct reuse reuse = {.base = *state};
    struct netfixture *self = reuse.base;
    struct netfixture_wait waiting = {&reuse.old.io, NB_READ};
    struct step old[] = {step_call(netfixture_await, &waiting), step_end()};
    struct step new[] = {step_call(replace, &reuse), step_end()};
    struct actor actors[2];
    char data[8];

    open_socket(self, &reuse.old, SOCK_STREAM);
    actor_start(&actors[0], self->fx, "old", old);
    actor_start(&actors[1], self->fx, "new", new);
    assert_int_equal(nb_runtime_run(&self->fx->rt), 0);
    assert_string_equal(self->fx->log, "old=EBADF new=0");
    assert_int_equal(nb_socket_recv(&reuse.new, data, 8), 3);
    nb_socket_deinit(&reuse.old);
    nb_socket_deinit(&reuse.new);
}

static void a_streams_state_has_the_name_of_the_rfc(void **state)
{
    static const struct {
        int number;
        const char *name;
    } states[] = {
        {TCP_ESTABLISHED, "ESTABLISHED"},
        {TCP_SYN_SENT, "SYN_SENT"},
        {TCP_SYN_RECV, "SYN_RECEIVED"},
        {TCP_FIN_WAIT1, "FIN_WAIT_1"},
        {TCP_FIN_WAIT2, "FIN_WAIT_2"},
        {TCP_TIME_WAIT, "TIME_WAIT"},
        {TCP_CLOSE, "CLOSED"},
        {TCP_CLOSE_WAIT, "CLOSE_WAIT"},
        {TCP_LAST_ACK, "LAST_ACK"},
        {TCP_LISTEN, "LISTEN"},
        {TCP_CLOSING, "CLOSING"},
        {12, "CLOSED"},
        {255, "CLOSED"},
        {-EINVAL, "CLOSED"},
    };
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, SOCK_STREAM);
    for (size_t i = 0; i < NB_COUNTOF(states); i++) {
        scripted_option(self->net, states[i].number);
        assert_string_equal(nb_socket_state(&sock), states[i].name);
    }
    nb_socket_deinit(&sock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(a_stream_gives_what_is_there_then_its_end),
        NET_TEST(a_short_read_took_all_there_was),
        NET_TEST(what_was_read_ahead_comes_first),
        NET_TEST(closing_forgets_what_was_read_ahead),
        NET_TEST(a_send_may_be_short_wait_or_fail),
        NET_TEST(datagrams_keep_their_bounds),
        NET_TEST(a_datagram_goes_out_whole_or_not_at_all),
        NET_TEST(a_stream_that_connects_with_its_first_bytes_waits),
        NET_TEST(a_raw_socket_sends_to_no_port),
        NET_TEST(a_peer_can_be_set_and_forgotten),
        NET_TEST(an_accepted_socket_is_open_and_connected),
        NET_TEST(an_accept_that_fails_opens_nothing),
        NET_TEST(a_shutdown_says_what_the_kernel_says),
        NET_TEST(addresses_that_cannot_be_had_say_why),
        NET_TEST(closing_wakes_whoever_waits),
        NET_TEST(dropping_the_descriptor_lets_whoever_waits_try_again),
        NET_TEST(a_number_used_again_serves_its_new_owner_alone),
        NET_TEST(a_streams_state_has_the_name_of_the_rfc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
