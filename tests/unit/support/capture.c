/* Reads packets and files of them: see capture.h. */
#include "support/capture.h"

#include "support/fixture.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint32_t big(const uint8_t *at, int bytes)
{
    uint32_t value = 0;

    for (int i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

static uint64_t little(const uint8_t *at, int bytes)
{
    uint64_t value = 0;

    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | at[i];
    return value;
}

/* The sum of 16-bit words, carries added: 0xffff where a checksum is right. */
static uint32_t add(uint32_t total, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        total += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
        total = (total & 0xffff) + (total >> 16);
    }
    return total;
}

/* The header of IP: where it ends, and the sum of the pseudo header. */
struct ip {
    const uint8_t *data;
    size_t len;
    uint32_t pseudo;
};

static void read_ip(struct ip *ip, struct capture_packet *packet,
                    const uint8_t *bytes, size_t len)
{
    bool v6 = bytes[0] >> 4 == 6;
    size_t head = v6 ? 40 : 20;
    size_t size = v6 ? 16 : 4;
    const uint8_t *ends = bytes + (v6 ? 8 : 12);

    assert_true(len >= head);
    if (v6) {
        assert_int_equal(big(bytes + 4, 2), len - head);
    } else {
        assert_int_equal(bytes[0], 0x45);
        assert_int_equal(big(bytes + 2, 2), len);
        assert_int_equal(add(0, bytes, head), 0xffff);
    }
    packet->proto = bytes[v6 ? 6 : 9];
    inet_ntop(v6 ? AF_INET6 : AF_INET, ends, packet->from, NB_ADDR_TEXT);
    inet_ntop(v6 ? AF_INET6 : AF_INET, ends + size, packet->to, NB_ADDR_TEXT);
    ip->data = bytes + head;
    ip->len = len - head;
    ip->pseudo = add((uint32_t)packet->proto, ends, 2 * size);
    ip->pseudo += (uint32_t)ip->len;
}

static void read_tcp(struct capture_packet *packet, const struct ip *ip)
{
    static const char names[] = "FSRPA";
    const uint8_t *at = ip->data;
    size_t head = (size_t)(at[12] >> 4) * 4;
    size_t count = 0;

    assert_true(ip->len >= head && head >= 20);
    assert_int_equal(add(ip->pseudo, at, ip->len), 0xffff);
    packet->from_port = (uint16_t)big(at, 2);
    packet->to_port = (uint16_t)big(at + 2, 2);
    packet->seq = big(at + 4, 4);
    packet->ack = big(at + 8, 4);
    for (int i = 0; i < 5; i++) {
        if (at[13] & 1 << i)
            packet->flags[count++] = names[i];
    }
    if (head == 24) {
        assert_int_equal(big(at + 20, 2), 0x0204);
        packet->mss = (uint16_t)big(at + 22, 2);
    }
    packet->data = at + head;
    packet->len = ip->len - head;
}

static void read_udp(struct capture_packet *packet, const struct ip *ip)
{
    const uint8_t *at = ip->data;

    assert_true(ip->len >= 8);
    assert_int_equal(big(at + 4, 2), ip->len);
    assert_int_not_equal(big(at + 6, 2), 0);
    assert_int_equal(add(ip->pseudo, at, ip->len), 0xffff);
    packet->from_port = (uint16_t)big(at, 2);
    packet->to_port = (uint16_t)big(at + 2, 2);
    packet->data = at + 8;
    packet->len = ip->len - 8;
}

void capture_packet(struct capture_packet *packet, const uint8_t *bytes,
                    size_t len)
{
    struct ip ip;

    *packet = (struct capture_packet){.proto = 0};
    read_ip(&ip, packet, bytes, len);
    packet->data = ip.data;
    packet->len = ip.len;
    if (packet->proto == IPPROTO_TCP)
        read_tcp(packet, &ip);
    else if (packet->proto == IPPROTO_UDP)
        read_udp(packet, &ip);
    else if (packet->proto == IPPROTO_ICMP)
        assert_int_equal(add(0, ip.data, ip.len), 0xffff);
    else
        assert_int_equal(add(ip.pseudo, ip.data, ip.len), 0xffff);
}

struct block {
    uint32_t type;
    const uint8_t *body;
    size_t len;
};

/* Reads the next block, which must be whole. */
static void next_block(struct capture *capture, struct block *block)
{
    const uint8_t *at = capture->bytes + capture->at;
    size_t left = capture->len - capture->at;

    assert_true(left >= 12);
    size_t len = little(at + 4, 4);
    assert_true(len >= 12 && len <= left && len % 4 == 0);
    assert_int_equal(little(at + len - 4, 4), len);
    block->type = (uint32_t)little(at, 4);
    block->body = at + 8;
    block->len = len - 12;
    capture->at += len;
}

/*
 * Goes through the options from `at` on, which must have an end; comments
 * become a text. Returns the value of the one with that code, or NULL.
 */
static const uint8_t *options(const struct block *block, size_t at,
                              uint32_t code, char *comments, size_t size)
{
    const uint8_t *found = NULL;

    for (;;) {
        assert_true(at + 4 <= block->len);
        const uint8_t *option = block->body + at;
        size_t len = little(option + 2, 2);
        if (little(option, 2) == 0) {
            assert_int_equal(len, 0);
            assert_int_equal(at + 4, block->len);
            return found;
        }
        assert_true(at + 4 + len <= block->len);
        if (little(option, 2) == code)
            found = option + 4;
        if (little(option, 2) == 1) {
            size_t used = strlen(comments);
            assert_true(used + len + 2 <= size);
            snprintf(comments + used, size - used, "%.*s|", (int)len,
                     (const char *)option + 4);
        }
        at += 4 + (len + 3) / 4 * 4;
    }
}

void capture_open(struct capture *capture, int fd)
{
    struct block block;
    struct stat status;

    *capture = (struct capture){.at = 0};
    assert_return_code(fstat(fd, &status), 0);
    capture->len = (size_t)status.st_size;
    capture->bytes = test_malloc(capture->len + 1);
    assert_int_equal(pread(fd, capture->bytes, capture->len, 0), capture->len);

    next_block(capture, &block);
    assert_int_equal(block.type, 0x0a0d0d0a);
    assert_int_equal(little(block.body, 4), 0x1a2b3c4d);
    assert_int_equal(little(block.body + 4, 4), 1); /* version 1.0 */
    options(&block, 16, 0, capture->section, sizeof capture->section);

    char comments[64] = "";
    next_block(capture, &block);
    assert_int_equal(block.type, 1);
    assert_int_equal(little(block.body, 2), 101); /* raw IP */
    const uint8_t *name = options(&block, 8, 2, comments, sizeof comments);
    assert_memory_equal(name, "netbox", 6);
    const uint8_t *unit = options(&block, 8, 9, comments, sizeof comments);
    assert_int_equal(*unit, 9);
}

static void read_statistics(struct capture *capture, const struct block *block)
{
    char other[sizeof capture->end] = "";
    const uint8_t *count;

    count = options(block, 12, 4, capture->end, sizeof capture->end);
    capture->received = little(count, 8);
    count = options(block, 12, 5, other, sizeof other);
    capture->dropped = little(count, 8);
    capture->ended = true;
}

bool capture_next(struct capture *capture, struct capture_packet *packet)
{
    struct block block;

    if (capture->at == capture->len)
        return false;
    next_block(capture, &block);
    if (block.type == 5) {
        read_statistics(capture, &block);
        assert_int_equal(capture->at, capture->len);
        return false;
    }
    assert_int_equal(block.type, 6);
    assert_int_equal(little(block.body, 4), 0); /* the interface */
    size_t len = little(block.body + 12, 4);
    assert_int_equal(little(block.body + 16, 4), len);
    assert_true(20 + len <= block.len);
    capture_packet(packet, block.body + 20, len);
    packet->time = little(block.body + 4, 4) << 32 | little(block.body + 8, 4);
    size_t behind = 20 + (len + 3) / 4 * 4;
    options(&block, behind, 0, packet->comments, sizeof packet->comments);
    return true;
}

void capture_close(struct capture *capture)
{
    test_free(capture->bytes);
}
