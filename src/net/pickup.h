/*
 * A lookup that goes on from one call to the next.
 *
 * Where a time-out breaks a call off before the answer has come, its socket
 * keeps the lookup, and the next call with the same query picks it up. Once it
 * is done, or kept no longer, whoever polls sock->io is told to look again.
 */
#ifndef NB_NET_PICKUP_H
#define NB_NET_PICKUP_H

#include <stdbool.h>

#include "core/loop.h"

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

/*
 * True if it goes on and readiness in `dir` has to wait for it, whatever the
 * descriptor says: that to write, and all of a stream, which has no peer yet.
 */
bool nb_pickup_is_awaited(const struct nb_socket *sock, enum nb_direction dir);

/* True if it is done and has not been picked up. */
bool nb_pickup_is_over(const struct nb_socket *sock);

/* Gives it up, if there is one. */
void nb_pickup_drop(struct nb_socket *sock);

#endif
