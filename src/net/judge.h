/*
 * What net/gate asks the policy before it lets an operation through: with the
 * address that the kernel will be handed, at the last moment.
 *
 * Each returns 0 where the operation may go on, NB_ENOTALLOWED where it may
 * not, or another error. Without a policy nothing is asked.
 */
#ifndef NB_NET_JUDGE_H
#define NB_NET_JUDGE_H

#include <stdbool.h>

#include "net/net.h"

/*
 * TCP, UDP and ICMP echo sockets can be made, unix ones if any may be used,
 * others if raw ones may.
 */
int nb_judge_socket(struct nb_net *net, int family, int type, int proto);

/* One that the script does not get to see, for ICMP echo alone. */
int nb_judge_echo(struct nb_net *net);

/* To bind is to listen, for datagrams as well. */
int nb_judge_bind(struct nb_net *net, const struct nb_addr *addr);

/* The kernel chooses an address where the socket has none. */
int nb_judge_listen(struct nb_net *net, int fd);

/* To connect to no address is to part from the one there is. */
int nb_judge_connect(struct nb_net *net, int fd, const struct nb_addr *addr);

/* To send a datagram there. */
int nb_judge_send(struct nb_net *net, const struct nb_addr *to);

/*
 * Whom a descriptor from elsewhere is connected with is judged as if it had
 * been connected here, or had come here.
 */
int nb_judge_adopt(struct nb_net *net, int fd,
                   const struct nb_socket_kind *kind);

/*
 * Groups are joined, and packets led past their address, by options: free are
 * only those of a list.
 */
int nb_judge_option(struct nb_net *net, struct nb_sockopt opt,
                    const void *value, socklen_t len);

/* True for what is answered with a descriptor, which nobody would count. */
bool nb_judge_makes_descriptor(struct nb_sockopt opt);

/*
 * `result` came of the operation: unless that has to be tried again, what was
 * allowed once is over.
 */
void nb_judge_done(struct nb_net *net, const struct nb_addr *addr, int result);

/* True if who connected to `fd`, or sent to it, is let in. */
bool nb_judge_admits(struct nb_net *net, int fd, const struct nb_addr *peer);

#endif
