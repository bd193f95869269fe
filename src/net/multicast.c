/* Groups and interfaces: see multicast.h. */
#include "net/multicast.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "net/posix.h"
#include "util/addr.h"

int nb_interface_read(struct nb_interface *iface, int family, const char *text)
{
    struct nb_addr addr;

    *iface = (struct nb_interface){.index = 0};
    if (strcmp(text, "*") == 0)
        return 0;
    if (family == AF_INET && nb_addr_parse(&addr, text, 0) == 0 &&
        nb_addr_family(&addr) == AF_INET) {
        iface->addr = addr.u.in.sin_addr;
        return 0;
    }
    iface->index = (int)if_nametoindex(text);
    return iface->index == 0 ? -errno : 0;
}

/* Why `text` is no address: for its zone alone, or at all. */
static int no_address(const char *text)
{
    char group[NB_ADDR_IP_TEXT];
    struct nb_addr addr;
    size_t len = strcspn(text, "%");

    if (text[len] == '\0' || len >= sizeof group)
        return -EINVAL;
    memcpy(group, text, len);
    group[len] = '\0';
    return nb_addr_parse(&addr, group, 0) == 0 &&
                   nb_addr_family(&addr) == AF_INET6
               ? -ENODEV
               : -EINVAL;
}

int nb_multicast_join(struct nb_multicast *value, int family, const char *text,
                      const struct nb_interface *iface)
{
    struct nb_addr group;

    if (nb_addr_parse(&group, text, 0) < 0)
        return family == AF_INET6 ? no_address(text) : -EINVAL;
    if (nb_addr_family(&group) != family)
        return -EINVAL;
    if (family == AF_INET) {
        value->u.in = (struct ip_mreqn){
            .imr_multiaddr = group.u.in.sin_addr,
            .imr_address = iface->addr,
            .imr_ifindex = iface->index,
        };
        value->len = sizeof value->u.in;
        return 0;
    }
    value->u.in6 = (struct ipv6_mreq){
        .ipv6mr_multiaddr = group.u.in6.sin6_addr,
        .ipv6mr_interface = iface->index != 0 ? (unsigned)iface->index
                                              : group.u.in6.sin6_scope_id,
    };
    value->len = sizeof value->u.in6;
    return 0;
}

void nb_multicast_send_by(struct nb_multicast *value, int family,
                          const struct nb_interface *iface)
{
    if (family == AF_INET) {
        value->u.in = (struct ip_mreqn){
            .imr_address = iface->index != 0 ? nb_posix_address_of(iface->index)
                                             : iface->addr,
            .imr_ifindex = iface->index,
        };
        value->len = sizeof value->u.in;
    } else {
        value->u.index = iface->index;
        value->len = sizeof value->u.index;
    }
}
