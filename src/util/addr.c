/* Numeric addresses: see addr.h. */
#include "util/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads the zone behind '%': an interface's name or its number; 0 if none. */
static uint32_t zone_index(const char *zone)
{
    unsigned index = if_nametoindex(zone);
    if (index != 0)
        return index;
    /* strtoul would take blanks and a sign in front. */
    if (zone[strspn(zone, "0123456789")] != '\0')
        return 0;
    unsigned long number = strtoul(zone, NULL, 10);
    return number <= UINT32_MAX ? (uint32_t)number : 0;
}

static int parse_in6(struct nb_addr *addr, const char *text, uint16_t port)
{
    char ip[NB_ADDR_IP_TEXT];
    size_t len = strcspn(text, "%");
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
                               .sin6_port = htons(port)};

    if (len >= sizeof ip)
        return -EINVAL;
    memcpy(ip, text, len);
    ip[len] = '\0';
    if (inet_pton(AF_INET6, ip, &in6.sin6_addr) != 1)
        return -EINVAL;
    if (text[len] == '%') {
        in6.sin6_scope_id = zone_index(text + len + 1);
        if (in6.sin6_scope_id == 0)
            return -EINVAL;
    }
    addr->u.in6 = in6;
    addr->len = sizeof in6;
    return 0;
}

int nb_addr_parse(struct nb_addr *addr, const char *text, uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};

    if (inet_pton(AF_INET, text, &in.sin_addr) != 1)
        return parse_in6(addr, text, port);
    addr->u.in = in;
    addr->len = sizeof in;
    return 0;
}

int nb_addr_unix(struct nb_addr *addr, const char *path, size_t len)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    bool abstract = len == 0 || path[0] == '\0';

    if (!abstract && memchr(path, '\0', len) != NULL)
        return -EINVAL;
    if (len > sizeof un.sun_path - (abstract ? 0 : 1))
        return -ENAMETOOLONG;
    memcpy(un.sun_path, path, len);
    addr->u.un = un;
    addr->len =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + !abstract);
    return 0;
}

const char *nb_addr_path(const struct nb_addr *addr, size_t *len)
{
    const struct sockaddr_un *un = &addr->u.un;
    size_t before = offsetof(struct sockaddr_un, sun_path);

    *len = 0;
    if (nb_addr_family(addr) != AF_UNIX || addr->len <= before)
        return "";
    *len = addr->len - before;
    if (*len > sizeof un->sun_path)
        *len = sizeof un->sun_path;
    if (un->sun_path[0] != '\0')
        *len = strnlen(un->sun_path, *len);
    return un->sun_path;
}

void nb_addr_any(struct nb_addr *addr, int family, uint16_t port)
{
    memset(addr, 0, sizeof *addr);
    addr->u.any.sa_family = (sa_family_t)family;
    addr->len = family == AF_INET6 ? sizeof addr->u.in6 : sizeof addr->u.in;
    if (family == AF_UNIX)
        addr->len = sizeof addr->u.any.sa_family;
    nb_addr_set_port(addr, port);
}

int nb_addr_family(const struct nb_addr *addr)
{
    return addr->len == 0 ? AF_UNSPEC : addr->u.any.sa_family;
}

uint16_t nb_addr_port(const struct nb_addr *addr)
{
    switch (nb_addr_family(addr)) {
    case AF_INET:
        return ntohs(addr->u.in.sin_port);
    case AF_INET6:
        return ntohs(addr->u.in6.sin6_port);
    default:
        return 0;
    }
}

void nb_addr_set_port(struct nb_addr *addr, uint16_t port)
{
    if (nb_addr_family(addr) == AF_INET6)
        addr->u.in6.sin6_port = htons(port);
    else if (nb_addr_family(addr) == AF_INET)
        addr->u.in.sin_port = htons(port);
}

static void format_in6(const struct sockaddr_in6 *in6, char *text)
{
    char zone[IF_NAMESIZE];

    inet_ntop(AF_INET6, &in6->sin6_addr, text, NB_ADDR_IP_TEXT);
    if (in6->sin6_scope_id == 0)
        return;
    size_t len = strlen(text);
    size_t room = NB_ADDR_IP_TEXT - len;
    if (if_indextoname(in6->sin6_scope_id, zone) != NULL)
        snprintf(text + len, room, "%%%s", zone);
    else
        snprintf(text + len, room, "%%%u", in6->sin6_scope_id);
}

/* Each datagram shows its sender: inet_ntop goes through snprintf, slowly. */
static void format_in(const struct sockaddr_in *in, char *text)
{
    unsigned char octets[4];

    memcpy(octets, &in->sin_addr, sizeof octets);
    for (int i = 0; i < 4; i++) {
        unsigned octet = octets[i];
        if (octet >= 100)
            *text++ = (char)('0' + octet / 100);
        if (octet >= 10)
            *text++ = (char)('0' + octet / 10 % 10);
        *text++ = (char)('0' + octet % 10);
        *text++ = '.';
    }
    text[-1] = '\0';
}

void nb_addr_ip(const struct nb_addr *addr, char text[NB_ADDR_IP_TEXT])
{
    text[0] = '\0';
    if (nb_addr_family(addr) == AF_INET)
        format_in(&addr->u.in, text);
    else if (nb_addr_family(addr) == AF_INET6)
        format_in6(&addr->u.in6, text);
}

const char *nb_addr_memo_ip(struct nb_addr_memo *memo,
                            const struct nb_addr *addr)
{
    bool is_in = nb_addr_family(addr) == AF_INET;
    in_addr_t ip = is_in ? addr->u.in.sin_addr.s_addr : INADDR_ANY;

    if (is_in && memo->known && memo->ip == ip)
        return memo->text;
    nb_addr_ip(addr, memo->text);
    memo->known = is_in;
    memo->ip = ip;
    return memo->text;
}

int nb_addr_memo_parse(const struct nb_addr_memo *memo, struct nb_addr *addr,
                       const char *text, uint16_t port)
{
    if (!memo->known || strcmp(text, memo->text) != 0)
        return nb_addr_parse(addr, text, port);
    addr->u.in = (struct sockaddr_in){.sin_family = AF_INET,
                                      .sin_port = htons(port),
                                      .sin_addr.s_addr = memo->ip};
    addr->len = sizeof addr->u.in;
    return 0;
}

static void format_path(const struct nb_addr *addr, char *text)
{
    size_t len = 0;
    const char *path = nb_addr_path(addr, &len);

    for (size_t i = 0; i < len; i++) {
        bool shown = path[i] >= ' ' && path[i] <= '~';
        text[i] = shown ? path[i] : '?';
    }
    if (len > 0 && path[0] == '\0')
        text[0] = '@';
    if (len == 0)
        text[len++] = '*';
    text[len] = '\0';
}

void nb_addr_format(const struct nb_addr *addr, char text[NB_ADDR_TEXT])
{
    char ip[NB_ADDR_IP_TEXT];

    if (nb_addr_family(addr) == AF_UNIX) {
        format_path(addr, text);
        return;
    }
    bool in6 = nb_addr_family(addr) == AF_INET6;

    nb_addr_ip(addr, ip);
    text[0] = '\0';
    if (ip[0] != '\0')
        snprintf(text, NB_ADDR_TEXT, in6 ? "[%s]:%u" : "%s:%u", ip,
                 nb_addr_port(addr));
}
