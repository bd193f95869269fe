/*
 * The backend on the kernel's sockets.
 *
 * Names are looked up by net/ares, which is opened at the first lookup, so
 * that a program without names pays nothing for them.
 */
#ifndef NB_NET_POSIX_H
#define NB_NET_POSIX_H

#include <netinet/in.h>

struct nb_net;
struct nb_runtime;

/* A new backend for `rt`, which it borrows. Returns 0 or -ENOMEM. */
int nb_posix_new(struct nb_net **net, struct nb_runtime *rt);

/* The first IPv4 address of an interface, 0.0.0.0 where it has none. */
struct in_addr nb_posix_address_of(int index);

#endif
