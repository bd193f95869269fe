/*
 * What few sockets have: bytes that were read ahead, time-outs, an attempt to
 * connect, and the like. A connection that is accepted, echoes what comes and
 * is quiet has none of it, and a program has thousands of those.
 *
 * To look at it, ask nb_extra_of(); before it is changed, nb_extra_need().
 */
#ifndef NB_NET_EXTRA_H
#define NB_NET_EXTRA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/reader.h"
#include "net/socket.h"
#include "util/list.h"

struct nb_attempt;
struct nb_batch;
struct nb_kept_option;
struct nb_lookup;

struct nb_extra {
    struct nb_reader reader;     /* what was read ahead */
    struct nb_list lookups;      /* of names, for calls on this socket */
    struct nb_lookup *lookup;    /* for the next call (net/pickup) */
    struct nb_batch *batch;      /* of datagrams, of a busy socket */
    struct nb_attempt *attempt;  /* a connect in progress (net/connect) */
    struct nb_kept_option *kept; /* options to replay */
    int64_t block;               /* time-out in ns, negative: none */
    int64_t total;               /* the other one (LuaSocket's "t") */
};

/* That of a socket which has nothing of this; it has no list. */
extern const struct nb_extra nb_extra_none;

static inline const struct nb_extra *nb_extra_of(const struct nb_socket *sock)
{
    return sock->extra == NULL ? &nb_extra_none : sock->extra;
}

/*
 * The socket's own, which is made if it has none. NULL: out of memory, or the
 * socket is deinitialized.
 */
struct nb_extra *nb_extra_need(struct nb_socket *sock);

/* True if a call on this socket waits for a name. */
bool nb_extra_is_looking(const struct nb_socket *sock);

/* Frees it, and the bytes. All else that it refers to has to be gone. */
void nb_extra_drop(struct nb_socket *sock);

#endif
