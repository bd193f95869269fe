/*
 * The backend on the kernel's sockets, on loopback: a fixture, and the
 * sockets that tests begin with. What cannot be made fails the test.
 */
#ifndef NB_SUPPORT_LOOPBACK_H
#define NB_SUPPORT_LOOPBACK_H

#include <stddef.h>

#include "support/fixture.h"
#include "util/addr.h"

struct nb_net;

struct loopback {
    void *core; /* the fixture of the core, as cmocka keeps it */
    struct nb_net *net;
    int fds; /* open before the test */
};

/* For cmocka; the end fails where a descriptor was left open. */
int loopback_begin(void **state);
int loopback_end(void **state);

/* The backend of the fixture. */
struct nb_net *loopback_net(void **state);

/* The address of a literal. */
struct nb_addr loopback_address(const char *ip, uint16_t port);

/* Fails unless both are the same address. */
void loopback_assert_same(const struct nb_addr *a, const struct nb_addr *b);

/* Waits until poll(2) reports `events` for `fd`. */
void loopback_await(int fd, short events);

/* A new socket of IPv4. */
int loopback_socket(struct nb_net *net, int type);

/* A socket bound to a free port of `ip`, and where that is. */
int loopback_bound(struct nb_net *net, int type, const char *ip,
                   struct nb_addr *own);

/* A socket that has connected to `addr`. */
int loopback_connected(struct nb_net *net, const struct nb_addr *addr);

/* Two sockets that are connected by TCP. */
void loopback_pair(struct nb_net *net, int fds[2]);

void loopback_close(struct nb_net *net, const int *fds, size_t count);

#endif
