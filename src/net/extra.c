/* What few sockets have: see extra.h. */
#include "net/extra.h"

#include "util/alloc.h"

const struct nb_extra nb_extra_none = {.block = -1, .total = -1};

struct nb_extra *nb_extra_need(struct nb_socket *sock)
{
    if (sock->extra != NULL || sock->over)
        return sock->extra;
    struct nb_extra *extra = nb_malloc(sizeof *extra);
    if (extra == NULL)
        return NULL;
    *extra = nb_extra_none;
    nb_reader_init(&extra->reader);
    nb_list_init(&extra->lookups);
    sock->extra = extra;
    return extra;
}

bool nb_extra_is_looking(const struct nb_socket *sock)
{
    return sock->extra != NULL && !nb_list_empty(&sock->extra->lookups);
}

void nb_extra_drop(struct nb_socket *sock)
{
    if (sock->extra == NULL)
        return;
    nb_reader_deinit(&sock->extra->reader);
    nb_free(sock->extra);
    sock->extra = NULL;
}
