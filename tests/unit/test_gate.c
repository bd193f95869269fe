/* The gate: backend first, then the bus; and nothing more than needed. */
#include "support/netfixture.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "net/gate.h"

enum { HEARD = 16 };

struct gating {
    void *base; /* the fixture of net, as cmocka keeps it */
    struct fixture *fx;
    struct nb_net *net;
    struct nb_sink sink;
    struct nb_event heard[HEARD];
    size_t count;
    size_t logged; /* length of the backend's log when the last was heard */
};

static void hear(struct nb_sink *sink, const struct nb_event *event)
{
    struct gating *self = NB_CONTAINER_OF(sink, struct gating, sink);

    assert_true(self->count < HEARD);
    self->heard[self->count++] = *event;
    self->logged = strlen(scripted_log(self->net));
}

static int begin(void **state)
{
    static struct gating self;

    self = (struct gating){.sink = {.take = hear}};
    if (netfixture_begin(&self.base) != 0)
        return -1;
    const struct netfixture *base = self.base;
    self.fx = base->fx;
    self.net = base->net;
    nb_list_init(&self.sink.link);
    *state = &self;
    return 0;
}

/* Closes what a test has opened, past the gate. */
static int end(void **state)
{
    struct gating *self = *state;

    if (scripted_open(self->net) > 0)
        self->net->ops->close(self->net, 3);
    return netfixture_end(&self->base);
}

/* A socket of the backend, open before anybody listens. */
static int quiet_socket(struct gating *self)
{
    int fd = nb_gate_socket(self->net, AF_INET, SOCK_STREAM, 0);

    assert_int_equal(fd, 3);
    return fd;
}

static void listen_in(struct gating *self)
{
    nb_bus_add(&self->fx->rt.bus, &self->sink);
}

/* The one event heard since the last call, after the backend was called. */
static struct nb_event only_event(struct gating *self)
{
    assert_int_equal(self->count, 1);
    assert_int_equal(self->logged, strlen(scripted_log(self->net)));
    self->count = 0;
    return self->heard[0];
}

static void assert_event(struct gating *self, enum nb_event_kind kind,
                         int result)
{
    struct nb_event event = only_event(self);

    assert_int_equal(event.kind, kind);
    assert_int_equal(event.fd, 3);
    assert_int_equal(event.result, result);
    assert_null(event.data);
    assert_int_equal(event.len, 0);
}

static void each_operation_reaches_the_backend(void **state)
{
    struct gating *self = *state;
    struct nb_net *net = self->net;
    struct nb_addr addr = netfixture_address("192.0.2.1", 80);
    const struct nb_sockopt opt = {1, 2};
    char data[8];
    int value = 7;
    socklen_t len = sizeof value;
    struct pollfd fds[] = {{.fd = 3, .events = POLLOUT}};
    struct nb_packet packets[] = {{.data = data, .len = 1, .addr = addr},
                                  {.data = data, .len = 2, .addr = addr}};

    assert_int_equal(nb_gate_socket(net, AF_INET6, SOCK_DGRAM, 0), 3);
    assert_int_equal(nb_gate_setsockopt(net, 3, opt, &value, len), 0);
    assert_int_equal(nb_gate_getsockopt(net, 3, opt, &value, &len), 0);
    assert_int_equal(nb_gate_bind(net, 3, &addr), 0);
    assert_int_equal(nb_gate_listen(net, 3, 9), 0);
    assert_int_equal(nb_gate_accept(net, 3, &addr), -EAGAIN);
    assert_int_equal(nb_gate_connect(net, 3, &addr), 0);
    assert_int_equal(nb_gate_getsockname(net, 3, &addr), 0);
    assert_int_equal(nb_gate_getpeername(net, 3, &addr), 0);
    assert_int_equal(nb_gate_send(net, 3, "abc", 3, &addr), 3);
    assert_int_equal(nb_gate_recv(net, 3, data, sizeof data, NULL), -EAGAIN);
    assert_int_equal(nb_gate_sendmmsg(net, 3, packets, 2), 2);
    assert_int_equal(nb_gate_recvmmsg(net, 3, packets, 2), -EAGAIN);
    assert_int_equal(nb_gate_poll(net, fds, 1), 1);
    assert_int_equal(nb_gate_shutdown(net, 3, SHUT_WR), 0);
    assert_int_equal(nb_gate_close(net, 3), 0);
    assert_string_equal(scripted_log(net), "socket inet6 dgram = 3\n"
                                           "setsockopt 3 1:2 7 = 0\n"
                                           "getsockopt 3 1:2 = 0\n"
                                           "bind 3 192.0.2.1:80 = 0\n"
                                           "listen 3 9 = 0\n"
                                           "accept 3 = EAGAIN\n"
                                           "connect 3 192.0.2.1:80 = 0\n"
                                           "getsockname 3 = 0\n"
                                           "getpeername 3 = 0\n"
                                           "send 3 3 192.0.2.1:80 = 3\n"
                                           "recv 3 = EAGAIN\n"
                                           "sendmmsg 3 2 = 2\n"
                                           "recvmmsg 3 = EAGAIN\n"
                                           "poll 1 = 1\n"
                                           "shutdown 3 send = 0\n"
                                           "close 3 = 0\n");
}

static void an_open_tells_the_new_descriptor(void **state)
{
    struct gating *self = *state;

    listen_in(self);
    assert_int_equal(quiet_socket(self), 3);
    assert_event(self, NB_EVENT_OPEN, 3);
}

static void a_pair_tells_two_descriptors(void **state)
{
    struct gating *self = *state;
    struct nb_net *net = self->net;
    int fds[2];

    listen_in(self);
    assert_int_equal(nb_gate_socketpair(net, SOCK_STREAM, fds), 0);
    assert_int_equal(self->count, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(self->heard[i].kind, NB_EVENT_OPEN);
        assert_int_equal(self->heard[i].fd, 3 + i);
        assert_int_equal(self->heard[i].result, 3 + i);
    }
    self->count = 0;
    scripted_result(net, SCRIPTED_SOCKETPAIR, -EMFILE);
    assert_int_equal(nb_gate_socketpair(net, SOCK_STREAM, fds), -EMFILE);
    assert_int_equal(only_event(self).result, -EMFILE);
    nb_gate_close(net, 4);
}

static void an_adoption_tells_as_an_open_does(void **state)
{
    struct gating *self = *state;
    struct nb_socket_kind kind;
    int fd = quiet_socket(self);

    listen_in(self);
    assert_int_equal(nb_gate_adopt(self->net, fd, &kind), 0);
    assert_event(self, NB_EVENT_OPEN, 3);
    scripted_result(self->net, SCRIPTED_ADOPT, -ENOTSOCK);
    assert_int_equal(nb_gate_adopt(self->net, fd, &kind), -ENOTSOCK);
    assert_event(self, NB_EVENT_OPEN, -ENOTSOCK);
}

/* Not even its flags are changed. */
static void what_is_reserved_is_not_adopted(void **state)
{
    struct gating *self = *state;
    struct nb_socket_kind kind;
    int fd = quiet_socket(self);

    self->net->reserved = fd;
    assert_int_equal(nb_gate_adopt(self->net, fd, &kind), -EBADF);
    assert_string_equal(scripted_log(self->net), "socket inet stream = 3\n");
    assert_int_equal(self->net->open, 1);
}

static void what_names_an_address_tells_it(void **state)
{
    struct gating *self = *state;
    struct nb_addr addr = netfixture_address("192.0.2.1", 80);
    int fd = quiet_socket(self);

    listen_in(self);
    nb_gate_bind(self->net, fd, &addr);
    assert_ptr_equal(self->heard[0].addr, &addr);
    assert_event(self, NB_EVENT_BIND, 0);
    scripted_result(self->net, SCRIPTED_CONNECT, -EINPROGRESS);
    nb_gate_connect(self->net, fd, &addr);
    assert_ptr_equal(self->heard[0].addr, &addr);
    assert_event(self, NB_EVENT_CONNECT, -EINPROGRESS);
}

static void what_names_no_address_tells_none(void **state)
{
    struct gating *self = *state;
    int fd = quiet_socket(self);

    listen_in(self);
    nb_gate_listen(self->net, fd, 5);
    assert_null(self->heard[0].addr);
    assert_event(self, NB_EVENT_LISTEN, 0);
    nb_gate_shutdown(self->net, fd, SHUT_RDWR);
    assert_null(self->heard[0].addr);
    assert_event(self, NB_EVENT_SHUTDOWN, 0);
    nb_gate_close(self->net, fd);
    assert_null(self->heard[0].addr);
    assert_event(self, NB_EVENT_CLOSE, 0);
}

static void an_accept_tells_who_came(void **state)
{
    struct gating *self = *state;
    struct nb_addr peer = {.len = 0};
    int fd = quiet_socket(self);

    listen_in(self);
    scripted_peer(self->net, "192.0.2.9", 4000);
    assert_int_equal(nb_gate_accept(self->net, fd, &peer), 4);
    netfixture_assert_address(self->heard[0].addr, "192.0.2.9:4000");
    assert_event(self, NB_EVENT_ACCEPT, 4);
    nb_gate_close(self->net, 4);
}

static void a_batch_tells_each_datagram(void **state)
{
    struct gating *self = *state;
    struct nb_addr addr = netfixture_address("192.0.2.1", 80);
    char data[] = "abc";
    struct nb_packet packets[] = {{.data = data, .len = 1, .addr = addr},
                                  {.data = data + 1, .len = 2, .addr = addr}};
    int fd = quiet_socket(self);

    listen_in(self);
    assert_int_equal(nb_gate_sendmmsg(self->net, fd, packets, 2), 2);
    assert_int_equal(self->count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(self->heard[i].kind, NB_EVENT_SEND);
        assert_int_equal(self->heard[i].fd, fd);
        assert_int_equal(self->heard[i].result, i + 1);
        assert_int_equal(self->heard[i].len, i + 1);
        assert_ptr_equal(self->heard[i].data, packets[i].data);
        assert_ptr_equal(self->heard[i].addr, &packets[i].addr);
    }
    self->count = 0;
    scripted_result(self->net, SCRIPTED_RECV, -ECONNREFUSED);
    assert_int_equal(nb_gate_recvmmsg(self->net, fd, packets, 2),
                     -ECONNREFUSED);
    struct nb_event event = only_event(self);
    assert_int_equal(event.kind, NB_EVENT_RECEIVE);
    assert_int_equal(event.result, -ECONNREFUSED);
    assert_int_equal(event.len, 0);
    assert_null(event.addr);
}

static void a_send_tells_the_bytes_that_were_taken(void **state)
{
    struct gating *self = *state;
    struct nb_addr addr = netfixture_address("192.0.2.1", 80);
    int fd = quiet_socket(self);

    listen_in(self);
    scripted_result(self->net, SCRIPTED_SEND, 2);
    nb_gate_send(self->net, fd, "abc", 3, &addr);
    struct nb_event event = only_event(self);
    assert_int_equal(event.kind, NB_EVENT_SEND);
    assert_int_equal(event.fd, fd);
    assert_int_equal(event.result, 2);
    assert_ptr_equal(event.addr, &addr);
    assert_int_equal(event.len, 2);
    assert_memory_equal(event.data, "ab", 2);
}

static void a_receive_tells_the_bytes_and_their_sender(void **state)
{
    struct gating *self = *state;
    struct nb_received info = {.ttl = 0};
    char data[8];
    int fd = quiet_socket(self);

    listen_in(self);
    scripted_datagram(self->net, "hello", "192.0.2.7", 53);
    nb_gate_recv(self->net, fd, data, 4, &info);
    struct nb_event event = only_event(self);
    assert_int_equal(event.kind, NB_EVENT_RECEIVE);
    assert_int_equal(event.fd, fd);
    assert_int_equal(event.result, 4);
    netfixture_assert_address(event.addr, "192.0.2.7:53");
    assert_ptr_equal(event.data, data);
    assert_int_equal(event.len, 4);
    assert_memory_equal(data, "hell", 4);
}

/* There is none, whatever was in its place before. */
static void a_receive_that_fails_tells_no_sender(void **state)
{
    struct gating *self = *state;
    struct nb_received info = {.from = netfixture_address("192.0.2.7", 53)};
    char data[8];
    int fd = quiet_socket(self);

    listen_in(self);
    scripted_result(self->net, SCRIPTED_RECV, -ECONNREFUSED);
    nb_gate_recv(self->net, fd, data, sizeof data, &info);
    assert_null(only_event(self).addr);
}

static void a_receive_from_a_stream_tells_no_sender(void **state)
{
    struct gating *self = *state;
    char data[8];
    int fd = quiet_socket(self);

    listen_in(self);
    scripted_text(self->net, "x");
    nb_gate_recv(self->net, fd, data, sizeof data, NULL);
    struct nb_event event = only_event(self);
    assert_null(event.addr);
    assert_int_equal(event.len, 1);
}

static void what_fails_is_told_without_bytes(void **state)
{
    struct gating *self = *state;
    char data[8];
    int fd = quiet_socket(self);

    listen_in(self);
    scripted_result(self->net, SCRIPTED_SEND, -EPIPE);
    assert_int_equal(nb_gate_send(self->net, fd, "abc", 3, NULL), -EPIPE);
    struct nb_event event = only_event(self);
    assert_int_equal(event.result, -EPIPE);
    assert_int_equal(event.len, 0);
    scripted_result(self->net, SCRIPTED_RECV, -ECONNRESET);
    assert_int_equal(nb_gate_recv(self->net, fd, data, 8, NULL), -ECONNRESET);
    event = only_event(self);
    assert_int_equal(event.result, -ECONNRESET);
    assert_int_equal(event.len, 0);
    scripted_result(self->net, SCRIPTED_CLOSE, -EIO);
    assert_int_equal(nb_gate_close(self->net, fd), -EIO);
    assert_event(self, NB_EVENT_CLOSE, -EIO);
    scripted_result(self->net, SCRIPTED_SOCKET, -EMFILE);
    assert_int_equal(nb_gate_socket(self->net, AF_INET, SOCK_STREAM, 0),
                     -EMFILE);
    assert_int_equal(only_event(self).result, -EMFILE);
}

static void questions_and_options_are_not_told(void **state)
{
    struct gating *self = *state;
    const struct nb_sockopt opt = {1, 2};
    struct nb_addr addr;
    int value = 1;
    socklen_t len = sizeof value;
    int fd = quiet_socket(self);

    listen_in(self);
    nb_gate_getsockname(self->net, fd, &addr);
    nb_gate_getpeername(self->net, fd, &addr);
    nb_gate_setsockopt(self->net, fd, opt, &value, len);
    nb_gate_getsockopt(self->net, fd, opt, &value, &len);
    assert_int_equal(self->count, 0);
}

static void act(struct actor *actor, void *arg)
{
    struct gating *self = arg;

    nb_gate_listen(self->net, 3, 1);
    assert_int_equal(self->heard[0].task, actor->task.id);
}

static void an_event_tells_when_and_by_which_task(void **state)
{
    struct gating *self = *state;
    struct step steps[] = {step_sleep(5), step_call(act, self), step_end()};
    struct actor actors[2];

    quiet_socket(self);
    listen_in(self);
    actor_start(&actors[0], self->fx, "a", (struct step[]){step_end()});
    actor_start(&actors[1], self->fx, "b", steps);
    assert_int_equal(nb_runtime_run(&self->fx->rt), 0);
    assert_int_equal(self->heard[0].time, 5);
    assert_int_equal(self->heard[0].task, 2);
    assert_event(self, NB_EVENT_LISTEN, 0);
    nb_gate_listen(self->net, 3, 1);
    assert_int_equal(self->heard[0].task, 0);
}

static size_t clock_calls;

static int64_t count_clock(struct nb_loop *loop)
{
    (void)loop;
    return (int64_t)++clock_calls;
}

static void the_clock_is_read_only_where_somebody_listens(void **state)
{
    struct gating *self = *state;
    const struct nb_loop_ops *saved = self->fx->loop->ops;
    struct nb_loop_ops counting = *saved;

    quiet_socket(self);
    counting.now = count_clock;
    self->fx->loop->ops = &counting;
    clock_calls = 0;
    nb_gate_listen(self->net, 3, 1);
    nb_gate_send(self->net, 3, "abc", 3, NULL);
    assert_int_equal(clock_calls, 0);
    listen_in(self);
    nb_gate_listen(self->net, 3, 1);
    assert_int_equal(clock_calls, 1);
    assert_event(self, NB_EVENT_LISTEN, 0);
    nb_bus_remove(&self->sink);
    nb_gate_listen(self->net, 3, 1);
    assert_int_equal(clock_calls, 1);
    self->fx->loop->ops = saved;
}

static void nothing_is_spliced_past_who_listens(void **state)
{
    struct gating *self = *state;
    char data[8];
    int ends[2];

    quiet_socket(self);
    scripted_text(self->net, "abc");
    assert_int_equal(nb_gate_pipe(self->net, ends), 0);
    listen_in(self);
    assert_int_equal(nb_gate_splice(self->net, 3, ends[1], 8), -EINVAL);
    nb_bus_remove(&self->sink);
    assert_int_equal(nb_gate_splice(self->net, 3, ends[1], 8), 3);
    assert_int_equal(nb_gate_drain(self->net, ends[0], data, 8), 3);
    assert_memory_equal(data, "abc", 3);
    nb_gate_close_pipe(self->net, ends);
}

static void a_pipe_is_no_socket(void **state)
{
    struct gating *self = *state;
    int ends[2];

    quiet_socket(self);
    listen_in(self);
    assert_int_equal(nb_gate_pipe(self->net, ends), 0);
    assert_int_equal(self->net->open, 1);
    nb_gate_close_pipe(self->net, ends);
    assert_int_equal(self->net->open, 1);
    assert_int_equal(self->count, 0);
    assert_int_equal(scripted_open(self->net), 1);
}

#define GATE_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATE_TEST(each_operation_reaches_the_backend),
        GATE_TEST(an_open_tells_the_new_descriptor),
        GATE_TEST(a_pair_tells_two_descriptors),
        GATE_TEST(an_adoption_tells_as_an_open_does),
        GATE_TEST(what_is_reserved_is_not_adopted),
        GATE_TEST(what_names_an_address_tells_it),
        GATE_TEST(what_names_no_address_tells_none),
        GATE_TEST(an_accept_tells_who_came),
        GATE_TEST(a_batch_tells_each_datagram),
        GATE_TEST(a_send_tells_the_bytes_that_were_taken),
        GATE_TEST(a_receive_tells_the_bytes_and_their_sender),
        GATE_TEST(a_receive_that_fails_tells_no_sender),
        GATE_TEST(a_receive_from_a_stream_tells_no_sender),
        GATE_TEST(what_fails_is_told_without_bytes),
        GATE_TEST(questions_and_options_are_not_told),
        GATE_TEST(an_event_tells_when_and_by_which_task),
        GATE_TEST(the_clock_is_read_only_where_somebody_listens),
        GATE_TEST(nothing_is_spliced_past_who_listens),
        GATE_TEST(a_pipe_is_no_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
