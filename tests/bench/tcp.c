/*
 * The TCP echo server that netbox is measured against: plain C on libev.
 *
 * One recv and one send for each message, as one writes it by hand. It prints
 * the port that the kernel picked and serves until it is killed. A client
 * that leaves no room for its own echo is dropped.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void drop(struct ev_loop *loop, ev_io *conn)
{
    ev_io_stop(loop, conn);
    close(conn->fd);
    free(conn);
}

static void on_readable(struct ev_loop *loop, ev_io *conn, int events)
{
    char buf[65536];
    ssize_t len = recv(conn->fd, buf, sizeof buf, 0);

    (void)events;
    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (len <= 0 || send(conn->fd, buf, (size_t)len, MSG_NOSIGNAL) != len)
        drop(loop, conn);
}

static void on_client(struct ev_loop *loop, ev_io *listener, int events)
{
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    (void)events;
    if (fd < 0)
        return;
    ev_io *conn = malloc(sizeof *conn);
    if (!conn) {
        close(fd);
        return;
    }
    ev_io_init(conn, on_readable, fd, EV_READ);
    ev_io_start(loop, conn);
}

/* Returns a listening socket on a port that the kernel picks, or -1. */
static int listen_anywhere(void)
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t len = sizeof addr;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) < 0 ||
        listen(fd, 128) < 0 ||
        getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
        return -1;
    printf("%d\n", ntohs(addr.sin_port));
    fflush(stdout);
    return fd;
}

int main(void)
{
    struct ev_loop *loop = ev_default_loop(0);
    int fd = listen_anywhere();
    ev_io listener;

    if (!loop || fd < 0) {
        perror("tcp");
        return 1;
    }
    ev_io_init(&listener, on_client, fd, EV_READ);
    ev_io_start(loop, &listener);
    ev_run(loop, 0);
    return 0;
}
