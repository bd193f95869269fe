/*
 * The sockets of this program, as the observer knows them, and which of them
 * are the two ends of one conversation.
 */
#ifndef NB_TRACE_TRACED_H
#define NB_TRACE_TRACED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/conversation.h"
#include "trace/event.h"

struct nb_traced {
    uint64_t number;
    enum nb_trace_proto proto;
    struct nb_addr local;
    struct nb_addr remote;
    uint64_t conversation; /* of what is connected, else 0 */
    uint64_t peer;         /* the socket at the other end, or 0 */
    uint64_t waiting; /* unix: the turn of a connection to be accepted, or 0 */
    bool passive;
    bool listening;
    bool connecting;
    bool connected;
    bool told;   /* something of it was */
    bool ended;  /* the other end has half-closed, and that was told */
    bool handed; /* from one socket to another, the first has yet to let go */
};

struct nb_traced_sockets {
    struct nb_traced **table; /* by descriptor */
    size_t room;
    uint64_t last;    /* number that was given */
    uint64_t changes; /* binds and closes: what peers were found may be old */
    struct nb_conversations *conversations;
};

/* What protocol a socket speaks; NB_TRACE_NONE: none that is shown. */
enum nb_trace_proto nb_traced_proto(int family, int type, int proto);

/*
 * The address that `local` has towards `remote`: that of a wildcard is the
 * loopback address where the other end is one.
 */
struct nb_addr nb_traced_towards(const struct nb_addr *local,
                                 const struct nb_addr *remote);

/* Whether what is sent to `to` comes to a socket at `local`. */
bool nb_traced_is_at(const struct nb_addr *local, const struct nb_addr *to);

/* Prepares an empty table. Returns 0 or -ENOMEM. */
int nb_traced_sockets_init(struct nb_traced_sockets *all);
void nb_traced_sockets_deinit(struct nb_traced_sockets *all);

/* The socket of a descriptor; NULL if none is known. */
struct nb_traced *nb_traced_sockets_at(const struct nb_traced_sockets *all,
                                       int fd);

/* Adds one, in the place of what had that descriptor; NULL without memory. */
struct nb_traced *nb_traced_sockets_add(struct nb_traced_sockets *all, int fd,
                                        enum nb_trace_proto proto);
void nb_traced_sockets_drop(struct nb_traced_sockets *all, int fd);

/* The two are the ends of one connection. */
void nb_traced_sockets_marry(struct nb_traced_sockets *all, struct nb_traced *a,
                             struct nb_traced *b);

/* It begins to connect, to what is its remote address now. */
void nb_traced_sockets_begin(struct nb_traced_sockets *all,
                             struct nb_traced *socket);

/* A stream is connected: finds whose other end it is. */
void nb_traced_sockets_join(struct nb_traced_sockets *all,
                            struct nb_traced *socket);

/* With whom a datagram is exchanged. */
struct nb_exchange {
    uint64_t conversation;
    uint64_t peer;
};
struct nb_exchange nb_traced_sockets_exchange(struct nb_traced_sockets *all,
                                              const struct nb_traced *socket,
                                              const struct nb_addr *remote);

#endif
