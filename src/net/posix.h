/*
 * The backend on the kernel's sockets.
 *
 * Names are looked up by net/ares, which is opened at the first lookup, so
 * that a program without names pays nothing for them.
 */
#ifndef NB_NET_POSIX_H
#define NB_NET_POSIX_H

struct nb_net;
struct nb_runtime;

/* A new backend for `rt`, which it borrows. Returns 0 or -ENOMEM. */
int nb_posix_new(struct nb_net **net, struct nb_runtime *rt);

#endif
