/*
 * socket.relay on a network of bad habits: what cannot be sent is kept, what
 * cannot be delivered goes back, and each end of a stream is passed on.
 */
#include "support/luafixture.h"

#include <errno.h>
#include <string.h>

/* Two connected sockets and their descriptors, 3 and 4. */
#define PAIR                                                                   \
    "local a, b = socket.tcp4(), socket.tcp4()\n"                              \
    "a:connect('192.0.2.1', 80)\n"                                             \
    "b:connect('192.0.2.2', 80)\n"                                             \
    "local A, B = a:fileno(), b:fileno()\n"                                    \
    "local function show(...) print(timer.now(), ...) end\n"                   \
    "local function say(fd, text, after)\n"                                    \
    "  timer.after(after, wire.text, text, fd)\n"                              \
    "end\n"                                                                    \
    "local function stop(fd, after) timer.after(after, wire.eof, fd) end\n"    \
    "local EAGAIN, ECONNRESET, EPIPE = 11, 104, 32\n"

enum { A = 3, B = 4, SMALL = 8 };

/* The chunk prints `out`, and the network takes exactly the bytes `sent`. */
static void relays(const char *chunk, const char *out, const char *sent)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_expect(&fx, chunk, out);
    assert_string_equal(scripted_sent(fx.net), sent);
    luafixture_end(&fx);
}

static void bytes_and_ends_go_both_ways(void **state)
{
    relays(PAIR "wire.text('question', A)\n"
                "wire.eof(A)\n"
                "wire.text('answer', B)\n"
                "wire.eof(B)\n"
                "print(socket.relay(a, b))",
           "8\t6\n", "questionanswer");
}

static void an_end_is_passed_on_and_the_other_way_goes_on(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_expect(&fx,
                      PAIR "for from, to in pairs { [a] = b, [b] = a } do\n"
                           "  local t = thread.spawn(socket.relay, from, to)\n"
                           "  wire.text('all', from:fileno())\n"
                           "  wire.eof(from:fileno())\n"
                           "  say(to:fileno(), 'late', 1)\n"
                           "  stop(to:fileno(), 2)\n"
                           "  print(t:join())\n"
                           "end\n"
                           "show()",
                      "true\t3\t4\ntrue\t3\t4\n4.0\n");
    assert_string_equal(scripted_sent(fx.net), "alllatealllate");
    assert_int_equal(luafixture_count(&fx, "shutdown 3 send"), 2);
    assert_int_equal(luafixture_count(&fx, "shutdown 4 send"), 2);
    luafixture_end(&fx);
}

static void one_byte_at_a_time_everything_arrives(void **state)
{
    relays(PAIR "local text = 'abcdefghij'\n"
                "for i = 1, #text do\n"
                "  wire.fail('recv', EAGAIN)\n"
                "  wire.text(text:sub(i, i), A)\n"
                "  wire.fail('send', EAGAIN)\n"
                "end\n"
                "wire.text('klmnop', A)\n"
                "for _ = 1, 6 do\n"
                "  wire.limit(1)\n"
                "  wire.fail('send', EAGAIN)\n"
                "end\n"
                "wire.eof(A)\n"
                "wire.eof(B)\n"
                "print(socket.relay(a, b))",
           "16\t0\n", "abcdefghijklmnop");
}

static void a_slow_side_holds_its_own_direction_only(void **state)
{
    relays(PAIR "wire.writable(B, false)\n"
                "timer.after(3, wire.writable, B, true)\n"
                "wire.text('slow', A)\n"
                "wire.eof(A)\n"
                "say(B, 'quick', 1)\n"
                "stop(B, 2)\n"
                "show(socket.relay(a, b))",
           "3.0\t4\t5\n", "quickslow");
}

static void what_was_read_ahead_is_delivered_first(void **state)
{
    relays(PAIR "wire.text('one\\ntwo\\nthree', A)\n"
                "print(a:receive())\n"
                "wire.text('four', A)\n"
                "wire.eof(A)\n"
                "wire.eof(B)\n"
                "print(socket.relay(a, b))\n"
                "print((a:getstats()), (select(2, b:getstats())))",
           "one\n13\t0\n17\t13\n", "two\nthreefour");
}

static void a_reset_ends_it_when_the_rest_is_delivered(void **state)
{
    relays(PAIR "wire.text('abc', A)\n"
                "wire.fail('recv', ECONNRESET, A)\n"
                "wire.text('what came', B)\n"
                "print(socket.relay(a, b))\n"
                "wire.text('abc', B)\n"
                "wire.fail('recv', ECONNRESET, B)\n"
                "print(socket.relay(a, b))",
           "nil\tclosed\tECONNRESET\t3\t9\n"
           "nil\tclosed\tECONNRESET\t0\t3\n",
           "abcwhat cameabc");
}

static void what_cannot_be_delivered_goes_back(void **state)
{
    relays(PAIR "wire.text('abcdef\\nghi', A)\n"
                "wire.limit(2)\n"
                "wire.fail('send', EPIPE, B)\n"
                "print(socket.relay(a, b))\n"
                "wire.text('\\n', A)\n"
                "print(a:receive(), a:receive())",
           "nil\tclosed\tEPIPE\t2\t0\ncdef\tghi\n", "ab");
}

static void an_end_that_cannot_be_passed_on_is_told(void **state)
{
    luafixture_prints(PAIR "wire.eof(A)\n"
                           "wire.fail('shutdown', 107)\n"
                           "print(socket.relay(a, b))",
                      "nil\tclosed\tEPIPE\t0\t0\n");
}

static void a_cancellation_loses_nothing(void **state)
{
    relays(PAIR "wire.text('abcdef', A)\n"
                "wire.limit(2)\n"
                "wire.writable(B, true)\n"
                "timer.after(1, wire.writable, B, false)\n"
                "local t = thread.spawn(socket.relay, a, b)\n"
                "wire.fail('send', EAGAIN, B)\n"
                "timer.sleep(2)\n"
                "say(A, 'ghijkl', 0)\n"
                "timer.sleep(1)\n"
                "print(t:status(), t:waiting_for():match('^%w+'))\n"
                "t:cancel()\n"
                "print(t:join())\n"
                "print(t:status(), a:recv())",
           "waiting\trelay\nfalse\tcancelled\ncancelled\tghijkl\n", "abcdef");
}

static void who_waits_for_what_goes_back_is_woken(void **state)
{
    relays(PAIR "wire.text('abcdef', A)\n"
                "wire.writable(B, false)\n"
                "local t = thread.spawn(socket.relay, a, b)\n"
                "timer.sleep(1)\n"
                "local reader = thread.spawn(a.recv, a)\n"
                "timer.sleep(1)\n"
                "t:cancel()\n"
                "print(reader:join())",
           "true\tabcdef\n", "");
}

static void a_deadline_reaches_it(void **state)
{
    luafixture_prints(PAIR
                      "show(thread.deadline(2, socket.relay, a, b))\n"
                      "show(pcall(thread.deadline, 0, socket.relay, a, b))",
                      "2.0\tnil\ttimeout\tETIMEDOUT\n"
                      "2.0\ttrue\tnil\ttimeout\tETIMEDOUT\n");
}

static void silence_in_both_directions_ends_it(void **state)
{
    relays(PAIR "a:settimeout(2)\n"
                "for i = 1, 5 do say(B, i .. '', i) end\n"
                "show(socket.relay(a, b))\n"
                "b:settimeout(4)\n"
                "say(A, '6', 1)\n"
                "show(socket.relay(a, b))",
           "7.0\tnil\ttimeout\tETIMEDOUT\t0\t5\n"
           "10.0\tnil\ttimeout\tETIMEDOUT\t1\t0\n",
           "123456");
}

static void who_takes_nothing_for_too_long_ends_it(void **state)
{
    relays(PAIR "b:settimeout(2)\n"
                "wire.eof(B)\n"
                "wire.writable(B, false)\n"
                "timer.sleep(5)\n"
                "say(A, 'abc', 3)\n"
                "show(socket.relay(a, b))\n"
                "print(a:recv())",
           "10.0\tnil\ttimeout\tETIMEDOUT\t0\t0\nabc\n", "");
}

static void a_total_time_out_ends_it_whatever_moves(void **state)
{
    luafixture_prints(PAIR "b:settimeout(3.5, 't')\n"
                           "a:settimeout(9, 't')\n"
                           "for i = 1, 4 do say(B, i .. '', i) end\n"
                           "show(socket.relay(a, b))\n"
                           "a:settimeout(1, 't')\n"
                           "show(socket.relay(a, b))",
                      "3.5\tnil\ttimeout\tETIMEDOUT\t0\t3\n"
                      "4.5\tnil\ttimeout\tETIMEDOUT\t0\t1\n");
}

static void without_time_it_moves_what_is_there(void **state)
{
    relays(PAIR "a:settimeout(0)\n"
                "b:settimeout(0, 't')\n"
                "wire.text('abc', A)\n"
                "wire.text('de', B)\n"
                "show(socket.relay(a, b))\n"
                "show(socket.relay(a, b))",
           "0.0\tnil\ttimeout\tEAGAIN\t3\t2\n"
           "0.0\tnil\ttimeout\tEAGAIN\t0\t0\n",
           "abcde");
}

static void a_close_of_either_side_ends_it(void **state)
{
    luafixture_prints(PAIR "timer.after(1, b.close, b)\n"
                           "show(socket.relay(a, b))\n"
                           "show(socket.relay(a, b))\n"
                           "b = socket.tcp4()\n"
                           "b:connect('192.0.2.2', 80)\n"
                           "timer.after(1, a.close, a)\n"
                           "show(socket.relay(a, b))\n"
                           "show(socket.relay(a, b))",
                      "1.0\tnil\tclosed\tEBADF\t0\t0\n"
                      "1.0\tnil\tclosed\tEBADF\t0\t0\n"
                      "2.0\tnil\tclosed\tEBADF\t0\t0\n"
                      "2.0\tnil\tclosed\tEBADF\t0\t0\n");
}

static void what_is_no_connection_is_refused(void **state)
{
    luafixture_prints(
        PAIR
        "local function say(...)\n"
        "  print((select(2, pcall(socket.relay, ...)):gsub('^.-%(', '(')))\n"
        "end\n"
        "say(a, socket.udp4())\n"
        "say(a, a)\n"
        "say(a, 'b')\n"
        "print(socket.relay(a, socket.tcp()))\n"
        "print(socket.relay(socket.tcp4(), b))",
        "(a stream socket expected, got one for datagrams)\n"
        "(a socket cannot be relayed to itself)\n"
        "(socket expected, got string)\n"
        "nil\tTransport endpoint is not connected\tENOTCONN\t0\t0\n"
        "nil\tTransport endpoint is not connected\tENOTCONN\t0\t0\n");
}

static void where_nothing_can_wait_it_does_not_begin(void **state)
{
    luafixture_prints(PAIR "wire.text('abc', A)\n"
                           "local function compare() socket.relay(a, b) end\n"
                           "print((pcall(table.sort, { 1, 2 }, compare)))\n"
                           "print(a:recv())",
                      "false\nabc\n");
}

static void it_stands_in_line_with_other_threads(void **state)
{
    relays(PAIR "local first = thread.spawn(a.recv, a)\n"
                "thread.yield()\n"
                "local t = thread.spawn(socket.relay, a, b)\n"
                "thread.yield()\n"
                "local third = thread.spawn(a.recv, a)\n"
                "for i = 1, 4 do say(A, i .. '', i) end\n"
                "stop(A, 5)\n"
                "stop(B, 5)\n"
                "print(first:join())\n"
                "print(third:join())\n"
                "print(t:join())",
           "true\t1\ntrue\t3\ntrue\t2\t0\n", "24");
}

static void who_sends_already_is_not_interrupted(void **state)
{
    relays(PAIR "wire.limit(3)\n"
                "wire.fail('send', EAGAIN, B)\n"
                "local sender = thread.spawn(b.send, b, '<hello>')\n"
                "wire.writable(B, true)\n"
                "thread.yield()\n"
                "wire.writable(B, false)\n"
                "timer.after(1, wire.writable, B, true)\n"
                "wire.text('abc', A)\n"
                "wire.eof(A)\n"
                "wire.eof(B)\n"
                "print(socket.relay(a, b))\n"
                "print(sender:join())",
           "3\t0\ntrue\t7\n", "<hello>abc");
}

static void a_busy_relay_lets_others_run(void **state)
{
    struct luafixture fx;
    static char flood[SMALL * 100];

    memset(flood, 'x', sizeof flood);
    luafixture_begin(&fx);
    fx.lua.relays.size = SMALL;
    scripted_for(fx.net, A);
    scripted_bytes(fx.net, flood, sizeof flood);
    scripted_result(fx.net, SCRIPTED_RECV, 0);
    scripted_for(fx.net, B);
    scripted_result(fx.net, SCRIPTED_RECV, 0);
    scripted_for(fx.net, -1);
    luafixture_expect(&fx,
                      PAIR "local t = thread.spawn(socket.relay, a, b)\n"
                           "local turns = 0\n"
                           "repeat\n"
                           "  thread.yield()\n"
                           "  turns = turns + 1\n"
                           "until t:status() == 'done'\n"
                           "print(turns > 5, t:join())",
                      "true\ttrue\t800\t0\n");
    luafixture_end(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_and_ends_go_both_ways),
        cmocka_unit_test(an_end_is_passed_on_and_the_other_way_goes_on),
        cmocka_unit_test(one_byte_at_a_time_everything_arrives),
        cmocka_unit_test(a_slow_side_holds_its_own_direction_only),
        cmocka_unit_test(what_was_read_ahead_is_delivered_first),
        cmocka_unit_test(a_reset_ends_it_when_the_rest_is_delivered),
        cmocka_unit_test(what_cannot_be_delivered_goes_back),
        cmocka_unit_test(an_end_that_cannot_be_passed_on_is_told),
        cmocka_unit_test(a_cancellation_loses_nothing),
        cmocka_unit_test(who_waits_for_what_goes_back_is_woken),
        cmocka_unit_test(a_deadline_reaches_it),
        cmocka_unit_test(silence_in_both_directions_ends_it),
        cmocka_unit_test(who_takes_nothing_for_too_long_ends_it),
        cmocka_unit_test(a_total_time_out_ends_it_whatever_moves),
        cmocka_unit_test(without_time_it_moves_what_is_there),
        cmocka_unit_test(a_close_of_either_side_ends_it),
        cmocka_unit_test(what_is_no_connection_is_refused),
        cmocka_unit_test(where_nothing_can_wait_it_does_not_begin),
        cmocka_unit_test(it_stands_in_line_with_other_threads),
        cmocka_unit_test(who_sends_already_is_not_interrupted),
        cmocka_unit_test(a_busy_relay_lets_others_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
