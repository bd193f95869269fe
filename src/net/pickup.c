/* A lookup that goes on from one call to the next: see pickup.h. */
#include "net/pickup.h"

#include "net/extra.h"
#include "net/resolve.h"
#include "net/socket.h"

void nb_pickup_keep(struct nb_socket *sock, struct nb_lookup *lookup,
                    const struct nb_query *query)
{
    nb_pickup_drop(sock);
    struct nb_extra *extra = nb_extra_need(sock);
    if (extra == NULL || nb_lookup_remember(lookup, query) < 0) {
        nb_lookup_free(lookup);
        return;
    }
    nb_list_remove(&lookup->link);
    lookup->told = &sock->io;
    extra->lookup = lookup;
}

/* The lookup is not kept any more. */
static struct nb_lookup *release(struct nb_socket *sock)
{
    struct nb_lookup *lookup = sock->extra->lookup;

    sock->extra->lookup = NULL;
    lookup->told = NULL;
    nb_iowait_wake(&sock->io, NB_READ);
    nb_iowait_wake(&sock->io, NB_WRITE);
    return lookup;
}

struct nb_lookup *nb_pickup_take(struct nb_socket *sock,
                                 const struct nb_query *query)
{
    if (nb_extra_of(sock)->lookup == NULL)
        return NULL;
    struct nb_lookup *lookup = release(sock);
    if (nb_query_equal(&lookup->query, query))
        return lookup;
    nb_lookup_free(lookup);
    return NULL;
}

bool nb_pickup_is_awaited(const struct nb_socket *sock, enum nb_direction dir)
{
    const struct nb_lookup *lookup = nb_extra_of(sock)->lookup;

    return lookup != NULL && !lookup->done &&
           (dir == NB_WRITE || sock->type == SOCK_STREAM);
}

bool nb_pickup_is_over(const struct nb_socket *sock)
{
    const struct nb_lookup *lookup = nb_extra_of(sock)->lookup;

    return lookup != NULL && lookup->done;
}

void nb_pickup_drop(struct nb_socket *sock)
{
    if (nb_extra_of(sock)->lookup != NULL)
        nb_lookup_free(release(sock));
}
