/*
 * Packets of IPv4 and IPv6 as they would lie on the wire, with TCP, UDP or ICMP
 * in them: headers built byte by byte, all checksums right.
 *
 * A packet is a head, which is its own, and data that it borrows. Data that IP
 * has no room for is left out; no packet is larger than NB_WIRE_MAX bytes.
 */
#ifndef NB_TRACE_WIRE_H
#define NB_TRACE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nb_addr;

enum {
    NB_WIRE_HEAD = 96, /* an ICMPv6 error with what it quotes: 40+8+40+8 */
    NB_WIRE_MAX = 40 + 65535,
};

/* One end: IPv4-mapped addresses are those of IPv4, which the wire carries. */
struct nb_wire_end {
    bool v6;
    uint8_t ip[16]; /* of IPv4 the first four bytes */
    uint16_t port;
};

struct nb_wire_packet {
    uint8_t head[NB_WIRE_HEAD];
    size_t head_len;
    const uint8_t *data;
    size_t len;
};

/* RFC 9293, section 3.1. */
enum nb_wire_flags {
    NB_WIRE_FIN = 1,
    NB_WIRE_SYN = 2,
    NB_WIRE_RST = 4,
    NB_WIRE_PSH = 8,
    NB_WIRE_ACK = 16,
};

struct nb_wire_segment {
    uint32_t seq;
    uint32_t ack;
    uint8_t flags; /* of enum nb_wire_flags */
    uint16_t mss;  /* the option; 0: none */
    const void *data;
    size_t len;
};

/* What an ICMP error quotes of a datagram of UDP. */
struct nb_wire_quote {
    size_t len; /* of its data */
    uint16_t checksum;
};

/*
 * The two ends that a socket's addresses are. Returns false where there is no
 * such pair: of a unix socket, or where one is not known.
 */
bool nb_wire_ends(const struct nb_addr *local, const struct nb_addr *remote,
                  struct nb_wire_end ends[2]);

/* The same address and port. */
bool nb_wire_same_end(const struct nb_wire_end *a, const struct nb_wire_end *b);

/* The largest segment on the way between such ends: loopback's, Ethernet's. */
uint16_t nb_wire_mss(const struct nb_wire_end *end);

/* Makes a segment of TCP. */
void nb_wire_tcp(struct nb_wire_packet *packet, const struct nb_wire_end *from,
                 const struct nb_wire_end *to,
                 const struct nb_wire_segment *segment);

/* Makes a datagram of UDP. Returns its checksum, as the next two do. */
uint16_t nb_wire_udp(struct nb_wire_packet *packet,
                     const struct nb_wire_end *from,
                     const struct nb_wire_end *to, const void *data,
                     size_t len);

/*
 * Makes a message of ICMP as it was, but that of ICMPv6 the checksum is made
 * anew: it depends on the addresses.
 */
uint16_t nb_wire_icmp(struct nb_wire_packet *packet,
                      const struct nb_wire_end *from,
                      const struct nb_wire_end *to, const void *data,
                      size_t len);

/*
 * Makes a message of ICMP as a ping socket does of what it was given: with the
 * port of `from` as identifier, and a checksum.
 */
uint16_t nb_wire_ping(struct nb_wire_packet *packet,
                      const struct nb_wire_end *from,
                      const struct nb_wire_end *to, const void *data,
                      size_t len);

/* Makes an ICMP error: the port of `from` is closed to what `to` sent. */
void nb_wire_unreachable(struct nb_wire_packet *packet,
                         const struct nb_wire_end *from,
                         const struct nb_wire_end *to,
                         const struct nb_wire_quote *quote);

#endif
