/*
 * A lookup that goes on from one call to the next.
 *
 * Where a time-out breaks a call off before the answer has come, its socket
 * keeps the lookup, and the next call with the same query picks it up. While
 * sock->lookup is there and is not done, that is what the socket waits for,
 * whatever its descriptor says. Once it is done, or kept no longer, whoever
 * waits in sock->io for writing is told to look again.
 */
#ifndef NB_NET_PICKUP_H
#define NB_NET_PICKUP_H

struct nb_lookup;
struct nb_query;
struct nb_socket;

/* Takes a lookup that is not done. Without memory it is given up. */
void nb_pickup_keep(struct nb_socket *sock, struct nb_lookup *lookup,
                    const struct nb_query *query);

/*
 * The lookup that was kept, if it is for this query: now the caller's. Else it
 * is given up, and this returns NULL.
 */
struct nb_lookup *nb_pickup_take(struct nb_socket *sock,
                                 const struct nb_query *query);

/* Gives it up, if there is one. */
void nb_pickup_drop(struct nb_socket *sock);

#endif
