/* Addresses as numbers and as text: literals, ports, zones, equality. */
#include "support/fixture.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "util/addr.h"
#include "util/list.h"

static struct nb_addr parsed(const char *text, uint16_t port)
{
    struct nb_addr addr = {.len = 0};

    assert_int_equal(nb_addr_parse(&addr, text, port), 0);
    return addr;
}

static void assert_format(const struct nb_addr *addr, const char *expected)
{
    char text[NB_ADDR_TEXT];

    nb_addr_format(addr, text);
    assert_string_equal(text, expected);
}

static void a_dotted_quad_is_ipv4(void **state)
{
    struct nb_addr addr = parsed("192.0.2.1", 80);

    assert_int_equal(nb_addr_family(&addr), AF_INET);
    assert_int_equal(nb_addr_port(&addr), 80);
    assert_int_equal(addr.len, sizeof(struct sockaddr_in));
    assert_int_equal(addr.u.in.sin_addr.s_addr, htonl(0xc0000201));
    assert_format(&addr, "192.0.2.1:80");
}

static void colons_make_ipv6(void **state)
{
    struct nb_addr addr = parsed("2001:DB8:0:0::1", 65535);

    assert_int_equal(nb_addr_family(&addr), AF_INET6);
    assert_int_equal(nb_addr_port(&addr), 65535);
    assert_int_equal(addr.len, sizeof(struct sockaddr_in6));
    assert_format(&addr, "[2001:db8::1]:65535");
}

static void an_ipv4_address_in_ipv6_stays_ipv6(void **state)
{
    struct nb_addr addr = parsed("::ffff:192.0.2.1", 1);

    assert_int_equal(nb_addr_family(&addr), AF_INET6);
    assert_format(&addr, "[::ffff:192.0.2.1]:1");
}

static void what_is_no_literal_is_refused_and_changes_nothing(void **state)
{
    static const char too_long[] =
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000";
    static const char *const texts[] = {
        "",
        " ",
        "localhost",
        "1",
        "127.1",
        "1.2.3",
        "1.2.3.4.",
        "1.2.3.4.5",
        "1.2.3.256",
        "0x7f.0.0.1",
        "127.0.0.01",
        " 127.0.0.1",
        "1.2.3.-4",
        "127.0.0.1 ",
        "1.2.3.4:80",
        "[::1]",
        ":",
        ":::",
        "1::2::3",
        "12345::",
        "::g",
        "1:2:3:4:5:6",
        "%",
        "%1",
        "::1%",
        "1.2.3.4%lo",
        "::1%nosuchinterface",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999",
        too_long,
    };

    for (size_t i = 0; i < NB_COUNTOF(texts); i++) {
        struct nb_addr addr = parsed("192.0.2.9", 9);
        assert_int_equal(nb_addr_parse(&addr, texts[i], 80), -EINVAL);
        assert_format(&addr, "192.0.2.9:9");
    }
}

static void a_zone_is_an_interface_by_name_or_number(void **state)
{
    struct nb_addr by_name = parsed("fe80::1%lo", 80);
    unsigned index = if_nametoindex("lo");
    char text[NB_ADDR_IP_TEXT];

    assert_int_equal(by_name.u.in6.sin6_scope_id, index);
    assert_format(&by_name, "[fe80::1%lo]:80");
    snprintf(text, sizeof text, "fe80::1%%%u", index);
    struct nb_addr by_number = parsed(text, 80);
    assert_format(&by_number, "[fe80::1%lo]:80");
}

static void a_zone_without_an_interface_is_shown_as_number(void **state)
{
    struct nb_addr addr = parsed("fe80::1%987654321", 80);

    assert_int_equal(addr.u.in6.sin6_scope_id, 987654321);
    assert_format(&addr, "[fe80::1%987654321]:80");
}

static void the_longest_text_fits(void **state)
{
    static const char ip[] = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255";
    struct nb_addr addr = parsed(ip, 65535);
    char text[NB_ADDR_TEXT];

    addr.u.in6.sin6_scope_id = UINT32_MAX;
    nb_addr_format(&addr, text);
    assert_string_equal(
        text, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535");
}

static void the_wildcard_has_a_family_and_a_port(void **state)
{
    struct nb_addr addr;

    nb_addr_any(&addr, AF_INET, 80);
    assert_format(&addr, "0.0.0.0:80");
    nb_addr_any(&addr, AF_INET6, 80);
    assert_format(&addr, "[::]:80");
}

static void the_port_can_be_changed(void **state)
{
    struct nb_addr in = parsed("192.0.2.1", 0);
    struct nb_addr in6 = parsed("::1", 0);

    nb_addr_set_port(&in, 1024);
    nb_addr_set_port(&in6, 65535);
    assert_int_equal(nb_addr_port(&in), 1024);
    assert_int_equal(nb_addr_port(&in6), 65535);
}

static void no_address_has_no_family_no_port_and_no_text(void **state)
{
    struct nb_addr none = {.len = 0};
    char text[NB_ADDR_IP_TEXT];

    assert_int_equal(nb_addr_family(&none), AF_UNSPEC);
    assert_int_equal(nb_addr_port(&none), 0);
    nb_addr_ip(&none, text);
    assert_string_equal(text, "");
    assert_format(&none, "");
}

static void the_address_alone_is_without_port_and_brackets(void **state)
{
    struct nb_addr in = parsed("192.0.2.1", 80);
    struct nb_addr in6 = parsed("::1", 80);
    char text[NB_ADDR_IP_TEXT];

    nb_addr_ip(&in, text);
    assert_string_equal(text, "192.0.2.1");
    nb_addr_ip(&in6, text);
    assert_string_equal(text, "::1");
}

static struct nb_addr path_of(const char *path, size_t len)
{
    struct nb_addr addr;

    assert_int_equal(nb_addr_unix(&addr, path, len), 0);
    assert_int_equal(nb_addr_family(&addr), AF_UNIX);
    assert_int_equal(nb_addr_port(&addr), 0);
    return addr;
}

static void assert_path(const struct nb_addr *addr, const char *path,
                        size_t len)
{
    size_t got_len = 99;
    const char *got = nb_addr_path(addr, &got_len);

    assert_int_equal(got_len, len);
    assert_memory_equal(got, path, len);
}

static void a_path_is_an_address(void **state)
{
    struct nb_addr addr = path_of("/run/x", 6);
    char text[NB_ADDR_IP_TEXT];

    assert_path(&addr, "/run/x", 6);
    assert_format(&addr, "/run/x");
    assert_int_equal(addr.len, offsetof(struct sockaddr_un, sun_path) + 7);
    nb_addr_ip(&addr, text);
    assert_string_equal(text, "");
    nb_addr_set_port(&addr, 80);
    assert_path(&addr, "/run/x", 6);
}

static void an_abstract_name_has_zero_bytes(void **state)
{
    struct nb_addr addr = path_of("\0a\0b\n", 5);

    assert_path(&addr, "\0a\0b\n", 5);
    assert_format(&addr, "@a?b?");
}

static void a_socket_without_a_name_has_an_empty_path(void **state)
{
    struct nb_addr unnamed = path_of("", 0);
    struct nb_addr any;

    assert_path(&unnamed, "", 0);
    assert_format(&unnamed, "*");
    nb_addr_any(&any, AF_UNIX, 80);
    assert_int_equal(any.len, unnamed.len);
    assert_path(&any, "", 0);
    any = parsed("192.0.2.1", 80);
    assert_path(&any, "", 0);
}

/* The kernel may say of a path of 108 bytes that it has 109. */
static void a_path_without_an_end_is_cut(void **state)
{
    struct nb_addr addr = path_of("x", 1);

    memset(addr.u.un.sun_path, 'x', sizeof addr.u.un.sun_path);
    addr.len = sizeof addr.u.un + 1;
    assert_path(&addr, addr.u.un.sun_path, 108);
}

static void a_path_must_fit_and_be_one(void **state)
{
    char long_path[109];
    char text[NB_ADDR_TEXT];
    struct nb_addr addr = {.len = 0};

    memset(long_path, 'x', sizeof long_path);
    assert_int_equal(nb_addr_unix(&addr, long_path, 108), -ENAMETOOLONG);
    assert_int_equal(nb_addr_unix(&addr, "a\0b", 3), -EINVAL);
    assert_int_equal(addr.len, 0);
    addr = path_of(long_path, 107);
    assert_path(&addr, long_path, 107);
    long_path[0] = '\0';
    assert_int_equal(nb_addr_unix(&addr, long_path, 109), -ENAMETOOLONG);
    addr = path_of(long_path, 108);
    assert_path(&addr, long_path, 108);
    nb_addr_format(&addr, text);
    assert_int_equal(strlen(text), 108);
}

static void a_memo_says_the_same(void **state)
{
    static const char *const texts[] = {
        "127.0.0.1", "127.0.0.1",  "10.0.0.255", "::1",
        "::1",       "10.0.0.255", "0.0.0.0",    "192.168.1.20",
    };
    struct nb_addr_memo memo = {.known = false};

    for (size_t i = 0; i < NB_COUNTOF(texts); i++) {
        struct nb_addr addr;
        struct nb_addr again;
        assert_int_equal(nb_addr_parse(&addr, texts[i], 80), 0);
        assert_int_equal(nb_addr_memo_parse(&memo, &again, texts[i], 80), 0);
        assert_int_equal(again.len, addr.len);
        assert_memory_equal(&again.u, &addr.u, addr.len);
        assert_string_equal(nb_addr_memo_ip(&memo, &addr), texts[i]);
        assert_int_equal(nb_addr_memo_parse(&memo, &again, texts[i], 81), 0);
        nb_addr_set_port(&addr, 81);
        assert_memory_equal(&again.u, &addr.u, addr.len);
        assert_int_equal(nb_addr_memo_parse(&memo, &again, "1.2.3", 80),
                         -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dotted_quad_is_ipv4),
        cmocka_unit_test(colons_make_ipv6),
        cmocka_unit_test(an_ipv4_address_in_ipv6_stays_ipv6),
        cmocka_unit_test(what_is_no_literal_is_refused_and_changes_nothing),
        cmocka_unit_test(a_zone_is_an_interface_by_name_or_number),
        cmocka_unit_test(a_zone_without_an_interface_is_shown_as_number),
        cmocka_unit_test(the_longest_text_fits),
        cmocka_unit_test(the_wildcard_has_a_family_and_a_port),
        cmocka_unit_test(the_port_can_be_changed),
        cmocka_unit_test(no_address_has_no_family_no_port_and_no_text),
        cmocka_unit_test(the_address_alone_is_without_port_and_brackets),
        cmocka_unit_test(a_path_is_an_address),
        cmocka_unit_test(an_abstract_name_has_zero_bytes),
        cmocka_unit_test(a_socket_without_a_name_has_an_empty_path),
        cmocka_unit_test(a_path_without_an_end_is_cut),
        cmocka_unit_test(a_path_must_fit_and_be_one),
        cmocka_unit_test(a_memo_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
