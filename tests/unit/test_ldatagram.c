/*
 * Datagrams from a script: names and numbers, both ends of a socket, and ICMP
 * as the two kinds of sockets deliver it.
 */
#include "support/luafixture.h"

#include <string.h>

static void a_name_is_sent_to_at_its_first_address(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_expect(&fx,
                      "wire.name('a.test', '192.0.2.1')\n"
                      "wire.name('a.test', '192.0.2.2')\n"
                      "local s = socket.udp()\n"
                      "print(s:sendto('abc', 'a.test', 53))\n"
                      "print(s:sendto('', '192.0.2.3', '54'))",
                      "3\n0\n");
    assert_non_null(strstr(scripted_log(fx.net),
                           "send 3 3 192.0.2.1:53 = 3\n"
                           "send 3 0 192.0.2.3:54 = 0\n"));
    luafixture_end(&fx);
}

static void without_a_destination_send_says_so(void **state)
{
    luafixture_prints("local s = socket.udp()\n"
                      "print(s:send('abc'))\n"
                      "print(s:sendall('abc'))",
                      "nil\tDestination address required\t0\tEDESTADDRREQ\n"
                      "nil\tDestination address required\tEDESTADDRREQ\n");
}

static void a_peer_is_set_and_forgotten(void **state)
{
    luafixture_prints("local s = socket.udp()\n"
                      "print(s:setpeername('*'))\n"
                      "print(s:setpeername('192.0.2.1', 53), s)\n"
                      "print(s:send('abc'))\n"
                      "print(s:setpeername('*'))",
                      "true\n"
                      "true\tudp 0.0.0.0:0 -> 192.0.2.1:53\n"
                      "3\n"
                      "true\n");
}

static void a_datagram_is_cut_to_what_was_asked_for(void **state)
{
    luafixture_prints("local s = socket.udp4()\n"
                      "wire.datagram('abcdef', '192.0.2.7', 53)\n"
                      "wire.datagram('', '2001:db8::1', 54)\n"
                      "wire.datagram('ghi', '192.0.2.8', 55)\n"
                      "print(s:recvfrom(3))\n"
                      "print(s:recvfrom(1e9 // 1 | 0))\n"
                      "print(s:receive(2))",
                      "abc\t192.0.2.7\t53\n\t2001:db8::1\t54\ngh\n");
}

static void recvfrom_on_a_stream_tells_its_peer(void **state)
{
    luafixture_prints("local s = socket.tcp4()\n"
                      "s:connect('192.0.2.1', 80)\n"
                      "wire.text('abc')\n"
                      "wire.eof()\n"
                      "print(s:recvfrom())\n"
                      "print(s:recvfrom())",
                      "abc\t192.0.2.1\t80\nnil\tclosed\tEOF\n");
}

static void a_full_buffer_makes_sendto_wait(void **state)
{
    luafixture_prints("local s = socket.udp4()\n"
                      "wire.writable(s:fileno(), false)\n"
                      "timer.after(1, wire.writable, s:fileno(), true)\n"
                      "print(s:sendto('abc', '192.0.2.1', 53), timer.now())\n"
                      "s:settimeout(0)\n"
                      "wire.writable(s:fileno(), false)\n"
                      "print(s:sendto('abc', '192.0.2.1', 53))",
                      "3\t1.0\nnil\ttimeout\tEAGAIN\n");
}

/*
 * Pings, and answers the last request after 0.25 s by `header`, type and code,
 * and what follows the first 2 bytes of the request from `from` on.
 */
#define PING(kind, header)                                                     \
    "if '" kind "' == 'raw' then wire.fail('socket', 13) end\n"                \
    "local function answer()\n"                                                \
    "  local request = wire.sent():sub(-64)\n"                                 \
    "  wire.datagram(" header ", '192.0.2.1', 0)\n"                            \
    "end\n"                                                                    \
    "timer.after(0.25, answer)\n"                                              \
    "for r in assert(socket.ping('192.0.2.1', { count = 1 })) do\n"            \
    "  print(r.seq, r.ip, r.bytes, r.ttl, r.time, r.message, r.code)\n"        \
    "end\n"

/* An IP header of five words, with a time to live of 7. */
#define IP "'\\x45' .. ('\\0'):rep(7) .. '\\7' .. ('\\0'):rep(11)"

static void a_reply_on_a_datagram_socket_has_no_header(void **state)
{
    luafixture_prints(PING("datagram", "'\\0\\0' .. request:sub(3)"),
                      "0\t192.0.2.1\t64\t-1\t0.25\tnil\tnil\n");
}

static void a_reply_on_a_raw_socket_has_one(void **state)
{
    luafixture_prints(PING("raw", IP " .. '\\0\\0' .. request:sub(3)"),
                      "0\t192.0.2.1\t64\t7\t0.25\tnil\tnil\n");
}

static void an_error_quotes_the_request(void **state)
{
    luafixture_prints(
        PING("raw", IP " .. '\\3\\0' .. ('\\0'):rep(6) .. " IP
                       " .. request:sub(1, 8)"),
        "0\t192.0.2.1\tnil\tnil\tnil\tNetwork is unreachable\tENETUNREACH\n");
    luafixture_prints(
        PING("raw", IP " .. '\\11\\0' .. ('\\0'):rep(6) .. " IP
                       " .. request:sub(1, 8)"),
        "0\t192.0.2.1\tnil\tnil\tnil\tNo route to host\tEHOSTUNREACH\n");
}

static void what_is_no_reply_is_passed_over(void **state)
{
    static const char lost[] = "0\t192.0.2.1\tnil\tnil\tnil\ttimeout\t"
                               "ETIMEDOUT\n";

    luafixture_prints(PING("datagram", "'\\0\\0' .. ('x'):rep(62)"), lost);
    luafixture_prints(PING("datagram", "'\\0\\0\\0'"), lost);
    luafixture_prints(PING("raw", "'\\x4f' .. ('\\0'):rep(20)"), lost);
    luafixture_prints(PING("raw", IP " .. request"), lost);
    luafixture_prints(PING("raw", IP " .. '\\3\\0' .. ('x'):rep(5)"), lost);
}

static void without_permission_ping_says_what_would_help(void **state)
{
    luafixture_prints("wire.fail('socket', 13)\n"
                      "wire.fail('socket', 1)\n"
                      "local _, message, code = socket.ping('192.0.2.1')\n"
                      "print(message:match('^permission denied'), code)\n"
                      "wire.fail('socket', 93)\n"
                      "wire.fail('socket', 105)\n"
                      "print(socket.ping('192.0.2.1'))\n"
                      "wire.fail('socket', 105)\n"
                      "print(socket.ping('192.0.2.1'))\n"
                      "print(socket.ping('a.test'))",
                      "permission denied\tEACCES\n"
                      "nil\tNo buffer space available\tENOBUFS\n"
                      "nil\tNo buffer space available\tENOBUFS\n"
                      "nil\thost or service not provided, or not known\t"
                      "EAI_NONAME\n");
}

static void a_request_that_cannot_leave_is_lost(void **state)
{
    luafixture_prints("wire.fail('send', 101)\n"
                      "wire.fail('recv', 111)\n"
                      "for r in assert(socket.ping('192.0.2.1',\n"
                      "  { count = 2, interval = 0.5 })) do\n"
                      "  print(timer.now(), r.seq, r.message, r.code)\n"
                      "end",
                      "0.0\t0\tNetwork is unreachable\tENETUNREACH\n"
                      "0.5\t1\tconnection refused\tECONNREFUSED\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_sent_to_at_its_first_address),
        cmocka_unit_test(without_a_destination_send_says_so),
        cmocka_unit_test(a_peer_is_set_and_forgotten),
        cmocka_unit_test(a_datagram_is_cut_to_what_was_asked_for),
        cmocka_unit_test(recvfrom_on_a_stream_tells_its_peer),
        cmocka_unit_test(a_full_buffer_makes_sendto_wait),
        cmocka_unit_test(a_reply_on_a_datagram_socket_has_no_header),
        cmocka_unit_test(a_reply_on_a_raw_socket_has_one),
        cmocka_unit_test(an_error_quotes_the_request),
        cmocka_unit_test(what_is_no_reply_is_passed_over),
        cmocka_unit_test(without_permission_ping_says_what_would_help),
        cmocka_unit_test(a_request_that_cannot_leave_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
