/* The backend on the kernel's sockets: each error, and each that is none. */
#include "support/loopback.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/syscall.h>

#include "net/net.h"
#include "net/posix.h"
#include "support/fault.h"

static void a_socket_that_cannot_be_says_why(void **state)
{
    struct nb_net *net = loopback_net(state);

    assert_int_equal(net->ops->socket(net, 12345, SOCK_STREAM, 0),
                     -EAFNOSUPPORT);
    assert_int_equal(net->ops->socket(net, AF_INET, SOCK_STREAM, IPPROTO_UDP),
                     -EPROTONOSUPPORT);
}

static void bind_says_what_is_wrong_with_an_address(void **state)
{
    struct nb_net *net = loopback_net(state);
    struct nb_addr taken;
    struct nb_addr foreign = loopback_address("192.0.2.1", 0);
    int fds[2] = {loopback_bound(net, SOCK_DGRAM, "127.0.0.1", &taken),
                  loopback_socket(net, SOCK_DGRAM)};

    assert_int_equal(net->ops->bind(net, fds[1], &taken), -EADDRINUSE);
    assert_int_equal(net->ops->bind(net, fds[1], &foreign), -EADDRNOTAVAIL);
    loopback_close(net, fds, 2);
}

static void accept_passes_over_peers_that_gave_up(void **state)
{
    static const int errors[] = {
        ECONNABORTED, EPROTO,       ENETDOWN,   ENOPROTOOPT, EHOSTDOWN,
        ENONET,       EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH, EINTR,
    };
    struct nb_net *net = loopback_net(state);
    struct nb_addr addr;
    struct nb_addr peer;
    int listener = loopback_bound(net, SOCK_STREAM, "127.0.0.1", &addr);

    assert_int_equal(net->ops->listen(net, listener, 8), 0);
    for (size_t i = 0; i < NB_COUNTOF(errors); i++) {
        int fds[2] = {loopback_connected(net, &addr), -1};
        loopback_await(listener, POLLIN);
        fault_set(SYS_accept4, errors[i], 3);
        fds[1] = net->ops->accept(net, listener, &peer);
        assert_true(fds[1] >= 0);
        assert_int_equal(fault_calls(), 4);
        loopback_close(net, fds, 2);
    }
    loopback_close(net, &listener, 1);
}

static void accept_lets_others_run_when_all_peers_give_up(void **state)
{
    struct nb_net *net = loopback_net(state);
    struct nb_addr peer;
    int fd = loopback_socket(net, SOCK_STREAM);

    fault_set(SYS_accept4, ECONNABORTED, FAULT_ALWAYS);
    assert_int_equal(net->ops->accept(net, fd, &peer), -EAGAIN);
    assert_in_range(fault_calls(), 2, 100);
    loopback_close(net, &fd, 1);
}

static void accept_reports_what_is_wrong_with_the_listener(void **state)
{
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM};
    struct nb_net *net = loopback_net(state);
    struct nb_addr peer;
    int fds[2] = {loopback_socket(net, SOCK_STREAM),
                  loopback_socket(net, SOCK_DGRAM)};

    for (size_t i = 0; i < NB_COUNTOF(errors); i++) {
        fault_set(SYS_accept4, errors[i], FAULT_ALWAYS);
        assert_int_equal(net->ops->accept(net, fds[0], &peer), -errors[i]);
        assert_int_equal(fault_calls(), 1);
    }
    fault_clear();
    assert_int_equal(net->ops->accept(net, fds[0], &peer), -EINVAL);
    assert_int_equal(net->ops->accept(net, fds[1], &peer), -EOPNOTSUPP);
    loopback_close(net, fds, 2);
}

static void connect_to_nobody_is_refused(void **state)
{
    struct nb_net *net = loopback_net(state);
    struct nb_addr addr;
    int fds[2] = {loopback_bound(net, SOCK_STREAM, "127.0.0.1", &addr),
                  loopback_socket(net, SOCK_STREAM)};
    int rc = net->ops->connect(net, fds[1], &addr);
    int err = 0;
    socklen_t len = sizeof err;

    if (rc == -EINPROGRESS) {
        loopback_await(fds[1], POLLOUT);
        assert_int_equal(
            net->ops->getsockopt(net, fds[1],
                                 ((struct nb_sockopt){SOL_SOCKET, SO_ERROR}),
                                 &err, &len),
            0);
        rc = -err;
    }
    assert_int_equal(rc, -ECONNREFUSED);
    loopback_close(net, fds, 2);
}

static void an_interrupted_connect_goes_on_and_is_not_repeated(void **state)
{
    struct nb_net *net = loopback_net(state);
    struct nb_addr addr = loopback_address("127.0.0.1", 1);
    int fd = loopback_socket(net, SOCK_STREAM);

    fault_set(SYS_connect, EINTR, FAULT_ALWAYS);
    assert_int_equal(net->ops->connect(net, fd, &addr), -EINPROGRESS);
    assert_int_equal(fault_calls(), 1);
    loopback_close(net, &fd, 1);
}

static void other_errors_of_connect_are_reported(void **state)
{
    static const int errors[] = {ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL,
                                 EALREADY,    EISCONN,      EPERM};
    struct nb_net *net = loopback_net(state);
    struct nb_addr addr = loopback_address("127.0.0.1", 1);
    int fd = loopback_socket(net, SOCK_STREAM);

    for (size_t i = 0; i < NB_COUNTOF(errors); i++) {
        fault_set(SYS_connect, errors[i], 1);
        assert_int_equal(net->ops->connect(net, fd, &addr), -errors[i]);
    }
    loopback_close(net, &fd, 1);
}

static void interrupted_calls_are_repeated(void **state)
{
    struct nb_net *net = loopback_net(state);
    struct nb_received info;
    char data[8];
    int fds[2];

    loopback_pair(net, fds);
    fault_set(SYS_sendto, EINTR, 2);
    assert_int_equal(net->ops->send(net, fds[0], "ab", 2, NULL), 2);
    assert_int_equal(fault_calls(), 3);
    loopback_await(fds[1], POLLIN);
    fault_set(SYS_recvfrom, EINTR, 2);
    assert_int_equal(net->ops->recv(net, fds[1], data, 1, NULL), 1);
    assert_int_equal(fault_calls(), 3);
    fault_set(SYS_recvmsg, EINTR, 2);
    assert_int_equal(net->ops->recv(net, fds[1], data, 1, &info), 1);
    assert_int_equal(fault_calls(), 3);
    fault_set(SYS_ppoll, EINTR, 2);
    assert_int_equal(net->ops->poll(net, NULL, 0), 0);
    assert_int_equal(fault_calls(), 3);
    loopback_close(net, fds, 2);
}

static void interrupted_batches_are_repeated(void **state)
{
    struct nb_net *net = loopback_net(state);
    char data[2] = "ab";
    struct nb_packet packets[] = {{.data = data, .len = 2},
                                  {.data = data, .len = 0}};
    struct nb_addr own;
    int fd = loopback_bound(net, SOCK_DGRAM, "127.0.0.1", &own);

    packets[0].addr = packets[1].addr = own;
    fault_set(SYS_sendmmsg, EINTR, 2);
    assert_int_equal(net->ops->sendmmsg(net, fd, packets, 2), 2);
    assert_int_equal(fault_calls(), 3);
    loopback_await(fd, POLLIN);
    memset(packets, 0, sizeof packets);
    packets[0].data = packets[1].data = data;
    packets[0].len = packets[1].len = sizeof data;
    fault_set(SYS_recvmmsg, EINTR, 2);
    assert_int_equal(net->ops->recvmmsg(net, fd, packets, 2), 2);
    assert_int_equal(fault_calls(), 3);
    assert_int_equal(packets[0].len, 2);
    assert_int_equal(packets[1].len, 0);
    loopback_assert_same(&packets[0].addr, &own);
    loopback_assert_same(&packets[1].addr, &own);
    packets[0].len = 2;
    assert_int_equal(net->ops->recvmmsg(net, fd, packets, 2), -EAGAIN);
    assert_int_equal(net->ops->close(net, fd), 0);
}

static void a_reset_is_reported_and_sending_on_kills_nobody(void **state)
{
    struct nb_net *net = loopback_net(state);
    const struct linger now = {.l_onoff = 1, .l_linger = 0};
    char data[8];
    int fds[2];

    loopback_pair(net, fds);
    assert_int_equal(
        net->ops->setsockopt(net, fds[0],
                             ((struct nb_sockopt){SOL_SOCKET, SO_LINGER}), &now,
                             sizeof now),
        0);
    assert_int_equal(net->ops->close(net, fds[0]), 0);
    loopback_await(fds[1], POLLIN);
    assert_int_equal(net->ops->recv(net, fds[1], data, 8, NULL), -ECONNRESET);
    assert_int_equal(net->ops->send(net, fds[1], "a", 1, NULL), -EPIPE);
    assert_int_equal(net->ops->close(net, fds[1]), 0);
}

static void no_more_is_asked_for_than_the_result_can_tell(void **state)
{
    struct nb_net *net = loopback_net(state);
    struct nb_received info;
    char data[1] = "";

    fault_set(SYS_sendto, EIO, 1);
    assert_int_equal(net->ops->send(net, 0, data, SIZE_MAX, NULL), -EIO);
    assert_int_equal(fault_len(), INT_MAX);
    fault_set(SYS_recvfrom, EIO, 1);
    assert_int_equal(net->ops->recv(net, 0, data, SIZE_MAX, NULL), -EIO);
    assert_int_equal(fault_len(), INT_MAX);
    fault_set(SYS_recvmsg, EIO, 1);
    assert_int_equal(net->ops->recv(net, 0, data, SIZE_MAX, &info), -EIO);
    assert_int_equal(fault_len(), INT_MAX);
}

static void a_refused_datagram_is_told_to_a_connected_socket(void **state)
{
    struct nb_net *net = loopback_net(state);
    struct nb_addr addr;
    struct nb_received info;
    char data[8];
    int gone = loopback_bound(net, SOCK_DGRAM, "127.0.0.1", &addr);
    int fd = loopback_socket(net, SOCK_DGRAM);

    assert_int_equal(net->ops->connect(net, fd, &addr), 0);
    assert_int_equal(net->ops->close(net, gone), 0);
    assert_int_equal(net->ops->send(net, fd, "a", 1, NULL), 1);
    loopback_await(fd, POLLIN);
    assert_int_equal(net->ops->recv(net, fd, data, 8, &info), -ECONNREFUSED);
    assert_int_equal(net->ops->close(net, fd), 0);
}

static void who_is_not_connected_has_no_peer(void **state)
{
    struct nb_net *net = loopback_net(state);
    struct nb_addr addr = loopback_address("192.0.2.9", 9);
    struct nb_addr same = addr;
    int fd = loopback_socket(net, SOCK_STREAM);

    assert_int_equal(net->ops->getpeername(net, fd, &addr), -ENOTCONN);
    loopback_assert_same(&addr, &same);
    assert_int_equal(net->ops->shutdown(net, fd, SHUT_RDWR), -ENOTCONN);
    assert_int_equal(net->ops->close(net, fd), 0);
}

static void an_interrupted_close_has_closed_and_is_not_repeated(void **state)
{
    struct nb_net *net = loopback_net(state);
    int fd = loopback_socket(net, SOCK_STREAM);

    fault_set(SYS_close, EINTR, FAULT_ALWAYS);
    assert_int_equal(net->ops->close(net, fd), 0);
    assert_int_equal(fault_calls(), 1);
}

static void other_errors_of_close_are_reported(void **state)
{
    struct nb_net *net = loopback_net(state);
    int fd = loopback_socket(net, SOCK_STREAM);

    fault_set(SYS_close, EIO, 1);
    assert_int_equal(net->ops->close(net, fd), -EIO);
    assert_int_equal(net->ops->close(net, fd), -EBADF);
}

static void errors_of_poll_are_reported(void **state)
{
    struct nb_net *net = loopback_net(state);
    struct pollfd fds[4] = {{.fd = -1}, {.fd = -1}, {.fd = -1}, {.fd = -1}};

    fault_set(SYS_ppoll, ENOMEM, 1);
    assert_int_equal(net->ops->poll(net, fds, 4), -ENOMEM);
    assert_int_equal(fault_calls(), 1);
    fault_set(SYS_ppoll, EINVAL, FAULT_ALWAYS);
    assert_int_equal(net->ops->poll(net, fds, 4), -EINVAL);
    assert_int_equal(fault_calls(), 3);
}

static void a_descriptor_that_is_none_is_reported_everywhere(void **state)
{
    struct nb_net *net = loopback_net(state);
    struct nb_addr addr = loopback_address("127.0.0.1", 1);
    struct nb_received info;
    char data[1] = "";
    struct pollfd fds[] = {{.fd = INT_MAX, .events = POLLIN}};

    assert_int_equal(net->ops->poll(net, fds, 1), 1);
    assert_int_equal(fds[0].revents, POLLNVAL);
    assert_int_equal(net->ops->bind(net, -1, &addr), -EBADF);
    assert_int_equal(net->ops->listen(net, -1, 1), -EBADF);
    assert_int_equal(net->ops->accept(net, -1, &addr), -EBADF);
    assert_int_equal(net->ops->connect(net, -1, &addr), -EBADF);
    assert_int_equal(net->ops->send(net, -1, data, 1, NULL), -EBADF);
    assert_int_equal(net->ops->recv(net, -1, data, 1, NULL), -EBADF);
    assert_int_equal(net->ops->recv(net, -1, data, 1, &info), -EBADF);
    assert_int_equal(net->ops->shutdown(net, -1, SHUT_RD), -EBADF);
    assert_int_equal(net->ops->getsockname(net, -1, &addr), -EBADF);
    assert_int_equal(net->ops->close(net, -1), -EBADF);
}

static void a_backend_takes_memory(void **state)
{
    struct loopback *self = *state;
    struct refusal refusal = {.countdown = 1};
    struct nb_net *net = NULL;

    nb_alloc_set_gate(refusal_gate, &refusal);
    assert_int_equal(nb_posix_new(&net, &((struct fixture *)self->core)->rt),
                     -ENOMEM);
    nb_alloc_set_gate(NULL, NULL);
    assert_null(net);
}

#define POSIX(test)                                                            \
    cmocka_unit_test_setup_teardown(test, loopback_begin, loopback_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        POSIX(a_socket_that_cannot_be_says_why),
        POSIX(bind_says_what_is_wrong_with_an_address),
        POSIX(accept_passes_over_peers_that_gave_up),
        POSIX(accept_lets_others_run_when_all_peers_give_up),
        POSIX(accept_reports_what_is_wrong_with_the_listener),
        POSIX(connect_to_nobody_is_refused),
        POSIX(an_interrupted_connect_goes_on_and_is_not_repeated),
        POSIX(other_errors_of_connect_are_reported),
        POSIX(interrupted_calls_are_repeated),
        POSIX(interrupted_batches_are_repeated),
        POSIX(a_reset_is_reported_and_sending_on_kills_nobody),
        POSIX(no_more_is_asked_for_than_the_result_can_tell),
        POSIX(a_refused_datagram_is_told_to_a_connected_socket),
        POSIX(who_is_not_connected_has_no_peer),
        POSIX(an_interrupted_close_has_closed_and_is_not_repeated),
        POSIX(other_errors_of_close_are_reported),
        POSIX(errors_of_poll_are_reported),
        POSIX(a_descriptor_that_is_none_is_reported_everywhere),
        POSIX(a_backend_takes_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
