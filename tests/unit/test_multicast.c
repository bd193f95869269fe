/* Groups and interfaces: what is read, and what the kernel is to hear. */
#include "support/fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "net/multicast.h"

static const struct nb_interface any = {.index = 0};

static void assert_interface(int family, const char *text, const char *addr,
                             unsigned index)
{
    struct nb_interface iface = {.index = 7};
    char ip[INET_ADDRSTRLEN];

    assert_int_equal(nb_interface_read(&iface, family, text), 0);
    inet_ntop(AF_INET, &iface.addr, ip, sizeof ip);
    assert_string_equal(ip, addr);
    assert_int_equal(iface.index, index);
}

static void an_interface_is_a_name_or_an_address_or_any(void **state)
{
    unsigned lo = if_nametoindex("lo");

    assert_true(lo > 0);
    assert_interface(AF_INET, "*", "0.0.0.0", 0);
    assert_interface(AF_INET, "lo", "0.0.0.0", lo);
    assert_interface(AF_INET, "192.0.2.1", "192.0.2.1", 0);
    assert_interface(AF_INET6, "*", "0.0.0.0", 0);
    assert_interface(AF_INET6, "lo", "0.0.0.0", lo);
}

static void what_is_no_interface_is_no_device(void **state)
{
    static const char *const texts[] = {"", "nosuch", "::1", "192.0.2",
                                        "a-name-that-is-too-long-for-any"};
    struct nb_interface iface;

    for (size_t i = 0; i < NB_COUNTOF(texts); i++) {
        assert_int_equal(nb_interface_read(&iface, AF_INET, texts[i]), -ENODEV);
        assert_int_equal(nb_interface_read(&iface, AF_INET6, texts[i]),
                         -ENODEV);
    }
    assert_int_equal(nb_interface_read(&iface, AF_INET6, "127.0.0.1"), -ENODEV);
}

static void a_membership_is_a_group_at_an_interface(void **state)
{
    struct nb_interface iface = {.index = 5};
    struct nb_multicast value;

    inet_pton(AF_INET, "192.0.2.1", &iface.addr);
    assert_int_equal(nb_multicast_join(&value, AF_INET, "239.1.2.3", &iface),
                     0);
    assert_int_equal(value.len, sizeof value.u.in);
    assert_int_equal(value.u.in.imr_multiaddr.s_addr, inet_addr("239.1.2.3"));
    assert_int_equal(value.u.in.imr_address.s_addr, inet_addr("192.0.2.1"));
    assert_int_equal(value.u.in.imr_ifindex, 5);
    assert_int_equal(nb_multicast_join(&value, AF_INET6, "ff02::7", &iface), 0);
    assert_int_equal(value.len, sizeof value.u.in6);
    assert_int_equal(value.u.in6.ipv6mr_multiaddr.s6_addr[0], 0xff);
    assert_int_equal(value.u.in6.ipv6mr_multiaddr.s6_addr[15], 7);
    assert_int_equal(value.u.in6.ipv6mr_interface, 5);
}

static void the_zone_of_a_group_is_its_interface_unless_one_is_given(void **s)
{
    struct nb_interface iface = {.index = 99};
    struct nb_multicast value;

    assert_int_equal(nb_multicast_join(&value, AF_INET6, "ff02::7%lo", &any),
                     0);
    assert_int_equal(value.u.in6.ipv6mr_interface, if_nametoindex("lo"));
    assert_int_equal(nb_multicast_join(&value, AF_INET6, "ff02::7%lo", &iface),
                     0);
    assert_int_equal(value.u.in6.ipv6mr_interface, 99);
    assert_int_equal(
        nb_multicast_join(&value, AF_INET6, "ff02::7%nosuch", &any), -ENODEV);
}

static void a_group_is_an_address_of_its_family(void **state)
{
    static const char *const neither[] = {
        "",          "239.1.2",   "239.1.2.3%lo",    "ff02::%",
        "all-nodes", "nosuch%lo", "127.0.0.1%nosuch"};
    struct nb_multicast value;

    for (size_t i = 0; i < NB_COUNTOF(neither); i++)
        assert_int_equal(nb_multicast_join(&value, AF_INET, neither[i], &any),
                         -EINVAL);
    assert_int_equal(nb_multicast_join(&value, AF_INET, "ff02::7", &any),
                     -EINVAL);
    assert_int_equal(nb_multicast_join(&value, AF_INET6, "239.1.2.3", &any),
                     -EINVAL);
    assert_int_equal(nb_multicast_join(&value, AF_INET6, "all-nodes%lo", &any),
                     -EINVAL);
    assert_int_equal(
        nb_multicast_join(&value, AF_INET6,
                          "ff02:0000:0000:0000:0000:0000:0000:0000:0000:0000:"
                          "0000:0000:0000:0000:0000:0000:0000:0007%lo",
                          &any),
        -EINVAL);
}

static void one_sends_by_an_address_or_a_number(void **state)
{
    struct nb_interface iface = {.index = 5};
    struct nb_multicast value;

    inet_pton(AF_INET, "192.0.2.1", &iface.addr);
    iface.index = 0;
    nb_multicast_send_by(&value, AF_INET, &iface);
    assert_int_equal(value.len, sizeof value.u.in);
    assert_int_equal(value.u.in.imr_multiaddr.s_addr, 0);
    assert_int_equal(value.u.in.imr_address.s_addr, inet_addr("192.0.2.1"));
    assert_int_equal(value.u.in.imr_ifindex, 0);
    iface.index = 5;
    nb_multicast_send_by(&value, AF_INET6, &iface);
    assert_int_equal(value.len, sizeof value.u.index);
    assert_int_equal(value.u.index, 5);
}

static void one_sends_from_the_address_of_a_numbered_interface(void **state)
{
    struct nb_interface lo = {.index = (int)if_nametoindex("lo")};
    struct nb_interface nowhere = {.index = INT32_MAX};
    struct nb_multicast value;

    nb_multicast_send_by(&value, AF_INET, &lo);
    assert_int_equal(value.u.in.imr_ifindex, lo.index);
    assert_int_equal(value.u.in.imr_address.s_addr, inet_addr("127.0.0.1"));
    nb_multicast_send_by(&value, AF_INET, &nowhere);
    assert_int_equal(value.u.in.imr_ifindex, INT32_MAX);
    assert_int_equal(value.u.in.imr_address.s_addr, INADDR_ANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interface_is_a_name_or_an_address_or_any),
        cmocka_unit_test(what_is_no_interface_is_no_device),
        cmocka_unit_test(a_membership_is_a_group_at_an_interface),
        cmocka_unit_test(
            the_zone_of_a_group_is_its_interface_unless_one_is_given),
        cmocka_unit_test(a_group_is_an_address_of_its_family),
        cmocka_unit_test(one_sends_by_an_address_or_a_number),
        cmocka_unit_test(one_sends_from_the_address_of_a_numbered_interface),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
