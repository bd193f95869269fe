/* Rules about hosts and ports: see netrule.h. */
#include "guard/netrule.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { PORT_MAX = 65535 };

static const char bad_host[] = "is neither an address nor a name";
static const char bad_port[] = "has no port from 0 to 65535 behind its colon";
static const char bad_range[] = "has a range of ports that ends before it "
                                "begins";
static const char bad_prefix[] = "has no length of a prefix behind its slash";
static const char bad_bracket[] = "has brackets round what is no IPv6 address";
static const char ambiguous[] =
    "can be read with and without a port: put brackets round the address";

static unsigned bits_of(int family)
{
    return family == AF_INET ? 32 : 128;
}

void nb_endpoint_from(struct nb_endpoint *end, const struct nb_addr *addr)
{
    const struct sockaddr_in6 *in6 = &addr->u.in6;
    int family = nb_addr_family(addr);

    *end = (struct nb_endpoint){.port = nb_addr_port(addr)};
    if (family == AF_INET) {
        end->family = AF_INET;
        memcpy(end->bytes, &addr->u.in.sin_addr, 4);
    } else if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
        end->family = AF_INET;
        memcpy(end->bytes, in6->sin6_addr.s6_addr + 12, 4);
    } else if (family == AF_INET6) {
        end->family = AF_INET6;
        memcpy(end->bytes, &in6->sin6_addr, 16);
        /* Elsewhere the kernel takes no notice of it (RFC 4007, section 6). */
        if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr) ||
            IN6_IS_ADDR_MULTICAST(&in6->sin6_addr))
            end->zone = in6->sin6_scope_id;
    }
}

bool nb_endpoint_is_loopback(const struct nb_endpoint *end)
{
    static const uint8_t one[16] = {[15] = 1};

    if (end->family == AF_INET)
        return end->bytes[0] == 127;
    return end->family == AF_INET6 && memcmp(end->bytes, one, 16) == 0;
}

bool nb_endpoint_is_wildcard(const struct nb_endpoint *end)
{
    static const uint8_t zero[16];

    return end->family != AF_UNSPEC &&
           memcmp(end->bytes, zero, bits_of(end->family) / 8) == 0;
}

/* Zeroes the bits behind the prefix. */
static void mask(struct nb_netrule *rule)
{
    for (unsigned bit = rule->prefix; bit < bits_of(rule->base.family); bit++)
        rule->base.bytes[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
}

static bool same_prefix(const struct nb_netrule *rule,
                        const struct nb_endpoint *end)
{
    unsigned whole = rule->prefix / 8;
    unsigned rest = rule->prefix % 8;
    uint8_t last = (uint8_t)(0xff00U >> rest);

    if (memcmp(rule->base.bytes, end->bytes, whole) != 0)
        return false;
    return rest == 0 ||
           ((rule->base.bytes[whole] ^ end->bytes[whole]) & last) == 0;
}

static bool has_port(const struct nb_netrule *rule, uint16_t port,
                     enum nb_portwise wise)
{
    return rule->any_port || wise == NB_PORT_SOME ||
           (port >= rule->from && port <= rule->to) ||
           (wise == NB_PORT_CHOSEN && rule->from == 0);
}

bool nb_netrule_covers(const struct nb_netrule *rule,
                       const struct nb_endpoint *end, enum nb_portwise wise)
{
    if (!has_port(rule, end->port, wise) || end->family == AF_UNSPEC)
        return false;
    if (rule->base.family == AF_UNSPEC)
        return nb_name_is_localhost(rule->name) && nb_endpoint_is_loopback(end);
    return rule->base.family == end->family &&
           (rule->base.zone == 0 || rule->base.zone == end->zone) &&
           same_prefix(rule, end);
}

/* Of ASCII, whatever the locale. */
static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Copies a name in lower case and without the dot at its end. */
static void normalize(char to[NB_NAME_TEXT], const char *name)
{
    size_t len = strlen(name);

    if (len > 0 && name[len - 1] == '.')
        len--;
    for (size_t i = 0; i < len; i++)
        to[i] = lower(name[i]);
    to[len] = '\0';
}

bool nb_netrule_names(const struct nb_netrule *rule, const char *name)
{
    char asked[NB_NAME_TEXT];

    if (rule->base.family != AF_UNSPEC || !nb_name_can_exist(name))
        return false;
    normalize(asked, name);
    return strcmp(rule->name, asked) == 0;
}

/* Reads a decimal number; `*text` moves behind it. */
static bool read_number(const char **text, unsigned max, unsigned *number)
{
    const char *at = *text;
    unsigned value = 0;

    for (; isdigit((unsigned char)*at) && value <= max; at++)
        value = value * 10 + (unsigned)(*at - '0');
    if (at == *text || value > max)
        return false;
    *text = at;
    *number = value;
    return true;
}

static const char *read_ports(struct nb_netrule *rule, const char *text)
{
    unsigned from = 0;

    if (!read_number(&text, PORT_MAX, &from))
        return bad_port;
    unsigned to = from;
    if (*text == '-') {
        text++;
        if (!read_number(&text, PORT_MAX, &to))
            return bad_port;
    }
    if (*text != '\0')
        return bad_port;
    rule->any_port = false;
    rule->from = (uint16_t)from;
    rule->to = (uint16_t)to;
    return from <= to ? NULL : bad_range;
}

/*
 * Reads a literal and sets what counts of it: all of its bits, or those of a
 * prefix. A prefix of IPv4 addresses that IPv6 has mapped is one of IPv4.
 */
static const char *read_address(struct nb_netrule *rule, const char *host,
                                const char *prefix)
{
    struct nb_addr addr;

    if (nb_addr_parse(&addr, host, 0) < 0)
        return bad_host;
    nb_endpoint_from(&rule->base, &addr);
    unsigned bits = bits_of(rule->base.family);
    unsigned written = bits_of(nb_addr_family(&addr));
    rule->prefix = bits;
    if (prefix == NULL)
        return NULL;
    unsigned length = 0;
    if (!read_number(&prefix, written, &length) || *prefix != '\0' ||
        length < written - bits)
        return bad_prefix;
    rule->prefix = length - (written - bits);
    mask(rule);
    return NULL;
}

static const char *read_name(struct nb_netrule *rule, const char *host)
{
    if (!nb_name_can_exist(host))
        return bad_host;
    normalize(rule->name, host);
    return NULL;
}

/* Reads HOST or HOST/PREFIX, which it may cut in two. */
static const char *read_host(struct nb_netrule *rule, char *host)
{
    char *slash = strchr(host, '/');

    if (slash != NULL)
        *slash++ = '\0';
    const char *wrong = read_address(rule, host, slash);
    if (wrong == bad_host && slash == NULL)
        wrong = read_name(rule, host);
    return wrong;
}

/* True for "fe80::1:80": an address, and one with a port. */
static bool is_ambiguous(char *text)
{
    struct nb_addr addr;
    struct nb_netrule trial;
    char *colon = strrchr(text, ':');

    if (strchr(text, '/') != NULL || read_ports(&trial, colon + 1) != NULL)
        return false;
    *colon = '\0';
    bool twice = nb_addr_parse(&addr, text, 0) == 0;
    *colon = ':';
    return twice && nb_addr_parse(&addr, text, 0) == 0;
}

/*
 * Finds the colon in front of the ports, NULL if there is none: it is the only
 * one, or behind brackets or a slash.
 */
static char *find_ports(char *text)
{
    char *slash = strrchr(text, '/');
    char *bracket = strrchr(text, ']');
    char *first = strchr(text, ':');

    if (bracket != NULL)
        return strchr(bracket, ':');
    if (slash != NULL)
        return strchr(slash, ':');
    return first != NULL && strchr(first + 1, ':') == NULL ? first : NULL;
}

/* Takes the brackets away: "[a]" and "[a]/8" and "[a/8]" without them. */
static const char *strip_brackets(char *text)
{
    char *close = strchr(text, ']');

    if (text[0] != '[')
        return close == NULL ? NULL : bad_bracket;
    if (close == NULL || (close[1] != '\0' && close[1] != '/') ||
        memchr(text, ':', (size_t)(close - text)) == NULL)
        return bad_bracket;
    memmove(close, close + 1, strlen(close + 1) + 1);
    memmove(text, text + 1, strlen(text + 1) + 1);
    return NULL;
}

const char *nb_netrule_parse(struct nb_netrule *rule, const char *text)
{
    char host[NB_NETRULE_TEXT];
    size_t len = strlen(text);
    const char *wrong = NULL;

    *rule = (struct nb_netrule){.any_port = true};
    if (len == 0)
        return "is empty";
    if (len >= sizeof host)
        return bad_host;
    memcpy(host, text, len + 1);
    char *colon = find_ports(host);
    if (colon != NULL) {
        wrong = read_ports(rule, colon + 1);
        *colon = '\0';
    } else if (strchr(host, ':') != NULL && is_ambiguous(host)) {
        wrong = ambiguous;
    }
    if (wrong == NULL)
        wrong = strip_brackets(host);
    if (wrong == NULL)
        wrong = read_host(rule, host);
    return wrong;
}

void nb_netrule_for(struct nb_netrule *rule, const struct nb_endpoint *end)
{
    *rule = (struct nb_netrule){
        .base = *end,
        .prefix = bits_of(end->family),
        .from = end->port,
        .to = end->port,
        .any_port = end->port == 0,
    };
    rule->base.port = 0;
}

/* Writes the address, with its prefix where that is not all of it. */
static void format_address(const struct nb_netrule *rule, char *text)
{
    const struct nb_endpoint *base = &rule->base;
    struct nb_addr addr;

    nb_addr_any(&addr, base->family, 0);
    if (base->family == AF_INET) {
        memcpy(&addr.u.in.sin_addr, base->bytes, 4);
    } else {
        memcpy(&addr.u.in6.sin6_addr, base->bytes, 16);
        addr.u.in6.sin6_scope_id = base->zone;
    }
    nb_addr_ip(&addr, text);
    size_t len = strlen(text);
    if (rule->prefix < bits_of(base->family))
        snprintf(text + len, NB_NAME_TEXT - len, "/%u", rule->prefix);
}

void nb_netrule_format(const struct nb_netrule *rule,
                       char text[NB_NETRULE_TEXT])
{
    char host[NB_NAME_TEXT];
    char ports[16] = "";
    bool brackets = rule->base.family == AF_INET6 && !rule->any_port;

    if (rule->base.family == AF_UNSPEC)
        memcpy(host, rule->name, sizeof host);
    else
        format_address(rule, host);
    if (rule->base.family == AF_INET6 && is_ambiguous(host))
        brackets = true;
    if (!rule->any_port)
        snprintf(ports, sizeof ports, rule->from == rule->to ? ":%u" : ":%u-%u",
                 rule->from, rule->to);
    snprintf(text, NB_NETRULE_TEXT, brackets ? "[%s]%s" : "%s%s", host, ports);
}
