/*
 * Connecting: each address of a name in turn, until one answers. The families
 * take turns, beginning with that of the first address, so that one which
 * leads nowhere holds up half of the attempts at most.
 *
 * An attempt that a time-out has broken off goes on when connect is called
 * again. It belongs to its socket.
 */
#ifndef NB_NET_CONNECT_H
#define NB_NET_CONNECT_H

#include <stdbool.h>

#include "util/addr.h"

struct nb_attempt;
struct nb_lookup;
struct nb_query;
struct nb_socket;

/*
 * Starts an attempt to reach one of the addresses of `lookup`, which is done
 * and has some, for the query that they answer. Returns 0 or -ENOMEM. Go on
 * with nb_connect().
 */
int nb_connect_start(struct nb_socket *sock, const struct nb_lookup *lookup,
                     const struct nb_query *query);

/*
 * Goes on with the attempt. Returns 0 once connected; NB_WANT_WRITE; or why
 * the last address failed. The attempt is over but for NB_WANT_WRITE.
 */
int nb_connect(struct nb_socket *sock);

/* True between NB_WANT_WRITE and the end of an attempt. */
bool nb_connect_pending(const struct nb_socket *sock);

/*
 * Whatever the kernel was connecting to, it no longer is: to connect is to
 * begin anew, and to be asked for.
 */
void nb_connect_interrupt(struct nb_socket *sock);

/* True if the attempt, which there is, was started for this query. */
bool nb_connect_is_to(const struct nb_socket *sock,
                      const struct nb_query *query);

/* The address that is being tried or was tried last; NULL if none was. */
const struct nb_addr *nb_connect_addr(const struct nb_socket *sock);

/* For net/socket: NULL is legal. */
void nb_attempt_free(struct nb_attempt *attempt);

#endif
