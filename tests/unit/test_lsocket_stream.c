/*
 * A stream of the script on a network of bad habits: one byte at a time,
 * ready when it is not, silent, cut off in the middle. No byte is lost, none
 * comes twice, and each call ends as the contract says.
 */
#include "support/luafixture.h"

/* A connected socket; what feeds it, each character in a recv of its own. */
#define CONN                                                                   \
    "local conn = socket.tcp4()\n"                                             \
    "conn:connect('192.0.2.1', 80)\n"                                          \
    "local function trickle(text)\n"                                           \
    "  for i = 1, #text do wire.text(text:sub(i, i)) end\n"                    \
    "end\n"                                                                    \
    "local function show(...) print(timer.now(), ...) end\n"                   \
    "local EAGAIN, ECONNRESET, EPIPE = 11, 104, 32\n"

/* The chunk prints `out` and the network takes exactly the bytes `sent`. */
static void sends(const char *chunk, const char *out, const char *sent)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_expect(&fx, chunk, out);
    assert_string_equal(scripted_sent(fx.net), sent);
    luafixture_end(&fx);
}

static void bytes_that_trickle_in_are_collected(void **state)
{
    luafixture_prints(CONN "trickle('one\\r\\ntwo\\nabcdef--;last')\n"
                           "wire.eof()\n"
                           "print(conn:receive())\n"
                           "print(conn:receive('*l'))\n"
                           "print(conn:receive(6))\n"
                           "print(conn:recvuntil('--;'))\n"
                           "print(conn:receive('*a'))",
                      "one\ntwo\nabcdef\n\nlast\n");
}

static void recv_gives_what_is_there(void **state)
{
    luafixture_prints(CONN "trickle('abc')\n"
                           "wire.eof()\n"
                           "print(conn:recv(), conn:recv(), conn:recv())\n"
                           "print(conn:recv())",
                      "a\tb\tc\nnil\tclosed\tEOF\n");
}

static void a_burst_is_handed_out_piece_by_piece(void **state)
{
    luafixture_prints(CONN "wire.text('one\\ntwo\\nthree;four')\n"
                           "print(conn:receive(), conn:recv(2))\n"
                           "print(conn:recvuntil(';'))\n"
                           "print(conn:recv())",
                      "one\ttw\no\nthree\nfour\n");
}

static void ready_when_it_is_not_waits_on(void **state)
{
    luafixture_prints(CONN "for _, call in ipairs { 'recv', 'receive' } do\n"
                           "  for _ = 1, 3 do wire.fail('recv', EAGAIN) end\n"
                           "  wire.text('abc\\n')\n"
                           "  print(conn[call](conn))\n"
                           "end\n"
                           "for _ = 1, 3 do wire.fail('send', EAGAIN) end\n"
                           "print(conn:sendall('abc'))\n"
                           "local server = socket.bind('*', 0)\n"
                           "for _ = 1, 3 do wire.fail('accept', EAGAIN) end\n"
                           "wire.peer('192.0.2.9', 4000)\n"
                           "print(select(2, server:accept()))",
                      "abc\n\nabc\ntrue\n192.0.2.9\t4000\n");
}

static void one_byte_at_a_time_everything_is_sent(void **state)
{
    sends(CONN "local function choke(n)\n"
               "  for _ = 1, n do\n"
               "    wire.limit(1)\n"
               "    wire.fail('send', EAGAIN)\n"
               "  end\n"
               "end\n"
               "choke(5)\n"
               "print(conn:send('hello!'))\n"
               "choke(6)\n"
               "print(conn:sendall(' world!'))\n"
               "choke(2)\n"
               "print(conn:send('abcdefg', 3, -3))",
          "6\ntrue\n5\n", "hello! world!cde");
}

static void a_send_waits_for_a_slow_reader(void **state)
{
    sends(CONN "local function open(b) wire.writable(conn:fileno(), b) end\n"
               "wire.limit(3)\n"
               "wire.fail('send', EAGAIN)\n"
               "open(false)\n"
               "timer.after(2, open, true)\n"
               "show(conn:send('abcdef'))",
          "2.0\t6\n", "abcdef");
}

static void a_send_that_fails_tells_how_far_it_came(void **state)
{
    sends(CONN "wire.limit(3)\n"
               "wire.fail('send', EPIPE)\n"
               "print(conn:send('abcdef'))\n"
               "wire.limit(1)\n"
               "wire.fail('send', ECONNRESET)\n"
               "print(conn:send('abcdef', 4))\n"
               "wire.limit(2)\n"
               "wire.fail('send', EPIPE)\n"
               "print(conn:sendall('xyz'))",
          "nil\tclosed\t3\tEPIPE\n"
          "nil\tclosed\t4\tECONNRESET\n"
          "nil\tclosed\tEPIPE\n",
          "abcdxy");
}

static void a_send_that_times_out_tells_how_far_it_came(void **state)
{
    sends(CONN "local fd = conn:fileno()\n"
               "timer.sleep(1)\n"
               "wire.limit(3)\n"
               "wire.writable(fd, false)\n"
               "conn:settimeout(0.5)\n"
               "show(conn:send('abcdef'))\n"
               "show(conn:sendall('ghi'))\n"
               "conn:settimeout(0)\n"
               "show(conn:send('ghi'))",
          "1.5\tnil\ttimeout\t3\tETIMEDOUT\n"
          "2.0\tnil\ttimeout\tETIMEDOUT\n"
          "2.0\tnil\ttimeout\t0\tEAGAIN\n",
          "abc");
}

static void the_end_of_the_stream_ends_each_piece(void **state)
{
    luafixture_prints(CONN "local function ending(text)\n"
                           "  wire.text(text)\n"
                           "  wire.eof()\n"
                           "end\n"
                           "ending('ab')\n"
                           "print(conn:receive())\n"
                           "ending('cd')\n"
                           "print(conn:receive(3))\n"
                           "ending('ef')\n"
                           "print(conn:receive('*a'))\n"
                           "wire.eof()\n"
                           "print(conn:receive('*a'))\n"
                           "ending('gh')\n"
                           "print(conn:recvuntil(';'))\n"
                           "print(conn:recv())\n"
                           "ending('ij\\nkl')\n"
                           "wire.eof()\n"
                           "for line in conn:lines() do print(line) end\n"
                           "wire.eof()\n"
                           "for line in conn:lines() do print(line) end",
                      "nil\tclosed\tab\tEOF\n"
                      "nil\tclosed\tcd\tEOF\n"
                      "ef\n"
                      "nil\tclosed\t\tEOF\n"
                      "nil\tclosed\tEOF\n"
                      "gh\n"
                      "ij\nkl\n");
}

static void what_came_before_an_error_is_given_first(void **state)
{
    luafixture_prints(CONN "local function broken(text)\n"
                           "  wire.text(text)\n"
                           "  wire.fail('recv', ECONNRESET)\n"
                           "end\n"
                           "broken('ab')\n"
                           "print(conn:receive())\n"
                           "broken('cd')\n"
                           "print(conn:receive('*a'))\n"
                           "broken('ef')\n"
                           "print(conn:receive(3))\n"
                           "broken('gh')\n"
                           "print(conn:recvuntil(';'))\n"
                           "print(conn:recv())\n"
                           "broken('ij\\nkl')\n"
                           "print(pcall(function()\n"
                           "  for line in conn:lines() do print(line) end\n"
                           "end))\n"
                           "print(conn:recv())",
                      "nil\tclosed\tab\tECONNRESET\n"
                      "nil\tclosed\tcd\tECONNRESET\n"
                      "nil\tclosed\tef\tECONNRESET\n"
                      "nil\tclosed\tECONNRESET\n"
                      "gh\n"
                      "ij\n"
                      "false\tclosed\n"
                      "kl\n");
}

static void silence_ends_with_the_time_out(void **state)
{
    luafixture_prints(CONN "timer.sleep(1)\n"
                           "conn:settimeout(2)\n"
                           "show(conn:recv())\n"
                           "wire.text('ab')\n"
                           "show(conn:receive())\n"
                           "wire.text('cd')\n"
                           "show(conn:recvuntil(';'))\n"
                           "show(conn:recv())\n"
                           "wire.text('ef')\n"
                           "show(pcall(conn:lines(), conn))\n"
                           "show(conn:recv())",
                      "3.0\tnil\ttimeout\tETIMEDOUT\n"
                      "5.0\tnil\ttimeout\tab\tETIMEDOUT\n"
                      "7.0\tnil\ttimeout\tETIMEDOUT\n"
                      "7.0\tcd\n"
                      "9.0\tfalse\ttimeout\n"
                      "9.0\tef\n");
}

static void one_deadline_covers_the_whole_call(void **state)
{
    luafixture_prints(CONN "timer.sleep(1)\n"
                           "local source = timer.every(0.4, trickle, 'x')\n"
                           "conn:settimeout(1)\n"
                           "show(conn:receive())\n"
                           "conn:settimeout(nil)\n"
                           "conn:settimeout(1, 't')\n"
                           "show(conn:receive())\n"
                           "conn:settimeout(0.3)\n"
                           "show(conn:receive())\n"
                           "source:cancel()",
                      "2.0\tnil\ttimeout\txx\tETIMEDOUT\n"
                      "3.0\tnil\ttimeout\txxx\tETIMEDOUT\n"
                      "3.3\tnil\ttimeout\t\tETIMEDOUT\n");
}

static void at_time_zero_a_deadline_covers_the_call_too(void **state)
{
    luafixture_prints(CONN "timer.after(0.6, trickle, 'x')\n"
                           "conn:settimeout(1)\n"
                           "show(conn:receive())",
                      "1.0\tnil\ttimeout\tx\tETIMEDOUT\n");
}

static void a_change_does_not_reach_a_call_that_has_waited(void **state)
{
    luafixture_prints(CONN "thread.spawn(function()\n"
                           "  show(conn:receive(3))\n"
                           "end)\n"
                           "for _, limit in ipairs { 0, 0.1, 0 } do\n"
                           "  timer.sleep(1)\n"
                           "  conn:settimeout(limit)\n"
                           "  trickle('x')\n"
                           "end",
                      "3.0\txxx\n");
}

static void without_time_nothing_waits(void **state)
{
    luafixture_prints(CONN "conn:settimeout(0)\n"
                           "print(conn:recv())\n"
                           "print(conn:receive(2))\n"
                           "wire.text('ab')\n"
                           "print(conn:receive(3))\n"
                           "wire.text('cd')\n"
                           "print(conn:recvuntil(';'))\n"
                           "print(conn:recv())\n"
                           "print(conn:recv())",
                      "nil\ttimeout\tEAGAIN\n"
                      "nil\ttimeout\t\tEAGAIN\n"
                      "nil\ttimeout\tab\tEAGAIN\n"
                      "nil\ttimeout\tEAGAIN\n"
                      "cd\n"
                      "nil\ttimeout\tEAGAIN\n");
}

static void a_cancelled_reader_leaves_its_bytes(void **state)
{
    luafixture_prints(CONN "for call, what in pairs {\n"
                           "  receive = '*a', recvuntil = ';' } do\n"
                           "  local t = thread.spawn(conn[call], conn, what)\n"
                           "  wire.text('ab')\n"
                           "  timer.sleep(1)\n"
                           "  t:cancel()\n"
                           "  print(t:join())\n"
                           "  print(conn:recv())\n"
                           "end",
                      "false\tcancelled\nab\nfalse\tcancelled\nab\n");
}

static void after_a_short_read_nothing_is_tried_in_vain(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_expect(&fx,
                      CONN "wire.text('abc')\n"
                           "timer.after(1, wire.text, 'def')\n"
                           "show(conn:recv())\n"
                           "show(conn:recv())",
                      "0.0\tabc\n1.0\tdef\n");
    assert_int_equal(luafixture_count(&fx, "recv"), 2);
    luafixture_end(&fx);
}

/*
 * The collector rests until a piece is pushed, which needs memory: then a
 * finalizer closes the socket under it.
 */
#define DOOMED                                                                 \
    "collectgarbage('stop')\n"                                                 \
    "local size = 5000\n"                                                      \
    "local function doom(conn, f, ...)\n"                                      \
    "  wire.text(('x'):rep(size) .. '\\n')\n"                                  \
    "  setmetatable({}, { __gc = function() conn:close() end })\n"             \
    "  collectgarbage('incremental', 100, 1000, 40)\n"                         \
    "  collectgarbage('restart')\n"                                            \
    "  return f(conn, ...)\n"                                                  \
    "end\n"                                                                    \
    "local function show(first, ...)\n"                                        \
    "  print(first and #first, ...)\n"                                         \
    "  collectgarbage('stop')\n"                                               \
    "end\n"                                                                    \
    "local function conn()\n"                                                  \
    "  local s = socket.tcp4()\n"                                              \
    "  s:connect('192.0.2.1', 80)\n"                                           \
    "  return s\n"                                                             \
    "end\n"

static void a_finalizer_may_close_the_socket_under_a_reader(void **state)
{
    luafixture_prints(DOOMED "local a = conn()\n"
                             "show(doom(a, a.receive))\n"
                             "print(a:receive())\n"
                             "a = conn()\n"
                             "show(doom(a, a.receive, 5001))\n"
                             "a = conn()\n"
                             "show(doom(a, a.recvuntil, '\\n'))\n"
                             "a = conn()\n"
                             "show(doom(a, a:lines()))",
                      "5000\nnil\tclosed\t\tEBADF\n5001\n5000\n5000\n");
}

static void it_may_before_there_is_room_for_a_large_piece(void **state)
{
    luafixture_prints(DOOMED "size = 70000\n"
                             "local a = conn()\n"
                             "show(doom(a, a.receive))\n"
                             "a = conn()\n"
                             "show(doom(a, a.recvuntil, '\\n'))\n"
                             "a = conn()\n"
                             "local next_line = a:lines()\n"
                             "print(doom(a, function(s)\n"
                             "  return pcall(next_line, s)\n"
                             "end))\n"
                             "a = conn()\n"
                             "size = 5000\n"
                             "show(doom(a, a.receive, 5001, 'prefix'))",
                      "nil\tclosed\t\tEBADF\n"
                      "nil\tclosed\tEBADF\n"
                      "false\tclosed\n"
                      "nil\tclosed\tprefix\tEBADF\n");
}

static void a_range_is_that_of_string_sub(void **state)
{
    sends(CONN "local function show(i, j)\n"
               "  print(conn:send('abc', i, j))\n"
               "end\n"
               "show(-100, 1)\n"
               "show(0, 100)\n"
               "show(3, -100)\n"
               "show(-1)\n"
               "show(4)\n"
               "show(math.mininteger, math.maxinteger)",
          "1\n3\n0\n3\n3\n3\n", "aabccabc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_trickle_in_are_collected),
        cmocka_unit_test(recv_gives_what_is_there),
        cmocka_unit_test(a_burst_is_handed_out_piece_by_piece),
        cmocka_unit_test(ready_when_it_is_not_waits_on),
        cmocka_unit_test(one_byte_at_a_time_everything_is_sent),
        cmocka_unit_test(a_send_waits_for_a_slow_reader),
        cmocka_unit_test(a_send_that_fails_tells_how_far_it_came),
        cmocka_unit_test(a_send_that_times_out_tells_how_far_it_came),
        cmocka_unit_test(the_end_of_the_stream_ends_each_piece),
        cmocka_unit_test(what_came_before_an_error_is_given_first),
        cmocka_unit_test(silence_ends_with_the_time_out),
        cmocka_unit_test(one_deadline_covers_the_whole_call),
        cmocka_unit_test(at_time_zero_a_deadline_covers_the_call_too),
        cmocka_unit_test(a_change_does_not_reach_a_call_that_has_waited),
        cmocka_unit_test(without_time_nothing_waits),
        cmocka_unit_test(a_cancelled_reader_leaves_its_bytes),
        cmocka_unit_test(after_a_short_read_nothing_is_tried_in_vain),
        cmocka_unit_test(a_finalizer_may_close_the_socket_under_a_reader),
        cmocka_unit_test(it_may_before_there_is_room_for_a_large_piece),
        cmocka_unit_test(a_range_is_that_of_string_sub),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
