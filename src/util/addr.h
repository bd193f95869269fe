/*
 * Addresses: of the Internet families as numbers, of unix sockets as paths; no
 * names are looked up.
 *
 * Literals are read strictly, with inet_pton: dotted quads of four decimal
 * numbers, and RFC 4291 section 2.2 for IPv6, with an optional zone
 * ("fe80::1%eth0", RFC 4007 section 11). A path is that of unix(7): any bytes;
 * one that is empty or begins with a zero byte is an abstract name.
 */
#ifndef NB_UTIL_ADDR_H
#define NB_UTIL_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
    NB_ADDR_IP_TEXT = 64, /* room for an address with zone and NUL */
    NB_ADDR_TEXT = 112,   /* room for "[address%zone]:65535", a path, NUL */
};

struct nb_addr {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
    } u;
    socklen_t len; /* 0: no address */
};

/* The IPv4 address that was written last: mostly the next one, too. */
struct nb_addr_memo {
    in_addr_t ip;
    bool known;
    char text[NB_ADDR_IP_TEXT];
};

/* Reads a literal. Returns 0, or -EINVAL and leaves `addr` as it was. */
int nb_addr_parse(struct nb_addr *addr, const char *text, uint16_t port);

/*
 * The wildcard address of `family`: AF_INET or AF_INET6. Of AF_UNIX that of a
 * socket without a name.
 */
void nb_addr_any(struct nb_addr *addr, int family, uint16_t port);

/*
 * Takes a path of `len` bytes. Returns 0; -ENAMETOOLONG where it is longer than
 * 107 bytes (108 for an abstract name); -EINVAL where a path that is not
 * abstract has a zero byte in it.
 */
int nb_addr_unix(struct nb_addr *addr, const char *path, size_t len);

/* The path, of `*len` bytes; none ("") where the address is no path. */
const char *nb_addr_path(const struct nb_addr *addr, size_t *len);

/* AF_INET, AF_INET6 or AF_UNIX; AF_UNSPEC where there is no address. */
int nb_addr_family(const struct nb_addr *addr);

/* The port in host byte order; 0 where there is no address. */
uint16_t nb_addr_port(const struct nb_addr *addr);
void nb_addr_set_port(struct nb_addr *addr, uint16_t port);

/* Writes the address without its port, "" where there is none or a path. */
void nb_addr_ip(const struct nb_addr *addr, char text[NB_ADDR_IP_TEXT]);

/* The same as nb_addr_ip() and nb_addr_parse(), quick for what `memo` knows. */
const char *nb_addr_memo_ip(struct nb_addr_memo *memo,
                            const struct nb_addr *addr);
int nb_addr_memo_parse(const struct nb_addr_memo *memo, struct nb_addr *addr,
                       const char *text, uint16_t port);

/*
 * Writes "127.0.0.1:80", "[::1]:80", "/run/x", "@abstract" or "*" for a unix
 * socket without a name, and "" where there is no address. Bytes of a path
 * that no terminal should get are shown as '?'.
 */
void nb_addr_format(const struct nb_addr *addr, char text[NB_ADDR_TEXT]);

#endif
