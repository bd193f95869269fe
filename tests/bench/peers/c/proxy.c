/*
 * The proxy that netbox is measured against: plain C on libev, with read and
 * write.
 *
 * Of every two clients each gets what the other one sends. A direction has
 * one buffer: it reads when that is empty and writes until it is. The end of
 * either direction ends both.
 */
#include <errno.h>
#include <ev.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port.h"

struct pair;

struct direction {
    ev_io reader;
    ev_io writer;
    struct pair *pair;
    size_t begin; /* what is left in the buffer */
    size_t end;
    char buf[65536];
};

struct pair {
    struct direction there;
    struct direction back;
};

/* The first of two clients waits here for the second. */
static int waiting = -1;

static void stop(struct ev_loop *loop, struct direction *way)
{
    ev_io_stop(loop, &way->reader);
    ev_io_stop(loop, &way->writer);
    close(way->reader.fd);
}

static void drop(struct ev_loop *loop, struct pair *pair)
{
    stop(loop, &pair->there);
    stop(loop, &pair->back);
    free(pair);
}

/* Reads while there is nothing to write, else waits for room. */
static void go_on(struct ev_loop *loop, struct direction *way)
{
    if (way->begin == way->end) {
        ev_io_stop(loop, &way->writer);
        ev_io_start(loop, &way->reader);
    } else {
        ev_io_stop(loop, &way->reader);
        ev_io_start(loop, &way->writer);
    }
}

/* Returns false if the connection has failed. */
static bool flush(struct direction *way)
{
    ssize_t len = send(way->writer.fd, way->buf + way->begin,
                       way->end - way->begin, MSG_NOSIGNAL);
    if (len > 0)
        way->begin += (size_t)len;
    return len >= 0 || errno == EAGAIN || errno == EINTR;
}

static void on_writable(struct ev_loop *loop, ev_io *writer, int events)
{
    struct direction *way = writer->data;

    (void)events;
    if (flush(way))
        go_on(loop, way);
    else
        drop(loop, way->pair);
}

static void on_readable(struct ev_loop *loop, ev_io *reader, int events)
{
    struct direction *way = reader->data;
    ssize_t len = recv(reader->fd, way->buf, sizeof way->buf, 0);

    (void)events;
    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    way->begin = 0;
    way->end = len > 0 ? (size_t)len : 0;
    if (len > 0 && flush(way))
        go_on(loop, way);
    else
        drop(loop, way->pair);
}

static void connect_ways(struct ev_loop *loop, struct direction *way,
                         struct pair *pair, int from, int to)
{
    way->pair = pair;
    way->begin = way->end = 0;
    ev_io_init(&way->reader, on_readable, from, EV_READ);
    ev_io_init(&way->writer, on_writable, to, EV_WRITE);
    way->reader.data = way->writer.data = way;
    ev_io_start(loop, &way->reader);
}

static void on_client(struct ev_loop *loop, ev_io *listener, int events)
{
    int fd = take_client(listener->fd);

    (void)events;
    if (fd < 0)
        return;
    if (waiting < 0) {
        waiting = fd;
        return;
    }
    struct pair *pair = malloc(sizeof *pair);
    if (!pair)
        abort();
    connect_ways(loop, &pair->there, pair, waiting, fd);
    connect_ways(loop, &pair->back, pair, fd, waiting);
    waiting = -1;
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
