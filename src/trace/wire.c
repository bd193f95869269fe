/*
 * Packets: see wire.h. IPv4 is RFC 791, IPv6 RFC 8200, TCP RFC 9293, UDP
 * RFC 768, ICMP RFC 792 and RFC 4443, the checksum of all of them RFC 1071.
 */
#include "trace/wire.h"

#include <string.h>

#include "util/addr.h"

enum {
    ICMP = 1, /* numbers of protocols, IANA's */
    TCP = 6,
    UDP = 17,
    ICMPV6 = 58,
    IPV4_HEAD = 20,
    IPV6_HEAD = 40,
    UDP_HEAD = 8,
    ICMP_HEAD = 8,
    TCP_HEAD = 20,
    MSS_OPTION = 4,
    LENGTH_MAX = 65535, /* IPv6 does not count its own header */
    HOPS = 64,
};

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

/*
 * Adds the bytes to a sum of 16-bit words: as words of the machine's own order
 * as far as they go, which is turned in the end (RFC 1071, section 2).
 */
static uint64_t sum(uint64_t total, const uint8_t *bytes, size_t len)
{
    uint64_t own = 0;
    uint32_t word;

    for (; len >= sizeof word; bytes += sizeof word, len -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        own += word;
    }
    while (own >> 16 != 0)
        own = (own & 0xffff) + (own >> 16);
    uint8_t pair[2];
    memcpy(pair, &(uint16_t){(uint16_t)own}, sizeof pair);
    total += (uint64_t)pair[0] << 8 | pair[1];
    for (size_t i = 0; i < len; i++)
        total += i % 2 == 0 ? (uint64_t)bytes[i] << 8 : bytes[i];
    return total;
}

static uint16_t fold(uint64_t total)
{
    while (total >> 16 != 0)
        total = (total & 0xffff) + (total >> 16);
    return (uint16_t)~total;
}

static size_t ip_head(const struct nb_wire_end *end)
{
    return end->v6 ? IPV6_HEAD : IPV4_HEAD;
}

static size_t ip_len(const struct nb_wire_end *end)
{
    return end->v6 ? 16 : 4;
}

/* Takes the address, or returns false: of IPv4 where IPv6 carries one. */
static bool take_end(struct nb_wire_end *end, const struct nb_addr *addr)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    int family = nb_addr_family(addr);

    if (family != AF_INET && family != AF_INET6)
        return false;
    *end = (struct nb_wire_end){.port = nb_addr_port(addr)};
    if (family == AF_INET) {
        memcpy(end->ip, &addr->u.in.sin_addr, 4);
        return true;
    }
    const uint8_t *ip = addr->u.in6.sin6_addr.s6_addr;
    end->v6 = memcmp(ip, mapped, sizeof mapped) != 0;
    if (end->v6)
        memcpy(end->ip, ip, 16);
    else
        memcpy(end->ip, ip + sizeof mapped, 4);
    return true;
}

static bool is_wildcard(const struct nb_wire_end *end)
{
    static const uint8_t none[16];

    return memcmp(end->ip, none, sizeof none) == 0;
}

static bool is_loopback(const struct nb_wire_end *end)
{
    static const uint8_t one[16] = {[15] = 1};

    return end->v6 ? memcmp(end->ip, one, sizeof one) == 0 : end->ip[0] == 127;
}

bool nb_wire_ends(const struct nb_addr *local, const struct nb_addr *remote,
                  struct nb_wire_end ends[2])
{
    if (!take_end(&ends[0], local) || !take_end(&ends[1], remote))
        return false;
    if (is_wildcard(&ends[0]))
        ends[0].v6 = ends[1].v6; /* "::" takes both */
    return ends[0].v6 == ends[1].v6;
}

bool nb_wire_same_end(const struct nb_wire_end *a, const struct nb_wire_end *b)
{
    return a->v6 == b->v6 && a->port == b->port &&
           memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

uint16_t nb_wire_mss(const struct nb_wire_end *end)
{
    size_t mtu = 1500;

    if (is_loopback(end)) /* 65536, but IPv4 has no such packets */
        mtu = end->v6 ? LENGTH_MAX + 1 : LENGTH_MAX;
    return (uint16_t)(mtu - ip_head(end) - TCP_HEAD);
}

/* Writes a header of IP in front of `len` bytes of a protocol. */
static void put_ip(uint8_t *at, const struct nb_wire_end *from,
                   const struct nb_wire_end *to, int protocol, size_t len)
{
    memset(at, 0, ip_head(from));
    if (from->v6) {
        at[0] = 6 << 4;
        put16(at + 4, len);
        at[6] = (uint8_t)protocol;
        at[7] = HOPS;
        memcpy(at + 8, from->ip, 16);
        memcpy(at + 24, to->ip, 16);
        return;
    }
    at[0] = 4 << 4 | IPV4_HEAD / 4;
    put16(at + 2, IPV4_HEAD + len);
    at[6] = 1 << 6; /* do not fragment: then it needs no number, RFC 6864 */
    at[8] = HOPS;
    at[9] = (uint8_t)protocol;
    memcpy(at + 12, from->ip, 4);
    memcpy(at + 16, to->ip, 4);
    put16(at + 10, fold(sum(0, at, IPV4_HEAD)));
}

/* Begins a packet; returns the place of its protocol's header, all zero. */
static uint8_t *begin(struct nb_wire_packet *packet,
                      const struct nb_wire_end *from, size_t head,
                      const void *data, size_t len)
{
    size_t room = LENGTH_MAX - head - (from->v6 ? 0 : IPV4_HEAD);

    packet->head_len = ip_head(from) + head;
    packet->data = data;
    packet->len = len < room ? len : room;
    memset(packet->head, 0, sizeof packet->head);
    return packet->head + ip_head(from);
}

/* The sum over the pseudo header: RFC 9293, section 3.1; RFC 8200, 8.1. */
static uint64_t pseudo(const struct nb_wire_end *from,
                       const struct nb_wire_end *to, int protocol, size_t len)
{
    uint64_t total = sum((uint64_t)protocol + len, from->ip, ip_len(from));

    return sum(total, to->ip, ip_len(to));
}

/* The checksum of what is behind the header of IP, starting from `total`. */
static uint16_t checksum(const struct nb_wire_packet *packet, size_t ip,
                         uint64_t total)
{
    total = sum(total, packet->head + ip, packet->head_len - ip);
    return fold(sum(total, packet->data, packet->len));
}

static size_t payload(const struct nb_wire_packet *packet, size_t ip)
{
    return packet->head_len - ip + packet->len;
}

void nb_wire_tcp(struct nb_wire_packet *packet, const struct nb_wire_end *from,
                 const struct nb_wire_end *to,
                 const struct nb_wire_segment *segment)
{
    size_t ip = ip_head(from);
    size_t head = TCP_HEAD + (segment->mss != 0 ? MSS_OPTION : 0);
    uint8_t *at = begin(packet, from, head, segment->data, segment->len);
    size_t len = payload(packet, ip);

    put16(at, from->port);
    put16(at + 2, to->port);
    put32(at + 4, segment->seq);
    put32(at + 8, segment->ack);
    at[12] = (uint8_t)(head / 4 << 4);
    at[13] = segment->flags;
    put16(at + 14, 0xffff); /* the window */
    if (segment->mss != 0) {
        at[20] = 2;
        at[21] = MSS_OPTION;
        put16(at + 22, segment->mss);
    }
    put16(at + 16, checksum(packet, ip, pseudo(from, to, TCP, len)));
    put_ip(packet->head, from, to, TCP, len);
}

/* Writes a header of UDP in front of `len` bytes. */
static void put_udp(uint8_t *at, const struct nb_wire_end *from,
                    const struct nb_wire_end *to, size_t len)
{
    put16(at, from->port);
    put16(at + 2, to->port);
    put16(at + 4, UDP_HEAD + len);
}

uint16_t nb_wire_udp(struct nb_wire_packet *packet,
                     const struct nb_wire_end *from,
                     const struct nb_wire_end *to, const void *data, size_t len)
{
    size_t ip = ip_head(from);
    uint8_t *at = begin(packet, from, UDP_HEAD, data, len);

    put_udp(at, from, to, packet->len);
    len = payload(packet, ip);
    uint16_t check = checksum(packet, ip, pseudo(from, to, UDP, len));
    if (check == 0)
        check = 0xffff; /* 0 would say that there is none */
    put16(at + 6, check);
    put_ip(packet->head, from, to, UDP, len);
    return check;
}

static void put_checksum_of_icmp(struct nb_wire_packet *packet,
                                 const struct nb_wire_end *from,
                                 const struct nb_wire_end *to)
{
    size_t ip = ip_head(from);
    uint8_t *at = packet->head + ip;
    uint64_t total = 0;

    if (from->v6)
        total = pseudo(from, to, ICMPV6, payload(packet, ip));
    put16(at + 2, 0);
    put16(at + 2, checksum(packet, ip, total));
}

/* Begins a message of ICMP whose header comes from `data`. */
static uint8_t *begin_icmp(struct nb_wire_packet *packet,
                           const struct nb_wire_end *from, const void *data,
                           size_t len)
{
    size_t head = len < ICMP_HEAD ? len : ICMP_HEAD;
    const uint8_t *bytes = data;
    uint8_t *at = begin(packet, from, head, bytes, len - head);

    if (head > 0)
        memcpy(at, bytes, head);
    if (len > head)
        packet->data = bytes + head;
    return at;
}

/* Ends one; returns its checksum. */
static uint16_t end_icmp(struct nb_wire_packet *packet,
                         const struct nb_wire_end *from,
                         const struct nb_wire_end *to)
{
    size_t ip = ip_head(from);
    const uint8_t *at = packet->head + ip;

    put_ip(packet->head, from, to, from->v6 ? ICMPV6 : ICMP,
           payload(packet, ip));
    return (uint16_t)(at[2] << 8 | at[3]);
}

uint16_t nb_wire_icmp(struct nb_wire_packet *packet,
                      const struct nb_wire_end *from,
                      const struct nb_wire_end *to, const void *data,
                      size_t len)
{
    begin_icmp(packet, from, data, len);
    if (from->v6 && len >= ICMP_HEAD)
        put_checksum_of_icmp(packet, from, to);
    return end_icmp(packet, from, to);
}

uint16_t nb_wire_ping(struct nb_wire_packet *packet,
                      const struct nb_wire_end *from,
                      const struct nb_wire_end *to, const void *data,
                      size_t len)
{
    uint8_t *at = begin_icmp(packet, from, data, len);

    if (len >= ICMP_HEAD) {
        if (from->port != 0)
            put16(at + 4, from->port);
        put_checksum_of_icmp(packet, from, to);
    }
    return end_icmp(packet, from, to);
}

void nb_wire_unreachable(struct nb_wire_packet *packet,
                         const struct nb_wire_end *from,
                         const struct nb_wire_end *to,
                         const struct nb_wire_quote *quote)
{
    size_t ip = ip_head(from);
    uint8_t *at = begin(packet, from, ICMP_HEAD + ip + UDP_HEAD, NULL, 0);
    uint8_t *quoted = at + ICMP_HEAD;

    at[0] = from->v6 ? 1 : 3; /* destination unreachable ... */
    at[1] = from->v6 ? 4 : 3; /* ... the port */
    put_ip(quoted, to, from, UDP, UDP_HEAD + quote->len);
    put_udp(quoted + ip, to, from, quote->len);
    put16(quoted + ip + 6, quote->checksum);
    put_checksum_of_icmp(packet, from, to);
    end_icmp(packet, from, to);
}
