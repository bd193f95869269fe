/*
 * Services and their ports, by a file made for the test, in a world of its
 * own. Where the system allows no namespaces these tests are skipped.
 */
#include "support/fixture.h"

#include <string.h>

#include "net/resolve.h"
#include "support/nameserver.h"
#include "util/err.h"

static const char services[] = "# a comment\n"
                               "both\t1001/tcp\talso other-name\n"
                               "both\t1001/udp\n"
                               "stream\t1002/tcp # one only\n"
                               "packet\t1003/udp\n"
                               "split\t1004/tcp\n"
                               "split\t1005/udp\n"
                               "last\t65535/tcp\n";

static bool unshared;

static void with_file(void)
{
    if (!unshared)
        skip();
    nameserver_etc("/etc/services", services);
}

static void a_service_has_a_port_for_each_type(void **state)
{
    with_file();
    assert_int_equal(nb_resolve_service("both", SOCK_STREAM), 1001);
    assert_int_equal(nb_resolve_service("both", SOCK_DGRAM), 1001);
    assert_int_equal(nb_resolve_service("split", SOCK_STREAM), 1004);
    assert_int_equal(nb_resolve_service("split", SOCK_DGRAM), 1005);
    assert_int_equal(nb_resolve_service("last", SOCK_STREAM), 65535);
}

static void a_service_may_have_other_names(void **state)
{
    with_file();
    assert_int_equal(nb_resolve_service("also", SOCK_STREAM), 1001);
    assert_int_equal(nb_resolve_service("other-name", SOCK_STREAM), 1001);
    assert_int_equal(nb_resolve_service("also", SOCK_DGRAM), NB_EAI_SERVICE);
}

static void what_is_not_there_is_said_so(void **state)
{
    with_file();
    assert_int_equal(nb_resolve_service("stream", SOCK_DGRAM), NB_EAI_SERVICE);
    assert_int_equal(nb_resolve_service("packet", SOCK_STREAM), NB_EAI_SERVICE);
    assert_int_equal(nb_resolve_service("none", SOCK_STREAM), NB_EAI_SERVICE);
    assert_int_equal(nb_resolve_service("", SOCK_STREAM), NB_EAI_SERVICE);
    assert_int_equal(nb_resolve_service("both", SOCK_RAW), NB_EAI_SERVICE);
}

static const char *name_of(uint16_t port)
{
    static char name[8];

    nb_resolve_service_name(port, name, sizeof name);
    return name;
}

static void a_port_has_the_name_of_the_tcp_service(void **state)
{
    with_file();
    assert_string_equal(name_of(1001), "both");
    assert_string_equal(name_of(1004), "split");
}

static void a_port_without_a_name_is_its_number(void **state)
{
    with_file();
    assert_string_equal(name_of(1005), "1005");
    assert_string_equal(name_of(65534), "65534");
    assert_string_equal(name_of(0), "0");
}

static void a_name_that_is_too_long_is_cut(void **state)
{
    with_file();
    nameserver_etc("/etc/services", "a-long-name\t1001/tcp\n");
    assert_string_equal(name_of(1001), "a-long-");
}

static void without_the_file_there_are_numbers(void **state)
{
    with_file();
    nameserver_etc("/etc/services", NULL);
    assert_int_equal(nb_resolve_service("both", SOCK_STREAM), NB_EAI_SERVICE);
    assert_string_equal(name_of(1001), "1001");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_has_a_port_for_each_type),
        cmocka_unit_test(a_service_may_have_other_names),
        cmocka_unit_test(what_is_not_there_is_said_so),
        cmocka_unit_test(a_port_has_the_name_of_the_tcp_service),
        cmocka_unit_test(a_port_without_a_name_is_its_number),
        cmocka_unit_test(a_name_that_is_too_long_is_cut),
        cmocka_unit_test(without_the_file_there_are_numbers),
    };

    unshared = nameserver_unshare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
