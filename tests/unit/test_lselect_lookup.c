/*
 * select and the lookup that a time-out of 0 broke off: its end is what the
 * socket waits for.
 */
#include "support/luafixture.h"

/* A TCP socket that cannot connect to a.test before the name is known. */
#define PRELUDE                                                                \
    "wire.name('a.test', '192.0.2.1')\n"                                       \
    "wire.defer()\n"                                                           \
    "local function looking_up(s)\n"                                           \
    "  s:settimeout(0)\n"                                                      \
    "  assert(select(3, s:connect('a.test', 80)) == 'EINPROGRESS')\n"          \
    "  return s\n"                                                             \
    "end\n"                                                                    \
    "local function show(r, w, ...) print(timer.now(), #r, #w, ...) end\n"

static void a_socket_can_be_written_once_the_name_is_known(void **state)
{
    luafixture_prints(PRELUDE
                      "for _, make in ipairs {socket.tcp, socket.tcp4} do\n"
                      "  local s = looking_up(make())\n"
                      "  timer.after(1, wire.answer)\n"
                      "  show(socket.select({s}, {s}))\n"
                      "  print(s:connect('a.test', 80))\n"
                      "end",
                      "1.0\t0\t1\n"
                      "true\n"
                      "2.0\t0\t1\n"
                      "true\n");
}

static void one_that_is_over_is_known_at_once(void **state)
{
    luafixture_prints(PRELUDE "local s = looking_up(socket.tcp())\n"
                              "wire.answer()\n"
                              "show(socket.select(nil, {s}))\n"
                              "show(socket.select(nil, {s}, 0))",
                      "0.0\t0\t1\n"
                      "0.0\t0\t1\n");
}

static void the_time_may_be_up_before(void **state)
{
    luafixture_prints(PRELUDE "local s = looking_up(socket.tcp4())\n"
                              "show(socket.select({s}, {s}, 0))\n"
                              "show(socket.select({s}, {s}, 1))\n"
                              "wire.answer()",
                      "0.0\t0\t0\ttimeout\n"
                      "1.0\t0\t0\ttimeout\n");
}

static void closing_the_socket_counts(void **state)
{
    luafixture_prints(PRELUDE
                      "for _, make in ipairs {socket.tcp, socket.tcp4} do\n"
                      "  local s = looking_up(make())\n"
                      "  timer.after(1, s.close, s)\n"
                      "  show(socket.select(nil, {s}))\n"
                      "end\n"
                      "wire.answer()",
                      "1.0\t0\t1\n"
                      "2.0\t0\t1\n");
}

static void datagrams_can_be_read_meanwhile(void **state)
{
    luafixture_prints(PRELUDE
                      "local s = socket.udp4()\n"
                      "s:settimeout(0)\n"
                      "print(select(3, s:sendto('x', 'a.test', 80)))\n"
                      "timer.after(1, wire.datagram, 'y', '192.0.2.2', 7)\n"
                      "timer.after(2, wire.answer)\n"
                      "show(socket.select({s}, {s}))\n"
                      "print(s:recvfrom())\n"
                      "show(socket.select({s}, {s}))\n"
                      "print(s:sendto('x', 'a.test', 80))",
                      "EAGAIN\n"
                      "1.0\t1\t0\n"
                      "y\t192.0.2.2\t7\n"
                      "2.0\t0\t1\n"
                      "1\n");
}

static void who_polls_sees_what_another_thread_makes_of_it(void **state)
{
    luafixture_prints(PRELUDE
                      "for _, make in ipairs {socket.tcp, socket.tcp4} do\n"
                      "  local s = looking_up(make())\n"
                      "  local reader = thread.spawn(function()\n"
                      "    show(socket.select({s}))\n"
                      "  end)\n"
                      "  thread.yield()\n"
                      "  s:settimeout(5)\n"
                      "  timer.after(1, wire.answer)\n"
                      "  print(s:connect('a.test', 80))\n"
                      "  timer.after(1, wire.text, 'x', s:fileno())\n"
                      "  reader:join()\n"
                      "  print(s:recv(1))\n"
                      "end",
                      "true\n"
                      "2.0\t1\t0\n"
                      "x\n"
                      "true\n"
                      "4.0\t1\t0\n"
                      "x\n");
}

/* The second address is of another family, which there is not. */
static void a_socket_that_loses_its_descriptor_is_ready(void **state)
{
    luafixture_prints(PRELUDE
                      "wire.name('a.test', '2001:db8::1')\n"
                      "wire.fail('connect', 115) -- EINPROGRESS\n"
                      "wire.fail('connect', 111) -- ECONNREFUSED\n"
                      "local s = socket.tcp()\n"
                      "local t = thread.spawn(s.connect, s, 'a.test', 80)\n"
                      "thread.yield()\n"
                      "wire.answer()\n"
                      "thread.yield()\n"
                      "wire.writable(s:fileno(), false)\n"
                      "timer.after(1, function()\n"
                      "  wire.fail('socket', 97) -- EAFNOSUPPORT\n"
                      "  wire.writable(s:fileno(), true)\n"
                      "end)\n"
                      "show(socket.select({s}, {s}))\n"
                      "print(select(4, t:join()), s:fileno())",
                      "1.0\t1\t1\n"
                      "EAFNOSUPPORT\t-1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_can_be_written_once_the_name_is_known),
        cmocka_unit_test(one_that_is_over_is_known_at_once),
        cmocka_unit_test(the_time_may_be_up_before),
        cmocka_unit_test(closing_the_socket_counts),
        cmocka_unit_test(datagrams_can_be_read_meanwhile),
        cmocka_unit_test(who_polls_sees_what_another_thread_makes_of_it),
        cmocka_unit_test(a_socket_that_loses_its_descriptor_is_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
