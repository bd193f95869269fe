/* Errors of the kernel on demand: see fault.h. */
#include "support/fault.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct {
    long call;
    int err;
    int times; /* how often it is still to come */
    int calls;
    size_t len;
} fault = {.call = -1};

void fault_set(long call, int err, int times)
{
    fault.call = call;
    fault.err = err;
    fault.times = times;
    fault.calls = 0;
    fault.len = 0;
}

void fault_clear(void)
{
    fault.call = -1;
}

int fault_calls(void)
{
    return fault.calls;
}

size_t fault_len(void)
{
    return fault.len;
}

static bool breaks(long call, size_t len)
{
    if (fault.call != call)
        return false;
    fault.calls++;
    fault.len = len;
    if (fault.times == 0)
        return false;
    fault.times--;
    errno = fault.err;
    return true;
}

int accept4(int fd, __SOCKADDR_ARG addr, socklen_t *restrict len, int flags)
{
    if (breaks(SYS_accept4, 0))
        return -1;
    return (int)syscall(SYS_accept4, fd, addr.__sockaddr__, len, flags);
}

int connect(int fd, __CONST_SOCKADDR_ARG addr, socklen_t len)
{
    if (breaks(SYS_connect, 0))
        return -1;
    return (int)syscall(SYS_connect, fd, addr.__sockaddr__, len);
}

ssize_t sendto(int fd, const void *data, size_t len, int flags,
               __CONST_SOCKADDR_ARG to, socklen_t to_len)
{
    if (breaks(SYS_sendto, len))
        return -1;
    return syscall(SYS_sendto, fd, data, len, flags, to.__sockaddr__, to_len);
}

ssize_t recv(int fd, void *data, size_t len, int flags)
{
    if (breaks(SYS_recvfrom, len))
        return -1;
    return syscall(SYS_recvfrom, fd, data, len, flags, NULL, NULL);
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
    if (breaks(SYS_recvmsg, msg->msg_iov->iov_len))
        return -1;
    return syscall(SYS_recvmsg, fd, msg, flags);
}

int sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags)
{
    if (breaks(SYS_sendmmsg, count))
        return -1;
    return (int)syscall(SYS_sendmmsg, fd, headers, count, flags);
}

int recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags,
             struct timespec *limit)
{
    if (breaks(SYS_recvmmsg, count))
        return -1;
    return (int)syscall(SYS_recvmmsg, fd, headers, count, flags, limit);
}

ssize_t read(int fd, void *data, size_t len)
{
    if (breaks(SYS_read, len))
        return -1;
    return syscall(SYS_read, fd, data, len);
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    struct timespec limit = {.tv_sec = timeout / 1000,
                             .tv_nsec = timeout % 1000 * 1000000L};

    if (breaks(SYS_ppoll, count))
        return -1;
    return (int)syscall(SYS_ppoll, fds, count, timeout < 0 ? NULL : &limit,
                        NULL, 0);
}

int close(int fd)
{
    int rc = (int)syscall(SYS_close, fd);
    return breaks(SYS_close, 0) ? -1 : rc;
}
