/*
 * The one gate: every operation of every socket goes through here and
 * nowhere else, to the backend and then to the bus, so that nothing which
 * watches or judges the traffic can be forgotten by a caller.
 *
 * Arguments and results are those of struct nb_net_ops. Beyond the limit of
 * sockets, whatever would make another gives NB_ETOOMANY.
 */
#ifndef NB_NET_GATE_H
#define NB_NET_GATE_H

#include <stddef.h>

#include "core/bus.h"
#include "net/net.h"

/* In the order of struct nb_net_ops; see there. */
int nb_gate_socket(struct nb_net *net, int family, int type, int proto);
int nb_gate_bind(struct nb_net *net, int fd, const struct nb_addr *addr);
int nb_gate_listen(struct nb_net *net, int fd, int backlog);
int nb_gate_accept(struct nb_net *net, int fd, struct nb_addr *peer);
int nb_gate_socketpair(struct nb_net *net, int type, int fds[2]);
int nb_gate_adopt(struct nb_net *net, int fd, struct nb_socket_kind *kind);
int nb_gate_connect(struct nb_net *net, int fd, const struct nb_addr *addr);
int nb_gate_send(struct nb_net *net, int fd, const void *data, size_t len,
                 const struct nb_addr *to);
int nb_gate_recv(struct nb_net *net, int fd, void *data, size_t len,
                 struct nb_received *info);
int nb_gate_sendmmsg(struct nb_net *net, int fd,
                     const struct nb_packet *packets, size_t count);
int nb_gate_recvmmsg(struct nb_net *net, int fd, struct nb_packet *packets,
                     size_t count);
int nb_gate_shutdown(struct nb_net *net, int fd, int how);
int nb_gate_close(struct nb_net *net, int fd);
/* A descriptor stays open, but is no socket of ours any more. */
void nb_gate_disown(struct nb_net *net, int fd);
/* A wait for `fd` to do `operation` was in vain: its time is up. */
void nb_gate_gave_up(struct nb_net *net, int fd, enum nb_event_kind operation);
int nb_gate_getsockname(struct nb_net *net, int fd, struct nb_addr *addr);
int nb_gate_getpeername(struct nb_net *net, int fd, struct nb_addr *addr);
int nb_gate_setsockopt(struct nb_net *net, int fd, struct nb_sockopt opt,
                       const void *value, socklen_t len);
int nb_gate_getsockopt(struct nb_net *net, int fd, struct nb_sockopt opt,
                       void *value, socklen_t *len);
int nb_gate_poll(struct nb_net *net, struct pollfd *fds, size_t count);
/* A pipe is no socket: it does not count, and who listens hears nothing. */
int nb_gate_pipe(struct nb_net *net, int ends[2]);
void nb_gate_close_pipe(struct nb_net *net, const int ends[2]);
int nb_gate_drain(struct nb_net *net, int end, void *data, size_t len);

/*
 * Asks the kernel what became of a connection that goes on: nobody else is
 * asked, for that was done when it began.
 */
int nb_gate_connect_on(struct nb_net *net, int fd, const struct nb_addr *addr);

/* A raw socket of IPv4 that sends ICMP echo, and nothing else. */
int nb_gate_echo(struct nb_net *net);

/* True where ICMP echo takes one: the system lets us make no other kind. */
bool nb_gate_echo_is_raw(struct nb_net *net);

/* As splice, but -EINVAL while somebody listens, who has to see the bytes. */
int nb_gate_splice(struct nb_net *net, int from, int to, size_t len);

#endif
