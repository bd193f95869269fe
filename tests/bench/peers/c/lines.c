/*
 * The echo server of lines that netbox is measured against: plain C on libev
 * with a line reader written by hand.
 *
 * Each connection has a buffer. What a recv brings is cut at every newline,
 * and each line is answered by one send. A client with a line longer than the
 * buffer, or without room for its own echo, is dropped.
 */
#include <errno.h>
#include <ev.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port.h"

struct conn {
    ev_io io;
    size_t len; /* bytes of a line that has not ended */
    char buf[16384];
};

static void drop(struct ev_loop *loop, struct conn *conn)
{
    ev_io_stop(loop, &conn->io);
    close(conn->io.fd);
    free(conn);
}

/* Sends each whole line back; returns false if one does not leave whole. */
static bool answer_lines(struct conn *conn)
{
    char *line = conn->buf;
    char *end = conn->buf + conn->len;
    char *newline;

    while ((newline = memchr(line, '\n', (size_t)(end - line)))) {
        size_t len = (size_t)(newline + 1 - line);
        if (send(conn->io.fd, line, len, MSG_NOSIGNAL) != (ssize_t)len)
            return false;
        line += len;
    }
    conn->len = (size_t)(end - line);
    memmove(conn->buf, line, conn->len);
    return conn->len < sizeof conn->buf;
}

static void on_readable(struct ev_loop *loop, ev_io *io, int events)
{
    struct conn *conn = (struct conn *)io;
    ssize_t len =
        recv(io->fd, conn->buf + conn->len, sizeof conn->buf - conn->len, 0);

    (void)events;
    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (len > 0)
        conn->len += (size_t)len;
    if (len <= 0 || !answer_lines(conn))
        drop(loop, conn);
}

static void on_client(struct ev_loop *loop, ev_io *listener, int events)
{
    const int on = 1;
    int fd = take_client(listener->fd);

    (void)events;
    if (fd < 0)
        return;
    struct conn *conn = malloc(sizeof *conn);
    if (!conn || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0) {
        free(conn);
        close(fd);
        return;
    }
    conn->len = 0;
    ev_io_init(&conn->io, on_readable, fd, EV_READ);
    ev_io_start(loop, &conn->io);
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
