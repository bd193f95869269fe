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

static void a_name_that_nobody_knows_is_no_option(void **state)
{
    assert_null(nb_option_find("nodelay"));
    assert_null(nb_option_find(""));
    assert_null(nb_option_find("tcp-nodelay2"));
}

/* What an option holds after it was set to `value`. */
static int held(int fd, const char *name, int value)
{
    const struct nb_option *option = nb_option_find(name);
    socklen_t len = sizeof value;

    assert_non_null(option);
    assert_int_equal(setsockopt(fd, option->opt.level, option->opt.option,
                                &value, sizeof value),
                     0);
    assert_int_equal(
        getsockopt(fd, option->opt.level, option->opt.option, &value, &len), 0);
    assert_int_equal(len, sizeof value);
    return value;
}

static void tcp_takes_its_options(void **state)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(held(fd, "reuseaddr", 1), 1);
    assert_int_equal(held(fd, "reuseport", 1), 1);
    assert_int_equal(held(fd, "keepalive", 1), 1);
    assert_int_equal(held(fd, "tcp-nodelay", 1), 1);
    assert_int_equal(held(fd, "recv-buffer-size", 9000), 18000);
    assert_int_equal(held(fd, "send-buffer-size", 9000), 18000);
    close(fd);
}

static void udp_takes_its_options(void **state)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(held(fd, "broadcast", 1), 1);
    assert_int_equal(held(fd, "dontroute", 1), 1);
    assert_int_equal(held(fd, "ip-multicast-ttl", 2), 2);
    assert_int_equal(held(fd, "ip-multicast-loop", 0), 0);
    close(fd);
}

static void ipv6_takes_its_options(void **state)
{
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);

    if (fd < 0)
        skip();
    assert_int_equal(held(fd, "ipv6-v6only", 1), 1);
    assert_int_equal(held(fd, "ipv6-unicast-hops", 3), 3);
    assert_int_equal(held(fd, "ipv6-multicast-hops", 3), 3);
    assert_int_equal(held(fd, "ipv6-multicast-loop", 0), 0);
    close(fd);
}

static void linger_and_error_have_kinds_of_their_own(void **state)
{
    const struct nb_option *linger = nb_option_find("linger");
    const struct nb_option *error = nb_option_find("error");

    assert_int_equal(linger->kind, NB_OPTION_LINGER);
    assert_int_equal(linger->opt.level, SOL_SOCKET);
    assert_int_equal(linger->opt.option, SO_LINGER);
    assert_int_equal(error->kind, NB_OPTION_ERROR);
    assert_int_equal(error->opt.level, SOL_SOCKET);
    assert_int_equal(error->opt.option, SO_ERROR);
}

static void switches_and_numbers_are_told_apart(void **state)
{
    assert_int_equal(nb_option_find("reuseaddr")->kind, NB_OPTION_BOOL);
    assert_int_equal(nb_option_find("ip-multicast-loop")->kind, NB_OPTION_BOOL);
    assert_int_equal(nb_option_find("ip-multicast-ttl")->kind, NB_OPTION_INT);
    assert_int_equal(nb_option_find("send-buffer-size")->kind, NB_OPTION_INT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_have_the_values_of_the_system),
        cmocka_unit_test(constants_of_addresses_are_positive),
        cmocka_unit_test(no_constant_is_there_twice),
        cmocka_unit_test(a_name_that_nobody_knows_is_no_option),
        cmocka_unit_test(tcp_takes_its_options),
        cmocka_unit_test(udp_takes_its_options),
        cmocka_unit_test(ipv6_takes_its_options),
        cmocka_unit_test(linger_and_error_have_kinds_of_their_own),
        cmocka_unit_test(switches_and_numbers_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
