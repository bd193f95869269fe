/*
 * Packets: whatever is in them, a strict reader (support/capture) finds what
 * was put there, and every length and checksum right.
 */
#include "support/fixture.h"

#include <arpa/inet.h>
#include <string.h>

#include "support/capture.h"
#include "trace/wire.h"
#include "util/addr.h"

static uint8_t bytes[70000];

/* Reads the packet as it would lie on the wire. */
static struct capture_packet seen(const struct nb_wire_packet *packet)
{
    struct capture_packet capture;

    assert_true(packet->head_len <= sizeof packet->head);
    memcpy(bytes, packet->head, packet->head_len);
    if (packet->len > 0)
        memcpy(bytes + packet->head_len, packet->data, packet->len);
    capture_packet(&capture, bytes, packet->head_len + packet->len);
    return capture;
}

static void ends_of(const char *local, const char *remote,
                    struct nb_wire_end ends[2])
{
    struct nb_addr addrs[2];

    assert_int_equal(nb_addr_parse(&addrs[0], local, 4000), 0);
    assert_int_equal(nb_addr_parse(&addrs[1], remote, 80), 0);
    assert_true(nb_wire_ends(&addrs[0], &addrs[1], ends));
}

static void a_segment_has_what_was_given(void **state)
{
    const char *pairs[][2] = {{"127.0.0.1", "127.0.0.2"},
                              {"::1", "2001:db8::1"}};

    for (size_t i = 0; i < NB_COUNTOF(pairs); i++) {
        struct nb_wire_end ends[2];
        struct nb_wire_packet packet;
        ends_of(pairs[i][0], pairs[i][1], ends);
        nb_wire_tcp(&packet, &ends[0], &ends[1],
                    &(struct nb_wire_segment){
                        .seq = 0xfffffff0,
                        .ack = 7,
                        .flags = NB_WIRE_PSH | NB_WIRE_ACK,
                        .data = "hello",
                        .len = 5,
                    });
        struct capture_packet got = seen(&packet);
        assert_string_equal(got.from, pairs[i][0]);
        assert_string_equal(got.to, pairs[i][1]);
        assert_int_equal(got.from_port, 4000);
        assert_int_equal(got.to_port, 80);
        assert_int_equal(got.seq, 0xfffffff0);
        assert_int_equal(got.ack, 7);
        assert_string_equal(got.flags, "PA");
        assert_int_equal(got.mss, 0);
        assert_int_equal(got.len, 5);
        assert_memory_equal(got.data, "hello", 5);
    }
}

static void a_syn_says_how_large_a_segment_may_be(void **state)
{
    struct nb_wire_end ends[2];
    struct nb_wire_packet packet;

    ends_of("127.0.0.1", "127.0.0.1", ends);
    nb_wire_tcp(&packet, &ends[0], &ends[1],
                &(struct nb_wire_segment){
                    .flags = NB_WIRE_SYN,
                    .mss = nb_wire_mss(&ends[1]),
                });
    struct capture_packet got = seen(&packet);
    assert_string_equal(got.flags, "S");
    assert_int_equal(got.mss, 65495);
    assert_int_equal(got.len, 0);
}

static void the_largest_segments_fill_a_packet(void **state)
{
    static const uint8_t data[70000];
    const struct {
        const char *address;
        uint16_t mss;
    } ways[] = {
        {"127.0.0.1", 65495},
        {"::1", 65476},
        {"192.0.2.1", 1460},
        {"2001:db8::1", 1440},
    };

    for (size_t i = 0; i < NB_COUNTOF(ways); i++) {
        struct nb_wire_end ends[2];
        struct nb_wire_packet packet;
        ends_of(ways[i].address, ways[i].address, ends);
        assert_int_equal(nb_wire_mss(&ends[1]), ways[i].mss);
        nb_wire_tcp(&packet, &ends[0], &ends[1],
                    &(struct nb_wire_segment){
                        .data = data,
                        .len = ways[i].mss,
                    });
        assert_int_equal(seen(&packet).len, ways[i].mss);
    }
}

static void a_datagram_has_what_was_given(void **state)
{
    struct nb_wire_end ends[2];
    struct nb_wire_packet packet;

    ends_of("::1", "::1", ends);
    for (size_t len = 0; len < 4; len++) {
        nb_wire_udp(&packet, &ends[0], &ends[1], "abc", len);
        struct capture_packet got = seen(&packet);
        assert_int_equal(got.proto, 17);
        assert_int_equal(got.from_port, 4000);
        assert_int_equal(got.to_port, 80);
        assert_int_equal(got.len, len);
        assert_memory_equal(got.data, "abc", len);
    }
}

/* RFC 768: a checksum of zero says that there is none. */
static void a_checksum_of_udp_is_never_zero(void **state)
{
    struct nb_wire_end ends[2];
    struct nb_wire_packet packet;
    uint8_t data[2] = {0, 0};

    ends_of("127.0.0.1", "127.0.0.1", ends);
    uint16_t checksum =
        nb_wire_udp(&packet, &ends[0], &ends[1], data, sizeof data);
    data[0] = (uint8_t)(checksum >> 8);
    data[1] = (uint8_t)checksum;
    checksum = nb_wire_udp(&packet, &ends[0], &ends[1], data, sizeof data);
    assert_int_equal(checksum, 0xffff);
    seen(&packet);
}

static void mapped_addresses_are_those_of_ipv4(void **state)
{
    struct nb_wire_end ends[2];
    struct nb_wire_packet packet;

    ends_of("::ffff:127.0.0.1", "::ffff:192.0.2.7", ends);
    nb_wire_udp(&packet, &ends[0], &ends[1], "x", 1);
    struct capture_packet got = seen(&packet);
    assert_string_equal(got.from, "127.0.0.1");
    assert_string_equal(got.to, "192.0.2.7");

    ends_of("::", "::ffff:192.0.2.7", ends);
    nb_wire_udp(&packet, &ends[0], &ends[1], "x", 1);
    assert_string_equal(seen(&packet).from, "0.0.0.0");
}

static void unix_sockets_and_what_is_not_known_have_no_packets(void **state)
{
    struct nb_wire_end ends[2];
    struct nb_addr inet;
    struct nb_addr other = {.len = 0};

    nb_addr_parse(&inet, "127.0.0.1", 1);
    assert_false(nb_wire_ends(&inet, &other, ends));
    assert_false(nb_wire_ends(&other, &inet, ends));
    nb_addr_unix(&other, "/run/x", 6);
    assert_false(nb_wire_ends(&inet, &other, ends));
    nb_addr_parse(&other, "::1", 1);
    assert_false(nb_wire_ends(&inet, &other, ends));
}

/* An echo request: type, code, checksum, identifier, number; RFC 792. */
static const uint8_t request[] = {8, 0, 0xe5, 0xca, 0x12, 0x34,
                                  0, 1, 'h',  'i',  '!',  '!'};

static void icmp_stays_as_it_was(void **state)
{
    struct nb_wire_end ends[2];
    struct nb_wire_packet packet;
    uint8_t valid[sizeof request];

    ends_of("127.0.0.1", "127.0.0.1", ends);
    nb_wire_ping(&packet, &ends[0], &ends[1], request, sizeof request);
    memcpy(valid, seen(&packet).data, sizeof valid);
    uint16_t checksum =
        nb_wire_icmp(&packet, &ends[0], &ends[1], valid, sizeof valid);
    struct capture_packet got = seen(&packet);
    assert_int_equal(got.proto, 1);
    assert_int_equal(got.len, sizeof valid);
    assert_memory_equal(got.data, valid, sizeof valid);
    assert_int_equal(checksum, valid[2] << 8 | valid[3]);

    nb_wire_icmp(&packet, &ends[0], &ends[1], request, 3);
    assert_int_equal(packet.head_len + packet.len, 20 + 3);
}

static void a_ping_has_its_port_for_an_identifier(void **state)
{
    struct nb_wire_end ends[2];
    struct nb_wire_packet packet;

    ends_of("127.0.0.1", "127.0.0.1", ends);
    nb_wire_ping(&packet, &ends[0], &ends[1], request, sizeof request);
    struct capture_packet got = seen(&packet);
    assert_int_equal(got.data[4] << 8 | got.data[5], 4000);
    assert_memory_equal(got.data + 6, request + 6, sizeof request - 6);
}

static void the_checksum_of_icmpv6_goes_by_the_addresses(void **state)
{
    struct nb_wire_end ends[2];
    struct nb_wire_packet packet;
    uint8_t echo[sizeof request];

    memcpy(echo, request, sizeof echo);
    echo[0] = 128;
    ends_of("fe80::1", "ff02::1", ends);
    nb_wire_icmp(&packet, &ends[0], &ends[1], echo, sizeof echo);
    struct capture_packet got = seen(&packet);
    assert_int_equal(got.proto, 58);
    assert_int_equal(got.data[4] << 8 | got.data[5], 0x1234);
}

static void a_closed_port_quotes_what_it_was_sent(void **state)
{
    const struct {
        const char *address;
        uint8_t type;
        uint8_t code;
        size_t ip;
    } ways[] = {{"127.0.0.1", 3, 3, 20}, {"::1", 1, 4, 40}};

    for (size_t i = 0; i < NB_COUNTOF(ways); i++) {
        struct nb_wire_end ends[2];
        struct nb_wire_packet packet;
        struct nb_wire_quote quote = {.len = 5};
        uint8_t sent[48];
        ends_of(ways[i].address, ways[i].address, ends);
        quote.checksum = nb_wire_udp(&packet, &ends[0], &ends[1], "hello", 5);
        memcpy(sent, packet.head, packet.head_len);
        nb_wire_unreachable(&packet, &ends[1], &ends[0], &quote);
        struct capture_packet got = seen(&packet);
        assert_int_equal(got.data[0], ways[i].type);
        assert_int_equal(got.data[1], ways[i].code);
        assert_int_equal(got.len, 8 + ways[i].ip + 8);
        assert_memory_equal(got.data + 8, sent, ways[i].ip + 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_segment_has_what_was_given),
        cmocka_unit_test(a_syn_says_how_large_a_segment_may_be),
        cmocka_unit_test(the_largest_segments_fill_a_packet),
        cmocka_unit_test(a_datagram_has_what_was_given),
        cmocka_unit_test(a_checksum_of_udp_is_never_zero),
        cmocka_unit_test(mapped_addresses_are_those_of_ipv4),
        cmocka_unit_test(unix_sockets_and_what_is_not_known_have_no_packets),
        cmocka_unit_test(icmp_stays_as_it_was),
        cmocka_unit_test(a_ping_has_its_port_for_an_identifier),
        cmocka_unit_test(the_checksum_of_icmpv6_goes_by_the_addresses),
        cmocka_unit_test(a_closed_port_quotes_what_it_was_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
