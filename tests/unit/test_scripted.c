/* The scripted backend itself: what it plays, what it tells, what it checks. */
#include "support/fixture.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "net/net.h"
#include "net/resolve.h"
#include "support/scripted.h"

struct scripting {
    void *core; /* the fixture of the core, as cmocka keeps it */
    struct fixture *fx;
    struct nb_net *net;
    char data[64];
};

static int begin(void **state)
{
    static struct scripting self;

    self = (struct scripting){.core = NULL};
    if (fixture_virtual(&self.core) != 0)
        return -1;
    self.fx = self.core;
    self.net = scripted_new(&self.fx->rt);
    *state = &self;
    return 0;
}

static int end(void **state)
{
    struct scripting *self = *state;

    self->net->ops->free(self->net);
    return fixture_end(&self->core);
}

static int new_socket(struct nb_net *net, int type)
{
    return net->ops->socket(net, AF_INET, type, 0);
}

static struct nb_addr address(const char *ip, uint16_t port)
{
    struct nb_addr addr;

    assert_int_equal(nb_addr_parse(&addr, ip, port), 0);
    return addr;
}

static void assert_address(const struct nb_addr *addr, const char *expected)
{
    char text[NB_ADDR_TEXT];

    nb_addr_format(addr, text);
    assert_string_equal(text, expected);
}

/* Receives into `data`, as a string. */
static int receive(struct scripting *self, int fd, size_t len,
                   struct nb_received *info)
{
    int n = self->net->ops->recv(self->net, fd, self->data, len, info);

    if (n >= 0)
        self->data[n] = '\0';
    return n;
}

static void without_a_script_all_goes_well_and_nobody_is_there(void **state)
{
    struct scripting *self = *state;
    struct nb_net *net = self->net;
    struct nb_addr addr = address("192.0.2.1", 80);
    int on = 1;
    socklen_t len = sizeof on;

    assert_int_equal(new_socket(net, SOCK_STREAM), 3);
    assert_int_equal(
        net->ops->socket(net, AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6), 4);
    assert_int_equal(net->ops->setsockopt(net, 3, ((struct nb_sockopt){1, 2}),
                                          &on, sizeof on),
                     0);
    assert_int_equal(
        net->ops->getsockopt(net, 3, ((struct nb_sockopt){1, 4}), &on, &len),
        0);
    assert_int_equal(on, 0);
    assert_int_equal(net->ops->bind(net, 3, &addr), 0);
    assert_int_equal(net->ops->listen(net, 3, 5), 0);
    assert_int_equal(net->ops->accept(net, 3, &addr), -EAGAIN);
    assert_int_equal(net->ops->connect(net, 4, &addr), 0);
    assert_int_equal(net->ops->send(net, 4, "abc", 3, NULL), 3);
    assert_int_equal(net->ops->send(net, 4, "de", 2, &addr), 2);
    assert_int_equal(receive(self, 4, 10, NULL), -EAGAIN);
    assert_int_equal(net->ops->shutdown(net, 4, SHUT_WR), 0);
    assert_int_equal(net->ops->close(net, 4), 0);
    assert_string_equal(scripted_log(net), "socket inet stream = 3\n"
                                           "socket inet6 dgram icmp = 4\n"
                                           "setsockopt 3 1:2 1 = 0\n"
                                           "getsockopt 3 1:4 = 0\n"
                                           "bind 3 192.0.2.1:80 = 0\n"
                                           "listen 3 5 = 0\n"
                                           "accept 3 = EAGAIN\n"
                                           "connect 4 192.0.2.1:80 = 0\n"
                                           "send 4 3 = 3\n"
                                           "send 4 2 192.0.2.1:80 = 2\n"
                                           "recv 4 = EAGAIN\n"
                                           "shutdown 4 send = 0\n"
                                           "close 4 = 0\n");
    assert_string_equal(scripted_sent(net), "abcde");
    assert_int_equal(scripted_sent_len(net), 5);
    assert_int_equal(scripted_open(net), 1);
}

static void results_are_played_in_order_and_once(void **state)
{
    struct scripting *self = *state;
    int fd = new_socket(self->net, SOCK_STREAM);

    scripted_text(self->net, "abc");
    scripted_result(self->net, SCRIPTED_RECV, -ECONNRESET);
    scripted_result(self->net, SCRIPTED_RECV, 0);
    assert_int_equal(scripted_left(self->net), 3);
    assert_int_equal(receive(self, fd, 10, NULL), 3);
    assert_string_equal(self->data, "abc");
    assert_int_equal(receive(self, fd, 10, NULL), -ECONNRESET);
    assert_int_equal(receive(self, fd, 10, NULL), 0);
    assert_int_equal(receive(self, fd, 10, NULL), -EAGAIN);
    assert_int_equal(scripted_left(self->net), 0);
}

static void a_later_result_lets_calls_pass_first(void **state)
{
    struct nb_net *net = ((struct scripting *)*state)->net;

    scripted_later(net, SCRIPTED_SOCKET, 2, -EMFILE);
    assert_int_equal(new_socket(net, SOCK_STREAM), 3);
    assert_int_equal(new_socket(net, SOCK_STREAM), 4);
    assert_int_equal(new_socket(net, SOCK_STREAM), -EMFILE);
    assert_int_equal(new_socket(net, SOCK_STREAM), 5);
}

static void a_script_may_be_for_one_descriptor(void **state)
{
    struct nb_net *net = ((struct scripting *)*state)->net;

    new_socket(net, SOCK_STREAM);
    new_socket(net, SOCK_STREAM);
    scripted_for(net, 4);
    scripted_result(net, SCRIPTED_LISTEN, -EADDRINUSE);
    scripted_for(net, -1);
    assert_int_equal(net->ops->listen(net, 3, 1), 0);
    assert_int_equal(net->ops->listen(net, 4, 1), -EADDRINUSE);
}

static void every_operation_can_fail(void **state)
{
    struct scripting *self = *state;
    struct nb_net *net = self->net;
    struct nb_addr addr = address("192.0.2.1", 80);
    int value = 0;
    socklen_t len = sizeof value;
    struct nb_socket_kind kind;
    int fds[2];

    new_socket(net, SOCK_STREAM);
    for (int op = SCRIPTED_SOCKET; op <= SCRIPTED_LOOKUP; op++)
        scripted_result(net, (enum scripted_op)op, -EIO);
    assert_int_equal(new_socket(net, SOCK_STREAM), -EIO);
    assert_int_equal(net->ops->bind(net, 3, &addr), -EIO);
    assert_int_equal(net->ops->listen(net, 3, 1), -EIO);
    assert_int_equal(net->ops->accept(net, 3, &addr), -EIO);
    assert_int_equal(net->ops->socketpair(net, SOCK_STREAM, fds), -EIO);
    assert_int_equal(net->ops->adopt(net, 3, &kind), -EIO);
    assert_int_equal(net->ops->connect(net, 3, &addr), -EIO);
    assert_int_equal(net->ops->send(net, 3, "a", 1, NULL), -EIO);
    assert_int_equal(receive(self, 3, 1, NULL), -EIO);
    assert_int_equal(net->ops->shutdown(net, 3, SHUT_RD), -EIO);
    assert_int_equal(net->ops->getsockname(net, 3, &addr), -EIO);
    assert_int_equal(net->ops->getpeername(net, 3, &addr), -EIO);
    assert_int_equal(
        net->ops->setsockopt(net, 3, ((struct nb_sockopt){1, 2}), &value, len),
        -EIO);
    assert_int_equal(
        net->ops->getsockopt(net, 3, ((struct nb_sockopt){1, 2}), &value, &len),
        -EIO);
    assert_int_equal(net->ops->lookup(net, "a.test", AF_INET, NULL), -EIO);
    scripted_result(net, SCRIPTED_PIPE, -EIO);
    assert_int_equal(net->ops->pipe(net, fds), -EIO);
    assert_int_equal(net->ops->close(net, 3), -EIO);
    assert_int_equal(scripted_open(net), 0);
    assert_int_equal(scripted_left(net), 0);
}

static void send_may_take_less_than_all(void **state)
{
    struct nb_net *net = ((struct scripting *)*state)->net;
    int fd = new_socket(net, SOCK_STREAM);

    scripted_result(net, SCRIPTED_SEND, 1);
    scripted_result(net, SCRIPTED_SEND, 100);
    assert_int_equal(net->ops->send(net, fd, "abc", 3, NULL), 1);
    assert_int_equal(net->ops->send(net, fd, "bc", 2, NULL), 2);
    assert_string_equal(scripted_sent(net), "abc");
}

static void a_stream_keeps_what_did_not_fit(void **state)
{
    struct scripting *self = *state;
    int fd = new_socket(self->net, SOCK_STREAM);

    scripted_text(self->net, "abcde");
    scripted_text(self->net, "f");
    assert_int_equal(receive(self, fd, 2, NULL), 2);
    assert_string_equal(self->data, "ab");
    assert_int_equal(receive(self, fd, 10, NULL), 3);
    assert_string_equal(self->data, "cde");
    assert_int_equal(receive(self, fd, 10, NULL), 1);
    assert_string_equal(self->data, "f");
}

static void a_datagram_has_a_sender_and_is_cut(void **state)
{
    struct scripting *self = *state;
    struct nb_received info;
    int fd = new_socket(self->net, SOCK_DGRAM);

    scripted_datagram(self->net, "abc", "192.0.2.7", 7);
    scripted_datagram(self->net, "", "2001:db8::1", 8);
    assert_int_equal(receive(self, fd, 2, &info), 2);
    assert_string_equal(self->data, "ab");
    assert_address(&info.from, "192.0.2.7:7");
    assert_int_equal(info.ttl, -1);
    assert_int_equal(receive(self, fd, 2, &info), 0);
    assert_address(&info.from, "[2001:db8::1]:8");
    assert_int_equal(receive(self, fd, 2, &info), -EAGAIN);
}

static void bytes_may_be_any(void **state)
{
    struct scripting *self = *state;
    int fd = new_socket(self->net, SOCK_STREAM);

    scripted_bytes(self->net, "a\0b", 3);
    assert_int_equal(receive(self, fd, 10, NULL), 3);
    assert_memory_equal(self->data, "a\0b", 3);
}

static void accept_gives_a_connection_with_its_peer(void **state)
{
    struct nb_net *net = ((struct scripting *)*state)->net;
    int fd = new_socket(net, SOCK_STREAM);
    struct nb_addr addr;

    scripted_peer(net, "192.0.2.7", 50000);
    assert_int_equal(net->ops->accept(net, fd, &addr), 4);
    assert_address(&addr, "192.0.2.7:50000");
    assert_int_equal(net->ops->getpeername(net, 4, &addr), 0);
    assert_address(&addr, "192.0.2.7:50000");
}

static void sockets_remember_their_addresses(void **state)
{
    struct nb_net *net = ((struct scripting *)*state)->net;
    int fd = new_socket(net, SOCK_STREAM);
    struct nb_addr addr = address("127.0.0.1", 0);

    assert_int_equal(net->ops->getpeername(net, fd, &addr), -ENOTCONN);
    assert_int_equal(net->ops->bind(net, fd, &addr), 0);
    assert_int_equal(net->ops->getsockname(net, fd, &addr), 0);
    assert_address(&addr, "127.0.0.1:49155");
    addr = address("192.0.2.1", 80);
    scripted_result(net, SCRIPTED_CONNECT, -EINPROGRESS);
    assert_int_equal(net->ops->connect(net, fd, &addr), -EINPROGRESS);
    addr.len = 0;
    assert_int_equal(net->ops->getpeername(net, fd, &addr), 0);
    assert_address(&addr, "192.0.2.1:80");
}

static void an_option_has_the_value_that_was_scripted(void **state)
{
    struct nb_net *net = ((struct scripting *)*state)->net;
    int fd = new_socket(net, SOCK_STREAM);
    int value = -1;
    socklen_t len = sizeof value;

    scripted_option(net, ECONNREFUSED);
    assert_int_equal(
        net->ops->getsockopt(
            net, fd, ((struct nb_sockopt){SOL_SOCKET, SO_ERROR}), &value, &len),
        0);
    assert_int_equal(value, ECONNREFUSED);
}

static void descriptors_are_reused_lowest_first_and_run_out(void **state)
{
    struct nb_net *net = ((struct scripting *)*state)->net;

    for (int fd = 3; fd < 64; fd++)
        assert_int_equal(new_socket(net, SOCK_STREAM), fd);
    assert_int_equal(new_socket(net, SOCK_STREAM), -EMFILE);
    assert_int_equal(net->ops->close(net, 7), 0);
    assert_int_equal(net->ops->close(net, 5), 0);
    assert_int_equal(new_socket(net, SOCK_STREAM), 5);
    assert_int_equal(new_socket(net, SOCK_STREAM), 7);
}

struct seen {
    struct nb_watch watch;
    int times;
};

static void count(struct nb_watch *watch)
{
    NB_CONTAINER_OF(watch, struct seen, watch)->times++;
}

/* True if `fd` is ready at the next poll. */
static bool ready(struct scripting *self, int fd, enum nb_direction dir)
{
    struct seen seen = {.watch = {.ready = count}};

    nb_watch_init(self->fx->loop, &seen.watch, fd, dir);
    nb_watch_start(self->fx->loop, &seen.watch);
    nb_loop_poll(self->fx->loop, 0);
    nb_watch_stop(self->fx->loop, &seen.watch);
    return seen.times > 0;
}

static void a_descriptor_is_readable_while_something_is_scripted(void **state)
{
    struct scripting *self = *state;
    int fd = new_socket(self->net, SOCK_STREAM);
    int other = new_socket(self->net, SOCK_STREAM);

    assert_false(ready(self, fd, NB_READ));
    scripted_for(self->net, fd);
    scripted_text(self->net, "abc");
    scripted_result(self->net, SCRIPTED_RECV, -EAGAIN);
    assert_true(ready(self, fd, NB_READ));
    assert_false(ready(self, other, NB_READ));
    receive(self, fd, 2, NULL);
    assert_true(ready(self, fd, NB_READ));
    receive(self, fd, 2, NULL);
    assert_true(ready(self, fd, NB_READ));
    receive(self, fd, 2, NULL);
    assert_false(ready(self, fd, NB_READ));
    scripted_peer(self->net, "192.0.2.1", 1);
    assert_true(ready(self, fd, NB_READ));
    self->net->ops->close(self->net, fd);
    assert_false(ready(self, fd, NB_READ));
}

static void a_descriptor_is_writable_until_it_is_not(void **state)
{
    struct scripting *self = *state;
    struct nb_net *net = self->net;
    int fd = new_socket(net, SOCK_STREAM);

    assert_true(ready(self, fd, NB_WRITE));
    scripted_writable(net, fd, false);
    assert_false(ready(self, fd, NB_WRITE));
    assert_int_equal(net->ops->send(net, fd, "a", 1, NULL), -EAGAIN);
    scripted_writable(net, fd, true);
    assert_true(ready(self, fd, NB_WRITE));
    net->ops->close(net, fd);
    assert_false(ready(self, fd, NB_WRITE));
}

static void poll_tells_what_each_descriptor_is_ready_for(void **state)
{
    struct scripting *self = *state;
    struct nb_net *net = self->net;
    int fd = new_socket(net, SOCK_STREAM);
    struct pollfd fds[] = {
        {.fd = fd, .events = POLLIN},
        {.fd = fd, .events = POLLIN | POLLOUT},
        {.fd = -1, .events = POLLIN},
        {.fd = 63, .events = POLLIN},
    };

    assert_int_equal(net->ops->poll(net, fds, 3), 1);
    assert_int_equal(fds[0].revents, 0);
    assert_int_equal(fds[1].revents, POLLOUT);
    scripted_text(net, "a");
    scripted_writable(net, fd, false);
    assert_int_equal(net->ops->poll(net, fds, 4), 3);
    assert_int_equal(fds[0].revents, POLLIN);
    assert_int_equal(fds[1].revents, POLLIN);
    assert_int_equal(fds[2].revents, 0);
    assert_int_equal(fds[3].revents, POLLNVAL);
    scripted_result(net, SCRIPTED_POLL, 0);
    scripted_result(net, SCRIPTED_POLL, -ENOMEM);
    assert_int_equal(net->ops->poll(net, fds, 1), 0);
    assert_int_equal(fds[0].revents, 0);
    assert_int_equal(net->ops->poll(net, fds, 1), -ENOMEM);
    assert_int_equal(net->ops->poll(net, fds, 1), 1);
}

static void a_pipe_takes_what_recv_would_and_sends_it(void **state)
{
    struct scripting *self = *state;
    struct nb_net *net = self->net;
    int fd = new_socket(net, SOCK_STREAM);
    int ends[2];

    assert_int_equal(net->ops->pipe(net, ends), 0);
    assert_int_equal(net->ops->splice(net, fd, ends[1], 8), -EAGAIN);
    scripted_text(net, "abcdef");
    scripted_result(net, SCRIPTED_SPLICE, -EINVAL);
    assert_int_equal(net->ops->splice(net, fd, ends[1], 8), -EINVAL);
    scripted_result(net, SCRIPTED_SPLICE, 4);
    assert_int_equal(net->ops->splice(net, fd, ends[1], 8), 4);
    assert_int_equal(net->ops->drain(net, ends[0], self->data, 1), 1);
    assert_int_equal(*self->data, 'a');
    scripted_writable(net, fd, false);
    assert_int_equal(net->ops->splice(net, ends[0], fd, 8), -EAGAIN);
    scripted_writable(net, fd, true);
    assert_int_equal(net->ops->splice(net, ends[0], fd, 8), 3);
    assert_string_equal(scripted_sent(net), "bcd");
    assert_int_equal(net->ops->drain(net, ends[0], self->data, 1), -EAGAIN);
    for (int i = 0; i < 2; i++)
        assert_int_equal(net->ops->close(net, ends[i]), 0);
    assert_int_equal(receive(self, fd, 8, NULL), 2);
}

#define SCRIPTED(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRIPTED(without_a_script_all_goes_well_and_nobody_is_there),
        SCRIPTED(results_are_played_in_order_and_once),
        SCRIPTED(a_later_result_lets_calls_pass_first),
        SCRIPTED(a_script_may_be_for_one_descriptor),
        SCRIPTED(every_operation_can_fail),
        SCRIPTED(send_may_take_less_than_all),
        SCRIPTED(a_stream_keeps_what_did_not_fit),
        SCRIPTED(a_datagram_has_a_sender_and_is_cut),
        SCRIPTED(bytes_may_be_any),
        SCRIPTED(accept_gives_a_connection_with_its_peer),
        SCRIPTED(sockets_remember_their_addresses),
        SCRIPTED(an_option_has_the_value_that_was_scripted),
        SCRIPTED(descriptors_are_reused_lowest_first_and_run_out),
        SCRIPTED(a_descriptor_is_readable_while_something_is_scripted),
        SCRIPTED(a_descriptor_is_writable_until_it_is_not),
        SCRIPTED(a_pipe_takes_what_recv_would_and_sends_it),
        SCRIPTED(poll_tells_what_each_descriptor_is_ready_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
