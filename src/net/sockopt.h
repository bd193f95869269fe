/*
 * The options of a socket, which may be set before it has a descriptor: they
 * are kept then, and set on each descriptor that it gets until its family is
 * settled. Those of IPv6 are left out where that is of another family.
 */
#ifndef NB_NET_SOCKOPT_H
#define NB_NET_SOCKOPT_H

#include "net/net.h"

struct nb_socket;

/*
 * Sets an option, or keeps it in place of an earlier value. To join a group,
 * or to leave one, gives a socket the descriptor and the family that it takes.
 * 0, a negative errno, -EINVAL for more than can be kept (16 bytes).
 */
int nb_sockopt_set(struct nb_socket *sock, struct nb_sockopt opt,
                   const void *value, socklen_t len);

/*
 * Asks for an option. Where there is no descriptor, one that is made for it
 * with all that is kept answers: of IPv6 if the option is, else of IPv4.
 * 0 or a negative errno.
 */
int nb_sockopt_get(struct nb_socket *sock, struct nb_sockopt opt, void *value,
                   socklen_t *len);

/* Sets what is kept on `fd` of `family`, in order. 0 or the first error. */
int nb_sockopt_replay(const struct nb_socket *sock, int fd, int family);

/* Forgets what is kept. */
void nb_sockopt_forget(struct nb_socket *sock);

#endif
