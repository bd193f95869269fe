/*
 * Datagrams by the batch: one system call for several of them.
 *
 * A socket that has had some short datagrams in a row, without a wait between
 * them, gets the next ones together; they are handed out one by one, each
 * whole and with its sender. What the script sends meanwhile leaves together
 * too, where the same was sent before: to this address, of this size. That is
 * at the end of the turn, or before any other call on the socket; the order
 * stays. An error of a datagram that leaves late is told by the next send.
 *
 * Long datagrams gain nothing and are received one by one, and so are those
 * of a socket that is not busy. All sockets share one arena, which is made
 * when the first of them is busy.
 */
#ifndef NB_NET_BATCH_H
#define NB_NET_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "core/runtime.h"
#include "net/net.h"
#include "util/buf.h"

struct nb_arena;
struct nb_socket;

/* With few, two that take turns share a place, and neither may be late. */
enum { NB_BATCH_PEERS = 128 };

/* Somebody who was sent to: an Internet address. */
struct nb_batch_peer {
    socklen_t len;
    char addr[sizeof(struct sockaddr_in6)];
};

/* What a busy socket has of its own. */
struct nb_batch {
    struct nb_deferred end; /* of the turn */
    struct nb_socket *sock;
    struct nb_buf in; /* what had to leave the arena to others */
    size_t proven;    /* size of the largest datagram sent so far */
    int error;        /* of one that has left late, or 0 */
    bool open;        /* what is sent in this turn may leave later */
    struct nb_batch_peer peers[NB_BATCH_PEERS]; /* sent to before */
};

/*
 * Receives one datagram, cut to `len`: of a batch, or alone. Returns its
 * length, -EAGAIN or another error.
 */
int nb_batch_receive(struct nb_socket *sock, void *data, size_t len,
                     struct nb_received *info);

/* The same for sending; `to` is NULL where the socket is connected. */
int nb_batch_send(struct nb_socket *sock, const void *data, size_t len,
                  const struct nb_addr *to);

/* Sends what is to leave. 0, or -EAGAIN if there is no room for all of it. */
int nb_batch_flush(struct nb_batch *batch);

/* True if datagrams are there that no call has had yet. */
bool nb_batch_is_ahead(const struct nb_socket *sock);

/* Sends and frees what the socket has of this, before its descriptor goes. */
void nb_batch_end(struct nb_socket *sock);

/* Frees what all sockets share; for the end of a backend. NULL is legal. */
void nb_batch_free_arena(struct nb_arena *arena);

#endif
