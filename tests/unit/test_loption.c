/*
 * Options from a script: what reaches the kernel, and what comes back. That
 * the kernel does as it is told is seen on real sockets, in tests/lua.
 */
#include "support/luafixture.h"

#include <string.h>

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
                      "false\tbad argument #2 to '?' (unsupported option)\n");
}

static void numbers_and_booleans_come_back_as_such(void **state)
{
    luafixture_prints("local s = socket.tcp4()\n"
                      "for _, name in ipairs { 'keepalive', 'tcp-nodelay',\n"
                      "  'recv-buffer-size', 'ip-multicast-ttl' } do\n"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_a_number_or_a_boolean),
        cmocka_unit_test(a_value_may_be_the_bytes_of_a_structure),
        cmocka_unit_test(bytes_are_given_as_many_as_were_asked_for),
        cmocka_unit_test(linger_is_a_table),
        cmocka_unit_test(error_is_a_message_that_can_only_be_read),
        cmocka_unit_test(numbers_and_booleans_come_back_as_such),
        cmocka_unit_test(what_fails_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
