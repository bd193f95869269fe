/*
 * The seam to the network: what a backend can do. There are two: posix (the
 * kernel's sockets, c-ares for names) and a scripted one in the tests. Every
 * operation is non-blocking and returns 0 or more on success, else a negative
 * errno; -EAGAIN where it would block. Descriptors are the backend's; the loop
 * must be able to watch them. Only net/gate calls these; see there.
 */
#ifndef NB_NET_NET_H
#define NB_NET_NET_H

#include <stddef.h>

#include "util/addr.h"

struct nb_arena;
struct nb_limits;
struct nb_lookup;
struct nb_net;
struct nb_policy;
struct nb_runtime;
struct pollfd;
/* What came with a datagram. */
struct nb_received {
    struct nb_addr from;
    int ttl; /* TTL or hop limit where the socket asks for it, else -1 */
};

enum { NB_NET_MANY = 16 }; /* datagrams of one call, at most */
/* One of them. */
struct nb_packet {
    void *data;
    size_t len; /* bytes that there is room for, then those that have come */
    struct nb_addr addr; /* where it goes or comes from */
};

/* A socket option, as setsockopt(2) names it. */
struct nb_sockopt {
    int level;
    int option;
};

/* What socket(2) is told. */
struct nb_socket_kind {
    int family;
    int type;
    int proto;
};

struct nb_net_ops {
    /* A new descriptor, non-blocking and close-on-exec. */
    int (*socket)(struct nb_net *net, int family, int type, int proto);
    int (*bind)(struct nb_net *net, int fd, const struct nb_addr *addr);
    int (*listen)(struct nb_net *net, int fd, int backlog);
    /* A new descriptor; `peer` is who connected. */
    int (*accept)(struct nb_net *net, int fd, struct nb_addr *peer);
    /* Two descriptors of unix sockets, connected with each other. */
    int (*socketpair)(struct nb_net *net, int type, int fds[2]);
    /* Makes a descriptor that others opened fit; says what socket it is. */
    int (*adopt)(struct nb_net *net, int fd, struct nb_socket_kind *kind);
    /* 0 or -EINPROGRESS: then it is done when the descriptor is writable. */
    int (*connect)(struct nb_net *net, int fd, const struct nb_addr *addr);
    /* Bytes sent. `to` is NULL where the socket is connected. */
    int (*send)(struct nb_net *net, int fd, const void *data, size_t len,
                const struct nb_addr *to);
    /* Bytes received, 0 at the end of a stream. `info` is NULL for streams. */
    int (*recv)(struct nb_net *net, int fd, void *data, size_t len,
                struct nb_received *info);
    /*
     * Datagrams of an Internet family, at most NB_NET_MANY: how many were
     * sent or received, at least one; else the error of the first.
     */
    int (*sendmmsg)(struct nb_net *net, int fd, const struct nb_packet *packets,
                    size_t count);
    int (*recvmmsg)(struct nb_net *net, int fd, struct nb_packet *packets,
                    size_t count);
    int (*shutdown)(struct nb_net *net, int fd, int how); /* SHUT_RD ... */
    int (*close)(struct nb_net *net, int fd);
    int (*getsockname)(struct nb_net *net, int fd, struct nb_addr *addr);
    int (*getpeername)(struct nb_net *net, int fd, struct nb_addr *addr);
    int (*setsockopt)(struct nb_net *net, int fd, struct nb_sockopt opt,
                      const void *value, socklen_t len);
    int (*getsockopt)(struct nb_net *net, int fd, struct nb_sockopt opt,
                      void *value, socklen_t *len);
    /* As poll(2) without waiting: how many of `fds` have events. */
    int (*poll)(struct nb_net *net, struct pollfd *fds, size_t count);
    /* A pipe: bytes enter it at ends[1] and leave it at ends[0]. */
    int (*pipe)(struct nb_net *net, int ends[2]);
    /*
     * Moves bytes from a stream into a pipe, or out of a pipe into a stream,
     * as splice(2). Bytes moved, 0 at the end of the stream.
     */
    int (*splice)(struct nb_net *net, int from, int to, size_t len);
    /* Bytes taken out of a pipe, at its end. */
    int (*drain)(struct nb_net *net, int end, void *data, size_t len);
    /*
     * Starts to look up `name` for `family` (AF_UNSPEC: both). Addresses go
     * to nb_lookup_add(), names to nb_lookup_add_name(); then comes
     * nb_lookup_finish(), perhaps before this returns. An error: none of them.
     */
    int (*lookup)(struct nb_net *net, const char *name, int family,
                  struct nb_lookup *lookup);
    /* The same for the names of an address. */
    int (*reverse)(struct nb_net *net, const struct nb_addr *addr,
                   struct nb_lookup *lookup);
    /* Frees the backend; lookups that still run finish with -ECANCELED. */
    void (*free)(struct nb_net *net);
};

/* What every backend begins with. */
struct nb_net {
    const struct nb_net_ops *ops;
    struct nb_runtime *rt;
    struct nb_policy *policy;       /* borrowed; NULL: everything is allowed */
    struct nb_arena *arena;         /* of net/batch, or NULL */
    const struct nb_limits *limits; /* NULL: none */
    size_t open;                    /* sockets, as the gate counts them */
    int reserved; /* our own, which no script may adopt; 0: none */
};

#endif
