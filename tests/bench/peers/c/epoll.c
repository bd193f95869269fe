/*
 * The echo servers on epoll itself, without libev: what a library costs.
 *
 *     epoll tcp|udp
 *
 * One recv and one send for each event, as in tcp.c and udp.c.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port.h"

enum { BATCH = 64 };

static void watch(int epoll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        close(fd);
}

static void echo(int fd)
{
    char buf[65536];
    ssize_t len = recv(fd, buf, sizeof buf, 0);

    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (len <= 0 || send(fd, buf, (size_t)len, MSG_NOSIGNAL) != len)
        close(fd);
}

static void echo_datagram(int fd)
{
    char buf[65536];
    struct sockaddr_in peer;
    socklen_t peer_len = sizeof peer;
    ssize_t len =
        recvfrom(fd, buf, sizeof buf, 0, (struct sockaddr *)&peer, &peer_len);

    if (len >= 0)
        sendto(fd, buf, (size_t)len, 0, (struct sockaddr *)&peer, peer_len);
}

/* Clients of a listener are echoed as well; a socket of UDP has none. */
static void serve(int epoll, int port, void (*handle)(int epoll, int fd))
{
    struct epoll_event events[BATCH];

    watch(epoll, port);
    for (;;) {
        int count = epoll_wait(epoll, events, BATCH, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == port)
                handle(epoll, port);
            else
                echo(events[i].data.fd);
        }
    }
}

static void on_client(int epoll, int listener)
{
    int fd = take_client(listener);

    if (fd >= 0)
        watch(epoll, fd);
}

static void on_datagram(int epoll, int fd)
{
    (void)epoll;
    echo_datagram(fd);
}

int main(int argc, char **argv)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    if (epoll < 0 || argc != 2) {
        fputs("usage: epoll tcp|udp\n", stderr);
        return 1;
    }
    if (strcmp(argv[1], "tcp") == 0)
        serve(epoll, open_port(SOCK_STREAM), on_client);
    else
        serve(epoll, open_port(SOCK_DGRAM), on_datagram);
    return 0;
}
