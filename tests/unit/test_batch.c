/*
 * Datagrams by the batch: when a socket gets them so, and what is the same
 * with them as one by one.
 */
#include "support/luafixture.h"

#include <string.h>

/*
 * A socket that has had four datagrams in a row, and answered one. come(n)
 * lets n more come, numbered on, from ports that take turns; echo(n) receives
 * and answers so many.
 */
#define BUSY                                                                   \
    "local s = socket.udp4()\n"                                                \
    "local number = 0\n"                                                       \
    "local function come(n, size)\n"                                           \
    "  for i = 1, n do\n"                                                      \
    "    number = number + 1\n"                                                \
    "    local text = ('%02d'):format(number)\n"                               \
    "    wire.datagram(text .. ('x'):rep((size or 2) - 2),\n"                  \
    "      '192.0.2.1', 50 + number % 2)\n"                                    \
    "  end\n"                                                                  \
    "end\n"                                                                    \
    "local function echo(n)\n"                                                 \
    "  for _ = 1, n do\n"                                                      \
    "    local data, ip, port = s:recvfrom()\n"                                \
    "    s:sendto(data, ip, port)\n"                                           \
    "  end\n"                                                                  \
    "end\n"                                                                    \
    "come(4)\n"                                                                \
    "for _ = 1, 4 do s:recvfrom() end\n"

/* Beside that, answers to both ports have left: what follows may be late. */
#define PROVEN                                                                 \
    BUSY "come(4)\n"                                                           \
         "echo(2)\n"                                                           \
         "s:getsockname()\n"

/* Runs `chunk`, which prints `out`; the network's log ends in `log`. */
static void run(const char *chunk, const char *out, const char *log)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_expect(&fx, chunk, out);
    const char *all = scripted_log(fx.net);
    size_t len = strlen(log);
    assert_true(strlen(all) >= len);
    assert_string_equal(all + strlen(all) - len, log);
    luafixture_end(&fx);
}

static void who_has_had_some_in_a_row_gets_the_next_at_once(void **state)
{
    run(BUSY "come(3)\n"
             "for _ = 1, 3 do print(s:recvfrom()) end",
        "05\t192.0.2.1\t51\n06\t192.0.2.1\t50\n07\t192.0.2.1\t51\n",
        "recv 3 = 2\nrecv 3 = 2\nrecv 3 = 2\nrecv 3 = 2\n"
        "recvmmsg 3 = 3\n"
        "close 3 = 0\n");
}

static void who_finds_one_only_is_no_longer_busy(void **state)
{
    run(BUSY "come(1)\n"
             "print((s:recvfrom()))\n"
             "come(1)\n"
             "print((s:recvfrom()))",
        "05\n06\n",
        "recvmmsg 3 = 1\n"
        "recv 3 = 2\n"
        "close 3 = 0\n");
}

static void a_wait_between_them_is_no_row(void **state)
{
    run("local s = socket.udp4()\n"
        "for i = 1, 8 do\n"
        "  timer.after(i, wire.datagram, 'a' .. i, '192.0.2.1', 53)\n"
        "end\n"
        "for _ = 1, 8 do s:recvfrom() end\n"
        "wire.datagram('last', '192.0.2.1', 53)\n"
        "print((s:recvfrom()))",
        "last\n",
        "recv 3 = 2\n"
        "recv 3 = 4\n"
        "close 3 = 0\n");
}

static void long_ones_come_one_by_one(void **state)
{
    run(BUSY "come(2, 2000)\n"
             "come(2)\n"
             "for _ = 1, 2 do print(#s:recvfrom()) end\n"
             "for _ = 1, 2 do print((s:recvfrom())) end\n"
             "come(1)\n"
             "print((s:recvfrom()))",
        "2000\n2000\n07\n08\n09\n",
        "recvmmsg 3 = 4\n"
        "recv 3 = 2\n"
        "close 3 = 0\n");
}

static void each_is_cut_to_what_was_asked_for(void **state)
{
    run(BUSY "come(3, 10)\n"
             "print(s:recvfrom(3))\n"
             "print(s:recv(2))\n"
             "print(s:receivefrom())",
        "05x\t192.0.2.1\t51\n06\n07xxxxxxxx\t192.0.2.1\t51\n",
        "recvmmsg 3 = 3\n"
        "close 3 = 0\n");
}

static void what_is_left_of_a_batch_is_ready(void **state)
{
    run(BUSY "come(2)\n"
             "s:recvfrom()\n"
             "print(s:dirty(), #socket.select({ s }, nil, 0))\n"
             "s:recvfrom()\n"
             "print(s:dirty(), #socket.select({ s }, nil, 0))",
        "true\t1\nfalse\t0\n", "close 3 = 0\n");
}

static void after_a_batch_that_was_not_full_it_waits_at_once(void **state)
{
    run(BUSY "come(2)\n"
             "s:recvfrom()\n"
             "s:recvfrom()\n"
             "timer.after(1, come, 2)\n"
             "print(s:recvfrom())",
        "07\t192.0.2.1\t51\n",
        "recvmmsg 3 = 2\n"
        "recvmmsg 3 = 2\n"
        "close 3 = 0\n");
}

static void an_error_comes_behind_what_came_before_it(void **state)
{
    run(BUSY "come(2)\n"
             "wire.fail('recv', 111)\n"
             "come(1)\n"
             "for _ = 1, 4 do print((select(-1, s:recvfrom()))) end",
        "51\n50\nECONNREFUSED\n51\n",
        "recvmmsg 3 = 2\n"
        "recvmmsg 3 = ECONNREFUSED\n"
        "recvmmsg 3 = 1\n"
        "close 3 = 0\n");
}

static void two_busy_sockets_lose_nothing(void **state)
{
    run(BUSY "local first = s\n"
             "s = socket.udp4()\n"
             "come(4)\n"
             "for _ = 1, 4 do s:recvfrom() end\n"
             "come(3)\n"
             "print(first:recvfrom())\n"
             "come(2)\n"
             "print(s:recvfrom())\n"
             "for _ = 1, 2 do print(first:recvfrom()) end\n"
             "print(s:recvfrom())",
        "09\t192.0.2.1\t51\n12\t192.0.2.1\t50\n10\t192.0.2.1\t50\n"
        "11\t192.0.2.1\t51\n13\t192.0.2.1\t51\n",
        "recvmmsg 3 = 3\n"
        "recvmmsg 4 = 2\n"
        "close 4 = 0\n"
        "close 3 = 0\n");
}

static void answers_leave_together_at_the_end_of_the_turn(void **state)
{
    run(PROVEN "echo(2)\n"
               "print(wire.sent())\n"
               "timer.sleep(0)\n"
               "print(wire.sent())",
        "0506\n05060708\n",
        "send 3 2 192.0.2.1:51 = 2\n"
        "send 3 2 192.0.2.1:50 = 2\n"
        "getsockname 3 = 0\n"
        "sendmmsg 3 2 = 2\n"
        "close 3 = 0\n");
}

static void what_was_not_sent_before_leaves_at_once(void **state)
{
    run(PROVEN "echo(1)\n"
               "print(s:sendto('longer', '192.0.2.1', 50), wire.sent())\n"
               "print(s:sendto('new', '192.0.2.2', 50), wire.sent())\n"
               "echo(1)\n"
               "print(wire.sent())",
        "6\t050607longer\n3\t050607longernew\n050607longernew\n",
        "sendmmsg 3 1 = 1\n"
        "send 3 6 192.0.2.1:50 = 6\n"
        "send 3 3 192.0.2.2:50 = 3\n"
        "sendmmsg 3 1 = 1\n"
        "close 3 = 0\n");
}

static void answers_to_many_leave_together(void **state)
{
    run(PROVEN "for port = 51, 150 do s:sendto('ab', '192.0.2.1', port) end\n"
               "echo(1)\n"
               "for port = 51, 65 do s:sendto('ab', '192.0.2.1', port) end",
        "",
        "send 3 2 192.0.2.1:149 = 2\n"
        "send 3 2 192.0.2.1:150 = 2\n"
        "sendmmsg 3 16 = 16\n"
        "close 3 = 0\n");
}

/* Those that share a place put each other out of it. */
static void who_was_forgotten_is_sent_to_at_once(void **state)
{
    run(PROVEN "s:sendto('ab', '192.0.2.1', 50 + 128)\n"
               "echo(2)\n"
               "print(wire.sent())",
        "0506ab0708\n",
        "send 3 2 192.0.2.1:178 = 2\n"
        "sendmmsg 3 1 = 1\n"
        "send 3 2 192.0.2.1:50 = 2\n"
        "close 3 = 0\n");
}

static void who_has_no_batch_sends_at_once(void **state)
{
    run(PROVEN "echo(2)\n"
               "timer.sleep(0)\n"
               "s:sendto('09', '192.0.2.1', 50)\n"
               "print(wire.sent())",
        "0506070809\n",
        "sendmmsg 3 2 = 2\n"
        "send 3 2 192.0.2.1:50 = 2\n"
        "close 3 = 0\n");
}

static void another_call_on_the_socket_comes_behind_them(void **state)
{
    run(PROVEN "echo(2)\n"
               "print(s:getstats())\n"
               "print(s:setoption('broadcast', true), wire.sent())",
        "16\t8\t0.0\ntrue\t05060708\n",
        "sendmmsg 3 2 = 2\n"
        "setsockopt 3 1:6 1 = 0\n"
        "close 3 = 0\n");
}

static void a_close_sends_them(void **state)
{
    run(PROVEN "echo(2)\n"
               "s:close()\n"
               "print(wire.sent())",
        "05060708\n",
        "sendmmsg 3 2 = 2\n"
        "close 3 = 0\n");
}

static void a_full_batch_leaves_before_the_next(void **state)
{
    run(PROVEN "s:recvfrom()\n"
               "s:recvfrom()\n"
               "come(20)\n"
               "echo(17)\n"
               "print(#wire.sent())",
        "36\n",
        "recvmmsg 3 = 16\n"
        "sendmmsg 3 16 = 16\n"
        "recvmmsg 3 = 4\n"
        "sendmmsg 3 1 = 1\n"
        "close 3 = 0\n");
}

static void a_late_error_is_told_by_the_next_send(void **state)
{
    run(PROVEN "echo(2)\n"
               "wire.fail('send', 113)\n"
               "timer.sleep(0)\n"
               "print(wire.sent(), select(2, s:getstats()))\n"
               "print(s:sendto('09', '192.0.2.1', 50))\n"
               "print(s:sendto('10', '192.0.2.1', 50))",
        "050608\t6\t0.0\n"
        "nil\tNo route to host\tEHOSTUNREACH\n2\n",
        "sendmmsg 3 2 = EHOSTUNREACH\n"
        "sendmmsg 3 1 = 1\n"
        "send 3 2 192.0.2.1:50 = 2\n"
        "close 3 = 0\n");
}

static void without_room_they_leave_when_there_is_some(void **state)
{
    run(PROVEN "echo(2)\n"
               "wire.writable(3, false)\n"
               "timer.sleep(1)\n"
               "print(wire.sent())\n"
               "wire.writable(3, true)\n"
               "timer.sleep(1)\n"
               "print(wire.sent())",
        "0506\n05060708\n",
        "sendmmsg 3 2 = EAGAIN\n"
        "sendmmsg 3 2 = 2\n"
        "close 3 = 0\n");
}

static void a_send_waits_behind_those_that_have_no_room(void **state)
{
    run(PROVEN "echo(1)\n"
               "local fd = 3\n"
               "wire.writable(fd, false)\n"
               "timer.after(1, wire.writable, fd, true)\n"
               "print(s:sendto('longer', '192.0.2.1', 50), timer.now())\n"
               "print(wire.sent())",
        "6\t1.0\n050607longer\n",
        "send 3 6 192.0.2.1:50 = 6\n"
        "close 3 = 0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_had_some_in_a_row_gets_the_next_at_once),
        cmocka_unit_test(who_finds_one_only_is_no_longer_busy),
        cmocka_unit_test(a_wait_between_them_is_no_row),
        cmocka_unit_test(long_ones_come_one_by_one),
        cmocka_unit_test(each_is_cut_to_what_was_asked_for),
        cmocka_unit_test(what_is_left_of_a_batch_is_ready),
        cmocka_unit_test(after_a_batch_that_was_not_full_it_waits_at_once),
        cmocka_unit_test(an_error_comes_behind_what_came_before_it),
        cmocka_unit_test(two_busy_sockets_lose_nothing),
        cmocka_unit_test(answers_leave_together_at_the_end_of_the_turn),
        cmocka_unit_test(what_was_not_sent_before_leaves_at_once),
        cmocka_unit_test(answers_to_many_leave_together),
        cmocka_unit_test(who_was_forgotten_is_sent_to_at_once),
        cmocka_unit_test(who_has_no_batch_sends_at_once),
        cmocka_unit_test(another_call_on_the_socket_comes_behind_them),
        cmocka_unit_test(a_close_sends_them),
        cmocka_unit_test(a_full_batch_leaves_before_the_next),
        cmocka_unit_test(a_late_error_is_told_by_the_next_send),
        cmocka_unit_test(without_room_they_leave_when_there_is_some),
        cmocka_unit_test(a_send_waits_behind_those_that_have_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
