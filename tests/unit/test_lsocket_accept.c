/*
 * Out of descriptors: dropped sockets are collected and the call is tried
 * once more; an accept that fails nevertheless makes the next one wait, until
 * a socket is closed or 100 ms are over.
 */
#include "support/luafixture.h"

/* A listener, and what lets one accept fail, its second attempt included. */
#define LISTENER                                                               \
    "local EMFILE, ENFILE = 24, 23\n"                                          \
    "local server = assert(socket.bind('127.0.0.1', 0))\n"                     \
    "local function starve(errno)\n"                                           \
    "  wire.fail('accept', errno or EMFILE)\n"                                 \
    "  wire.fail('accept', errno or EMFILE)\n"                                 \
    "end\n"                                                                    \
    "local function accept(s)\n"                                               \
    "  local conn, _, code = (s or server):accept()\n"                         \
    "  print(conn and 'accepted' or code, timer.now())\n"                      \
    "  return conn\n"                                                          \
    "end\n"

/* The chunk prints `out` and asks the network to accept so often at most. */
static void accepts(const char *chunk, const char *out, int most)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_expect(&fx, chunk, out);
    assert_in_range(luafixture_count(&fx, "accept"), 1, most);
    luafixture_end(&fx);
}

static void a_new_socket_takes_the_place_of_dropped_ones(void **state)
{
    luafixture_prints("for errno = 23, 24 do\n"
                      "  socket.tcp4()\n"
                      "  wire.fail('socket', errno)\n"
                      "  local s <close> = assert(socket.udp4())\n"
                      "  print(s:fileno())\n"
                      "end",
                      "3\n3\n");
}

static void a_socket_gets_its_descriptor_late_in_the_same_way(void **state)
{
    luafixture_prints("for _, call in ipairs { 'bind', 'connect' } do\n"
                      "  socket.tcp4()\n"
                      "  local s <close> = socket.tcp()\n"
                      "  wire.fail('socket', 24)\n"
                      "  print(s[call](s, '127.0.0.1', 80))\n"
                      "end\n"
                      "socket.tcp4()\n"
                      "wire.fail('socket', 24)\n"
                      "print(assert(socket.bind('127.0.0.1', 80)):close())\n"
                      "socket.tcp4()\n"
                      "wire.fail('socket', 24)\n"
                      "print(socket.udp():sendto('abc', '127.0.0.1', 80))",
                      "true\ntrue\ntrue\n3\n");
}

static void who_is_closed_meanwhile_gets_none(void **state)
{
    luafixture_prints("for _, call in ipairs { 'bind', 'sendto' } do\n"
                      "  local s = socket.udp()\n"
                      "  setmetatable({}, { __gc = function()\n"
                      "    s:close()\n"
                      "  end })\n"
                      "  wire.fail('socket', 24)\n"
                      "  if call == 'bind' then\n"
                      "    print(s:bind('127.0.0.1', 80))\n"
                      "  else\n"
                      "    print(s:sendto('abc', '127.0.0.1', 80))\n"
                      "  end\n"
                      "end",
                      "nil\tclosed\tEBADF\nnil\tclosed\tEBADF\n");
}

static void without_garbage_a_new_socket_fails(void **state)
{
    luafixture_prints("for errno = 23, 24 do\n"
                      "  wire.fail('socket', errno)\n"
                      "  wire.fail('socket', errno)\n"
                      "  print(socket.tcp4())\n"
                      "end",
                      "nil\tToo many open files in system\tENFILE\n"
                      "nil\tToo many open files\tEMFILE\n");
}

static void an_accept_takes_the_place_of_dropped_sockets(void **state)
{
    accepts(LISTENER "socket.tcp4()\n"
                     "wire.peer('192.0.2.9', 4000)\n"
                     "wire.fail('accept', EMFILE)\n"
                     "wire.peer('192.0.2.9', 4001)\n"
                     "accept()\n"
                     "accept()",
            "accepted\t0.0\naccepted\t0.0\n", 3);
}

static void the_next_accept_waits_a_tenth_of_a_second(void **state)
{
    accepts(LISTENER "starve()\n"
                     "accept()\n"
                     "starve(ENFILE)\n"
                     "accept()\n"
                     "wire.peer('192.0.2.9', 4000)\n"
                     "wire.peer('192.0.2.9', 4001)\n"
                     "accept()\n"
                     "accept()",
            "EMFILE\t0.0\n"
            "ENFILE\t0.1\n"
            "accepted\t0.2\n"
            "accepted\t0.2\n",
            6);
}

static void a_server_that_goes_on_does_not_spin(void **state)
{
    accepts(LISTENER "for _ = 1, 100 do\n"
                     "  starve()\n"
                     "  server:accept()\n"
                     "end\n"
                     "print(math.floor(timer.now() * 1000 + 0.5))",
            "9900\n", 200);
}

static void short_of_memory_it_does_not_spin_either(void **state)
{
    accepts(LISTENER "local ENOBUFS, ENOMEM = 105, 12\n"
                     "for i = 1, 100 do\n"
                     "  starve(i % 2 == 0 and ENOBUFS or ENOMEM)\n"
                     "  server:accept()\n"
                     "end\n"
                     "print(math.floor(timer.now() * 1000 + 0.5))",
            "9900\n", 200);
}

static void a_socket_that_is_closed_ends_the_wait(void **state)
{
    accepts(LISTENER "local other = socket.tcp4()\n"
                     "starve()\n"
                     "accept()\n"
                     "wire.peer('192.0.2.9', 4000)\n"
                     "timer.after(0.03, other.close, other)\n"
                     "accept()",
            "EMFILE\t0.0\n"
            "accepted\t0.03\n",
            3);
}

static void two_who_wait_for_it_go_on_one_by_one(void **state)
{
    accepts(LISTENER "starve()\n"
                     "accept()\n"
                     "thread.spawn(accept)\n"
                     "timer.sleep(0.05)\n"
                     "thread.spawn(accept)\n"
                     "timer.sleep(0.95)\n"
                     "wire.peer('192.0.2.9', 4000)\n"
                     "wire.peer('192.0.2.9', 4001)",
            "EMFILE\t0.0\n"
            "accepted\t1.0\n"
            "accepted\t1.0\n",
            6);
}

static void a_socket_that_is_collected_ends_no_wait(void **state)
{
    accepts(LISTENER "local other = { socket.tcp4() }\n"
                     "starve()\n"
                     "accept()\n"
                     "wire.peer('192.0.2.9', 4000)\n"
                     "timer.after(0.03, function()\n"
                     "  other = nil\n"
                     "  collectgarbage()\n"
                     "end)\n"
                     "accept()",
            "EMFILE\t0.0\n"
            "accepted\t0.1\n",
            3);
}

static void the_listeners_time_out_ends_the_wait_too(void **state)
{
    accepts(LISTENER "timer.sleep(1)\n"
                     "server:settimeout(0.05)\n"
                     "starve()\n"
                     "accept()\n"
                     "accept()\n"
                     "accept()\n",
            "EMFILE\t1.0\nETIMEDOUT\t1.05\nETIMEDOUT\t1.1\n", 5);
}

static void a_listener_that_never_waits_never_waits(void **state)
{
    accepts(LISTENER "server:settimeout(0)\n"
                     "starve()\n"
                     "accept()\n"
                     "starve()\n"
                     "accept()\n"
                     "accept()\n",
            "EMFILE\t0.0\n"
            "EMFILE\t0.0\n"
            "EAGAIN\t0.0\n",
            5);
}

static void closing_the_listener_ends_the_wait(void **state)
{
    accepts(LISTENER "starve()\n"
                     "accept()\n"
                     "timer.after(0.03, server.close, server)\n"
                     "accept()",
            "EMFILE\t0.0\n"
            "EBADF\t0.03\n",
            2);
}

static void a_cancellation_ends_the_wait(void **state)
{
    accepts(LISTENER "starve()\n"
                     "accept()\n"
                     "local t = thread.spawn(accept)\n"
                     "timer.sleep(0.03)\n"
                     "print(t:waiting_for())\n"
                     "t:cancel('enough')\n"
                     "print(select(2, t:join()), timer.now())\n"
                     "wire.peer('192.0.2.9', 4000)\n"
                     "accept()",
            "EMFILE\t0.0\n"
            "a descriptor to accept with\n"
            "cancelled: enough\t0.03\n"
            "accepted\t0.13\n",
            3);
}

static void each_descriptor_that_is_closed_wakes_one(void **state)
{
    accepts(LISTENER "local second = assert(socket.bind('127.0.0.1', 0))\n"
                     "local a, b = socket.tcp4(), socket.tcp4()\n"
                     "starve()\n"
                     "accept()\n"
                     "starve()\n"
                     "accept(second)\n"
                     "wire.peer('192.0.2.9', 4000)\n"
                     "wire.peer('192.0.2.9', 4001)\n"
                     "local t = thread.spawn(accept, server)\n"
                     "local u = thread.spawn(accept, second)\n"
                     "timer.after(0.02, a.close, a)\n"
                     "timer.after(0.04, b.close, b)\n"
                     "t:join()\n"
                     "u:join()",
            "EMFILE\t0.0\n"
            "EMFILE\t0.0\n"
            "accepted\t0.02\n"
            "accepted\t0.04\n",
            6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_socket_takes_the_place_of_dropped_ones),
        cmocka_unit_test(a_socket_gets_its_descriptor_late_in_the_same_way),
        cmocka_unit_test(who_is_closed_meanwhile_gets_none),
        cmocka_unit_test(without_garbage_a_new_socket_fails),
        cmocka_unit_test(an_accept_takes_the_place_of_dropped_sockets),
        cmocka_unit_test(the_next_accept_waits_a_tenth_of_a_second),
        cmocka_unit_test(a_server_that_goes_on_does_not_spin),
        cmocka_unit_test(short_of_memory_it_does_not_spin_either),
        cmocka_unit_test(a_socket_that_is_closed_ends_the_wait),
        cmocka_unit_test(two_who_wait_for_it_go_on_one_by_one),
        cmocka_unit_test(a_socket_that_is_collected_ends_no_wait),
        cmocka_unit_test(the_listeners_time_out_ends_the_wait_too),
        cmocka_unit_test(a_listener_that_never_waits_never_waits),
        cmocka_unit_test(closing_the_listener_ends_the_wait),
        cmocka_unit_test(a_cancellation_ends_the_wait),
        cmocka_unit_test(each_descriptor_that_is_closed_wakes_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
