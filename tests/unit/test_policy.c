/* Which addresses are allowed without flags, and with them. */
#include "support/fixture.h"
#include "support/flags.h"

#include "util/addr.h"
#include "util/err.h"
#include "util/list.h"

/* In the tables. */
#define C NB_RIGHT_CONNECT
#define S NB_RIGHT_SEND
#define B NB_RIGHT_LISTEN
#define A NB_RIGHT_ACCEPT
#define G NB_RIGHT_GROUP
#define N NB_RIGHT_NAME

static void addresses_are_judged_by_the_flags(void **state)
{
    static const struct {
        const char *flags;
        enum nb_right right;
        const char *ip;
        uint16_t port;
        bool allowed;
    } table[] = {
        /* without a flag: loopback */
        {"", C, "127.0.0.1", 80, true},
        {"", C, "127.255.255.254", 80, true},
        {"", C, "::1", 80, true},
        {"", C, "::1%lo", 80, true},
        {"", C, "::ffff:127.0.0.1", 80, true},
        {"", C, "::ffff:127.9.9.9", 80, true},
        {"", S, "127.0.0.1", 80, true},
        {"", S, "::1", 0, true},
        {"", B, "127.0.0.1", 80, true},
        {"", B, "127.0.0.1", 0, true},
        {"", B, "::1", 80, true},
        {"", A, "127.0.0.1", 12345, true},
        {"", C, "0.0.0.0", 80, false},
        {"", C, "::", 80, false},
        {"", C, "::ffff:0.0.0.0", 80, false},
        {"", C, "::127.0.0.1", 80, false},
        {"", C, "64:ff9b::127.0.0.1", 80, false},
        {"", C, "126.255.255.255", 80, false},
        {"", C, "128.0.0.0", 80, false},
        {"", C, "192.0.2.1", 80, false},
        {"", C, "2001:db8::1", 80, false},
        {"", C, "fe80::1%lo", 80, false},
        {"", C, "::2", 80, false},
        {"", S, "192.0.2.1", 80, false},
        {"", S, "255.255.255.255", 80, false},
        {"", S, "224.0.0.1", 80, false},
        {"", B, "0.0.0.0", 80, false},
        {"", B, "0.0.0.0", 0, false},
        {"", B, "::", 0, false},
        {"", B, "192.0.2.1", 0, false},
        {"", A, "0.0.0.0", 12345, false},
        {"", A, "::", 0, false},
        {"", G, "224.0.0.1", 0, false},
        {"", G, "127.0.0.1", 0, false},
        {"", N, "192.0.2.1", 0, false},
        {"", N, "127.0.0.2", 0, false},
        /* --allow-net */
        {"allow-net", C, "192.0.2.1", 80, true},
        {"allow-net", C, "2001:db8::1", 80, true},
        {"allow-net", C, "0.0.0.0", 80, true},
        {"allow-net", S, "255.255.255.255", 80, true},
        {"allow-net", B, "0.0.0.0", 80, true},
        {"allow-net", B, "::", 80, true},
        {"allow-net", A, "0.0.0.0", 0, true},
        {"allow-net", G, "224.0.0.1", 0, true},
        {"allow-net", N, "192.0.2.1", 0, true},
        {"allow-net=192.0.2.1", C, "192.0.2.1", 80, true},
        {"allow-net=192.0.2.1", C, "::ffff:192.0.2.1", 80, true},
        {"allow-net=192.0.2.1", S, "192.0.2.1", 80, true},
        {"allow-net=192.0.2.1", B, "192.0.2.1", 80, true},
        {"allow-net=192.0.2.1", A, "192.0.2.1", 80, true},
        {"allow-net=192.0.2.1", G, "192.0.2.1", 0, true},
        {"allow-net=192.0.2.1", N, "192.0.2.1", 0, true},
        {"allow-net=192.0.2.1", C, "192.0.2.2", 80, false},
        {"allow-net=192.0.2.1", B, "0.0.0.0", 80, false},
        {"allow-net=192.0.2.1", C, "0.0.0.0", 80, false},
        {"allow-net=192.0.2.1:80", C, "192.0.2.1", 80, true},
        {"allow-net=192.0.2.1:80", S, "192.0.2.1", 80, true},
        {"allow-net=192.0.2.1:80", B, "192.0.2.1", 80, true},
        {"allow-net=192.0.2.1:80", C, "192.0.2.1", 81, false},
        {"allow-net=192.0.2.1:80", C, "192.0.2.1", 0, false},
        {"allow-net=192.0.2.1:80", G, "192.0.2.1", 0, true},
        {"allow-net=192.0.2.1:80", G, "192.0.2.1", 99, true},
        {"allow-net=192.0.2.1:80", N, "192.0.2.1", 0, true},
        {"allow-net=127.0.0.2", N, "127.0.0.2", 0, true},
        {"allow-net=192.0.2.1,198.51.100.0/24:53", C, "192.0.2.1", 1, true},
        {"allow-net=192.0.2.1,198.51.100.0/24:53", C, "198.51.100.9", 53, true},
        {"allow-net=192.0.2.1,198.51.100.0/24:53", C, "198.51.100.9", 54,
         false},
        {"allow-net=192.0.2.1 allow-net=192.0.2.2", C, "192.0.2.1", 1, true},
        {"allow-net=192.0.2.1 allow-net=192.0.2.2", C, "192.0.2.2", 1, true},
        {"allow-net=224.1.1.1:5007", S, "224.1.1.1", 5007, true},
        {"allow-net=224.1.1.1:5007", G, "224.1.1.1", 0, true},
        {"allow-net=224.1.1.1:5007", G, "224.1.1.2", 0, false},
        {"allow-net=0.0.0.0", C, "0.0.0.0", 80, true},
        {"allow-net=0.0.0.0", C, "192.0.2.1", 80, false},
        {"allow-net=0.0.0.0", B, "0.0.0.0", 80, true},
        {"allow-net=0.0.0.0/0", C, "192.0.2.1", 80, true},
        {"allow-net=0.0.0.0/0", C, "2001:db8::1", 80, false},
        {"allow-net=example.org", C, "192.0.2.1", 80, false},
        {"allow-net=example.org", B, "0.0.0.0", 80, false},
        /* --allow-listen */
        {"allow-listen", B, "0.0.0.0", 80, true},
        {"allow-listen", B, "192.0.2.1", 80, true},
        {"allow-listen", A, "::", 80, true},
        {"allow-listen", C, "192.0.2.1", 80, false},
        {"allow-listen", S, "192.0.2.1", 80, false},
        {"allow-listen", G, "224.0.0.1", 0, false},
        {"allow-listen", N, "192.0.2.1", 0, false},
        {"allow-listen=0.0.0.0:8000", B, "0.0.0.0", 8000, true},
        {"allow-listen=0.0.0.0:8000", A, "0.0.0.0", 8000, true},
        {"allow-listen=0.0.0.0:8000", B, "::ffff:0.0.0.0", 8000, true},
        {"allow-listen=0.0.0.0:8000", B, "0.0.0.0", 8001, false},
        {"allow-listen=0.0.0.0:8000", B, "0.0.0.0", 0, false},
        {"allow-listen=0.0.0.0:8000", B, "192.0.2.1", 8000, false},
        {"allow-listen=0.0.0.0:8000", B, "::", 8000, false},
        {"allow-listen=0.0.0.0:8000", A, "0.0.0.0", 0, false},
        {"allow-listen=0.0.0.0:0", B, "0.0.0.0", 0, true},
        {"allow-listen=0.0.0.0:0", A, "0.0.0.0", 40000, true},
        {"allow-listen=0.0.0.0:0", B, "0.0.0.0", 40000, false},
        {"allow-listen=0.0.0.0:8000-8010", B, "0.0.0.0", 8005, true},
        {"allow-listen=0.0.0.0:8000-8010", B, "0.0.0.0", 8011, false},
        /* -A */
        {"all", C, "192.0.2.1", 80, true},
        {"all", B, "0.0.0.0", 80, true},
        {"all", G, "224.0.0.1", 0, true},
        {"all", N, "192.0.2.1", 0, true},
        /* what is denied is denied */
        {"deny-net", C, "127.0.0.1", 80, false},
        {"deny-net", B, "127.0.0.1", 80, false},
        {"deny-net", C, "::1", 80, false},
        {"all deny-net", C, "192.0.2.1", 80, false},
        {"all deny-net", B, "192.0.2.1", 80, false},
        {"deny-net allow-net", C, "192.0.2.1", 80, false},
        {"deny-net=127.0.0.1", C, "127.0.0.1", 80, false},
        {"deny-net=127.0.0.1", C, "::ffff:127.0.0.1", 80, false},
        {"deny-net=127.0.0.1", B, "127.0.0.1", 80, false},
        {"deny-net=127.0.0.1", C, "127.0.0.2", 80, true},
        {"deny-net=127.0.0.1", C, "::1", 80, true},
        {"deny-net=localhost", C, "127.0.0.1", 80, false},
        {"deny-net=localhost", C, "::1", 80, false},
        {"deny-net=localhost", C, "127.7.7.7", 80, false},
        {"deny-net=127.0.0.1:80", C, "127.0.0.1", 80, false},
        {"deny-net=127.0.0.1:80", C, "127.0.0.1", 81, true},
        {"allow-net deny-net=192.0.2.1", C, "192.0.2.1", 80, false},
        {"allow-net deny-net=192.0.2.1", S, "192.0.2.1", 80, false},
        {"allow-net deny-net=192.0.2.1", B, "192.0.2.1", 80, false},
        {"allow-net deny-net=192.0.2.1", A, "192.0.2.1", 80, false},
        {"allow-net deny-net=192.0.2.1", G, "192.0.2.1", 0, false},
        {"allow-net deny-net=192.0.2.1", N, "192.0.2.1", 0, false},
        {"allow-net deny-net=192.0.2.1", C, "::ffff:192.0.2.1", 80, false},
        {"allow-net deny-net=192.0.2.1", C, "192.0.2.2", 80, true},
        {"allow-net deny-net=192.0.2.1", B, "0.0.0.0", 80, true},
        {"allow-net deny-net=::ffff:192.0.2.1", C, "192.0.2.1", 80, false},
        {"deny-net=192.0.2.1 allow-net", C, "192.0.2.1", 80, false},
        {"allow-net=192.0.2.1 deny-net=192.0.2.1", C, "192.0.2.1", 80, false},
        {"allow-net=192.0.2.1 deny-net=192.0.2.0/24", C, "192.0.2.1", 80,
         false},
        {"allow-net deny-net=192.0.2.1:80", C, "192.0.2.1", 81, true},
        {"allow-net deny-net=192.0.2.1:80", C, "192.0.2.1", 80, false},
        {"allow-net deny-net=192.0.2.1:80", N, "192.0.2.1", 0, true},
        {"allow-net deny-net=224.0.0.1:80", G, "224.0.0.1", 0, true},
        {"all deny-net=192.0.2.1", C, "192.0.2.1", 80, false},
        /* the wildcard address leads to loopback */
        {"allow-net deny-net=127.0.0.1", C, "0.0.0.0", 80, false},
        {"allow-net deny-net=127.0.0.1", S, "0.0.0.0", 80, false},
        {"allow-net deny-net=127.0.0.1", C, "::ffff:0.0.0.0", 80, false},
        {"allow-net deny-net=127.0.0.1", C, "::", 80, false},
        {"allow-net deny-net=127.0.0.1:80", S, "::", 81, true},
        {"allow-net deny-net=127.0.0.53:53", S, "0.0.0.0", 53, false},
        {"allow-net deny-net=127.0.0.53:53", S, "0.0.0.0", 54, true},
        {"allow-net deny-net=localhost", C, "0.0.0.0", 80, false},
        {"allow-net deny-net=::1", C, "::", 80, false},
        {"allow-net deny-net=::1", C, "0.0.0.0", 80, true},
        {"allow-net deny-net=127.0.0.1:80", C, "0.0.0.0", 80, false},
        {"allow-net deny-net=127.0.0.1:80", C, "0.0.0.0", 81, true},
        {"allow-net deny-net=127.0.0.1", B, "0.0.0.0", 80, true},
        {"allow-net deny-net=0.0.0.0", C, "0.0.0.0", 80, false},
        {"allow-net deny-net=0.0.0.0", B, "0.0.0.0", 80, false},
        {"allow-net deny-net=0.0.0.0", C, "127.0.0.1", 80, true},
        /* and includes what may not be listened at */
        {"deny-listen", B, "127.0.0.1", 80, false},
        {"deny-listen", A, "127.0.0.1", 80, false},
        {"deny-listen", C, "127.0.0.1", 80, true},
        {"all deny-listen", B, "0.0.0.0", 80, false},
        {"all deny-listen", C, "192.0.2.1", 80, true},
        {"all deny-listen=192.0.2.1", B, "192.0.2.1", 80, false},
        {"all deny-listen=192.0.2.1", B, "192.0.2.2", 80, true},
        {"all deny-listen=192.0.2.1", B, "0.0.0.0", 80, false},
        {"all deny-listen=192.0.2.1", B, "::", 80, false},
        {"all deny-listen=192.0.2.1", B, "::ffff:0.0.0.0", 80, false},
        {"all deny-listen=192.0.2.1:80", B, "0.0.0.0", 80, false},
        {"all deny-listen=192.0.2.1:80", B, "0.0.0.0", 81, true},
        {"all deny-listen=2001:db8::1", B, "::", 80, false},
        {"all deny-listen=2001:db8::1", B, "0.0.0.0", 80, true},
        {"all deny-listen=fe80::1%lo", B, "::", 80, false},
        {"all deny-net=fe80::1%lo", C, "fe80::1%lo", 80, false},
        {"all deny-net=fe80::1%lo", C, "fe80::1", 80, false},
        {"all deny-net=fe80::1%lo", C, "fe80::1%7", 80, true},
        {"all deny-net=ff02::%lo/16", S, "ff02::5", 80, false},
        {"all deny-listen=192.0.2.1", C, "192.0.2.1", 80, true},
        {"allow-listen deny-listen=0.0.0.0:8000", A, "0.0.0.0", 8000, false},
        {"allow-listen deny-listen=0.0.0.0:8000", A, "0.0.0.0", 8001, true},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_policy *policy = flags_policy(table[i].flags);
        int rc = flags_ask(policy, table[i].right, table[i].ip, table[i].port);
        nb_policy_free(policy);
        if (rc != (table[i].allowed ? 0 : NB_ENOTALLOWED))
            fail_msg("%s: right %d, %s port %d: %d", table[i].flags,
                     table[i].right, table[i].ip, table[i].port, rc);
    }
}

static void no_policy_allows_everything(void **state)
{
    struct nb_addr addr;

    assert_int_equal(nb_addr_parse(&addr, "192.0.2.1", 80), 0);
    assert_int_equal(nb_policy_ask_addr(NULL, C, &addr), 0);
    assert_int_equal(nb_policy_ask_text(NULL, NB_RIGHT_NATIVE, "x"), 0);
    assert_true(nb_policy_admits(NULL, &addr, NULL));
    assert_int_equal(nb_policy_learn(NULL, "example.org", &addr), 0);
    nb_policy_spend(NULL, &addr);
    nb_policy_free(NULL);
}

static struct nb_addr parsed(const char *ip, uint16_t port)
{
    struct nb_addr addr;

    assert_int_equal(nb_addr_parse(&addr, ip, port), 0);
    return addr;
}

static void the_addresses_of_a_name_fall_under_its_rules(void **state)
{
    struct nb_policy *policy = flags_policy(
        "allow-net=example.org:80,a.example allow-net=198.51.100.0/24 "
        "deny-net=evil.example:25,192.0.2.9 allow-listen=here.example:8000");
    struct nb_addr one = parsed("192.0.2.1", 443);
    struct nb_addr two = parsed("2001:db8::2", 0);
    struct nb_addr nine = parsed("192.0.2.9", 0);
    struct nb_addr six = parsed("198.51.100.6", 0);
    struct nb_addr here = parsed("203.0.113.1", 0);

    assert_int_equal(flags_ask(policy, C, "192.0.2.1", 80), NB_ENOTALLOWED);
    for (int i = 0; i < 3; i++)
        assert_int_equal(nb_policy_learn(policy, "EXAMPLE.org.", &one), 0);
    assert_int_equal(flags_ask(policy, C, "192.0.2.1", 80), 0);
    assert_int_equal(flags_ask(policy, C, "::ffff:192.0.2.1", 80), 0);
    assert_int_equal(flags_ask(policy, C, "192.0.2.1", 443), NB_ENOTALLOWED);
    /* A name's rules are learnt once. */
    assert_int_equal(nb_policy_rules(policy, NB_GRANT_NET, false)->count, 4);
    assert_int_equal(nb_policy_learn(policy, "a.example", &two), 0);
    assert_int_equal(flags_ask(policy, C, "2001:db8::2", 9), 0);
    assert_int_equal(nb_policy_learn(policy, "a.example", &nine), 0);
    assert_int_equal(flags_ask(policy, C, "192.0.2.9", 9), NB_ENOTALLOWED);
    assert_int_equal(flags_ask(policy, C, "198.51.100.6", 25), 0);
    assert_int_equal(nb_policy_learn(policy, "evil.example", &six), 0);
    assert_int_equal(flags_ask(policy, C, "198.51.100.6", 25), NB_ENOTALLOWED);
    assert_int_equal(flags_ask(policy, C, "198.51.100.6", 26), 0);
    assert_int_equal(nb_policy_learn(policy, "other.example", &one), 0);
    assert_int_equal(flags_ask(policy, C, "192.0.2.1", 443), NB_ENOTALLOWED);
    assert_int_equal(nb_policy_learn(policy, "here.example", &here), 0);
    assert_int_equal(flags_ask(policy, B, "203.0.113.1", 8000), 0);
    assert_int_equal(flags_ask(policy, C, "203.0.113.1", 8000), NB_ENOTALLOWED);
    nb_policy_free(policy);
}

static void who_comes_is_judged_by_address_or_where_to(void **state)
{
    static const struct {
        const char *flags;
        const char *peer;
        const char *local; /* NULL: not known */
        bool admitted;
    } table[] = {
        {"", "127.0.0.1", NULL, true},
        {"", "::1", NULL, true},
        {"", "::ffff:127.0.0.1", NULL, true},
        {"", "192.0.2.1", NULL, false},
        {"", "192.0.2.1", "0.0.0.0", false},
        {"", "192.0.2.1", "127.0.0.1", true}, /* the kernel lets nobody */
        {"allow-net", "192.0.2.1", NULL, true},
        {"allow-net=192.0.2.1", "192.0.2.1", NULL, true},
        {"allow-net=192.0.2.1:5000", "192.0.2.1", NULL, true},
        {"allow-net=192.0.2.1:80", "192.0.2.1", NULL, false},
        {"allow-net=192.0.2.1", "192.0.2.2", "0.0.0.0", false},
        {"allow-listen=0.0.0.0:9000", "192.0.2.1", "0.0.0.0", true},
        {"allow-listen=0.0.0.0:9000", "192.0.2.1", NULL, false},
        {"allow-listen=0.0.0.0:0", "192.0.2.1", "0.0.0.0", true},
        {"allow-listen=0.0.0.0:9001", "192.0.2.1", "0.0.0.0", false},
        {"allow-listen", "192.0.2.1", "198.51.100.1", true},
        {"allow-listen deny-net=192.0.2.1", "192.0.2.1", "0.0.0.0", false},
        {"all deny-net=192.0.2.0/24", "192.0.2.1", NULL, false},
        {"deny-net", "127.0.0.1", "127.0.0.1", false},
        {"deny-net=127.0.0.1:5000", "127.0.0.1", "127.0.0.1", false},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_policy *policy = flags_policy(table[i].flags);
        struct nb_addr peer = parsed(table[i].peer, 5000);
        struct nb_addr local = {.len = 0};
        if (table[i].local != NULL)
            local = parsed(table[i].local, 9000);
        bool admitted = nb_policy_admits(
            policy, &peer, table[i].local == NULL ? NULL : &local);
        nb_policy_free(policy);
        if (admitted != table[i].admitted)
            fail_msg("%s: %s", table[i].flags, table[i].peer);
    }
}

static void a_unix_socket_is_reached_by_whom_the_system_lets(void **state)
{
    struct nb_policy *policy = flags_policy("deny-net");
    struct nb_addr addr;

    assert_int_equal(nb_addr_unix(&addr, "x", 1), 0);
    assert_true(nb_policy_admits(policy, &addr, NULL));
    nb_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_judged_by_the_flags),
        cmocka_unit_test(no_policy_allows_everything),
        cmocka_unit_test(the_addresses_of_a_name_fall_under_its_rules),
        cmocka_unit_test(who_comes_is_judged_by_address_or_where_to),
        cmocka_unit_test(a_unix_socket_is_reached_by_whom_the_system_lets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
