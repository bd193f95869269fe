/*
 * A network in memory, on which the sockets of one program reach each other:
 * listeners are connected to, what is sent arrives in order, a datagram finds
 * whoever is bound to its port, and a stream takes LAN_ROOM bytes before its
 * reader has to make room.
 *
 * That is the kernel at its best. Before each call a judge is asked, which
 * may make it fail or move a few bytes only, and a delay may be laid on all
 * that travels. So a test plays the worst kernel there is, and whole programs
 * of clients and servers run on it. Names are those that lan_name() was told;
 * they are looked up at LAN_LOOKUP_TIME.
 *
 * Descriptors are 3 and up. Using one that is not open is noted as misuse.
 */
#ifndef NB_SUPPORT_LAN_H
#define NB_SUPPORT_LAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nb_net;
struct nb_policy;
struct nb_runtime;

enum lan_op {
    LAN_SOCKET,
    LAN_BIND,
    LAN_LISTEN,
    LAN_ACCEPT,
    LAN_SOCKETPAIR,
    LAN_ADOPT,
    LAN_CONNECT,
    LAN_SEND,
    LAN_RECV,
    LAN_SENDMMSG,
    LAN_RECVMMSG,
    LAN_SHUTDOWN,
    LAN_CLOSE,
    LAN_GETSOCKNAME,
    LAN_GETPEERNAME,
    LAN_SETSOCKOPT,
    LAN_GETSOCKOPT,
    LAN_POLL,
    LAN_PIPE,
    LAN_SPLICE,
    LAN_DRAIN,
    LAN_LOOKUP,
    LAN_REVERSE,
    LAN_ANSWER, /* no call: the answer to lookups comes */
    LAN_OPS
};

enum {
    LAN_ROOM = 4096,
    LAN_RELAY = 128, /* that a relay reads at once, for a little to be much */
    LAN_GO = 0x7fffffff, /* all goes well */
};

#define LAN_LOOKUP_TIME INT64_C(10000000)

struct lan_rules {
    /*
     * What becomes of a call: LAN_GO, an error, or for send, recv, splice and
     * drain how many bytes at most, for sendmmsg and recvmmsg how many
     * datagrams; with 0 recv finds the end of the stream.
     */
    int (*judge)(void *context, enum lan_op op, int fd);
    /* How long the next thing travels, in ns; NULL: it is there at once. */
    int64_t (*delay)(void *context);
    void *context;
    struct nb_policy *policy; /* borrowed; NULL: everything is allowed */
};

/* A backend for `rt`, whose loop is the virtual one. Freed as any backend. */
struct nb_net *lan_new(struct nb_runtime *rt, const struct lan_rules *rules);

/* The call's name: "accept". */
const char *lan_op_name(enum lan_op op);

/* The name has this address, after those that were said before. */
void lan_name(struct nb_net *net, const char *name, const char *ip);

/* Breaks the connection of `fd`: a reset for both of its ends. */
void lan_break(struct nb_net *net, int fd);

/* The descriptor is said to be readable until somebody looks. */
void lan_rouse(struct nb_net *net, int fd);

/* What `fd` has: something to read, room to write. */
bool lan_readable(const struct nb_net *net, int fd);
bool lan_writable(const struct nb_net *net, int fd);

/* Bytes that recv has given and send has taken since `fd` was opened. */
uint64_t lan_given(const struct nb_net *net, int fd);
uint64_t lan_taken(const struct nb_net *net, int fd);

/* The other end of its connection, -1 where there is none. */
int lan_mate(const struct nb_net *net, int fd);

/* Whether something may be lost that was to come to `fd`. */
bool lan_harmed(const struct nb_net *net, int fd);

/* The last error that a call for `fd` returned, other than -EAGAIN; or 0. */
int lan_why(const struct nb_net *net, int fd);

/* Descriptors that are open. */
int lan_open(const struct nb_net *net);

/* Closes `fd`, which no socket has any more, if that is open. */
void lan_drop(struct nb_net *net, int fd);

/* A descriptor that was used while it was not open, or 0. */
int lan_misused(const struct nb_net *net);

/* Drops what still travels; nothing is sent from now on. */
void lan_quiet(struct nb_net *net);

#endif
