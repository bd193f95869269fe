/*
 * Datagrams: what a socket that is no stream can do besides.
 *
 * As in net/socket no call blocks: NB_WANT_READ and NB_WANT_WRITE say what to
 * wait for. A socket without a descriptor gets one of the family of the first
 * address, IPv4 where there is none.
 */
#ifndef NB_NET_DATAGRAM_H
#define NB_NET_DATAGRAM_H

#include <stddef.h>

struct nb_addr;
struct nb_received;
struct nb_socket;

/* Connects it to `addr`, or again, or undoes that. 0 or a negative errno. */
int nb_datagram_set_peer(struct nb_socket *sock, const struct nb_addr *addr);
int nb_datagram_forget_peer(struct nb_socket *sock);

/* One datagram, cut to `len`. Its length, NB_WANT_READ, or an error. */
int nb_datagram_receive(struct nb_socket *sock, void *data, size_t len,
                        struct nb_received *info);

/* Sends one; to its peer where `to` is NULL. Its length, or as above. */
int nb_datagram_send(struct nb_socket *sock, const void *data, size_t len,
                     const struct nb_addr *to);

#endif
