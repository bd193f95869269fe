/*
 * Reads packets, and files of them, as strictly as a program that shows them
 * would: every length and every checksum must be right, or the test fails.
 *
 * Knows nothing of how they were made.
 */
#ifndef NB_SUPPORT_CAPTURE_H
#define NB_SUPPORT_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/addr.h"

struct capture_packet {
    int proto; /* 1: ICMP, 6: TCP, 17: UDP, 58: ICMPv6 */
    char from[NB_ADDR_TEXT];
    char to[NB_ADDR_TEXT];
    uint16_t from_port; /* of TCP and UDP */
    uint16_t to_port;
    uint32_t seq; /* of TCP */
    uint32_t ack;
    char flags[8];       /* those of "SFRPA" that are set */
    uint16_t mss;        /* the option, or 0 */
    const uint8_t *data; /* behind all headers; of ICMP all of it */
    size_t len;
    uint64_t time;       /* of a file's: ns since 1970 */
    char comments[8192]; /* each with '|' after it */
};

/* Reads a packet of raw IP, whose bytes it borrows. */
void capture_packet(struct capture_packet *packet, const uint8_t *bytes,
                    size_t len);

struct capture {
    uint8_t *bytes;
    size_t len;
    size_t at;         /* of the next block */
    char section[512]; /* the comments of the section */
    char end[8192];    /* those of the statistics */
    uint64_t received; /* what the statistics count */
    uint64_t dropped;
    bool ended; /* there were statistics */
};

/* Reads the file behind `fd` from its start, and its first two blocks. */
void capture_open(struct capture *capture, int fd);

/* Reads the next packet; false at the end, where the file must end too. */
bool capture_next(struct capture *capture, struct capture_packet *packet);

void capture_close(struct capture *capture);

#endif
