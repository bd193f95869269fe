/*
 * Programs on the kernel's own sockets, where calls, closes and peers come at
 * an odd moment. libuv's tests have shown which moments; tests/README.md says
 * where each of them is tested.
 */
#include "support/luafixture.h"

#include <errno.h>
#include <lauxlib.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t signals; /* that came since the storm began */

static void on_alarm(int signal)
{
    (void)signal;
    signals++;
}

/* kernel.close(fd): under the feet of the socket that has it. */
static int kernel_close(lua_State *L)
{
    lua_pushinteger(L, close((int)luaL_checkinteger(L, 1)));
    return 1;
}

/* kernel.urgent(fd, data) sends it out of band (RFC 9293, section 3.8.5). */
static int kernel_urgent(lua_State *L)
{
    size_t len = 0;
    const char *data = luaL_checklstring(L, 2, &len);

    lua_pushinteger(L, send((int)luaL_checkinteger(L, 1), data, len, MSG_OOB));
    return 1;
}

/* kernel.storm(): from now on a signal each millisecond interrupts calls. */
static int kernel_storm(lua_State *L)
{
    const struct itimerval each = {{0, 1000}, {0, 1000}};
    struct sigaction action = {.sa_handler = on_alarm};

    (void)L;
    signals = 0;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &each, NULL);
    return 0;
}

/* kernel.calm() ends it, and says how many there were. */
static int kernel_calm(lua_State *L)
{
    const struct itimerval never = {{0, 0}, {0, 0}};

    setitimer(ITIMER_REAL, &never, NULL);
    signal(SIGALRM, SIG_DFL);
    lua_pushinteger(L, signals);
    return 1;
}

/* Runs the chunk, which has the global `kernel`; it prints `out`. */
static void prints(const char *chunk, const char *out)
{
    static const luaL_Reg kernel[] = {
        {"close", kernel_close},
        {"urgent", kernel_urgent},
        {"storm", kernel_storm},
        {"calm", kernel_calm},
        {NULL, NULL},
    };
    struct luafixture fx;

    luafixture_begin_real(&fx);
    luaL_newlib(fx.lua.L, kernel);
    lua_setglobal(fx.lua.L, "kernel");
    luafixture_expect(&fx, chunk, out);
    luafixture_end(&fx);
}

#define SERVER                                                                 \
    "local server = assert(socket.bind('127.0.0.1', 0))\n"                     \
    "local ip, port = server:getsockname()\n"

/* Two ends of a connection. */
#define PAIR                                                                   \
    SERVER "local near = assert(socket.connect(ip, port))\n"                   \
           "local far = assert(server:accept())\n"

/* A datagram socket with a port. */
#define BOUND                                                                  \
    "local function bound()\n"                                                 \
    "  local s = socket.udp4()\n"                                              \
    "  assert(s:bind('127.0.0.1', 0))\n"                                       \
    "  return s, s:getsockname()\n"                                            \
    "end\n"

static void a_socket_is_bound_once(void **state)
{
    prints("local s = socket.tcp()\n"
           "assert(s:bind('127.0.0.1', 0))\n"
           "local _, port = s:getsockname()\n"
           "print(s:bind('127.0.0.1', 0))\n"
           "print(s:listen(), select(2, s:getsockname()) == port)",
           "nil\tInvalid argument\tEINVAL\ntrue\ttrue\n");
}

static void a_path_is_bound_once(void **state)
{
    prints("local s, other = socket.unix(), socket.unix()\n"
           "assert(s:bind(''))\n"
           "print(other:bind(s:getsockname()))\n"
           "print(s:bind(s:getsockname() .. ' again'))\n"
           "print(other:bind('/no/such/directory/name'))\n"
           "print(s:listen(), other:connect(s:getsockname()))",
           "nil\taddress already in use\tEADDRINUSE\n"
           "nil\tInvalid argument\tEINVAL\n"
           "nil\tNo such file or directory\tENOENT\n"
           "true\ttrue\n");
}

static void a_socket_that_is_not_bound_listens_at_some_port(void **state)
{
    prints("local server = socket.tcp()\n"
           "print(server:listen())\n"
           "local _, port = server:getsockname()\n"
           "local near = assert(socket.connect('127.0.0.1', port))\n"
           "local far = assert(server:accept())\n"
           "near:send('x')\n"
           "print(far:recv())",
           "true\nx\n");
}

static void listening_again_changes_the_backlog(void **state)
{
    prints(SERVER "print(server:listen(1))\n"
                  "print(server:listen(100))\n"
                  "local clients = {}\n"
                  "for i = 1, 50 do\n"
                  "  clients[i] = assert(socket.connect(ip, port))\n"
                  "end\n"
                  "for _ = 1, 50 do assert(server:accept()) end",
           "true\ntrue\n");
}

static void to_connect_to_every_interface_is_to_stay_here(void **state)
{
    prints("local server = assert(socket.bind('*', 0))\n"
           "local _, port = server:getsockname()\n"
           "print((assert(socket.connect('0.0.0.0', port)):getpeername()))\n"
           "local six = socket.tcp6()\n"
           "if six and six:bind('::1', 0) and six:listen() then\n"
           "  _, port = six:getsockname()\n"
           "  local conn = assert(socket.connect('::', port))\n"
           "  assert(conn:getpeername() == '::1')\n"
           "end",
           "127.0.0.1\n");
}

static void who_came_before_the_first_accept_is_served(void **state)
{
    prints(SERVER "local a = assert(socket.connect(ip, port))\n"
                  "local b = assert(socket.connect(ip, port))\n"
                  "b:send('b')\n"
                  "a:send('a')\n"
                  "a:close()\n"
                  "print(server:accept():recv())\n"
                  "print(server:accept():recv())",
           "a\nb\n");
}

static void closing_a_listener_ends_who_was_not_accepted_only(void **state)
{
    prints(PAIR "local late = assert(socket.connect(ip, port))\n"
                "server:close()\n"
                "print(late:recv())\n"
                "far:send('alive')\n"
                "print(near:recv())\n"
                "print(socket.connect(ip, port))",
           "nil\tclosed\tECONNRESET\n"
           "alive\n"
           "nil\tconnection refused\tECONNREFUSED\n");
}

static void a_write_before_connect_does_not_hinder_it(void **state)
{
    prints(SERVER "local s = socket.tcp4()\n"
                  "print(s:send('too early'))\n"
                  "local nobody = socket.tcp4()\n"
                  "assert(nobody:bind('127.0.0.1', 0))\n"
                  "print(s:connect(nobody:getsockname()))\n"
                  "print(s:send('too early'))\n"
                  "print(s:connect(ip, port))\n"
                  "print(s:send('in time'))\n"
                  "print(server:accept():recv())",
           "nil\tclosed\t0\tEPIPE\n"
           "nil\tconnection refused\tECONNREFUSED\n"
           "nil\tclosed\t0\tEPIPE\n"
           "true\n"
           "7\n"
           "in time\n");
}

static void who_is_woken_runs_after_who_wakes(void **state)
{
    prints(PAIR "local got = thread.event()\n"
                "thread.spawn(function()\n"
                "  print('woken', near:recv())\n"
                "  got:set()\n"
                "  print('woken', near:recv())\n"
                "end)\n"
                "thread.yield()\n"
                "far:send('x')\n"
                "print('sent')\n"
                "got:wait()\n"
                "near:close()\n"
                "print('closed')",
           "sent\nwoken\tx\nclosed\nwoken\tnil\tclosed\tEBADF\n");
}

static void waits_end_in_the_order_of_the_closes(void **state)
{
    prints(BOUND "local socks = {}\n"
                 "for i = 1, 3 do\n"
                 "  socks[i] = bound()\n"
                 "  thread.spawn(function()\n"
                 "    print(i, socks[i]:recvfrom())\n"
                 "  end)\n"
                 "end\n"
                 "thread.yield()\n"
                 "for _, i in ipairs { 2, 3, 1 } do socks[i]:close() end",
           "2\tnil\tclosed\tEBADF\n"
           "3\tnil\tclosed\tEBADF\n"
           "1\tnil\tclosed\tEBADF\n");
}

static void writers_that_wait_end_in_their_order(void **state)
{
    prints(PAIR "local much = ('x'):rep(1 << 24)\n"
                "for i = 1, 3 do\n"
                "  thread.spawn(function()\n"
                "    local _, message, last, code = near:send(much)\n"
                "    print(i, message, code, last > 0)\n"
                "  end)\n"
                "end\n"
                "thread.yield()\n"
                "near:close()",
           "1\tclosed\tEBADF\ttrue\n"
           "2\tclosed\tEBADF\tfalse\n"
           "3\tclosed\tEBADF\tfalse\n");
}

static void an_end_that_nobody_waited_for_is_there_later(void **state)
{
    prints(PAIR "far:send('x')\n"
                "print(near:recv())\n"
                "far:close()\n"
                "print(socket.connect(ip, port):send('y'))\n"
                "print(server:accept():recv())\n"
                "print(near:recv())",
           "x\n1\ny\nnil\tclosed\tEOF\n");
}

static void a_close_right_after_shutdown_loses_nothing(void **state)
{
    prints(PAIR "thread.spawn(function() print(near:recv()) end)\n"
                "thread.yield()\n"
                "near:send('last words')\n"
                "print(near:shutdown('send'), near:close())\n"
                "print(far:receive('*a'))\n"
                "print(near:shutdown('send'))",
           "true\ttrue\n"
           "nil\tclosed\tEBADF\n"
           "last words\n"
           "nil\tclosed\tEBADF\n");
}

static void a_descriptor_that_is_gone_is_an_error_value(void **state)
{
    prints(PAIR "print(kernel.close(near:fileno()))\n"
                "print(near:recv())\n"
                "print(near:send('x'))\n"
                "print(near:shutdown())\n"
                "print(near:close())",
           "0\n"
           "nil\tclosed\tEBADF\n"
           "nil\tclosed\t0\tEBADF\n"
           "nil\tclosed\tEBADF\n"
           "true\n");
}

static void without_waiting_a_send_tells_that_the_peer_is_gone(void **state)
{
    prints(PAIR "near:settimeout(0)\n"
                "local sent, message, last, code\n"
                "repeat\n"
                "  sent, message, last, code = near:send(('x'):rep(65536))\n"
                "until not sent\n"
                "print(message, code)\n"
                "far:close()\n"
                "repeat\n"
                "  sent, message, last, code = near:send('x')\n"
                "until not sent and code ~= 'EAGAIN'\n"
                "print(message, last)",
           "timeout\tEAGAIN\nclosed\t0\n");
}

static void urgent_data_is_no_part_of_the_stream(void **state)
{
    prints(PAIR "local t = thread.spawn(near.receive, near, 2)\n"
                "thread.yield()\n"
                "far:send('a')\n"
                "print(kernel.urgent(far:fileno(), '!'))\n"
                "timer.sleep(0)\n"
                "print(t:status())\n"
                "far:send('b')\n"
                "print(t:join())\n"
                "local SO_OOBINLINE = 10\n"
                "near:setsockopt(socket.SOL_SOCKET, SO_OOBINLINE, 1)\n"
                "kernel.urgent(far:fileno(), '!')\n"
                "far:send('c')\n"
                "print(near:receive(2))",
           "1\nwaiting\ntrue\tab\n!c\n");
}

static void signals_interrupt_no_call(void **state)
{
    prints(PAIR "local data = ('0123456789abcdef'):rep(1 << 16)\n"
                "local t = thread.spawn(function()\n"
                "  return near:receive(#data) == data\n"
                "end)\n"
                "kernel.storm()\n"
                "print(far:sendall(data))\n"
                "print(t:join())\n"
                "local before = timer.now()\n"
                "timer.sleep(0.02)\n"
                "print(timer.now() - before >= 0.02)\n"
                "near:settimeout(0.02)\n"
                "print(near:recv())\n"
                "print(kernel.calm() > 0)",
           "true\ntrue\ttrue\ntrue\nnil\ttimeout\tETIMEDOUT\ntrue\n");
}

static void a_datagram_to_nobody_disturbs_nothing(void **state)
{
    prints(BOUND "local nobody, ip, port = bound()\n"
                 "nobody:close()\n"
                 "local s, own, own_port = bound()\n"
                 "for _ = 1, 3 do print(s:sendto('x', ip, port)) end\n"
                 "print(s:sendto('myself', own, own_port))\n"
                 "print((s:recvfrom()))",
           "1\n1\n1\n6\nmyself\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_is_bound_once),
        cmocka_unit_test(a_path_is_bound_once),
        cmocka_unit_test(a_socket_that_is_not_bound_listens_at_some_port),
        cmocka_unit_test(listening_again_changes_the_backlog),
        cmocka_unit_test(to_connect_to_every_interface_is_to_stay_here),
        cmocka_unit_test(who_came_before_the_first_accept_is_served),
        cmocka_unit_test(closing_a_listener_ends_who_was_not_accepted_only),
        cmocka_unit_test(a_write_before_connect_does_not_hinder_it),
        cmocka_unit_test(who_is_woken_runs_after_who_wakes),
        cmocka_unit_test(waits_end_in_the_order_of_the_closes),
        cmocka_unit_test(writers_that_wait_end_in_their_order),
        cmocka_unit_test(an_end_that_nobody_waited_for_is_there_later),
        cmocka_unit_test(a_close_right_after_shutdown_loses_nothing),
        cmocka_unit_test(a_descriptor_that_is_gone_is_an_error_value),
        cmocka_unit_test(without_waiting_a_send_tells_that_the_peer_is_gone),
        cmocka_unit_test(urgent_data_is_no_part_of_the_stream),
        cmocka_unit_test(signals_interrupt_no_call),
        cmocka_unit_test(a_datagram_to_nobody_disturbs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
