/*
 * A socket without Lua: a descriptor, and who waits for it.
 *
 * It may begin without a descriptor and without a family: both come with the
 * first address, and options that were set before are replayed then. No call
 * blocks: NB_WANT_READ and NB_WANT_WRITE say what to wait for in `io`. A
 * closed socket answers -EBADF to everything.
 */
#ifndef NB_NET_SOCKET_H
#define NB_NET_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/iowait.h"
#include "net/net.h"
#include "net/stream.h"
#include "util/addr.h"
#include "util/list.h"

struct nb_extra;

struct nb_socket {
    struct nb_stream stream; /* reads and writes this socket */
    struct nb_iowait io;
    struct nb_list link; /* among the open sockets */
    struct nb_net *net;
    struct nb_extra *extra; /* what few have (net/extra), or NULL */
    uint64_t received;      /* bytes */
    uint64_t sent;          /* bytes */
    int64_t born;           /* loop time of its opening, in ns */
    uint64_t opener;        /* id of the task that opened it */
    int fd;                 /* -1: none */
    int proto;
    short family; /* AF_UNSPEC: not known yet */
    short type;
    unsigned char streak; /* short datagrams in a row (net/batch) */
    bool flexible : 1;    /* the family may still change */
    bool closed : 1;
    bool accepted : 1;  /* came from accept */
    bool connected : 1; /* a stream that has a peer */
    bool drained : 1;   /* the last call took all there was */
    bool echo : 1;      /* for ICMP echo alone; the script does not see it */
    bool starved : 1;   /* accept had no descriptor left */
    bool over : 1;      /* deinitialized: nothing more is made for it */
};

/* What each of them begins with, and nothing else does. */
extern const struct nb_stream_ops nb_socket_stream;
/* Prepares the caller's storage: a closed socket. It must not move. */
void nb_socket_init(struct nb_socket *sock, struct nb_net *net);
/* Opens it in the list `open`; with AF_UNSPEC the descriptor comes later. */
int nb_socket_open(struct nb_socket *sock, struct nb_list *open, int family,
                   int type, int proto);

/* Opens two, connected with each other. 0 or an error, and both are closed. */
int nb_socket_pair(struct nb_socket *a, struct nb_socket *b,
                   struct nb_list *open, int type);

/* Detached, it goes on with `fd`. 0, or an error and it is as it was. */
int nb_socket_adopt(struct nb_socket *sock, struct nb_list *open, int fd);

/* Closes it but not its descriptor, which it returns; -1 if it has none. */
int nb_socket_detach(struct nb_socket *sock);

/* Gives it a descriptor of `family` if it is open and has none. 0 or error. */
int nb_socket_need_fd(struct nb_socket *sock, int family);

/* It has a peer or a name now: its family is settled. */
void nb_socket_settle(struct nb_socket *sock);

/* Closes it; twice is fine. Waiters complete with -EBADF. */
void nb_socket_close(struct nb_socket *sock);
/* The descriptor only: another one, of any family, may follow. */
void nb_socket_drop_fd(struct nb_socket *sock);

/* Closes and frees what is left. Required before the storage ends. */
void nb_socket_deinit(struct nb_socket *sock);

/* Binds; SO_REUSEADDR is set on TCP first. 0 or a negative errno. */
int nb_socket_bind(struct nb_socket *sock, const struct nb_addr *addr);

/* Listens; a socket that is not bound gets a port. 0 or an error. */
int nb_socket_listen(struct nb_socket *sock, int backlog);

/*
 * Accepts into `conn`, which was initialised, and puts it into `open`.
 * Returns 0, NB_WANT_READ or a negative errno.
 */
int nb_socket_accept(struct nb_socket *sock, struct nb_socket *conn,
                     struct nb_list *open, struct nb_addr *peer);

/* SHUT_RD, SHUT_WR or SHUT_RDWR. 0 or a negative errno. */
int nb_socket_shutdown(struct nb_socket *sock, int how);

/* Bytes received into `data`, those read ahead first; NB_EOF, NB_WANT_READ. */
int nb_socket_recv(struct nb_socket *sock, void *data, size_t len);
bool nb_socket_is_ahead(const struct nb_socket *sock);

/* Bytes sent, perhaps fewer than `len`; NB_WANT_WRITE. */
int nb_socket_send(struct nb_socket *sock, const void *data, size_t len);

/* The addresses; -ENOTCONN where there is none. */
int nb_socket_local(struct nb_socket *sock, struct nb_addr *addr);
int nb_socket_peer(struct nb_socket *sock, struct nb_addr *addr);
/* The TCP state's name (RFC 9293, section 3.3.2), or what fits others. */
const char *nb_socket_state(struct nb_socket *sock);

#endif
