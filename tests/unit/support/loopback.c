/* Sockets on loopback: see loopback.h. */
#include "support/loopback.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "net/net.h"
#include "net/posix.h"
#include "support/fault.h"

/* Descriptors that are open. */
static int open_count(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return count;
}

int loopback_begin(void **state)
{
    static struct loopback self;

    self.fds = open_count();
    if (fixture_virtual(&self.core) != 0)
        return -1;
    *state = &self;
    return nb_posix_new(&self.net, &((struct fixture *)self.core)->rt);
}

int loopback_end(void **state)
{
    struct loopback *self = *state;

    fault_clear();
    self->net->ops->free(self->net);
    if (open_count() != self->fds) {
        print_error("left behind: a descriptor\n");
        return -1;
    }
    return fixture_end(&self->core);
}

struct nb_net *loopback_net(void **state)
{
    return ((struct loopback *)*state)->net;
}

struct nb_addr loopback_address(const char *ip, uint16_t port)
{
    struct nb_addr addr;

    assert_int_equal(nb_addr_parse(&addr, ip, port), 0);
    return addr;
}

void loopback_assert_same(const struct nb_addr *a, const struct nb_addr *b)
{
    char one[NB_ADDR_TEXT];
    char other[NB_ADDR_TEXT];

    assert_true(nb_addr_family(a) != AF_UNSPEC);
    nb_addr_format(a, one);
    nb_addr_format(b, other);
    assert_string_equal(one, other);
}

void loopback_await(int fd, short events)
{
    struct pollfd poller = {.fd = fd, .events = events};

    assert_int_equal(poll(&poller, 1, 10000), 1);
}

int loopback_socket(struct nb_net *net, int type)
{
    int fd = net->ops->socket(net, AF_INET, type, 0);

    assert_true(fd >= 0);
    return fd;
}

int loopback_bound(struct nb_net *net, int type, const char *ip,
                   struct nb_addr *own)
{
    struct nb_addr addr = loopback_address(ip, 0);
    int fd = net->ops->socket(net, nb_addr_family(&addr), type, 0);

    assert_true(fd >= 0);
    assert_int_equal(net->ops->bind(net, fd, &addr), 0);
    assert_int_equal(net->ops->getsockname(net, fd, own), 0);
    assert_true(nb_addr_port(own) != 0);
    return fd;
}

int loopback_connected(struct nb_net *net, const struct nb_addr *addr)
{
    int fd = loopback_socket(net, SOCK_STREAM);
    int rc = net->ops->connect(net, fd, addr);

    assert_true(rc == 0 || rc == -EINPROGRESS);
    loopback_await(fd, POLLOUT);
    return fd;
}

void loopback_pair(struct nb_net *net, int fds[2])
{
    struct nb_addr addr;
    int listener = loopback_bound(net, SOCK_STREAM, "127.0.0.1", &addr);

    assert_int_equal(net->ops->listen(net, listener, 8), 0);
    fds[0] = loopback_connected(net, &addr);
    loopback_await(listener, POLLIN);
    fds[1] = net->ops->accept(net, listener, &addr);
    assert_true(fds[1] >= 0);
    assert_int_equal(net->ops->close(net, listener), 0);
}

void loopback_close(struct nb_net *net, const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(net->ops->close(net, fds[i]), 0);
}
