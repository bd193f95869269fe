/*
 * A name server on 127.0.0.1, port 53, in a world of its own.
 *
 * nameserver_unshare() gives the process namespaces of users, networks and
 * mounts of its own: loopback is all there is, and /etc holds a hosts file
 * and a resolv.conf that asks the server. The server runs on the loop of the
 * test. What it says depends on the first label of the name:
 *
 *     both       192.0.2.1 and 192.0.2.2, then 2001:db8::1
 *     swapped    the same, but IPv6 is answered first
 *     four       192.0.2.1 and 192.0.2.2
 *     many       10.0.0.0 to 10.0.0.99, by TCP only
 *     chain      an alias of middle.test, that one of end.test: 192.0.2.1
 *                and 2001:db8::1
 *     dangling   an alias of a name without addresses
 *     loop       an alias of other.test, which is an alias of loop.test
 *     odd        an answer that is cut short
 *     failing    that it failed
 *     silent     nothing
 *     lossy      as four, but nothing to the first question
 *     others     that there is no such name
 *
 * The names of addresses depend on the first label, too, the last byte of an
 * IPv4 address, the last digit of an IPv6 one:
 *
 *     1          one.test, uno.test
 *     2          the same through an alias (RFC 2317)
 *     3          nothing
 *     4          that it failed
 *     5          an answer without names
 *     6          a name that no host can have
 */
#ifndef NB_SUPPORT_NAMESERVER_H
#define NB_SUPPORT_NAMESERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/loop.h"

struct nameserver_message {
    unsigned char bytes[4096];
    size_t len;
};

struct nameserver {
    struct nb_loop *loop;
    int udp;
    int listener;
    int tcp; /* the connection, -1 if there is none */
    struct nb_watch udp_watch;
    struct nb_watch listener_watch;
    struct nb_watch tcp_watch;
    struct nameserver_message held; /* an answer that waits, or empty */
    int questions;                  /* asked so far */
};

/* False where the system does not allow it. */
bool nameserver_unshare(void);

/* Writes /etc/hosts or /etc/resolv.conf of this world; NULL: there is none. */
void nameserver_etc(const char *path, const char *text);

void nameserver_start(struct nameserver *server, struct nb_loop *loop);
void nameserver_stop(struct nameserver *server);

#endif
