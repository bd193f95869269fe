/* The options of sockets: their names, and that a kernel takes them. */
#include "support/fixture.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/option.h"

static int64_t constant(const char *name)
{
    for (size_t i = 0; i < nb_option_constant_count; i++) {
        if (strcmp(nb_option_constants[i].name, name) == 0)
            return nb_option_constants[i].value;
    }
    fail_msg("no constant %s", name);
    return -1;
}

static void constants_have_the_values_of_the_system(void **state)
{
    assert_int_equal(constant("AF_INET"), AF_INET);
    assert_int_equal(constant("SOCK_DGRAM"), SOCK_DGRAM);
    assert_int_equal(constant("SOL_SOCKET"), SOL_SOCKET);
    assert_int_equal(constant("SO_BROADCAST"), SO_BROADCAST);
    assert_int_equal(constant("IPPROTO_IP"), IPPROTO_IP);
    assert_int_equal(constant("IPPROTO_ICMP"), IPPROTO_ICMP);
    assert_int_equal(constant("IP_MULTICAST_TTL"), IP_MULTICAST_TTL);
    assert_int_equal(constant("IPV6_V6ONLY"), IPV6_V6ONLY);
    assert_int_equal(constant("TCP_NODELAY"), TCP_NODELAY);
    assert_int_equal(constant("SHUT_RDWR"), SHUT_RDWR);
}

static void constants_of_addresses_are_positive(void **state)
{
    assert_int_equal(constant("INADDR_BROADCAST"), INT64_C(0xffffffff));
    assert_int_equal(constant("INADDR_LOOPBACK"), INT64_C(0x7f000001));
}

static void no_constant_is_there_twice(void **state)
{
    for (size_t i = 0; i < nb_option_constant_count; i++) {
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(nb_option_constants[i].name,
                                    nb_option_constants[j].name);
    }
}

/* The option of that name for a use, which there must be. */
static struct nb_option option(const char *name, int type,
                               enum nb_option_use use)
{
    struct nb_option found;

    if (!nb_option_find(&found, name, type, use))
        fail_msg("no option %s", name);
    return found;
}

static void a_name_that_nobody_knows_is_no_option(void **state)
{
    static const char *const names[] = {"nodelay", "", "tcp-nodelay2", "ERROR"};
    struct nb_option found = {.kind = NB_OPTION_LINGER};

    for (size_t i = 0; i < NB_COUNTOF(names); i++)
        assert_false(
            nb_option_find(&found, names[i], SOCK_STREAM, NB_OPTION_GET));
    assert_int_equal(found.kind, NB_OPTION_LINGER);
}

/* Every name, the sockets that have it, and what can be done with it. */
static const struct {
    const char *name;
    const char *on; /* "stream", "dgram" or both */
    unsigned uses;
} names[] = {
    {"bindtodevice", "stream dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"broadcast", "stream dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"dontroute", "stream dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"error", "stream dgram", NB_OPTION_GET},
    {"ip-add-membership", "dgram", NB_OPTION_SET},
    {"ip-drop-membership", "dgram", NB_OPTION_SET},
    {"ip-multicast-if", "dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"ip-multicast-loop", "dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"ip-multicast-ttl", "dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"ipv6-add-membership", "dgram", NB_OPTION_SET},
    {"ipv6-drop-membership", "dgram", NB_OPTION_SET},
    {"ipv6-multicast-hops", "dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"ipv6-multicast-if", "dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"ipv6-multicast-loop", "dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"ipv6-unicast-hops", "stream dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"ipv6-v6only", "stream dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"keepalive", "stream dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"linger", "stream dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"recv-buffer-size", "stream dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"reuseaddr", "stream dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"reuseport", "stream dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"send-buffer-size", "stream dgram", NB_OPTION_GET | NB_OPTION_SET},
    {"tcp-defer-accept", "stream", NB_OPTION_SET},
    {"tcp-fastopen", "stream", NB_OPTION_SET},
    {"tcp-fastopen-connect", "stream", NB_OPTION_SET},
    {"tcp-keepcnt", "stream", NB_OPTION_GET | NB_OPTION_SET},
    {"tcp-keepidle", "stream", NB_OPTION_GET | NB_OPTION_SET},
    {"tcp-keepintvl", "stream", NB_OPTION_GET | NB_OPTION_SET},
    {"tcp-nodelay", "stream", NB_OPTION_GET | NB_OPTION_SET},
};

static void a_name_is_there_for_what_can_be_done_with_it(void **state)
{
    static const struct {
        const char *name;
        int type;
    } types[] = {
        {"stream", SOCK_STREAM}, {"dgram", SOCK_DGRAM}, {"dgram", SOCK_RAW}};
    struct nb_option found;

    for (size_t i = 0; i < NB_COUNTOF(names); i++) {
        for (size_t j = 0; j < NB_COUNTOF(types); j++) {
            bool on = strstr(names[i].on, types[j].name) != NULL;
            for (int use = NB_OPTION_GET; use <= NB_OPTION_SET; use *= 2)
                assert_int_equal(nb_option_find(&found, names[i].name,
                                                types[j].type,
                                                (enum nb_option_use)use),
                                 on && (names[i].uses & (unsigned)use) != 0);
        }
    }
}

/* What an option holds after it was set to `value`. */
static int held(int fd, int type, const char *name, int value)
{
    struct nb_sockopt opt = option(name, type, NB_OPTION_SET).opt;
    socklen_t len = sizeof value;

    assert_int_equal(
        setsockopt(fd, opt.level, opt.option, &value, sizeof value), 0);
    assert_int_equal(getsockopt(fd, opt.level, opt.option, &value, &len), 0);
    assert_int_equal(len, sizeof value);
    return value;
}

static void tcp_takes_its_options(void **state)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(held(fd, SOCK_STREAM, "reuseaddr", 1), 1);
    assert_int_equal(held(fd, SOCK_STREAM, "reuseport", 1), 1);
    assert_int_equal(held(fd, SOCK_STREAM, "keepalive", 1), 1);
    assert_int_equal(held(fd, SOCK_STREAM, "tcp-nodelay", 1), 1);
    assert_int_equal(held(fd, SOCK_STREAM, "tcp-keepidle", 60), 60);
    assert_int_equal(held(fd, SOCK_STREAM, "tcp-keepcnt", 3), 3);
    assert_int_equal(held(fd, SOCK_STREAM, "tcp-keepintvl", 5), 5);
    assert_int_equal(held(fd, SOCK_STREAM, "tcp-defer-accept", 1), 1);
    assert_int_equal(held(fd, SOCK_STREAM, "tcp-fastopen", 5), 5);
    assert_int_equal(held(fd, SOCK_STREAM, "tcp-fastopen-connect", 1), 1);
    assert_int_equal(held(fd, SOCK_STREAM, "recv-buffer-size", 9000), 18000);
    assert_int_equal(held(fd, SOCK_STREAM, "send-buffer-size", 9000), 18000);
    close(fd);
}

static void udp_takes_its_options(void **state)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(held(fd, SOCK_DGRAM, "broadcast", 1), 1);
    assert_int_equal(held(fd, SOCK_DGRAM, "dontroute", 1), 1);
    assert_int_equal(held(fd, SOCK_DGRAM, "ip-multicast-ttl", 2), 2);
    assert_int_equal(held(fd, SOCK_DGRAM, "ip-multicast-loop", 0), 0);
    close(fd);
}

static void ipv6_takes_its_options(void **state)
{
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);

    if (fd < 0)
        skip();
    assert_int_equal(held(fd, SOCK_DGRAM, "ipv6-v6only", 1), 1);
    assert_int_equal(held(fd, SOCK_DGRAM, "ipv6-unicast-hops", 3), 3);
    assert_int_equal(held(fd, SOCK_DGRAM, "ipv6-multicast-hops", 3), 3);
    assert_int_equal(held(fd, SOCK_DGRAM, "ipv6-multicast-loop", 0), 0);
    close(fd);
}

static void each_value_has_its_kind(void **state)
{
    static const struct {
        const char *name;
        enum nb_option_kind kind;
    } kinds[] = {
        {"reuseaddr", NB_OPTION_BOOL},
        {"ip-multicast-loop", NB_OPTION_BOOL},
        {"ip-multicast-ttl", NB_OPTION_INT},
        {"send-buffer-size", NB_OPTION_INT},
        {"linger", NB_OPTION_LINGER},
        {"bindtodevice", NB_OPTION_DEVICE},
        {"ip-multicast-if", NB_OPTION_INTERFACE},
        {"ipv6-add-membership", NB_OPTION_MEMBERSHIP},
    };

    for (size_t i = 0; i < NB_COUNTOF(kinds); i++) {
        struct nb_option found =
            option(kinds[i].name, SOCK_DGRAM, NB_OPTION_SET);
        assert_int_equal(found.kind, kinds[i].kind);
        assert_int_equal(nb_option_kind(found.opt), kinds[i].kind);
    }
    assert_int_equal(option("error", SOCK_STREAM, NB_OPTION_GET).kind,
                     NB_OPTION_ERROR);
    assert_int_equal(nb_option_kind((struct nb_sockopt){SOL_SOCKET, SO_MARK}),
                     NB_OPTION_INT);
}

static void options_of_ipv6_are_of_its_family(void **state)
{
    assert_int_equal(
        nb_option_family((struct nb_sockopt){IPPROTO_IPV6, IPV6_V6ONLY}),
        AF_INET6);
    assert_int_equal(nb_option_family((struct nb_sockopt){IPPROTO_IP, IP_TTL}),
                     AF_INET);
    assert_int_equal(
        nb_option_family((struct nb_sockopt){SOL_SOCKET, SO_ERROR}), AF_INET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_have_the_values_of_the_system),
        cmocka_unit_test(constants_of_addresses_are_positive),
        cmocka_unit_test(no_constant_is_there_twice),
        cmocka_unit_test(a_name_that_nobody_knows_is_no_option),
        cmocka_unit_test(a_name_is_there_for_what_can_be_done_with_it),
        cmocka_unit_test(tcp_takes_its_options),
        cmocka_unit_test(udp_takes_its_options),
        cmocka_unit_test(ipv6_takes_its_options),
        cmocka_unit_test(each_value_has_its_kind),
        cmocka_unit_test(options_of_ipv6_are_of_its_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
