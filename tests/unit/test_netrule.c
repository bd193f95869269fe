/* Rules about hosts and ports: what is one, and what falls under it. */
#include "support/fixture.h"

#include <stdio.h>
#include <string.h>

#include "guard/netrule.h"
#include "util/list.h"

static struct nb_endpoint endpoint(const char *ip, uint16_t port)
{
    struct nb_addr addr;
    struct nb_endpoint end;

    if (nb_addr_parse(&addr, ip, port) < 0)
        fail_msg("no address: %s", ip);
    nb_endpoint_from(&end, &addr);
    return end;
}

static struct nb_netrule rule(const char *text)
{
    struct nb_netrule parsed;
    const char *wrong = nb_netrule_parse(&parsed, text);

    if (wrong != NULL)
        fail_msg("'%s' %s", text, wrong);
    return parsed;
}

static void a_rule_is_shown_in_one_form(void **state)
{
    static const struct {
        const char *text;
        const char *shown;
    } table[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"192.0.2.1:80", "192.0.2.1:80"},
        {"192.0.2.1:0", "192.0.2.1:0"},
        {"192.0.2.1:65535", "192.0.2.1:65535"},
        {"192.0.2.1:080", "192.0.2.1:80"},
        {"192.0.2.1:8000-8010", "192.0.2.1:8000-8010"},
        {"192.0.2.1:80-80", "192.0.2.1:80"},
        {"192.0.2.1:0-65535", "192.0.2.1:0-65535"},
        {"192.0.2.0/24", "192.0.2.0/24"},
        {"192.0.2.77/24", "192.0.2.0/24"},
        {"192.0.2.77/25", "192.0.2.0/25"},
        {"192.0.2.177/25", "192.0.2.128/25"},
        {"192.0.2.77/31", "192.0.2.76/31"},
        {"192.0.2.77/32", "192.0.2.77"},
        {"192.0.2.77/1", "128.0.0.0/1"},
        {"255.255.255.255/9", "255.128.0.0/9"},
        {"192.0.2.0/24:80", "192.0.2.0/24:80"},
        {"192.0.2.0/24:1-2", "192.0.2.0/24:1-2"},
        {"0.0.0.0", "0.0.0.0"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"9.9.9.9/0", "0.0.0.0/0"},
        {"0.0.0.0/0:443", "0.0.0.0/0:443"},
        {"::", "::"},
        {"::1", "::1"},
        {"[::1]", "::1"},
        {"[::1]:80", "[::1]:80"},
        {"[::]:80-90", "[::]:80-90"},
        {"2001:DB8::A", "2001:db8::a"},
        {"2001:db8:0:0:0:0:0:a", "2001:db8::a"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        {"[1:2:3:4:5:6:7:8]:9", "[1:2:3:4:5:6:7:8]:9"},
        {"2001:db8::/32", "2001:db8::/32"},
        {"2001:db8:ffff::/33", "2001:db8:8000::/33"},
        {"2001:db8::/32:443", "[2001:db8::/32]:443"},
        {"[2001:db8::/32]:443", "[2001:db8::/32]:443"},
        {"[2001:db8::]/32:443", "[2001:db8::/32]:443"},
        {"[2001:db8::]/32", "2001:db8::/32"},
        {"[2001:db8::/32]", "2001:db8::/32"},
        {"::/0", "::/0"},
        {"[::/0]:1", "[::/0]:1"},
        {"2001:db8::1/128", "2001:db8::1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"[::FFFF:C000:0201]", "192.0.2.1"},
        {"[::ffff:192.0.2.1]:80", "192.0.2.1:80"},
        {"::ffff:192.0.2.0/120", "192.0.2.0/24"},
        {"::ffff:192.0.2.99/120", "192.0.2.0/24"},
        {"::ffff:0:0/96", "0.0.0.0/0"},
        {"::ffff:192.0.2.1/128", "192.0.2.1"},
        {"::192.0.2.1", "::192.0.2.1"},
        {"64:ff9b::192.0.2.1", "[64:ff9b::c000:201]"},
        {"[2001:db8::1:2]", "[2001:db8::1:2]"},
        {"[2001:db8::1:2]/112", "2001:db8::1:0/112"},
        {"fe80::1%lo", "fe80::1%lo"},
        {"[fe80::1%lo]:80", "[fe80::1%lo]:80"},
        {"fe80::1%1", "fe80::1%lo"},
        {"::1%lo", "::1"},
        {"ff02::1%lo", "ff02::1%lo"},
        {"example.org", "example.org"},
        {"EXAMPLE.Org", "example.org"},
        {"example.org.", "example.org"},
        {"example.org:80", "example.org:80"},
        {"example.org.:80-90", "example.org:80-90"},
        {"a", "a"},
        {"a_b-c.d1", "a_b-c.d1"},
        {"1a.2b", "1a.2b"},
        {"xn--bcher-kva.example", "xn--bcher-kva.example"},
        {"localhost", "localhost"},
        {"localhost:80", "localhost:80"},
        {"127.0.0.1.example", "127.0.0.1.example"},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_netrule parsed = rule(table[i].text);
        char shown[NB_NETRULE_TEXT];
        nb_netrule_format(&parsed, shown);
        assert_string_equal(shown, table[i].shown);
        parsed = rule(shown);
        nb_netrule_format(&parsed, shown);
        assert_string_equal(shown, table[i].shown);
    }
}

static void what_is_no_rule_is_refused_in_words(void **state)
{
    static const char host[] = "is neither an address nor a name";
    static const char port[] = "has no port from 0 to 65535 behind its colon";
    static const char range[] =
        "has a range of ports that ends before it begins";
    static const char prefix[] = "has no length of a prefix behind its slash";
    static const char bracket[] = "has brackets round what is no IPv6 address";
    static const char twice[] =
        "can be read with and without a port: put brackets round the address";
    static const struct {
        const char *text;
        const char *wrong;
    } table[] = {
        {"", "is empty"},
        {" ", host},
        {" 192.0.2.1", host},
        {"192.0.2.1 ", host},
        {"300.1.1.1", host},
        {"192.0.2", host},
        {"192.0.2.1.1", host},
        {"127.1", host},
        {"0x7f.0.0.1", host},
        {"0x7f000001", host},
        {"2130706433", host},
        {"0177.0.0.1", host},
        {"127.0.0.01", host},
        {"127.000.000.001", host},
        {"+192.0.2.1", host},
        {"1e3.0.0.1", host},
        {"*", host},
        {"*.example.org", host},
        {"example..org", host},
        {".example.org", host},
        {".", host},
        {"example.org..", host},
        {"exam ple.org", host},
        {"example.org/24", host},
        {"ex\xc3\xa4mple.org", host},
        {"http://example.org", host},
        {"user@example.org", host},
        {"example.org\n", host},
        {"a\x1b[2J", host},
        {":", port},
        {":80", host},
        {"192.0.2.1:", port},
        {"192.0.2.1:http", port},
        {"192.0.2.1:-1", port},
        {"192.0.2.1:+1", port},
        {"192.0.2.1: 1", port},
        {"192.0.2.1:1 ", port},
        {"192.0.2.1:65536", port},
        {"192.0.2.1:99999999999999999999", port},
        {"192.0.2.1:0x50", port},
        {"192.0.2.1:80-", port},
        {"192.0.2.1:-80", port},
        {"192.0.2.1:80-90-100", port},
        {"192.0.2.1:80-70000", port},
        {"192.0.2.1:80,90", port},
        {"192.0.2.1:*", port},
        {"192.0.2.1:90-80", range},
        {"192.0.2.1/", prefix},
        {"192.0.2.1/33", prefix},
        {"192.0.2.1/-1", prefix},
        {"192.0.2.1/a", prefix},
        {"192.0.2.1/24/24", prefix},
        {"192.0.2.1/255.255.255.0", prefix},
        {"192.0.2.1/24 ", prefix},
        {"192.0.2.1/24:", port},
        {"192.0.2.1/99999999999", prefix},
        {"::/129", prefix},
        {"::ffff:192.0.2.1/95", prefix},
        {"::ffff:192.0.2.1/24", prefix},
        {"[::1", bracket},
        {"::1]", bracket},
        {"[]", bracket},
        {"[]:80", bracket},
        {"[192.0.2.1]", bracket},
        {"[192.0.2.1]:80", bracket},
        {"[example.org]:80", bracket},
        {"[::1]80", bracket},
        {"[::1]x:80", bracket},
        {"[[::1]]", bracket},
        {"[::1]:", port},
        {"[::1]:80:90", port},
        {"[::g]", host},
        {"[1:2:3]", host},
        {"::1:80", twice},
        {"2001:db8::1:443", twice},
        {"::ffff:c000:0201", twice},
        {"fe80::1:2", twice},
        {"::ffff:192.0.2.1:80", host},
        {"1:2:3:4:5:6:7:8:9", host},
        {"1:2", host},
        {"1:2:3", host},
        {":::", host},
        {"::1::", host},
        {"fe80::1%", host},
        {"fe80::1%nowhere", host},
        {"192.0.2.1%lo", host},
        {"::1%lo/64x", prefix},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_netrule parsed;
        const char *wrong = nb_netrule_parse(&parsed, table[i].text);
        if (wrong == NULL || strcmp(wrong, table[i].wrong) != 0)
            fail_msg("'%s': %s, not: %s", table[i].text,
                     wrong == NULL ? "taken" : wrong, table[i].wrong);
    }
}

static void every_group_of_hex_that_is_no_port_is_an_address(void **state)
{
    static const char *const addresses[] = {
        "::a",      "::1:a",          "::1:80a",      "2001:db8::f:f",
        "::1:ffff", "::ffff:1.2.3.4", "::1:2:1.2.3.4"};

    for (size_t i = 0; i < NB_COUNTOF(addresses); i++)
        assert_true(rule(addresses[i]).any_port);
}

static void names_have_their_lengths(void **state)
{
    char text[300];
    struct nb_netrule parsed;

    memset(text, 'a', sizeof text);
    text[63] = '\0';
    assert_null(nb_netrule_parse(&parsed, text));
    text[63] = 'a';
    text[64] = '\0';
    assert_non_null(nb_netrule_parse(&parsed, text));
    for (int i = 0; i < 299; i++)
        text[i] = i % 2 == 0 ? 'a' : '.';
    text[253] = '\0';
    assert_null(nb_netrule_parse(&parsed, text));
    strcpy(text + 253, ".");
    assert_null(nb_netrule_parse(&parsed, text));
    strcpy(text + 253, ".:65535");
    assert_null(nb_netrule_parse(&parsed, text));
    strcpy(text + 253, ".a");
    assert_non_null(nb_netrule_parse(&parsed, text));
    memset(text, '1', 299);
    text[299] = '\0';
    assert_non_null(nb_netrule_parse(&parsed, text));
}

/* Each line: a rule, an address, a port, and whether it falls under it. */
static void a_rule_covers_what_it_spells(void **state)
{
    static const struct {
        const char *rule;
        const char *ip;
        uint16_t port;
        bool covers;
    } table[] = {
        {"192.0.2.1", "192.0.2.1", 80, true},
        {"192.0.2.1", "192.0.2.1", 0, true},
        {"192.0.2.1", "192.0.2.2", 80, false},
        {"192.0.2.1", "::ffff:192.0.2.1", 80, true},
        {"192.0.2.1", "::192.0.2.1", 80, false},
        {"192.0.2.1", "64:ff9b::192.0.2.1", 80, false},
        {"::ffff:192.0.2.1", "192.0.2.1", 80, true},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1", 80, true},
        {"192.0.2.1:80", "192.0.2.1", 80, true},
        {"192.0.2.1:80", "192.0.2.1", 81, false},
        {"192.0.2.1:80", "192.0.2.1", 79, false},
        {"192.0.2.1:80", "192.0.2.1", 0, false},
        {"192.0.2.1:80", "192.0.2.2", 80, false},
        {"192.0.2.1:80-82", "192.0.2.1", 80, true},
        {"192.0.2.1:80-82", "192.0.2.1", 81, true},
        {"192.0.2.1:80-82", "192.0.2.1", 82, true},
        {"192.0.2.1:80-82", "192.0.2.1", 83, false},
        {"192.0.2.1:0", "192.0.2.1", 0, true},
        {"192.0.2.1:0", "192.0.2.1", 1, false},
        {"192.0.2.1:65535", "192.0.2.1", 65535, true},
        {"192.0.2.0/24", "192.0.2.0", 1, true},
        {"192.0.2.0/24", "192.0.2.255", 1, true},
        {"192.0.2.0/24", "192.0.3.0", 1, false},
        {"192.0.2.0/24", "192.0.1.255", 1, false},
        {"192.0.2.0/24:80", "192.0.2.9", 80, true},
        {"192.0.2.0/24:80", "192.0.2.9", 81, false},
        {"192.0.2.128/25", "192.0.2.128", 1, true},
        {"192.0.2.128/25", "192.0.2.127", 1, false},
        {"192.0.2.8/29", "192.0.2.15", 1, true},
        {"192.0.2.8/29", "192.0.2.16", 1, false},
        {"192.0.2.8/29", "192.0.2.7", 1, false},
        {"128.0.0.0/1", "255.255.255.255", 1, true},
        {"128.0.0.0/1", "127.255.255.255", 1, false},
        {"10.0.0.0/8", "10.255.255.255", 1, true},
        {"10.0.0.0/8", "11.0.0.0", 1, false},
        {"10.0.0.0/8", "::ffff:10.1.1.1", 1, true},
        {"0.0.0.0/0", "192.0.2.1", 1, true},
        {"0.0.0.0/0", "0.0.0.0", 1, true},
        {"0.0.0.0/0", "2001:db8::1", 1, false},
        {"0.0.0.0/0", "::", 1, false},
        {"0.0.0.0", "0.0.0.0", 80, true},
        {"0.0.0.0", "127.0.0.1", 80, false},
        {"0.0.0.0", "::", 80, false},
        {"0.0.0.0", "::ffff:0.0.0.0", 80, true},
        {"::", "::", 80, true},
        {"::", "::1", 80, false},
        {"::", "0.0.0.0", 80, false},
        {"::1", "::1", 80, true},
        {"::1", "127.0.0.1", 80, false},
        {"::1", "::1%lo", 80, true},
        {"::1%lo", "::1", 80, true},
        {"::/0", "2001:db8::1", 1, true},
        {"::/0", "::1", 1, true},
        {"::/0", "192.0.2.1", 1, false},
        {"::/0", "::ffff:192.0.2.1", 1, false},
        {"::ffff:0:0/96", "192.0.2.1", 1, true},
        {"::ffff:0:0/96", "::ffff:192.0.2.1", 1, true},
        {"::ffff:0:0/96", "::1", 1, false},
        {"2001:db8::/32", "2001:db8:ffff::1", 1, true},
        {"2001:db8::/32", "2001:db9::1", 1, false},
        {"2001:db8::/33", "2001:db8:7fff::1", 1, true},
        {"2001:db8::/33", "2001:db8:8000::1", 1, false},
        {"[2001:db8::/32]:443", "2001:db8::1", 443, true},
        {"[2001:db8::/32]:443", "2001:db8::1", 80, false},
        {"2001:db8::1", "2001:0DB8:0:0:0:0:0:1", 80, true},
        {"2001:db8::1", "2001:db8::2", 80, false},
        {"2001:db8::/127", "2001:db8::1", 1, true},
        {"2001:db8::/127", "2001:db8::2", 1, false},
        {"fe80::1", "fe80::1", 1, true},
        {"fe80::1", "fe80::1%lo", 1, true},
        {"fe80::1", "fe80::1%7", 1, true},
        {"fe80::1%lo", "fe80::1%lo", 1, true},
        {"fe80::1%lo", "fe80::1%1", 1, true},
        {"fe80::1%lo", "fe80::1%7", 1, false},
        {"fe80::1%lo", "fe80::1", 1, false},
        {"2001:db8::1%lo", "2001:db8::1%7", 1, true},
        {"ff02::1%lo", "ff02::1%lo", 1, true},
        {"ff02::1%lo", "ff02::1%7", 1, false},
        {"224.0.0.0/4", "239.255.255.255", 1, true},
        {"224.0.0.0/4", "223.255.255.255", 1, false},
        {"localhost", "127.0.0.1", 1, true},
        {"localhost", "127.9.9.9", 1, true},
        {"localhost", "::1", 1, true},
        {"localhost", "::ffff:127.0.0.1", 1, true},
        {"localhost", "0.0.0.0", 1, false},
        {"localhost", "192.0.2.1", 1, false},
        {"localhost:80", "127.0.0.1", 80, true},
        {"localhost:80", "127.0.0.1", 81, false},
        {"a.localhost", "127.0.0.1", 1, true},
        {"localhost.example", "127.0.0.1", 1, false},
        {"example.org", "192.0.2.1", 80, false},
        {"127.0.0.1.example", "127.0.0.1", 80, false},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_netrule parsed = rule(table[i].rule);
        struct nb_endpoint end = endpoint(table[i].ip, table[i].port);
        if (nb_netrule_covers(&parsed, &end, NB_PORT_EXACT) != table[i].covers)
            fail_msg("%s and %s port %d", table[i].rule, table[i].ip,
                     table[i].port);
    }
}

static void every_length_of_a_prefix_cuts_at_its_bit(void **state)
{
    char text[64];

    for (unsigned prefix = 1; prefix <= 128; prefix++) {
        struct nb_endpoint end = endpoint("aaaa::5555", 1);
        snprintf(text, sizeof text, "aaaa::5555/%u", prefix);
        struct nb_netrule parsed = rule(text);
        assert_true(nb_netrule_covers(&parsed, &end, NB_PORT_EXACT));
        end.bytes[(prefix - 1) / 8] ^= (uint8_t)(0x80U >> (prefix - 1) % 8);
        assert_false(nb_netrule_covers(&parsed, &end, NB_PORT_EXACT));
        end = endpoint("aaaa::5555", 1);
        if (prefix < 128) {
            end.bytes[prefix / 8] ^= (uint8_t)(0x80U >> prefix % 8);
            assert_true(nb_netrule_covers(&parsed, &end, NB_PORT_EXACT));
        }
    }
}

static void a_port_may_be_any_or_the_systems_choice(void **state)
{
    struct nb_endpoint end = endpoint("192.0.2.1", 33333);
    struct nb_netrule some = rule("192.0.2.1:80");
    struct nb_netrule zero = rule("192.0.2.1:0");

    assert_true(nb_netrule_covers(&some, &end, NB_PORT_SOME));
    assert_false(nb_netrule_covers(&some, &end, NB_PORT_CHOSEN));
    assert_true(nb_netrule_covers(&zero, &end, NB_PORT_CHOSEN));
    assert_false(nb_netrule_covers(&zero, &end, NB_PORT_EXACT));
    end = endpoint("192.0.2.2", 33333);
    assert_false(nb_netrule_covers(&some, &end, NB_PORT_SOME));
    assert_false(nb_netrule_covers(&zero, &end, NB_PORT_CHOSEN));
}

static void a_name_is_compared_without_case_and_its_last_dot(void **state)
{
    static const struct {
        const char *rule;
        const char *name;
        bool named;
    } table[] = {
        {"example.org", "example.org", true},
        {"example.org", "EXAMPLE.ORG", true},
        {"example.org", "example.org.", true},
        {"Example.org.", "eXample.oRg", true},
        {"example.org:80", "example.org", true},
        {"example.org", "www.example.org", false},
        {"example.org", "xexample.org", false},
        {"example.org", "example.or", false},
        {"example.org", "example.org.evil", false},
        {"example.org", "example.org..", false},
        {"example.org", "", false},
        {"www.example.org", "example.org", false},
        {"192.0.2.1", "192.0.2.1", false},
        {"0.0.0.0/0", "example.org", false},
        {"::/0", "example.org", false},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_netrule parsed = rule(table[i].rule);
        if (nb_netrule_names(&parsed, table[i].name) != table[i].named)
            fail_msg("%s and %s", table[i].rule, table[i].name);
    }
}

static void a_rule_for_one_address_covers_that(void **state)
{
    static const char *const ips[] = {"192.0.2.1", "::1", "fe80::1%lo",
                                      "0.0.0.0", "::ffff:192.0.2.1"};

    for (size_t i = 0; i < NB_COUNTOF(ips); i++) {
        struct nb_endpoint end = endpoint(ips[i], 80);
        struct nb_endpoint other = endpoint(ips[i], 81);
        struct nb_netrule made;
        nb_netrule_for(&made, &end);
        assert_true(nb_netrule_covers(&made, &end, NB_PORT_EXACT));
        assert_false(nb_netrule_covers(&made, &other, NB_PORT_EXACT));
        end.port = 0;
        nb_netrule_for(&made, &end);
        assert_true(nb_netrule_covers(&made, &other, NB_PORT_EXACT));
    }
}

static void what_is_no_internet_address_falls_under_no_rule(void **state)
{
    static const char *const rules[] = {"0.0.0.0/0", "::/0", "localhost",
                                        "0.0.0.0:0"};
    struct nb_addr addr;
    struct nb_endpoint end;

    assert_int_equal(nb_addr_unix(&addr, "x", 1), 0);
    nb_endpoint_from(&end, &addr);
    assert_false(nb_endpoint_is_loopback(&end));
    assert_false(nb_endpoint_is_wildcard(&end));
    for (size_t i = 0; i < NB_COUNTOF(rules); i++) {
        struct nb_netrule parsed = rule(rules[i]);
        assert_false(nb_netrule_covers(&parsed, &end, NB_PORT_EXACT));
        assert_false(nb_netrule_covers(&parsed, &end, NB_PORT_SOME));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_is_shown_in_one_form),
        cmocka_unit_test(what_is_no_rule_is_refused_in_words),
        cmocka_unit_test(every_group_of_hex_that_is_no_port_is_an_address),
        cmocka_unit_test(names_have_their_lengths),
        cmocka_unit_test(a_rule_covers_what_it_spells),
        cmocka_unit_test(every_length_of_a_prefix_cuts_at_its_bit),
        cmocka_unit_test(a_port_may_be_any_or_the_systems_choice),
        cmocka_unit_test(a_name_is_compared_without_case_and_its_last_dot),
        cmocka_unit_test(a_rule_for_one_address_covers_that),
        cmocka_unit_test(what_is_no_internet_address_falls_under_no_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
