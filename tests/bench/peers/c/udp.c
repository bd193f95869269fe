/*
 * The UDP echo server that netbox is measured against: plain C on libev.
 *
 *     udp [COUNT]
 *
 * One recvfrom and one sendto for each datagram, as one writes it by hand; at
 * most COUNT of them (default 1) each time that the loop finds the socket
 * readable. An echo that the kernel does not take is lost, as datagrams are.
 */
#include <ev.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "port.h"

/* Returns false if there was no datagram. */
static bool echo(int fd)
{
    char buf[65536];
    struct sockaddr_in peer;
    socklen_t peer_len = sizeof peer;
    ssize_t len =
        recvfrom(fd, buf, sizeof buf, 0, (struct sockaddr *)&peer, &peer_len);

    if (len < 0)
        return false;
    sendto(fd, buf, (size_t)len, 0, (struct sockaddr *)&peer, peer_len);
    return true;
}

static void on_readable(struct ev_loop *loop, ev_io *sock, int events)
{
    const long *count = sock->data;

    (void)loop;
    (void)events;
    for (long i = 0; i < *count && echo(sock->fd); i++)
        ;
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    struct ev_loop *loop = ev_default_loop(0);
    ev_io sock;

    ev_io_init(&sock, on_readable, open_port(SOCK_DGRAM), EV_READ);
    sock.data = &count;
    ev_io_start(loop, &sock);
    ev_run(loop, 0);
    return 0;
}
