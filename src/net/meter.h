/*
 * Counts the system calls of a backend, and what passes through them.
 *
 * While it is installed it stands in front of the backend's operations, so
 * that a program which is not measured pays nothing for it. An operation is
 * one system call, as net/posix has it. What goes into the loop's watches and
 * into the lookup of names is not counted.
 */
#ifndef NB_NET_METER_H
#define NB_NET_METER_H

#include <stddef.h>
#include <stdint.h>

#include "net/net.h"

enum nb_meter_call {
    NB_METER_SOCKET,
    NB_METER_BIND,
    NB_METER_LISTEN,
    NB_METER_ACCEPT,
    NB_METER_SOCKETPAIR,
    NB_METER_CONNECT,
    NB_METER_SEND,
    NB_METER_RECV,    /* from a stream */
    NB_METER_RECVMSG, /* a datagram */
    NB_METER_SENDMMSG,
    NB_METER_RECVMMSG,
    NB_METER_SHUTDOWN,
    NB_METER_CLOSE,
    NB_METER_GETSOCKNAME,
    NB_METER_GETPEERNAME,
    NB_METER_SETSOCKOPT,
    NB_METER_GETSOCKOPT,
    NB_METER_POLL,
    NB_METER_PIPE,
    NB_METER_SPLICE,
    NB_METER_READ, /* what a pipe still held */
    NB_METER_CALLS
};

struct nb_meter_count {
    uint64_t calls;
    uint64_t again;  /* those that would have blocked */
    uint64_t failed; /* for other reasons; EINPROGRESS is none */
};

struct nb_meter_flow {
    uint64_t bytes;
    uint64_t datagrams;
};

struct nb_meter {
    struct nb_net_ops ops; /* those of the backend, each counted */
    const struct nb_net_ops *inner;
    struct nb_meter_count counts[NB_METER_CALLS];
    struct nb_meter_flow received;
    struct nb_meter_flow sent;
    uint64_t opened;  /* descriptors of sockets */
    uint64_t lookups; /* of names and addresses */
    char *kinds;      /* of descriptors that are no streams */
    size_t size;      /* of that */
};

/* Counts from now on, from nothing, in the caller's storage. */
void nb_meter_install(struct nb_meter *meter, struct nb_net *net);

/* Stops counting. Required before the storage ends; twice is harmless. */
void nb_meter_remove(struct nb_meter *meter, struct nb_net *net);

/* What the kernel calls it: "sendto". */
const char *nb_meter_name(enum nb_meter_call call);

#endif
