/*
 * Threads that share a socket, and what becomes of those who wait when it is
 * closed or they are cancelled. On the virtual clock every order is exact.
 */
#include "support/luafixture.h"

/* A connected socket, and a thread for each call, which tells its end. */
#define CONN                                                                   \
    "local conn = socket.tcp4()\n"                                             \
    "conn:connect('192.0.2.1', 80)\n"                                          \
    "local function show(...) print(timer.now(), ...) end\n"                   \
    "local function go(name, s, method, ...)\n"                                \
    "  return thread.spawn({ name = name }, function(...)\n"                   \
    "    show(name, s[method](s, ...))\n"                                      \
    "  end, ...)\n"                                                            \
    "end\n"

static void readers_are_served_in_the_order_they_came(void **state)
{
    luafixture_prints(CONN "for i = 1, 3 do go('r' .. i, conn, 'recv') end\n"
                           "timer.sleep(1)\n"
                           "wire.text('a')\n"
                           "timer.sleep(1)\n"
                           "wire.text('b')\n"
                           "wire.text('c')",
                      "1.0\tr1\ta\n2.0\tr2\tb\n2.0\tr3\tc\n");
}

static void a_newcomer_queues_behind_who_was_woken(void **state)
{
    luafixture_prints(CONN "go('old', conn, 'receive', 4)\n"
                           "timer.sleep(1)\n"
                           "wire.text('ab')\n"
                           "thread.yield()\n"
                           "go('new', conn, 'recv')\n"
                           "timer.sleep(1)\n"
                           "wire.text('cdef')",
                      "2.0\told\tabcd\n2.0\tnew\tef\n");
}

static void a_reader_and_a_writer_do_not_hinder_each_other(void **state)
{
    luafixture_prints(CONN "local fd = conn:fileno()\n"
                           "wire.writable(fd, false)\n"
                           "go('r', conn, 'recv')\n"
                           "go('w', conn, 'sendall', 'x')\n"
                           "timer.sleep(1)\n"
                           "wire.text('a')\n"
                           "timer.sleep(1)\n"
                           "wire.writable(fd, true)",
                      "1.0\tr\ta\n2.0\tw\ttrue\n");
}

static void writers_do_not_mix_their_bytes(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_expect(&fx,
                      CONN "local EAGAIN = 11\n"
                           "for _ = 1, 3 do\n"
                           "  wire.limit(1)\n"
                           "  wire.fail('send', EAGAIN)\n"
                           "end\n"
                           "go('w1', conn, 'send', 'aaaa')\n"
                           "go('w2', conn, 'send', 'bbbb')",
                      "0.0\tw1\t4\n0.0\tw2\t4\n");
    assert_string_equal(scripted_sent(fx.net), "aaaabbbb");
    luafixture_end(&fx);
}

static void closing_ends_every_wait(void **state)
{
    luafixture_prints(
        CONN "local server = socket.bind('*', 0)\n"
             "local slow, udp = socket.tcp4(), socket.udp4()\n"
             "local EINPROGRESS = 115\n"
             "wire.writable(conn:fileno(), false)\n"
             "wire.fail('connect', EINPROGRESS)\n"
             "wire.writable(slow:fileno(), false)\n"
             "go('recv', conn, 'recv')\n"
             "go('receive', conn, 'receive')\n"
             "go('recvuntil', conn, 'recvuntil', ';')\n"
             "thread.spawn(function()\n"
             "  show('lines', pcall(conn:lines(), conn))\n"
             "end)\n"
             "go('send', conn, 'send', 'x')\n"
             "go('sendall', conn, 'sendall', 'x')\n"
             "go('accept', server, 'accept')\n"
             "go('connect', slow, 'connect', '192.0.2.2', 80)\n"
             "go('recvfrom', udp, 'recvfrom')\n"
             "timer.sleep(1)\n"
             "for _, s in ipairs { conn, server, slow, udp } do s:close() end",
        "1.0\trecv\tnil\tclosed\tEBADF\n"
        "1.0\treceive\tnil\tclosed\t\tEBADF\n"
        "1.0\trecvuntil\tnil\tclosed\tEBADF\n"
        "1.0\tlines\tfalse\tclosed\n"
        "1.0\tsend\tnil\tclosed\t0\tEBADF\n"
        "1.0\tsendall\tnil\tclosed\tEBADF\n"
        "1.0\taccept\tnil\tclosed\tEBADF\n"
        "1.0\tconnect\tnil\tclosed\tEBADF\n"
        "1.0\trecvfrom\tnil\tclosed\tEBADF\n");
}

static void who_gives_up_lets_the_next_one_read(void **state)
{
    luafixture_prints(CONN "local first = go('first', conn, 'recv')\n"
                           "go('second', conn, 'recv')\n"
                           "timer.sleep(1)\n"
                           "wire.text('a')\n"
                           "first:cancel()\n"
                           "print(first:join())",
                      "1.0\tsecond\ta\nfalse\tcancelled\n");
}

static void a_time_out_of_the_first_serves_the_second(void **state)
{
    luafixture_prints(CONN "conn:settimeout(2)\n"
                           "go('first', conn, 'recv')\n"
                           "timer.sleep(1)\n"
                           "go('second', conn, 'recv')\n"
                           "timer.sleep(1.5)\n"
                           "wire.text('a')",
                      "2.0\tfirst\tnil\ttimeout\tETIMEDOUT\n"
                      "2.5\tsecond\ta\n");
}

static void what_can_be_read_is_delivered_before_a_cancellation(void **state)
{
    luafixture_prints(CONN "local second\n"
                           "thread.spawn(function()\n"
                           "  show(conn:recv(1))\n"
                           "  second:cancel()\n"
                           "end)\n"
                           "second = thread.spawn(function()\n"
                           "  show(conn:recv(1))\n"
                           "  show(pcall(conn.recv, conn))\n"
                           "end)\n"
                           "timer.sleep(1)\n"
                           "wire.text('ab')",
                      "1.0\ta\n1.0\tb\n1.0\tfalse\tcancelled\n");
}

static void what_must_wait_again_is_cancelled(void **state)
{
    luafixture_prints(CONN "local second\n"
                           "thread.spawn(function()\n"
                           "  show(conn:recv())\n"
                           "  second:cancel()\n"
                           "end)\n"
                           "second = thread.spawn(function()\n"
                           "  show(pcall(conn.recv, conn))\n"
                           "end)\n"
                           "timer.sleep(1)\n"
                           "wire.text('ab')",
                      "1.0\tab\n1.0\tfalse\tcancelled\n");
}

static void a_busy_connection_lets_others_run(void **state)
{
    luafixture_prints(CONN "local size, count = 6000, 0\n"
                           "wire.text(('x'):rep(size))\n"
                           "thread.spawn(function()\n"
                           "  for _ = 1, size do\n"
                           "    conn:recv(1)\n"
                           "    count = count + 1\n"
                           "  end\n"
                           "end)\n"
                           "timer.sleep(0)\n"
                           "print(count > 0, count < size)\n",
                      "true\ttrue\n");
}

static void a_collected_socket_is_closed(void **state)
{
    luafixture_prints(
        "local function make() return socket.tcp4():fileno() end\n"
        "print(make())\n"
        "collectgarbage()\n"
        "print(make(), #socket.sockets())\n"
        "collectgarbage()\n"
        "print(#socket.sockets())",
        "3\n3\t1\n0\n");
}

static void a_socket_that_somebody_waits_on_is_not_collected(void **state)
{
    luafixture_prints("thread.spawn(function()\n"
                      "  local conn = socket.tcp4()\n"
                      "  conn:connect('192.0.2.1', 80)\n"
                      "  print((conn:recv()))\n"
                      "end)\n"
                      "timer.sleep(1)\n"
                      "collectgarbage()\n"
                      "wire.text('a')",
                      "a\n");
}

static void a_daemon_that_waits_ends_with_the_program(void **state)
{
    luafixture_prints(CONN "thread.spawn({ daemon = true }, function()\n"
                           "  local _ <close> = conn\n"
                           "  print(pcall(conn.recv, conn))\n"
                           "  print(pcall(conn.recv, conn))\n"
                           "end)\n"
                           "timer.sleep(1)",
                      "false\tcancelled\nfalse\tcancelled\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_are_served_in_the_order_they_came),
        cmocka_unit_test(a_newcomer_queues_behind_who_was_woken),
        cmocka_unit_test(a_reader_and_a_writer_do_not_hinder_each_other),
        cmocka_unit_test(writers_do_not_mix_their_bytes),
        cmocka_unit_test(closing_ends_every_wait),
        cmocka_unit_test(who_gives_up_lets_the_next_one_read),
        cmocka_unit_test(a_time_out_of_the_first_serves_the_second),
        cmocka_unit_test(what_can_be_read_is_delivered_before_a_cancellation),
        cmocka_unit_test(what_must_wait_again_is_cancelled),
        cmocka_unit_test(a_busy_connection_lets_others_run),
        cmocka_unit_test(a_collected_socket_is_closed),
        cmocka_unit_test(a_socket_that_somebody_waits_on_is_not_collected),
        cmocka_unit_test(a_daemon_that_waits_ends_with_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
