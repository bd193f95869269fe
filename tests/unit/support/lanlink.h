/*
 * What lan.c is made of: the ends of connections, and what travels between
 * them.
 */
#ifndef NB_SUPPORT_LANLINK_H
#define NB_SUPPORT_LANLINK_H

#include "core/timer.h"
#include "net/net.h"
#include "support/lan.h"
#include "support/script.h"
#include "support/zone.h"
#include "util/list.h"

enum { LAN_FIRST_FD = 3, LAN_FDS = 64 };

struct lan_end {
    uint64_t birth; /* no two ends have the same */
    int type;
    int mate;   /* the other end of a connection, -1: none */
    int parent; /* the listener that has not yet accepted it, -1: none */
    int error;  /* what the next call is told, once */
    int why;
    bool open;
    bool listening;
    bool connecting; /* the answer to a connect is on its way ... */
    bool answered;   /* ... and has come */
    bool connected;
    bool shut;   /* nothing more is sent */
    bool ended;  /* nothing more comes */
    bool broken; /* by a reset */
    bool harmed; /* something that was to come is lost */
    bool roused; /* said to be readable, whatever it has */
    struct nb_addr own;
    struct nb_addr peer;
    struct script_text in;
    struct nb_list packets;
    size_t flying; /* bytes on their way here */
    int64_t due;   /* when the last of them come */
    int feeds;     /* the other end of the pipe that it fills, 0: none */
    uint64_t given;
    uint64_t taken;
};

struct lan {
    struct nb_net base;
    struct lan_rules rules;
    struct lan_end ends[LAN_FDS];
    struct nb_list flying; /* parcels */
    struct zone zone;
    struct nb_timer answer; /* to the lookups that wait */
    uint64_t births;
    uint16_t ports; /* given to those who did not choose */
    int misused;
    bool quiet;
};

enum lan_kind { LAN_BYTES, LAN_PACKET, LAN_END, LAN_RESET, LAN_SETTLED };

/* Something on its way to an end, or a datagram that has come. */
struct lan_parcel {
    struct nb_timer timer;
    struct nb_list link;
    struct lan *lan;
    enum lan_kind kind;
    int fd;
    uint64_t birth;
    struct nb_addr from;
    size_t len;
    char bytes[];
};

/* Opens the lowest descriptor that is free. */
int lan_end_open(struct lan *lan, int type, const struct nb_addr *own);

/* Closes it, and tells its mate. */
void lan_end_close(struct lan *lan, int fd);

/* Gives it a port of its own if it has none. */
void lan_end_name(struct lan *lan, int fd);

/* Who listens, or takes datagrams, at the address; -1: nobody. */
int lan_find(const struct lan *lan, int type, const struct nb_addr *addr);

/* Connects `fd` with the listener at its peer's address. 0 or an error. */
int lan_join(struct lan *lan, int fd);

/* What comes to the end: the first who waits to be accepted; -1: nobody. */
int lan_first_child(const struct lan *lan, int fd);

/* Bytes that there is room for where the stream of `fd` goes. */
size_t lan_room(const struct lan *lan, int fd);

/* Sends something to `fd`: bytes, or what `kind` says. */
void lan_ship(struct lan *lan, int fd, enum lan_kind kind,
              const struct script_text *data, const struct nb_addr *from);

/* What becomes of a call: see struct lan_rules. */
int lan_judge(struct lan *lan, enum lan_op op, int fd);

/* The same where `fd` has to be open: what the call is to do. */
int lan_begin(struct lan *lan, enum lan_op op, int fd);

/* The end of a call: remembers why it failed. */
int lan_done(struct lan *lan, int fd, int rc);

/* Sends on a connection, as far as there is room. */
int lan_send_bytes(struct lan *lan, int fd, struct script_text *data);

/* The end of `fd`; where that is not open, one that belongs to nobody. */
struct lan_end *lan_end_of(struct lan *lan, int fd);

/* One datagram. Its length, or an error. */
int lan_send_packet(struct lan *lan, int fd, const struct script_text *data,
                    const struct nb_addr *to);

/* What is there; what went wrong comes behind it. Bytes, or an error. */
int lan_receive(struct lan_end *end, void *data, size_t len,
                struct nb_received *info);

/* The operations for several datagrams. */
int lan_sendmmsg(struct nb_net *net, int fd, const struct nb_packet *packets,
                 size_t count);
int lan_recvmmsg(struct nb_net *net, int fd, struct nb_packet *packets,
                 size_t count);

/* The operations on pipes. */
int lan_pipe(struct nb_net *net, int ends[2]);
int lan_splice(struct nb_net *net, int from, int to, size_t len);
int lan_drain(struct nb_net *net, int end, void *data, size_t len);

/* The operations for names. */
void lan_names_init(struct lan *lan);
int lan_lookup(struct nb_net *net, const char *name, int family,
               struct nb_lookup *lookup);
int lan_reverse(struct nb_net *net, const struct nb_addr *addr,
                struct nb_lookup *lookup);

/* The operation that asks who is ready. */
int lan_poll(struct nb_net *net, struct pollfd *fds, size_t count);

/* Tells the loop who is ready. */
void lan_refresh(struct lan *lan);

#endif
