/*
 * The TCP echo server that netbox is measured against: plain C on libev.
 *
 * One recv and one send for each message, as one writes it by hand. A client
 * that leaves no room for its own echo is dropped.
 */
#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port.h"

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
    int fd = take_client(listener->fd);

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

int main(void)
{
    struct ev_loop *loop = ev_default_loop(0);
    ev_io listener;

    ev_io_init(&listener, on_client, open_port(SOCK_STREAM), EV_READ);
    ev_io_start(loop, &listener);
    ev_run(loop, 0);
    return 0;
}
