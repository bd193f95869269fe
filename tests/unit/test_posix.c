/* The backend on the kernel's sockets: what travels, and what comes with it. */
#include "support/loopback.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "net/net.h"

static void assert_flags(int fd)
{
    assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
}

static void sockets_are_nonblocking_and_close_on_exec_from_birth(void **state)
{
    struct nb_net *net = loopback_net(state);
    int fds[3] = {0};

    loopback_pair(net, fds);
    fds[2] = loopback_socket(net, SOCK_DGRAM);
    for (size_t i = 0; i < 3; i++)
        assert_flags(fds[i]);
    loopback_close(net, fds, 3);
}

static void accept_gives_a_connection_and_who_it_is(void **state)
{
    struct nb_net *net = loopback_net(state);
    struct nb_addr addr;
    struct nb_addr peer = {.len = 0};
    int fds[3];

    fds[0] = loopback_bound(net, SOCK_STREAM, "127.0.0.1", &addr);
    assert_int_equal(net->ops->listen(net, fds[0], 8), 0);
    assert_int_equal(net->ops->accept(net, fds[0], &peer), -EAGAIN);
    assert_int_equal(peer.len, 0);
    fds[1] = loopback_connected(net, &addr);
    loopback_await(fds[0], POLLIN);
    fds[2] = net->ops->accept(net, fds[0], &peer);
    assert_true(fds[2] >= 0);
    assert_int_equal(net->ops->getsockname(net, fds[1], &addr), 0);
    loopback_assert_same(&peer, &addr);
    assert_int_equal(net->ops->getpeername(net, fds[2], &addr), 0);
    loopback_assert_same(&peer, &addr);
    loopback_close(net, fds, 3);
}

static void bytes_travel_and_the_end_is_zero(void **state)
{
    struct nb_net *net = loopback_net(state);
    char data[8];
    int fds[2];

    loopback_pair(net, fds);
    assert_int_equal(net->ops->recv(net, fds[1], data, 8, NULL), -EAGAIN);
    assert_int_equal(net->ops->send(net, fds[0], "a\0bcd", 5, NULL), 5);
    loopback_await(fds[1], POLLIN);
    assert_int_equal(net->ops->recv(net, fds[1], data, 3, NULL), 3);
    assert_memory_equal(data, "a\0b", 3);
    assert_int_equal(net->ops->recv(net, fds[1], data, 8, NULL), 2);
    assert_memory_equal(data, "cd", 2);
    assert_int_equal(net->ops->shutdown(net, fds[0], SHUT_WR), 0);
    loopback_await(fds[1], POLLIN);
    assert_int_equal(net->ops->recv(net, fds[1], data, 8, NULL), 0);
    assert_int_equal(net->ops->send(net, fds[1], "e", 1, NULL), 1);
    loopback_close(net, fds, 2);
}

static void a_full_stream_would_block(void **state)
{
    static char data[65536];
    struct nb_net *net = loopback_net(state);
    int fds[2];
    int rc = 1;

    loopback_pair(net, fds);
    for (int i = 0; i < 10000 && rc > 0; i++)
        rc = net->ops->send(net, fds[0], data, sizeof data, NULL);
    assert_int_equal(rc, -EAGAIN);
    loopback_close(net, fds, 2);
}

static void a_datagram_tells_its_sender_and_may_be_empty(void **state)
{
    struct nb_net *net = loopback_net(state);
    struct nb_addr addrs[2];
    struct nb_received info = {.ttl = 0};
    char data[8];
    int fds[2] = {loopback_bound(net, SOCK_DGRAM, "127.0.0.1", &addrs[0]),
                  loopback_bound(net, SOCK_DGRAM, "127.0.0.1", &addrs[1])};

    assert_int_equal(net->ops->recv(net, fds[1], data, 8, &info), -EAGAIN);
    assert_int_equal(net->ops->send(net, fds[0], "abc", 3, &addrs[1]), 3);
    assert_int_equal(net->ops->send(net, fds[0], "", 0, &addrs[1]), 0);
    loopback_await(fds[1], POLLIN);
    assert_int_equal(net->ops->recv(net, fds[1], data, 2, &info), 2);
    assert_memory_equal(data, "ab", 2);
    loopback_assert_same(&info.from, &addrs[0]);
    assert_int_equal(info.ttl, -1);
    loopback_await(fds[1], POLLIN);
    assert_int_equal(net->ops->recv(net, fds[1], data, 8, &info), 0);
    loopback_assert_same(&info.from, &addrs[0]);
    loopback_close(net, fds, 2);
}

/* Sends from `ip` to itself with a TTL of 7 and asks for it. */
static int ttl_that_arrives(struct nb_net *net, const char *ip, int level,
                            int set, int ask)
{
    struct nb_addr addr;
    struct nb_received info;
    char data[8];
    int seven = 7;
    int on = 1;
    int fd = loopback_bound(net, SOCK_DGRAM, ip, &addr);

    assert_int_equal(net->ops->setsockopt(net, fd,
                                          ((struct nb_sockopt){level, set}),
                                          &seven, sizeof seven),
                     0);
    assert_int_equal(net->ops->setsockopt(net, fd,
                                          ((struct nb_sockopt){level, ask}),
                                          &on, sizeof on),
                     0);
    assert_int_equal(net->ops->send(net, fd, "a", 1, &addr), 1);
    loopback_await(fd, POLLIN);
    assert_int_equal(net->ops->recv(net, fd, data, 8, &info), 1);
    loopback_assert_same(&info.from, &addr);
    assert_int_equal(net->ops->close(net, fd), 0);
    return info.ttl;
}

static void a_datagram_tells_its_ttl_when_asked_to(void **state)
{
    assert_int_equal(ttl_that_arrives(loopback_net(state), "127.0.0.1",
                                      IPPROTO_IP, IP_TTL, IP_RECVTTL),
                     7);
}

static void a_datagram_tells_its_hop_limit_when_asked_to(void **state)
{
    struct nb_net *net = loopback_net(state);
    struct nb_addr loopback = loopback_address("::1", 0);
    int fd = net->ops->socket(net, AF_INET6, SOCK_DGRAM, 0);

    if (fd < 0)
        skip();
    bool usable = net->ops->bind(net, fd, &loopback) == 0;
    assert_int_equal(net->ops->close(net, fd), 0);
    if (!usable)
        skip();
    assert_int_equal(ttl_that_arrives(net, "::1", IPPROTO_IPV6,
                                      IPV6_UNICAST_HOPS, IPV6_RECVHOPLIMIT),
                     7);
}

static void a_datagram_has_a_longest(void **state)
{
    static char data[65508];
    struct nb_net *net = loopback_net(state);
    struct nb_addr addr;
    struct nb_received info;
    int fd = loopback_bound(net, SOCK_DGRAM, "127.0.0.1", &addr);

    assert_int_equal(net->ops->send(net, fd, data, 65508, &addr), -EMSGSIZE);
    assert_int_equal(net->ops->send(net, fd, data, 65507, &addr), 65507);
    loopback_await(fd, POLLIN);
    assert_int_equal(net->ops->recv(net, fd, data, sizeof data, &info), 65507);
    assert_int_equal(net->ops->close(net, fd), 0);
}

static void options_are_handed_on(void **state)
{
    struct nb_net *net = loopback_net(state);
    int value = 1;
    socklen_t len = sizeof value;
    int fd = loopback_socket(net, SOCK_STREAM);

    assert_int_equal(
        net->ops->setsockopt(net, fd,
                             ((struct nb_sockopt){SOL_SOCKET, SO_REUSEADDR}),
                             &value, sizeof value),
        0);
    value = 0;
    assert_int_equal(
        net->ops->getsockopt(net, fd,
                             ((struct nb_sockopt){SOL_SOCKET, SO_REUSEADDR}),
                             &value, &len),
        0);
    assert_int_equal(value, 1);
    assert_int_equal(
        net->ops->setsockopt(net, fd, ((struct nb_sockopt){SOL_SOCKET, 12345}),
                             &value, sizeof value),
        -ENOPROTOOPT);
    assert_int_equal(
        net->ops->getsockopt(net, fd, ((struct nb_sockopt){SOL_SOCKET, 12345}),
                             &value, &len),
        -ENOPROTOOPT);
    loopback_close(net, &fd, 1);
}

static void poll_asks_many_at_once_and_does_not_wait(void **state)
{
    struct nb_net *net = loopback_net(state);
    int fds[2];

    loopback_pair(net, fds);
    struct pollfd at[] = {
        {.fd = fds[0], .events = POLLIN},
        {.fd = fds[0], .events = POLLOUT},
        {.fd = fds[1], .events = POLLIN | POLLOUT},
    };
    assert_int_equal(net->ops->poll(net, at, 1), 0);
    assert_int_equal(net->ops->send(net, fds[0], "a", 1, NULL), 1);
    loopback_await(fds[1], POLLIN);
    assert_int_equal(net->ops->poll(net, at, 3), 2);
    assert_int_equal(at[0].revents, 0);
    assert_int_equal(at[1].revents, POLLOUT);
    assert_int_equal(at[2].revents, POLLIN | POLLOUT);
    loopback_close(net, fds, 2);
}

/* The kernel takes no more at once than RLIMIT_NOFILE. */
static void poll_asks_more_than_there_may_be_descriptors(void **state)
{
    enum { COUNT = 1000, LIMIT = 100 };
    static struct pollfd at[COUNT];
    struct nb_net *net = loopback_net(state);
    struct rlimit before;
    int fd = loopback_socket(net, SOCK_DGRAM);

    for (int i = 0; i < COUNT; i++)
        at[i] = (struct pollfd){.fd = fd, .events = i % 2 ? POLLOUT : POLLIN};
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit low = {.rlim_cur = LIMIT, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    assert_int_equal(poll(at, COUNT, 0), -1);
    int rc = net->ops->poll(net, at, COUNT);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(rc, COUNT / 2);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(at[i].revents, i % 2 ? POLLOUT : 0);
    loopback_close(net, &fd, 1);
}

#define POSIX(test)                                                            \
    cmocka_unit_test_setup_teardown(test, loopback_begin, loopback_end)

static void a_pair_is_connected(void **state)
{
    struct nb_net *net = loopback_net(state);
    char data[4];
    int fds[2];

    assert_int_equal(net->ops->socketpair(net, SOCK_STREAM, fds), 0);
    assert_flags(fds[0]);
    assert_flags(fds[1]);
    assert_int_equal(net->ops->send(net, fds[0], "abc", 3, NULL), 3);
    assert_int_equal(net->ops->recv(net, fds[1], data, 4, NULL), 3);
    assert_int_equal(net->ops->socketpair(net, SOCK_RAW + 90, fds), -EINVAL);
    loopback_close(net, fds, 2);
}

static void an_adopted_descriptor_does_not_block(void **state)
{
    struct nb_net *net = loopback_net(state);
    struct nb_socket_kind kind = {.family = -1};
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
    assert_int_equal(net->ops->adopt(net, fds[0], &kind), 0);
    assert_flags(fds[0]);
    assert_int_equal(kind.family, AF_UNIX);
    assert_int_equal(kind.type, SOCK_DGRAM);
    assert_int_equal(kind.proto, 0);
    loopback_close(net, fds, 2);
    assert_int_equal(net->ops->adopt(net, fds[0], &kind), -EBADF);
}

static void only_sockets_are_adopted(void **state)
{
    struct nb_net *net = loopback_net(state);
    struct nb_socket_kind kind = {.family = -1};
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(net->ops->adopt(net, fds[0], &kind), -ENOTSOCK);
    assert_int_equal(kind.family, -1);
    loopback_close(net, fds, 2);
}

static void a_pipe_carries_bytes_from_stream_to_stream(void **state)
{
    struct nb_net *net = loopback_net(state);
    char data[8];
    int fds[6];
    int *ends = fds + 4;

    loopback_pair(net, fds);
    loopback_pair(net, fds + 2);
    assert_int_equal(net->ops->pipe(net, ends), 0);
    assert_flags(ends[0]);
    assert_flags(ends[1]);
    assert_int_equal(net->ops->splice(net, fds[1], ends[1], 8), -EAGAIN);
    assert_int_equal(net->ops->send(net, fds[0], "abcde", 5, NULL), 5);
    loopback_await(fds[1], POLLIN);
    assert_int_equal(net->ops->splice(net, fds[1], ends[1], 8), 5);
    assert_int_equal(net->ops->drain(net, ends[0], data, 2), 2);
    assert_memory_equal(data, "ab", 2);
    assert_int_equal(net->ops->splice(net, ends[0], fds[2], 8), 3);
    assert_int_equal(net->ops->drain(net, ends[0], data, 8), -EAGAIN);
    loopback_await(fds[3], POLLIN);
    assert_int_equal(net->ops->recv(net, fds[3], data, 8, NULL), 3);
    assert_memory_equal(data, "cde", 3);
    assert_int_equal(net->ops->shutdown(net, fds[0], SHUT_WR), 0);
    loopback_await(fds[1], POLLIN);
    assert_int_equal(net->ops->splice(net, fds[1], ends[1], 8), 0);
    assert_int_equal(net->ops->splice(net, fds[1], fds[2], 8), -EINVAL);
    loopback_close(net, fds, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POSIX(sockets_are_nonblocking_and_close_on_exec_from_birth),
        POSIX(accept_gives_a_connection_and_who_it_is),
        POSIX(bytes_travel_and_the_end_is_zero),
        POSIX(a_full_stream_would_block),
        POSIX(a_datagram_tells_its_sender_and_may_be_empty),
        POSIX(a_datagram_tells_its_ttl_when_asked_to),
        POSIX(a_datagram_tells_its_hop_limit_when_asked_to),
        POSIX(a_datagram_has_a_longest),
        POSIX(options_are_handed_on),
        POSIX(a_pair_is_connected),
        POSIX(an_adopted_descriptor_does_not_block),
        POSIX(only_sockets_are_adopted),
        POSIX(a_pipe_carries_bytes_from_stream_to_stream),
        POSIX(poll_asks_many_at_once_and_does_not_wait),
        POSIX(poll_asks_more_than_there_may_be_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
