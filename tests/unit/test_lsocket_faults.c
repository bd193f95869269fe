/*
 * Every call of a socket and every error that the kernel may give it, at the
 * first occurrence and at a later one: the script gets that error and no
 * other, the calls before and after go well, and nothing is left behind.
 */
#include "support/luafixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bind/fail.h"
#include "util/err.h"

enum { CALLS = 3, MOST_ERRORS = 8 };

/* What a failed call gives. */
enum form {
    FAIL,    /* nil, message, code */
    INDEX,   /* nil, message, 0, code: send */
    PARTIAL, /* nil, message, "", code: receive */
    NUMBER,  /* errno, code: connect_ex */
    RAISED,  /* false, message: pcall of an iterator */
};

struct call {
    const char *lua;
    const char *op; /* what it asks of the network, once */
    enum form form;
    const char *good; /* what it prints when all goes well */
    int errors[MOST_ERRORS];
};

/* A socket `s` for each kind of call, and what calls one of them. */
static const char prelude[] =
    "local udp, tcp, listener, conn = socket.udp4(), socket.tcp4(),\n"
    "  socket.tcp4(), socket.tcp4()\n"
    "conn:connect('192.0.2.1', 80)\n"
    "local lines = conn:lines()\n"
    "local function shut(s, ...)\n"
    "  if not s then return s, ... end\n"
    "  s:close()\n"
    "  return true\n"
    "end\n"
    "local function with(s, method, ...)\n"
    "  local values = table.pack(s[method](s, ...))\n"
    "  s:close()\n"
    "  return table.unpack(values, 1, values.n)\n"
    "end\n";

#define SOCKET_ERRORS                                                          \
    {                                                                          \
        ENOBUFS, ENOMEM, EAFNOSUPPORT, EPERM, EACCES                           \
    }
#define BIND_ERRORS                                                            \
    {                                                                          \
        EADDRINUSE, EADDRNOTAVAIL, EACCES, EINVAL                              \
    }
#define LISTEN_ERRORS                                                          \
    {                                                                          \
        EADDRINUSE, EOPNOTSUPP                                                 \
    }
#define OPTION_ERRORS                                                          \
    {                                                                          \
        EINVAL, ENOPROTOOPT, ENOMEM                                            \
    }
#define NAME_ERRORS                                                            \
    {                                                                          \
        ENOTCONN, ENOBUFS                                                      \
    }
#define CONNECT_ERRORS                                                         \
    {                                                                          \
        ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL,     \
            ECONNRESET, EPERM                                                  \
    }
#define RECV_ERRORS                                                            \
    {                                                                          \
        ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENOMEM, ENOTCONN, EBADF           \
    }
#define SEND_ERRORS                                                            \
    {                                                                          \
        EPIPE, ECONNRESET, ENOBUFS, EMSGSIZE, EPERM, EHOSTUNREACH              \
    }

static const struct call calls[] = {
    {"shut(socket.socket())", "socket", FAIL, "true", SOCKET_ERRORS},
    {"shut(socket.tcp4())", "socket", FAIL, "true", SOCKET_ERRORS},
    {"shut(socket.tcp6())", "socket", FAIL, "true", SOCKET_ERRORS},
    {"shut(socket.udp4())", "socket", FAIL, "true", SOCKET_ERRORS},
    {"shut(socket.udp6())", "socket", FAIL, "true", SOCKET_ERRORS},
    {"with(socket.tcp(), 'bind', '::1', 0)", "socket", FAIL, "true",
     SOCKET_ERRORS},
    {"with(socket.tcp(), 'listen')", "socket", FAIL, "true", SOCKET_ERRORS},
    {"with(socket.tcp(), 'connect', '192.0.2.1', 80)", "socket", FAIL, "true",
     SOCKET_ERRORS},
    {"with(socket.tcp(), 'connect_ex', '192.0.2.1', 80)", "socket", NUMBER, "0",
     SOCKET_ERRORS},
    {"with(socket.udp(), 'sendto', 'ab', '192.0.2.1', 53)", "socket", FAIL, "2",
     SOCKET_ERRORS},
    {"with(socket.udp(), 'setsockname', '*', 0)", "socket", FAIL, "true",
     SOCKET_ERRORS},
    {"with(socket.udp(), 'setpeername', '192.0.2.1', 53)", "socket", FAIL,
     "true", SOCKET_ERRORS},
    {"shut(socket.bind('127.0.0.1', 0))", "socket", FAIL, "true",
     SOCKET_ERRORS},
    {"shut(socket.connect('192.0.2.1', 80))", "socket", FAIL, "true",
     SOCKET_ERRORS},

    {"tcp:bind('127.0.0.1', 80)", "bind", FAIL, "true", BIND_ERRORS},
    {"udp:bind('127.0.0.1', 53)", "bind", FAIL, "true", BIND_ERRORS},
    {"udp:setsockname('127.0.0.1', 53)", "bind", FAIL, "true", BIND_ERRORS},
    {"shut(socket.bind('127.0.0.1', 80))", "bind", FAIL, "true", BIND_ERRORS},
    {"shut(socket.connect('192.0.2.1', 80, '127.0.0.1'))", "bind", FAIL, "true",
     BIND_ERRORS},
    {"tcp:listen()", "listen", FAIL, "true", LISTEN_ERRORS},
    {"shut(socket.bind('127.0.0.1', 80))", "listen", FAIL, "true",
     LISTEN_ERRORS},
    {"shut(listener:accept())",
     "accept",
     FAIL,
     "true",
     {EINVAL, EOPNOTSUPP, EPERM}},

    {"with(socket.tcp4(), 'connect', '192.0.2.1', 80)", "connect", FAIL, "true",
     CONNECT_ERRORS},
    {"with(socket.tcp4(), 'connect_ex', '192.0.2.1', 80)", "connect", NUMBER,
     "0", CONNECT_ERRORS},
    {"shut(socket.connect('192.0.2.1', 80))", "connect", FAIL, "true",
     CONNECT_ERRORS},
    {"udp:connect('192.0.2.1', 80)", "connect", FAIL, "true", CONNECT_ERRORS},
    {"udp:setpeername('192.0.2.1', 80)", "connect", FAIL, "true",
     CONNECT_ERRORS},
    {"udp:setpeername('*')", "connect", FAIL, "true", CONNECT_ERRORS},

    {"conn:recv()", "recv", FAIL, "ab\r\n", RECV_ERRORS},
    {"conn:receive()", "recv", PARTIAL, "ab", RECV_ERRORS},
    {"conn:receive(4)", "recv", PARTIAL, "ab\r\n", RECV_ERRORS},
    {"conn:recvuntil('\\r\\n')", "recv", FAIL, "ab", RECV_ERRORS},
    {"pcall(lines, conn)", "recv", RAISED, "true\tab", RECV_ERRORS},
    {"udp:recv()", "recv", FAIL, "ab\r\n", RECV_ERRORS},
    {"udp:receive()", "recv", PARTIAL, "ab\r\n", RECV_ERRORS},
    {"udp:recvfrom()", "recv", FAIL, "ab\r\n\t192.0.2.7\t53", RECV_ERRORS},
    {"udp:receivefrom()",
     "recv",
     FAIL,
     "ab\r\n\t192.0.2.7\t53",
     {ECONNREFUSED, ENETUNREACH}},

    {"conn:send('abc')", "send", INDEX, "3", SEND_ERRORS},
    {"conn:sendall('abc')", "send", FAIL, "true", SEND_ERRORS},
    {"udp:send('abc')", "send", INDEX, "3", SEND_ERRORS},
    {"udp:sendall('abc')", "send", FAIL, "true", SEND_ERRORS},
    {"udp:sendto('abc', '192.0.2.1', 53)", "send", FAIL, "3", SEND_ERRORS},

    {"conn:shutdown()", "shutdown", FAIL, "true", {ENOTCONN, EIO}},
    {"udp:getsockname()", "getsockname", FAIL, "0.0.0.0\t0\tinet", NAME_ERRORS},
    {"conn:getpeername()", "getpeername", FAIL, "192.0.2.1\t80\tinet",
     NAME_ERRORS},
    {"tcp:setsockopt(1, 6, 1)", "setsockopt", FAIL, "true", OPTION_ERRORS},
    {"tcp:setoption('keepalive', true)", "setsockopt", FAIL, "true",
     OPTION_ERRORS},
    {"tcp:bind('127.0.0.1', 80)", "setsockopt", FAIL, "true", OPTION_ERRORS},
    {"tcp:getsockopt(1, 6)", "getsockopt", FAIL, "0", OPTION_ERRORS},
    {"tcp:getoption('keepalive')", "getsockopt", FAIL, "false", OPTION_ERRORS},
};

/* What the call prints when it fails with `err`. */
static void format_bad(char *line, size_t size, enum form form, int err)
{
    const char *message = nb_fail_message(-err);
    const char *code = nb_err_name(-err);

    switch (form) {
    case FAIL:
        snprintf(line, size, "nil\t%s\t%s", message, code);
        break;
    case INDEX:
        snprintf(line, size, "nil\t%s\t0\t%s", message, code);
        break;
    case PARTIAL:
        snprintf(line, size, "nil\t%s\t\t%s", message, code);
        break;
    case NUMBER:
        snprintf(line, size, "%d\t%s", err, code);
        break;
    case RAISED:
        snprintf(line, size, "false\t%s", message);
        break;
    }
}

/* What makes the call go well. */
static const char *food(const struct call *call)
{
    if (strcmp(call->op, "accept") == 0)
        return "wire.peer('192.0.2.9', 4000)";
    if (strcmp(call->op, "recv") != 0)
        return "";
    return strncmp(call->lua, "udp", 3) == 0
               ? "wire.datagram('ab\\r\\n', '192.0.2.7', 53)"
               : "wire.text('ab\\r\\n')";
}

/* Makes the call three times, of which number `n` fails with `err`. */
static void fail_once(const struct call *call, int n, int err)
{
    char chunk[2048];
    char expected[512] = "";
    char bad[128];
    struct luafixture fx;

    format_bad(bad, sizeof bad, call->form, err);
    for (int i = 1; i <= CALLS; i++) {
        strcat(expected, i == n ? bad : call->good);
        strcat(expected, "\n");
    }
    int len = snprintf(chunk, sizeof chunk,
                       "%sfor i = 1, %d do\n"
                       "  if i == %d then wire.fail('%s', %d) else %s end\n"
                       "  print(%s)\n"
                       "end\n",
                       prelude, CALLS, n, call->op, err, food(call), call->lua);
    assert_in_range(len, 1, sizeof chunk - 1);
    luafixture_begin(&fx);
    int rc = luafixture_run(&fx, chunk);
    if (rc != 0 || fx.err[0] != '\0' || strcmp(fx.out, expected) != 0)
        fail_msg("%s, call %d fails with %s: got\n%s%sexpected\n%s", call->lua,
                 n, nb_err_name(-err), fx.out, fx.err, expected);
    luafixture_end(&fx);
}

static void each_call_gives_each_error(void **state)
{
    for (size_t i = 0; i < NB_COUNTOF(calls); i++) {
        const struct call *call = &calls[i];
        for (int e = 0; e < MOST_ERRORS && call->errors[e] != 0; e++) {
            fail_once(call, 1, call->errors[e]);
            fail_once(call, CALLS, call->errors[e]);
        }
    }
}

static void closing_succeeds_whatever_the_kernel_says(void **state)
{
    luafixture_prints("for _, errno in ipairs { 4, 5, 104 } do\n"
                      "  local s = socket.tcp4()\n"
                      "  wire.fail('close', errno)\n"
                      "  print(s:close(), s:close(), s:fileno())\n"
                      "end\n"
                      "do\n"
                      "  local _ <close> = socket.udp4()\n"
                      "  wire.fail('close', 5)\n"
                      "end\n"
                      "socket.udp4()\n"
                      "wire.fail('close', 5)\n"
                      "collectgarbage()\n"
                      "print(#socket.sockets())",
                      "true\ttrue\t-1\n"
                      "true\ttrue\t-1\n"
                      "true\ttrue\t-1\n"
                      "0\n");
}

static void a_socket_can_be_shown_whatever_the_kernel_says(void **state)
{
    luafixture_prints("local s = socket.tcp4()\n"
                      "s:connect('192.0.2.1', 80)\n"
                      "wire.fail('getpeername', 107)\n"
                      "print(s)\n"
                      "wire.fail('getsockname', 105)\n"
                      "wire.fail('getpeername', 107)\n"
                      "wire.fail('getsockopt', 22)\n"
                      "local d = socket.sockets()[1]\n"
                      "print(d.fd, d.type, d.family, d.state, d.thread)\n"
                      "print(d.laddr, d.lport, d.raddr, d.rport)",
                      "tcp 0.0.0.0:0\n"
                      "3\ttcp\tinet\tCLOSED\tmain\n"
                      "nil\tnil\tnil\tnil\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_gives_each_error),
        cmocka_unit_test(closing_succeeds_whatever_the_kernel_says),
        cmocka_unit_test(a_socket_can_be_shown_whatever_the_kernel_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
