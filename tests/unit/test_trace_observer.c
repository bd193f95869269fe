/* The observer: which socket it was, with whom it speaks, what is no news. */
#include "support/fixture.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "trace/observer.h"
#include "util/err.h"
#include "util/list.h"

enum { FDS = 16, TOLD = 32 };

struct observing {
    struct nb_bus bus;
    struct nb_observer observer;
    struct nb_facts facts[FDS]; /* what the system says, by descriptor */
    int asked;                  /* how often it was */
    struct nb_trace_event told[TOLD];
    size_t count;
    size_t read; /* of these, by the test */
};

static struct observing self;

static void describe(void *context, int fd, struct nb_facts *facts, bool all)
{
    (void)context;
    self.asked++;
    *facts = self.facts[fd];
    if (!all)
        facts->family = AF_UNSPEC;
}

static void take(void *context, const struct nb_trace_event *event)
{
    (void)context;
    assert_true(self.count < TOLD);
    self.told[self.count++] = *event;
}

static int begin(void **state)
{
    static const struct nb_observer_host host = {describe, take, NULL};

    memset(&self, 0, sizeof self);
    *state = &self;
    nb_bus_init(&self.bus);
    return nb_observer_begin(&self.observer, &self.bus, &host, 1000);
}

static int end(void **state)
{
    (void)state;
    nb_observer_end(&self.observer);
    return self.read == self.count ? 0 : -1;
}

static struct nb_addr at(const char *ip, uint16_t port)
{
    struct nb_addr addr;

    assert_int_equal(nb_addr_parse(&addr, ip, port), 0);
    return addr;
}

static void publish(struct nb_event event)
{
    event.time = 1000 + (int64_t)self.count;
    nb_bus_publish(&self.bus, &event);
}

static void open_socket(int fd, int family, int type)
{
    publish((struct nb_event){.kind = NB_EVENT_OPEN,
                              .fd = fd,
                              .result = fd,
                              .family = family,
                              .type = type,
                              .partner = -1});
}

static void happen(enum nb_event_kind kind, int fd, int result,
                   const struct nb_addr *addr)
{
    publish((struct nb_event){
        .kind = kind, .fd = fd, .result = result, .addr = addr});
}

static void carry(enum nb_event_kind kind, int fd, const char *data,
                  const struct nb_addr *addr)
{
    size_t len = strlen(data);

    publish((struct nb_event){.kind = kind,
                              .fd = fd,
                              .result = (int)len,
                              .addr = addr,
                              .data = data,
                              .len = len});
}

/* The next thing that was told. */
static const struct nb_trace_event *next(enum nb_trace_kind kind)
{
    assert_true(self.read < self.count);
    const struct nb_trace_event *event = &self.told[self.read++];
    assert_string_equal(nb_trace_kind_name(event->kind),
                        nb_trace_kind_name(kind));
    assert_int_equal(event->number, self.read);
    return event;
}

static void assert_addr(const struct nb_addr *addr, const char *text)
{
    char found[NB_ADDR_TEXT];

    nb_addr_format(addr, found);
    assert_string_equal(found, text);
}

/* A listener at descriptor 3, at 127.0.0.1:80. */
static void listen_at_80(void)
{
    open_socket(3, AF_INET, SOCK_STREAM);
    self.facts[3].local = at("127.0.0.1", 80);
    happen(NB_EVENT_BIND, 3, 0, &self.facts[3].local);
    assert_addr(&next(NB_TRACE_BOUND)->local, "127.0.0.1:80");
    happen(NB_EVENT_LISTEN, 3, 0, NULL);
    assert_true(next(NB_TRACE_LISTENING)->passive);
}

/* Descriptor 4 connects to it from port 5000; 5 is the other end. */
static void connect_to_80(void)
{
    open_socket(4, AF_INET, SOCK_STREAM);
    self.facts[4].local = at("127.0.0.1", 5000);
    happen(NB_EVENT_CONNECT, 4, -EINPROGRESS, &self.facts[3].local);
    self.facts[5].local = self.facts[3].local;
    happen(NB_EVENT_ACCEPT, 3, 5, &self.facts[4].local);
    happen(NB_EVENT_CONNECT, 4, 0, &self.facts[3].local);
}

static void both_ends_of_a_connection_know_each_other(void **state)
{
    (void)state;
    listen_at_80();
    connect_to_80();
    const struct nb_trace_event *event = next(NB_TRACE_CONNECTING);
    uint64_t conversation = event->conversation;
    assert_true(conversation > 0);
    assert_addr(&event->local, "127.0.0.1:5000");
    event = next(NB_TRACE_ACCEPTED);
    assert_int_equal(event->conversation, conversation);
    assert_int_equal(event->socket, 3);
    assert_int_equal(event->peer, 2);
    assert_true(event->passive);
    event = next(NB_TRACE_CONNECTED);
    assert_int_equal(event->peer, 3);
    carry(NB_EVENT_SEND, 5, "hello", NULL);
    event = next(NB_TRACE_SENT);
    assert_int_equal(event->peer, 2);
    assert_addr(&event->remote, "127.0.0.1:5000");
}

static void the_same_ports_again_are_another_conversation(void **state)
{
    (void)state;
    listen_at_80();
    connect_to_80();
    uint64_t first = next(NB_TRACE_CONNECTING)->conversation;
    next(NB_TRACE_ACCEPTED);
    next(NB_TRACE_CONNECTED);
    happen(NB_EVENT_CLOSE, 4, 0, NULL);
    happen(NB_EVENT_CLOSE, 5, 0, NULL);
    next(NB_TRACE_CLOSED);
    next(NB_TRACE_CLOSED);
    connect_to_80();
    assert_true(next(NB_TRACE_CONNECTING)->conversation > first);
    assert_true(next(NB_TRACE_ACCEPTED)->conversation > first);
    assert_int_equal(next(NB_TRACE_CONNECTED)->peer, 5);
}

/* The connection has been waiting, with all that was sent. */
static void who_has_closed_may_still_be_accepted(void **state)
{
    (void)state;
    listen_at_80();
    open_socket(4, AF_INET, SOCK_STREAM);
    self.facts[4].local = at("127.0.0.1", 5000);
    happen(NB_EVENT_CONNECT, 4, 0, &self.facts[3].local);
    happen(NB_EVENT_CLOSE, 4, 0, NULL);
    self.facts[5].local = self.facts[3].local;
    happen(NB_EVENT_ACCEPT, 3, 5, &self.facts[4].local);
    uint64_t first = next(NB_TRACE_CONNECTING)->conversation;
    next(NB_TRACE_CONNECTED);
    next(NB_TRACE_CLOSED);
    assert_int_equal(next(NB_TRACE_ACCEPTED)->conversation, first);

    /* From elsewhere, with the same port: that is another one. */
    happen(NB_EVENT_CLOSE, 5, 0, NULL);
    happen(NB_EVENT_ACCEPT, 3, 5, &self.facts[4].local);
    next(NB_TRACE_CLOSED);
    assert_true(next(NB_TRACE_ACCEPTED)->conversation > first);
}

static void what_is_no_news_is_not_told(void **state)
{
    struct nb_addr to = at("192.0.2.1", 80);

    (void)state;
    open_socket(4, AF_INET, SOCK_STREAM);
    happen(NB_EVENT_CONNECT, 4, -EINPROGRESS, &to);
    happen(NB_EVENT_CONNECT, 4, -EALREADY, &to);
    happen(NB_EVENT_CONNECT, 4, 0, &to);
    next(NB_TRACE_CONNECTING);
    assert_int_equal(next(NB_TRACE_CONNECTED)->peer, 0);
    happen(NB_EVENT_RECEIVE, 4, -EAGAIN, NULL);
    happen(NB_EVENT_SEND, 4, -EAGAIN, NULL);
    happen(NB_EVENT_RECEIVE, 4, 0, NULL);
    happen(NB_EVENT_RECEIVE, 4, 0, NULL);
    next(NB_TRACE_ENDED);
    publish(
        (struct nb_event){.kind = NB_EVENT_SHUTDOWN, .fd = 4, .how = SHUT_RD});
    publish(
        (struct nb_event){.kind = NB_EVENT_SHUTDOWN, .fd = 4, .how = SHUT_WR});
    next(NB_TRACE_HALF_CLOSED);
    open_socket(5, AF_INET, SOCK_STREAM);
    happen(NB_EVENT_CLOSE, 5, 0, NULL); /* it did nothing */
    happen(NB_EVENT_CLOSE, 4, 0, NULL);
    assert_int_equal(next(NB_TRACE_CLOSED)->socket, 1);
}

/* To connect to every address is to connect to oneself. */
static void who_connects_to_the_wildcard_is_accepted(void **state)
{
    static const char *const ips[][3] = {
        {"0.0.0.0", "127.0.0.1", "127.0.0.1:80"},
        {"::", "::1", "[::1]:80"},
    };

    (void)state;
    for (size_t i = 0; i < NB_COUNTOF(ips); i++) {
        struct nb_addr wildcard = at(ips[i][0], 80);
        struct nb_addr server = at(ips[i][1], 80);
        struct nb_addr client = at(ips[i][1], 5000);
        int family = nb_addr_family(&server);

        open_socket(3, family, SOCK_STREAM);
        open_socket(4, family, SOCK_STREAM);
        self.facts[4].local = client;
        self.facts[5].local = server;
        happen(NB_EVENT_CONNECT, 4, -EINPROGRESS, &wildcard);
        happen(NB_EVENT_CONNECT, 4, -EALREADY, &wildcard);
        happen(NB_EVENT_ACCEPT, 3, 5, &client);
        happen(NB_EVENT_CONNECT, 4, 0, &wildcard);
        const struct nb_trace_event *event = next(NB_TRACE_CONNECTING);
        uint64_t conversation = event->conversation;
        assert_addr(&event->remote, ips[i][2]);
        assert_int_equal(next(NB_TRACE_ACCEPTED)->conversation, conversation);
        assert_int_equal(next(NB_TRACE_CONNECTED)->conversation, conversation);
    }
}

static void failures_have_their_kinds(void **state)
{
    static const struct {
        int result;
        enum nb_trace_kind kind;
        int error;
    } cases[] = {
        {-ECONNREFUSED, NB_TRACE_REFUSED, ECONNREFUSED},
        {-ETIMEDOUT, NB_TRACE_TIMED_OUT, ETIMEDOUT},
        {-ECONNRESET, NB_TRACE_RESET, ECONNRESET},
        {-ENETUNREACH, NB_TRACE_ERROR, ENETUNREACH},
    };
    struct nb_addr to = at("192.0.2.1", 80);

    (void)state;
    open_socket(4, AF_INET, SOCK_STREAM);
    for (size_t i = 0; i < NB_COUNTOF(cases); i++) {
        happen(NB_EVENT_CONNECT, 4, cases[i].result, &to);
        next(NB_TRACE_CONNECTING);
        const struct nb_trace_event *event = next(cases[i].kind);
        assert_int_equal(event->error, cases[i].error);
        assert_int_equal(event->operation, NB_EVENT_CONNECT);
        assert_addr(&event->remote, "192.0.2.1:80");
    }
    happen(NB_EVENT_CONNECT, 4, NB_ENOTALLOWED, &to);
    assert_int_equal(next(NB_TRACE_ERROR)->error, EPERM);
    publish((struct nb_event){.kind = NB_EVENT_OPEN,
                              .fd = -1,
                              .result = -EMFILE,
                              .family = AF_INET,
                              .type = SOCK_DGRAM,
                              .partner = -1});
    const struct nb_trace_event *event = next(NB_TRACE_ERROR);
    assert_int_equal(event->error, EMFILE);
    assert_int_equal(event->socket, 0);
    assert_int_equal(event->proto, NB_TRACE_UDP);
}

static void a_wait_that_was_in_vain_says_for_what(void **state)
{
    (void)state;
    listen_at_80();
    publish((struct nb_event){.kind = NB_EVENT_TIMEOUT,
                              .operation = NB_EVENT_RECEIVE,
                              .fd = 3,
                              .result = -ETIMEDOUT});
    assert_int_equal(next(NB_TRACE_TIMED_OUT)->operation, NB_EVENT_ACCEPT);
    open_socket(4, AF_INET, SOCK_DGRAM);
    publish((struct nb_event){.kind = NB_EVENT_TIMEOUT,
                              .operation = NB_EVENT_RECEIVE,
                              .fd = 4,
                              .result = -ETIMEDOUT});
    assert_int_equal(next(NB_TRACE_TIMED_OUT)->operation, NB_EVENT_RECEIVE);
}

static void datagrams_between_two_sockets_are_one_conversation(void **state)
{
    struct nb_addr server = at("127.0.0.1", 7000);
    struct nb_addr client = at("127.0.0.1", 6000);

    (void)state;
    open_socket(3, AF_INET, SOCK_DGRAM);
    self.facts[3].local = at("0.0.0.0", 7000);
    happen(NB_EVENT_BIND, 3, 0, &self.facts[3].local);
    next(NB_TRACE_BOUND);
    open_socket(4, AF_INET, SOCK_DGRAM);
    self.facts[4].local = at("0.0.0.0", 6000); /* since it has sent */
    carry(NB_EVENT_SEND, 4, "ping", &server);
    const struct nb_trace_event *event = next(NB_TRACE_SENT);
    uint64_t conversation = event->conversation;
    assert_int_equal(event->peer, 1);
    assert_addr(&event->local, "127.0.0.1:6000");
    carry(NB_EVENT_RECEIVE, 3, "ping", &client);
    event = next(NB_TRACE_RECEIVED);
    assert_int_equal(event->conversation, conversation);
    assert_int_equal(event->peer, 2);
    assert_addr(&event->local, "127.0.0.1:7000");
    happen(NB_EVENT_CLOSE, 4, 0, NULL);
    next(NB_TRACE_CLOSED);
    carry(NB_EVENT_SEND, 3, "pong", &client);
    assert_int_equal(next(NB_TRACE_SENT)->peer, 0);
}

static void a_socket_that_is_bound_later_is_found(void **state)
{
    struct nb_addr server = at("127.0.0.1", 7000);

    (void)state;
    open_socket(4, AF_INET, SOCK_DGRAM);
    self.facts[4].local = at("0.0.0.0", 6000);
    carry(NB_EVENT_SEND, 4, "a", &server);
    assert_int_equal(next(NB_TRACE_SENT)->peer, 0);
    open_socket(3, AF_INET, SOCK_DGRAM);
    self.facts[3].local = server;
    happen(NB_EVENT_BIND, 3, 0, &server);
    next(NB_TRACE_BOUND);
    carry(NB_EVENT_SEND, 4, "b", &server);
    assert_int_equal(next(NB_TRACE_SENT)->peer, 2);
}

static void nobody_here_is_at_another_machine(void **state)
{
    struct nb_addr away = at("192.0.2.7", 7000);

    (void)state;
    open_socket(3, AF_INET, SOCK_DGRAM);
    self.facts[3].local = at("0.0.0.0", 7000);
    happen(NB_EVENT_BIND, 3, 0, &self.facts[3].local);
    next(NB_TRACE_BOUND);
    carry(NB_EVENT_SEND, 3, "a", &away);
    const struct nb_trace_event *event = next(NB_TRACE_SENT);
    assert_int_equal(event->peer, 0);
    assert_addr(&event->local, "0.0.0.0:7000");
}

static void two_that_were_made_together_are_peers(void **state)
{
    (void)state;
    open_socket(3, AF_UNIX, SOCK_STREAM);
    publish((struct nb_event){.kind = NB_EVENT_OPEN,
                              .fd = 4,
                              .result = 4,
                              .family = AF_UNIX,
                              .type = SOCK_STREAM,
                              .partner = 3});
    carry(NB_EVENT_SEND, 4, "a", NULL);
    const struct nb_trace_event *event = next(NB_TRACE_SENT);
    assert_int_equal(event->peer, 1);
    carry(NB_EVENT_RECEIVE, 3, "a", NULL);
    assert_int_equal(next(NB_TRACE_RECEIVED)->conversation,
                     event->conversation);
}

static void who_connects_to_a_path_first_is_accepted_first(void **state)
{
    struct nb_addr path;

    (void)state;
    assert_int_equal(nb_addr_unix(&path, "/s", 2), 0);
    open_socket(3, AF_UNIX, SOCK_STREAM);
    self.facts[3].local = path;
    happen(NB_EVENT_BIND, 3, 0, &path);
    happen(NB_EVENT_LISTEN, 3, 0, NULL);
    next(NB_TRACE_BOUND);
    next(NB_TRACE_LISTENING);
    for (int fd = 4; fd <= 5; fd++) {
        open_socket(fd, AF_UNIX, SOCK_STREAM);
        happen(NB_EVENT_CONNECT, fd, 0, &path);
        next(NB_TRACE_CONNECTING);
        next(NB_TRACE_CONNECTED);
    }
    for (int fd = 6; fd <= 7; fd++) {
        self.facts[fd].local = path;
        happen(NB_EVENT_ACCEPT, 3, fd, NULL);
        assert_int_equal(next(NB_TRACE_ACCEPTED)->peer, fd - 4);
    }
}

static void what_was_open_before_is_made_out(void **state)
{
    (void)state;
    self.facts[9] = (struct nb_facts){.family = AF_INET,
                                      .type = SOCK_STREAM,
                                      .local = at("127.0.0.1", 80),
                                      .remote = at("127.0.0.1", 5000)};
    carry(NB_EVENT_RECEIVE, 9, "x", NULL);
    const struct nb_trace_event *event = next(NB_TRACE_RECEIVED);
    assert_int_equal(event->proto, NB_TRACE_TCP);
    assert_addr(&event->remote, "127.0.0.1:5000");
    assert_int_equal(self.asked, 1);
    carry(NB_EVENT_RECEIVE, 9, "y", NULL);
    next(NB_TRACE_RECEIVED);
    assert_int_equal(self.asked, 1);
    happen(NB_EVENT_CLOSE, 8, 0, NULL); /* never heard of, and gone */
}

static void the_header_of_a_raw_echo_is_left_out(void **state)
{
    static const char packet[] = "\x45\0\0\x1c\0\0\0\0\x40\x01\0\0\x7f\0\0\x01"
                                 "\x7f\0\0\x01\0\0\xff\xff\0\1\0\1";
    struct nb_addr from = at("127.0.0.1", 0);

    (void)state;
    publish((struct nb_event){.kind = NB_EVENT_OPEN,
                              .fd = 3,
                              .result = 3,
                              .family = AF_INET,
                              .type = SOCK_RAW,
                              .proto = IPPROTO_ICMP,
                              .partner = -1});
    publish((struct nb_event){.kind = NB_EVENT_RECEIVE,
                              .fd = 3,
                              .result = 28,
                              .addr = &from,
                              .data = packet,
                              .len = 28});
    const struct nb_trace_event *event = next(NB_TRACE_RECEIVED);
    assert_int_equal(event->proto, NB_TRACE_ICMP);
    assert_int_equal(event->len, 8);
    assert_ptr_equal(event->data, packet + 20);
}

static void a_note_has_no_socket(void **state)
{
    (void)state;
    publish((struct nb_event){
        .kind = NB_EVENT_MARK, .fd = -1, .data = "here", .len = 4});
    const struct nb_trace_event *event = next(NB_TRACE_MARK);
    assert_int_equal(event->socket, 0);
    assert_int_equal(event->len, 4);
}

#define OBSERVER_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OBSERVER_TEST(both_ends_of_a_connection_know_each_other),
        OBSERVER_TEST(the_same_ports_again_are_another_conversation),
        OBSERVER_TEST(who_has_closed_may_still_be_accepted),
        OBSERVER_TEST(what_is_no_news_is_not_told),
        OBSERVER_TEST(who_connects_to_the_wildcard_is_accepted),
        OBSERVER_TEST(failures_have_their_kinds),
        OBSERVER_TEST(a_wait_that_was_in_vain_says_for_what),
        OBSERVER_TEST(datagrams_between_two_sockets_are_one_conversation),
        OBSERVER_TEST(a_socket_that_is_bound_later_is_found),
        OBSERVER_TEST(nobody_here_is_at_another_machine),
        OBSERVER_TEST(two_that_were_made_together_are_peers),
        OBSERVER_TEST(who_connects_to_a_path_first_is_accepted_first),
        OBSERVER_TEST(what_was_open_before_is_made_out),
        OBSERVER_TEST(the_header_of_a_raw_echo_is_left_out),
        OBSERVER_TEST(a_note_has_no_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
