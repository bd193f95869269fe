/*
 * Groups and interfaces of multicast, from what a script says to what the
 * kernel wants to hear.
 *
 * Groups are literals; an interface is meant by its name, by its number or,
 * for IPv4, by an address that it has. Whether there is such an address or
 * number, and whether a group is one, is left to the kernel.
 */
#ifndef NB_NET_MULTICAST_H
#define NB_NET_MULTICAST_H

#include <netinet/in.h>

enum { NB_INTERFACE_NAME = 16 }; /* room for a name and NUL */

/* An interface; all zero is any. */
struct nb_interface {
    struct in_addr addr; /* one of its addresses, or none */
    int index;           /* its number, 0 where that is not known */
};

/* The value of an option: a membership, or an interface to send by. */
struct nb_multicast {
    union {
        struct ip_mreqn in;
        struct ipv6_mreq in6;
        int index;
    } u;
    socklen_t len;
};

/*
 * Reads an interface for `family`: "*" for any, a name, an IPv4 address.
 * 0, -ENODEV if there is none of that name, or another negative errno.
 */
int nb_interface_read(struct nb_interface *iface, int family, const char *text);

/*
 * A membership of the group `text` at `iface`; at any, the zone of an IPv6
 * group counts. 0, -EINVAL for what is no address of `family`, -ENODEV for a
 * zone that is not there.
 */
int nb_multicast_join(struct nb_multicast *value, int family, const char *text,
                      const struct nb_interface *iface);

/*
 * The interface to send by. One of IPv4 that is meant by name or number sends
 * from its first address; the kernel would give loopback none.
 */
void nb_multicast_send_by(struct nb_multicast *value, int family,
                          const struct nb_interface *iface);

#endif
