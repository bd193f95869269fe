/* The meter of a backend: each operation is counted, and passed on as it is. */
#include "support/netfixture.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "net/gate.h"
#include "net/meter.h"
#include "net/resolve.h"

struct metering {
    void *base; /* the fixture of net, as cmocka keeps it */
    struct nb_net *net;
    struct nb_meter meter;
};

static int begin(void **state)
{
    static struct metering self;

    if (netfixture_begin(&self.base) != 0)
        return -1;
    const struct netfixture *base = self.base;
    self.net = base->net;
    nb_meter_install(&self.meter, self.net);
    *state = &self;
    return 0;
}

static int end(void **state)
{
    struct metering *self = *state;

    nb_meter_remove(&self->meter, self->net);
    return netfixture_end(&self->base);
}

#define METER_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

static void assert_count(const struct metering *self, enum nb_meter_call call,
                         uint64_t calls, uint64_t again, uint64_t failed)
{
    const struct nb_meter_count *count = &self->meter.counts[call];

    assert_int_equal(count->calls, calls);
    assert_int_equal(count->again, again);
    assert_int_equal(count->failed, failed);
}

/* All but `free` has a function of the meter in front. */
static void no_operation_is_forgotten(void **state)
{
    struct metering *self = *state;
    enum { OPS = sizeof(struct nb_net_ops) / sizeof(void (*)(void)) };
    void (*metered[OPS])(void);
    void (*inner[OPS])(void);
    size_t same = 0;

    memcpy(metered, &self->meter.ops, sizeof metered);
    memcpy(inner, self->meter.inner, sizeof inner);
    for (size_t i = 0; i < OPS; i++)
        same += metered[i] == inner[i];
    assert_int_equal(same, 1);
    assert_true(self->meter.ops.free == self->meter.inner->free);
}

static void each_call_is_counted_and_reaches_the_backend(void **state)
{
    struct metering *self = *state;
    struct nb_net *net = self->net;
    struct nb_addr addr = netfixture_address("192.0.2.1", 80);
    const struct nb_sockopt opt = {1, 2};
    int value = 7;
    socklen_t len = sizeof value;
    struct pollfd fds[] = {{.fd = 3, .events = POLLOUT}};

    assert_int_equal(nb_gate_socket(net, AF_INET, SOCK_STREAM, 0), 3);
    assert_int_equal(nb_gate_setsockopt(net, 3, opt, &value, len), 0);
    assert_int_equal(nb_gate_getsockopt(net, 3, opt, &value, &len), 0);
    assert_int_equal(nb_gate_bind(net, 3, &addr), 0);
    assert_int_equal(nb_gate_listen(net, 3, 9), 0);
    assert_int_equal(nb_gate_connect(net, 3, &addr), 0);
    assert_int_equal(nb_gate_getsockname(net, 3, &addr), 0);
    assert_int_equal(nb_gate_getpeername(net, 3, &addr), 0);
    assert_int_equal(nb_gate_poll(net, fds, 1), 1);
    assert_int_equal(nb_gate_shutdown(net, 3, SHUT_WR), 0);
    assert_int_equal(nb_gate_close(net, 3), 0);
    assert_string_equal(scripted_log(net), "socket inet stream = 3\n"
                                           "setsockopt 3 1:2 7 = 0\n"
                                           "getsockopt 3 1:2 = 0\n"
                                           "bind 3 192.0.2.1:80 = 0\n"
                                           "listen 3 9 = 0\n"
                                           "connect 3 192.0.2.1:80 = 0\n"
                                           "getsockname 3 = 0\n"
                                           "getpeername 3 = 0\n"
                                           "poll 1 = 1\n"
                                           "shutdown 3 send = 0\n"
                                           "close 3 = 0\n");
    const enum nb_meter_call called[] = {
        NB_METER_SOCKET,      NB_METER_SETSOCKOPT,  NB_METER_GETSOCKOPT,
        NB_METER_BIND,        NB_METER_LISTEN,      NB_METER_CONNECT,
        NB_METER_GETSOCKNAME, NB_METER_GETPEERNAME, NB_METER_POLL,
        NB_METER_SHUTDOWN,    NB_METER_CLOSE,
    };
    for (size_t i = 0; i < NB_COUNTOF(called); i++)
        assert_count(self, called[i], 1, 0, 0);
    assert_count(self, NB_METER_SEND, 0, 0, 0);
}

static void failures_are_told_apart(void **state)
{
    struct metering *self = *state;
    struct nb_net *net = self->net;
    struct nb_addr addr = netfixture_address("192.0.2.1", 80);

    nb_gate_socket(net, AF_INET, SOCK_STREAM, 0);
    assert_int_equal(nb_gate_accept(net, 3, &addr), -EAGAIN);
    assert_count(self, NB_METER_ACCEPT, 1, 1, 0);
    scripted_result(net, SCRIPTED_CONNECT, -EINPROGRESS);
    assert_int_equal(nb_gate_connect(net, 3, &addr), -EINPROGRESS);
    assert_count(self, NB_METER_CONNECT, 1, 0, 0);
    scripted_result(net, SCRIPTED_CONNECT, -ECONNREFUSED);
    assert_int_equal(nb_gate_connect(net, 3, &addr), -ECONNREFUSED);
    assert_count(self, NB_METER_CONNECT, 2, 0, 1);
    nb_gate_close(net, 3);
}

static void a_stream_has_bytes(void **state)
{
    struct metering *self = *state;
    struct nb_net *net = self->net;
    char data[8];

    nb_gate_socket(net, AF_INET, SOCK_STREAM, 0);
    assert_int_equal(nb_gate_send(net, 3, "abc", 3, NULL), 3);
    scripted_result(net, SCRIPTED_SEND, -EPIPE);
    assert_int_equal(nb_gate_send(net, 3, "abc", 3, NULL), -EPIPE);
    scripted_text(net, "hello");
    assert_int_equal(nb_gate_recv(net, 3, data, sizeof data, NULL), 5);
    assert_int_equal(nb_gate_recv(net, 3, data, sizeof data, NULL), -EAGAIN);
    assert_int_equal(self->meter.sent.bytes, 3);
    assert_int_equal(self->meter.received.bytes, 5);
    assert_int_equal(self->meter.sent.datagrams, 0);
    assert_int_equal(self->meter.received.datagrams, 0);
    assert_count(self, NB_METER_SEND, 2, 0, 1);
    assert_count(self, NB_METER_RECV, 2, 1, 0);
    assert_count(self, NB_METER_RECVMSG, 0, 0, 0);
    nb_gate_close(net, 3);
}

/* Also an empty one, and one to the peer of a connected socket. */
static void datagrams_are_counted(void **state)
{
    struct metering *self = *state;
    struct nb_net *net = self->net;
    struct nb_addr addr = netfixture_address("192.0.2.1", 53);
    struct nb_received info;
    char data[8];

    nb_gate_socket(net, AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(nb_gate_send(net, 3, "abc", 3, &addr), 3);
    assert_int_equal(nb_gate_send(net, 3, "", 0, &addr), 0);
    assert_int_equal(nb_gate_send(net, 3, "ab", 2, NULL), 2);
    scripted_datagram(net, "hello", "192.0.2.1", 53);
    assert_int_equal(nb_gate_recv(net, 3, data, sizeof data, &info), 5);
    assert_int_equal(nb_gate_recv(net, 3, data, sizeof data, &info), -EAGAIN);
    assert_int_equal(self->meter.sent.bytes, 5);
    assert_int_equal(self->meter.sent.datagrams, 3);
    assert_int_equal(self->meter.received.bytes, 5);
    assert_int_equal(self->meter.received.datagrams, 1);
    assert_count(self, NB_METER_RECVMSG, 2, 1, 0);
    nb_gate_close(net, 3);
}

static void a_descriptor_may_change_its_type(void **state)
{
    struct metering *self = *state;
    struct nb_net *net = self->net;

    nb_gate_socket(net, AF_INET, SOCK_DGRAM, 0);
    nb_gate_close(net, 3);
    assert_int_equal(nb_gate_socket(net, AF_INET, SOCK_STREAM, 0), 3);
    assert_int_equal(nb_gate_send(net, 3, "abc", 3, NULL), 3);
    assert_int_equal(self->meter.sent.datagrams, 0);
    assert_int_equal(self->meter.opened, 2);
    nb_gate_close(net, 3);
}

static void each_way_to_a_socket_counts(void **state)
{
    struct metering *self = *state;
    struct nb_net *net = self->net;
    struct nb_addr addr;
    int fds[2];

    nb_gate_socket(net, AF_INET, SOCK_STREAM, 0);
    scripted_peer(net, "192.0.2.1", 5000);
    assert_int_equal(nb_gate_accept(net, 3, &addr), 4);
    assert_int_equal(self->meter.opened, 2);
    assert_int_equal(nb_gate_socketpair(net, SOCK_DGRAM, fds), 0);
    assert_int_equal(self->meter.opened, 4);
    assert_int_equal(nb_gate_send(net, fds[1], "ab", 2, NULL), 2);
    assert_int_equal(self->meter.sent.datagrams, 1);
    scripted_result(net, SCRIPTED_SOCKET, -EMFILE);
    assert_int_equal(nb_gate_socket(net, AF_INET, SOCK_STREAM, 0), -EMFILE);
    assert_int_equal(self->meter.opened, 4);
    for (int fd = 3; fd <= 4; fd++)
        nb_gate_close(net, fd);
    for (int i = 0; i < 2; i++)
        nb_gate_close(net, fds[i]);
    assert_count(self, NB_METER_CLOSE, 4, 0, 0);
}

/* Received is what goes in, sent what comes out into a socket. */
static void what_passes_through_a_pipe_counts(void **state)
{
    struct metering *self = *state;
    struct nb_net *net = self->net;
    char data[8];
    int ends[2];

    nb_gate_socket(net, AF_INET, SOCK_STREAM, 0);
    assert_int_equal(nb_gate_pipe(net, ends), 0);
    scripted_text(net, "hello");
    assert_int_equal(nb_gate_splice(net, 3, ends[1], 64), 5);
    assert_int_equal(nb_gate_splice(net, ends[0], 3, 2), 2);
    assert_int_equal(nb_gate_drain(net, ends[0], data, sizeof data), 3);
    assert_int_equal(nb_gate_splice(net, ends[0], 3, 2), -EAGAIN);
    assert_int_equal(self->meter.received.bytes, 5);
    assert_int_equal(self->meter.sent.bytes, 2);
    assert_int_equal(self->meter.opened, 1);
    assert_count(self, NB_METER_PIPE, 1, 0, 0);
    assert_count(self, NB_METER_SPLICE, 3, 1, 0);
    assert_count(self, NB_METER_READ, 1, 0, 0);
    nb_gate_close_pipe(net, ends);
    nb_gate_close(net, 3);
}

static void names_and_addresses_are_looked_up(void **state)
{
    struct metering *self = *state;
    struct nb_addr addr = netfixture_address("192.0.2.1", 0);
    const struct nb_query query = {
        .name = "echo.test", .len = 9, .family = AF_INET};
    struct nb_lookup *lookup = NULL;

    scripted_name(self->net, "echo.test", "192.0.2.1");
    assert_int_equal(nb_resolve(self->net, &query, &lookup), 0);
    assert_int_equal(lookup->count, 1);
    nb_lookup_free(lookup);
    assert_int_equal(self->meter.lookups, 1);
    assert_int_equal(nb_resolve_reverse(self->net, &addr, &lookup), 0);
    assert_int_equal(lookup->name_count, 1);
    nb_lookup_free(lookup);
    assert_int_equal(self->meter.lookups, 2);
}

/* What others have opened was no call of the script's. */
static void an_adopted_descriptor_is_a_socket(void **state)
{
    struct metering *self = *state;
    struct nb_socket_kind kind;

    nb_gate_socket(self->net, AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(nb_gate_adopt(self->net, 3, &kind), 0);
    assert_int_equal(self->meter.opened, 2);
    nb_gate_close(self->net, 3);
}

static void without_memory_a_descriptor_is_a_stream(void **state)
{
    struct metering *self = *state;
    struct nb_net *net = self->net;
    struct refusal refusal = {.countdown = 1};

    nb_alloc_set_gate(refusal_gate, &refusal);
    assert_int_equal(nb_gate_socket(net, AF_INET, SOCK_DGRAM, 0), 3);
    nb_alloc_set_gate(NULL, NULL);
    assert_int_equal(nb_gate_send(net, 3, "ab", 2, NULL), 2);
    assert_int_equal(self->meter.sent.bytes, 2);
    assert_int_equal(self->meter.sent.datagrams, 0);
    nb_gate_close(net, 3);
}

static void removed_it_counts_no_more(void **state)
{
    struct metering *self = *state;

    nb_meter_remove(&self->meter, self->net);
    nb_gate_socket(self->net, AF_INET, SOCK_STREAM, 0);
    nb_gate_close(self->net, 3);
    assert_count(self, NB_METER_SOCKET, 0, 0, 0);
    assert_ptr_equal(self->net->ops, self->meter.inner);
}

static void datagrams_of_a_batch_are_counted_each(void **state)
{
    struct metering *self = *state;
    struct nb_addr addr = netfixture_address("192.0.2.1", 80);
    char data[] = "abc";
    struct nb_packet packets[] = {{.data = data, .len = 1, .addr = addr},
                                  {.data = data, .len = 3, .addr = addr}};
    int fd = nb_gate_socket(self->net, AF_INET, SOCK_DGRAM, 0);

    assert_int_equal(nb_gate_sendmmsg(self->net, fd, packets, 2), 2);
    assert_count(self, NB_METER_SENDMMSG, 1, 0, 0);
    assert_int_equal(self->meter.sent.bytes, 4);
    assert_int_equal(self->meter.sent.datagrams, 2);
    scripted_datagram(self->net, "ab", "192.0.2.1", 80);
    scripted_datagram(self->net, "", "192.0.2.1", 80);
    assert_int_equal(nb_gate_recvmmsg(self->net, fd, packets, 2), 2);
    assert_int_equal(nb_gate_recvmmsg(self->net, fd, packets, 2), -EAGAIN);
    assert_count(self, NB_METER_RECVMMSG, 2, 1, 0);
    assert_int_equal(self->meter.received.bytes, 1);
    assert_int_equal(self->meter.received.datagrams, 2);
    nb_gate_close(self->net, fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        METER_TEST(no_operation_is_forgotten),
        METER_TEST(each_call_is_counted_and_reaches_the_backend),
        METER_TEST(failures_are_told_apart),
        METER_TEST(a_stream_has_bytes),
        METER_TEST(datagrams_are_counted),
        METER_TEST(a_descriptor_may_change_its_type),
        METER_TEST(each_way_to_a_socket_counts),
        METER_TEST(what_passes_through_a_pipe_counts),
        METER_TEST(names_and_addresses_are_looked_up),
        METER_TEST(an_adopted_descriptor_is_a_socket),
        METER_TEST(without_memory_a_descriptor_is_a_stream),
        METER_TEST(removed_it_counts_no_more),
        METER_TEST(datagrams_of_a_batch_are_counted_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
