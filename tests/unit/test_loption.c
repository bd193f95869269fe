/*
 * Options from a script: what reaches the kernel, and what comes back. That
 * the kernel does as it is told is seen on real sockets, in tests/lua.
 */
#include "support/luafixture.h"

#include <stdio.h>
#include <string.h>

#include "net/net.h"

/* The chunk prints `out`, and the network hears `log` last. */
static void sets(const char *chunk, const char *out, const char *log)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_expect(&fx, chunk, out);
    assert_non_null(strstr(scripted_log(fx.net), log));
    luafixture_end(&fx);
}

static void a_value_is_a_number_or_a_boolean(void **state)
{
    sets("local s = socket.tcp4()\n"
         "print(s:setsockopt(1, 6, 42), s:setsockopt(1, 6, true))\n"
         "print(s:setsockopt(1, 6, false), s:setsockopt(1, 6, -7.0))",
         "true\ttrue\ntrue\ttrue\n",
         "setsockopt 3 1:6 42 = 0\n"
         "setsockopt 3 1:6 1 = 0\n"
         "setsockopt 3 1:6 0 = 0\n"
         "setsockopt 3 1:6 -7 = 0\n");
}

static void a_value_may_be_the_bytes_of_a_structure(void **state)
{
    sets("local s = socket.tcp4()\n"
         "print(s:setsockopt(1, 13, string.pack('i4i4', 5, 9)))",
         "true\n", "setsockopt 3 1:13 5 = 0\n");
}

static void bytes_are_given_as_many_as_were_asked_for(void **state)
{
    luafixture_prints("local s = socket.tcp4()\n"
                      "wire.option(258)\n"
                      "print(repr(s:getsockopt(1, 4, 6)))\n"
                      "wire.option(258)\n"
                      "print(s:getsockopt(1, 4))\n"
                      "for _, length in ipairs { 0, 256, -1 } do\n"
                      "  print(select(2, pcall(s.getsockopt, s, 1, 4,\n"
                      "    length)))\n"
                      "end",
                      "'\\x02\\x01\\0\\0\\0\\0'\n"
                      "258\n"
                      "bad argument #4 to '?' (length must be from 1 to 255)\n"
                      "bad argument #4 to '?' (length must be from 1 to 255)\n"
                      "bad argument #4 to '?' (length must be from 1 to "
                      "255)\n");
}

static void linger_is_a_table(void **state)
{
    sets("local s = socket.tcp4()\n"
         "print(s:setoption('linger', { on = true, timeout = 9 }))\n"
         "print(s:setoption('linger', { on = false }))\n"
         "wire.option(1)\n"
         "local linger = s:getoption('linger')\n"
         "print(linger.on, linger.timeout)\n"
         "print(s:getoption('linger').on)",
         "true\ntrue\ntrue\t0\nfalse\n",
         "setsockopt 3 1:13 1 = 0\n"
         "setsockopt 3 1:13 0 = 0\n");
}

static void error_is_a_message_that_can_only_be_read(void **state)
{
    luafixture_prints("local s = socket.tcp4()\n"
                      "wire.option(111)\n"
                      "print(s:getoption('error'), s:getoption('error'))\n"
                      "print(pcall(s.setoption, s, 'error', 1))",
                      "connection refused\tnil\n"
                      "false\tbad argument #2 to '?' (unsupported option "
                      "`error')\n");
}

static void numbers_and_booleans_come_back_as_such(void **state)
{
    luafixture_prints("local s = socket.tcp4()\n"
                      "for _, name in ipairs { 'keepalive', 'tcp-nodelay',\n"
                      "  'recv-buffer-size', 'tcp-keepidle' } do\n"
                      "  wire.option(4)\n"
                      "  print(s:getoption(name))\n"
                      "end",
                      "true\ntrue\n4\n4\n");
}

static void what_fails_says_why(void **state)
{
    luafixture_prints("local s = socket.tcp4()\n"
                      "wire.option(-92)\n"
                      "print(s:getoption('linger'))\n"
                      "wire.option(-92)\n"
                      "print(s:getsockopt(1, 4, 6))\n"
                      "s:close()\n"
                      "print(s:setoption('keepalive', true))\n"
                      "print(s:getoption('keepalive'))",
                      "nil\tProtocol not available\tENOPROTOOPT\n"
                      "nil\tProtocol not available\tENOPROTOOPT\n"
                      "nil\tclosed\tEBADF\n"
                      "nil\tclosed\tEBADF\n");
}

/* 239.1.2.3 as the int that the log shows: its bytes in this order. */
#define GROUP "50463215"

static void a_group_is_text_with_an_interface_or_a_structure(void **state)
{
    sets("local s = socket.udp4()\n"
         "print(s:setsockopt(0, 35, '239.1.2.3'),\n"
         "  s:setsockopt(0, 35, '239.1.2.3', 'lo'),\n"
         "  s:setsockopt(0, 36, '239.1.2.3', 7))\n"
         "print(s:setsockopt(0, 35, string.pack('<i4i4', 5, 6), 'lo'))\n"
         "print(s:setsockopt(0, 35, '239.1.2.3\\0'))\n"
         "print(s:setsockopt(0, 35, 'x', 'lo'))",
         "true\ttrue\ttrue\ntrue\ntrue\ntrue\n",
         "setsockopt 3 0:35 " GROUP " = 0\n"
         "setsockopt 3 0:35 " GROUP " = 0\n"
         "setsockopt 3 0:36 " GROUP " = 0\n"
         "setsockopt 3 0:35 5 = 0\n"
         "setsockopt 3 0:35 775500594 = 0\n"
         "setsockopt 3 0:35 120 = 0\n");
}

static void a_named_group_is_a_table(void **state)
{
    sets("local s = socket.udp()\n"
         "for _, interface in ipairs { '*', 'lo', '127.0.0.1', 7, 7.0 } do\n"
         "  print(s:setoption('ip-add-membership',\n"
         "    { multiaddr = '239.1.2.3', interface = interface }))\n"
         "end\n"
         "print(s:setoption('ip-drop-membership',\n"
         "  { multiaddr = '239.1.2.3' }))\n"
         "print(socket.udp():setoption('ipv6-add-membership',\n"
         "  { multiaddr = 'ff02::1' }))",
         "true\ntrue\ntrue\ntrue\ntrue\ntrue\ntrue\n",
         "socket inet dgram = 3\n"
         "setsockopt 3 0:35 " GROUP " = 0\n"
         "setsockopt 3 0:35 " GROUP " = 0\n"
         "setsockopt 3 0:35 " GROUP " = 0\n"
         "setsockopt 3 0:35 " GROUP " = 0\n"
         "setsockopt 3 0:35 " GROUP " = 0\n"
         "setsockopt 3 0:36 " GROUP " = 0\n"
         "socket inet6 dgram = 4\n"
         "setsockopt 4 41:20 767 = 0\n");
}

static void an_interface_that_is_not_there_never_reaches_the_kernel(void **s)
{
    luafixture_prints("local s = socket.udp4()\n"
                      "print(s:setsockopt(0, 35, '239.1.2.3', 'no lo'))\n"
                      "print(s:setsockopt(0, 35, '239.1.2.3', 'lo\\0'))\n"
                      "print(s:setsockopt(41, 20, 'ff02::1%no lo'))\n"
                      "print(s:setsockopt(0, 32, 'no lo'))\n"
                      "print(s:setoption('ip-multicast-if', 'no'))\n"
                      "print(s:setoption('bindtodevice', ('lo'):rep(8)))\n"
                      "s:close()\n"
                      "print(s:setoption('bindtodevice', ('lo'):rep(8)))",
                      "nil\tNo such device\tENODEV\n"
                      "nil\tNo such device\tENODEV\n"
                      "nil\tNo such device\tENODEV\n"
                      "nil\tNo such device\tENODEV\n"
                      "nil\tNo such device\tENODEV\n"
                      "nil\tNo such device\tENODEV\n"
                      "nil\tclosed\tEBADF\n");
}

static void the_interface_to_send_by_is_named_or_a_structure(void **state)
{
    sets("local s = socket.udp()\n"
         "print(s:setsockopt(0, 32, '192.0.2.1'),\n"
         "  s:setsockopt(0, 32, '\\127\\0\\0\\1'),\n"
         "  s:setsockopt(0, 32, ('\\5'):rep(12)),\n"
         "  s:setsockopt(41, 17, '\\9\\0\\0\\0'), s:setsockopt(41, 17, 8),\n"
         "  s:setoption('ipv6-multicast-if', 7))\n"
         "print(s:bind('::', 0))\n"
         "wire.option(8)\n"
         "print(s:getoption('ipv6-multicast-if'))\n"
         "wire.option(0x0100007f)\n"
         "print(s:getoption('ip-multicast-if'))",
         "true\ttrue\ttrue\ttrue\ttrue\ttrue\ntrue\n8\n127.0.0.1\n",
         "socket inet6 dgram = 3\n"
         "setsockopt 3 0:32 84215045 = 0\n"
         "setsockopt 3 41:17 7 = 0\n");
}

static void a_device_is_its_name(void **state)
{
    sets("local s = socket.tcp4()\n"
         "print(s:setoption('bindtodevice', 'abcdefghijklmno'))\n"
         "print(s:setsockopt(1, 25, 'lo\\0'), s:setsockopt(1, 25, ''))\n"
         "wire.option(0x6f6c)\n"
         "print(s:getoption('bindtodevice'))\n"
         "print(repr(s:getoption('bindtodevice')))",
         "true\ntrue\ttrue\nlo\n''\n",
         "setsockopt 3 1:25 1684234849 = 0\n"
         "setsockopt 3 1:25 28524 = 0\n"
         "setsockopt 3 1:25 0 = 0\n");
}

/* The call raises this, where `s` is an IPv4 socket for datagrams. */
static void raises(const char *call, const char *problem)
{
    char chunk[256];
    char out[256];

    snprintf(chunk, sizeof chunk,
             "local s = socket.udp4()\n"
             "local _, e = pcall(function() %s end)\n"
             "print((e:gsub('^.-:2: ', '')))",
             call);
    snprintf(out, sizeof out, "bad argument %s\n", problem);
    luafixture_prints(chunk, out);
}

static void values_that_cannot_be_are_raised(void **state)
{
    raises("s:setsockopt(0, 35)",
           "#3 to 'setsockopt' (string expected, got no value)");
    raises("s:setsockopt(0, 35, '239.1.2.3', {})",
           "#4 to 'setsockopt' (string expected, got table)");
    raises("s:setsockopt(0, 35, '239.1.2.3', -1)",
           "#4 to 'setsockopt' (out of range)");
    raises("s:setsockopt(0, 32, 0.5)", "#3 to 'setsockopt' (out of range)");
    raises("s:setsockopt(0, 32, true)",
           "#3 to 'setsockopt' (string expected, got boolean)");
    raises("s:setsockopt(1, 25, true)",
           "#3 to 'setsockopt' (string expected, got boolean)");
    raises("s:setoption('ip-multicast-if')",
           "#2 to 'setoption' (string expected, got no value)");
    raises("s:setoption('ip-multicast-if', 2^31)",
           "#2 to 'setoption' (out of range)");
    raises("s:setoption('ip-multicast-ttl', {})",
           "#2 to 'setoption' (number expected, got table)");
    raises("s:setoption('bindtodevice')",
           "#2 to 'setoption' (string expected, got no value)");
    raises("s:setoption('linger', 1)",
           "#2 to 'setoption' (table expected, got number)");
    raises("s:setoption('linger', {})",
           "#2 to 'setoption' (boolean 'on' field expected)");
    raises("s:setoption('linger', { on = true, timeout = 'x' })",
           "#2 to 'setoption' (number 'timeout' field expected)");
    raises("s:setoption('linger', { on = true, timeout = -1 })",
           "#2 to 'setoption' ('timeout' out of range)");
}

static void groups_that_cannot_be_are_raised(void **state)
{
    raises("s:setoption('ip-add-membership', '239.1.2.3')",
           "#2 to 'setoption' (table expected, got string)");
    raises("s:setoption('ip-add-membership', {})",
           "#2 to 'setoption' (string 'multiaddr' field expected)");
    raises("s:setoption('ip-add-membership', { multiaddr = 'ff02::1' })",
           "#2 to 'setoption' (invalid 'multiaddr' ip address)");
    raises("s:setoption('ip-add-membership', { multiaddr = '239.1.2.3\\0' })",
           "#2 to 'setoption' (invalid 'multiaddr' ip address)");
    raises("s:setoption('ip-add-membership',"
           "  { multiaddr = '239.1.2.3', interface = {} })",
           "#2 to 'setoption' (string 'interface' field expected)");
    raises("s:setoption('ipv6-add-membership',"
           "  { multiaddr = 'ff02::1', interface = -1 })",
           "#2 to 'setoption' (number 'interface' field expected)");
}

static void options_that_a_socket_has_not_are_raised(void **state)
{
    raises("s:setoption('tcp-nodelay', true)",
           "#1 to 'setoption' (unsupported option `tcp-nodelay')");
    raises("s:getoption('ip-add-membership')",
           "#1 to 'getoption' (unsupported option `ip-add-membership')");
    raises("socket.tcp():setoption('ip-multicast-ttl', 1)",
           "#1 to 'setoption' (unsupported option `ip-multicast-ttl')");
    raises("socket.tcp():getoption('tcp-fastopen')",
           "#1 to 'getoption' (unsupported option `tcp-fastopen')");
}

static void without_descriptors_dropped_sockets_are_collected(void **state)
{
    sets("socket.udp4()\n"
         "local s, t = socket.udp(), socket.udp()\n"
         "wire.fail('socket', 24)\n"
         "print(s:setsockopt(0, 35, '239.1.2.3'))\n"
         "socket.udp4()\n"
         "wire.fail('socket', 23)\n"
         "print(t:getsockopt(1, 2))\n"
         "wire.fail('socket', 24)\n"
         "wire.fail('socket', 24)\n"
         "print(t:getoption('reuseaddr'))",
         "true\n0\nnil\tToo many open files\tEMFILE\n",
         "socket inet dgram = 3\n"
         "socket inet dgram = EMFILE\n"
         "close 3 = 0\n"
         "socket inet dgram = 3\n"
         "setsockopt 3 0:35 " GROUP " = 0\n");
}

static bool were_zero; /* the bytes that the backend was given */

static int look_and_soil(struct nb_net *net, int fd, struct nb_sockopt opt,
                         void *value, socklen_t *len)
{
    const unsigned char *bytes = value;

    for (socklen_t i = 0; i < *len; i++)
        were_zero = were_zero && bytes[i] == 0;
    memset(value, 0xa5, *len);
    return 0;
}

/* The kernel takes some as addresses that it writes to, others it gives back. */
static void bytes_that_are_asked_for_are_zero_before(void **state)
{
    struct luafixture fx;
    luafixture_begin(&fx);
    const struct nb_net_ops *saved = fx.net->ops;
    struct nb_net_ops looking = *saved;

    looking.getsockopt = look_and_soil;
    were_zero = true;
    fx.net->ops = &looking;
    luafixture_expect(&fx,
                      "local s = socket.tcp4()\n"
                      "for i = 1, 3 do s:getsockopt(6, 35, 255) end\n"
                      "for i = 1, 3 do s:getsockopt(6, 35) end",
                      "");
    fx.net->ops = saved;
    assert_true(were_zero);
    luafixture_end(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_a_number_or_a_boolean),
        cmocka_unit_test(a_value_may_be_the_bytes_of_a_structure),
        cmocka_unit_test(bytes_are_given_as_many_as_were_asked_for),
        cmocka_unit_test(bytes_that_are_asked_for_are_zero_before),
        cmocka_unit_test(linger_is_a_table),
        cmocka_unit_test(error_is_a_message_that_can_only_be_read),
        cmocka_unit_test(numbers_and_booleans_come_back_as_such),
        cmocka_unit_test(what_fails_says_why),
        cmocka_unit_test(a_group_is_text_with_an_interface_or_a_structure),
        cmocka_unit_test(a_named_group_is_a_table),
        cmocka_unit_test(
            an_interface_that_is_not_there_never_reaches_the_kernel),
        cmocka_unit_test(the_interface_to_send_by_is_named_or_a_structure),
        cmocka_unit_test(a_device_is_its_name),
        cmocka_unit_test(values_that_cannot_be_are_raised),
        cmocka_unit_test(groups_that_cannot_be_are_raised),
        cmocka_unit_test(options_that_a_socket_has_not_are_raised),
        cmocka_unit_test(without_descriptors_dropped_sockets_are_collected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
