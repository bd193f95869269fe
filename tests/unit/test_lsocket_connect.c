/*
 * Connecting from a script: names with several addresses, lookups that take
 * their time, kernels that are slow, time-outs in between.
 */
#include "support/luafixture.h"

#define PRELUDE                                                                \
    "local EINPROGRESS, EALREADY = 115, 114\n"                                 \
    "local ECONNREFUSED, ENETUNREACH = 111, 101\n"                             \
    "local function show(...) print(timer.now(), ...) end\n"                   \
    "local function peer(s) return (tostring(s):match('-> (.*)')) end\n"

static void each_address_of_a_name_is_tried(void **state)
{
    luafixture_prints(PRELUDE "wire.name('a.test', '2001:db8::1')\n"
                              "wire.name('a.test', '192.0.2.1')\n"
                              "wire.name('a.test', '192.0.2.2')\n"
                              "wire.fail('connect', ENETUNREACH)\n"
                              "wire.fail('connect', ECONNREFUSED)\n"
                              "local s = socket.tcp()\n"
                              "print(s:connect('a.test', 80), peer(s))",
                      "true\t192.0.2.2:80\n");
}

static void if_all_addresses_fail_the_last_error_counts(void **state)
{
    luafixture_prints(PRELUDE
                      "wire.name('a.test', '192.0.2.1')\n"
                      "wire.name('a.test', '192.0.2.2')\n"
                      "for _, name in ipairs {'connect', 'connect_ex'}\n"
                      "do\n"
                      "  local s <close> = socket.tcp()\n"
                      "  wire.fail('connect', ENETUNREACH)\n"
                      "  wire.fail('connect', ECONNREFUSED)\n"
                      "  print(s[name](s, 'a.test', 80))\n"
                      "end",
                      "nil\tconnection refused\tECONNREFUSED\n"
                      "111\tECONNREFUSED\n");
}

static void a_name_may_have_a_thousand_addresses(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_expect(&fx,
                      PRELUDE "for i = 0, 999 do\n"
                              "  local ip = ('198.18.%d.%d')\n"
                              "  wire.name('a.test', ip:format(i // 250,\n"
                              "    i % 250))\n"
                              "  wire.fail('connect', ECONNREFUSED)\n"
                              "end\n"
                              "print(socket.connect('a.test', 80))",
                      "nil\tconnection refused\tECONNREFUSED\n");
    assert_int_equal(luafixture_count(&fx, "connect"), 1000);
    luafixture_end(&fx);
}

/* A unix socket's full backlog is another matter: tests/lua/test_unix. */
static void an_address_that_cannot_be_had_now_is_an_error(void **state)
{
    luafixture_prints("wire.fail('connect', 11)\n"
                      "print(socket.connect('192.0.2.1', 80))",
                      "nil\ttimeout\tEAGAIN\n");
}

static void a_socket_may_connect_again_after_a_failure(void **state)
{
    luafixture_prints(PRELUDE "local s = socket.tcp4()\n"
                              "wire.fail('connect', ECONNREFUSED)\n"
                              "print(s:connect('192.0.2.1', 80))\n"
                              "print(s:connect('192.0.2.1', 81), peer(s))\n"
                              "print(s:connect('192.0.2.1', 82))",
                      "nil\tconnection refused\tECONNREFUSED\n"
                      "true\t192.0.2.1:81\n"
                      "nil\talready connected\tEISCONN\n");
}

static void a_slow_connection_is_waited_for(void **state)
{
    luafixture_prints(PRELUDE
                      "local s = socket.tcp4()\n"
                      "wire.writable(s:fileno(), false)\n"
                      "wire.fail('connect', EINPROGRESS)\n"
                      "timer.after(2, wire.writable, s:fileno(), true)\n"
                      "print(s:connect('192.0.2.1', 80))\n"
                      "show(peer(s))",
                      "true\n2.0\t192.0.2.1:80\n");
}

static void a_slow_refusal_leads_to_the_next_address(void **state)
{
    luafixture_prints(PRELUDE "wire.name('a.test', '192.0.2.1')\n"
                              "wire.name('a.test', '192.0.2.2')\n"
                              "local s = socket.tcp4()\n"
                              "wire.fail('connect', EINPROGRESS)\n"
                              "wire.fail('connect', ECONNREFUSED)\n"
                              "print(s:connect('a.test', 80), peer(s))",
                      "true\t192.0.2.2:80\n");
}

static void writable_too_early_waits_on(void **state)
{
    luafixture_prints(PRELUDE "local s = socket.tcp4()\n"
                              "wire.fail('connect', EINPROGRESS)\n"
                              "for _ = 1, 3 do\n"
                              "  wire.fail('connect', EALREADY)\n"
                              "end\n"
                              "print(s:connect('192.0.2.1', 80), peer(s))",
                      "true\t192.0.2.1:80\n");
}

static void after_a_time_out_connect_goes_on(void **state)
{
    luafixture_prints(PRELUDE "timer.sleep(1)\n"
                              "local s = socket.tcp4()\n"
                              "s:settimeout(1)\n"
                              "wire.writable(s:fileno(), false)\n"
                              "wire.fail('connect', EINPROGRESS)\n"
                              "for _ = 1, 5 do\n"
                              "  wire.fail('connect', EALREADY)\n"
                              "end\n"
                              "show(s:connect('192.0.2.1', 80))\n"
                              "show(s:connect_ex('192.0.2.1', 80))\n"
                              "s:settimeout(0)\n"
                              "show(s:connect('192.0.2.1', 80))\n"
                              "show(s:connect_ex('192.0.2.1', 80))\n"
                              "wire.writable(s:fileno(), true)\n"
                              "show(s:connect('192.0.2.1', 80))",
                      "2.0\tnil\ttimeout\tETIMEDOUT\n"
                      "3.0\t110\tETIMEDOUT\n"
                      "3.0\tnil\tOperation already in progress\tEALREADY\n"
                      "3.0\t114\tEALREADY\n"
                      "3.0\ttrue\n");
}

static void while_a_connection_is_pending_there_is_no_other(void **state)
{
    luafixture_prints(PRELUDE "wire.name('a.test', '192.0.2.1')\n"
                              "wire.name('b.test', '192.0.2.1')\n"
                              "local s = socket.tcp4()\n"
                              "s:settimeout(0)\n"
                              "wire.fail('connect', EINPROGRESS)\n"
                              "print(s:connect('a.test', 80))\n"
                              "print(s:connect('b.test', 80))\n"
                              "print(s:connect_ex('a.test', 81))\n"
                              "print(s:connect('a.test', 80), peer(s))\n"
                              "print(s:connect('b.test', 80))",
                      "nil\ttimeout\tEINPROGRESS\n"
                      "nil\tOperation already in progress\tEALREADY\n"
                      "114\tEALREADY\n"
                      "true\t192.0.2.1:80\n"
                      "nil\talready connected\tEISCONN\n");
}

static void of_two_lookups_the_first_that_ends_connects(void **state)
{
    luafixture_prints(PRELUDE "wire.name('a.test', '192.0.2.1')\n"
                              "local s = socket.tcp4()\n"
                              "wire.defer()\n"
                              "local a = thread.spawn(s.connect, s,\n"
                              "  'a.test', 80)\n"
                              "local b = thread.spawn(s.connect, s,\n"
                              "  'a.test', 81)\n"
                              "thread.yield()\n"
                              "wire.writable(s:fileno(), false)\n"
                              "wire.fail('connect', EINPROGRESS)\n"
                              "wire.answer()\n"
                              "print(b:join())\n"
                              "wire.writable(s:fileno(), true)\n"
                              "print(a:join())\n"
                              "print(peer(s))",
                      "true\tnil\tOperation already in progress\tEALREADY\n"
                      "true\ttrue\n"
                      "192.0.2.1:80\n");
}

static void one_deadline_covers_lookup_and_addresses(void **state)
{
    luafixture_prints(PRELUDE "timer.sleep(1)\n"
                              "wire.name('a.test', '192.0.2.1')\n"
                              "wire.name('a.test', '192.0.2.2')\n"
                              "wire.defer()\n"
                              "timer.after(0.4, wire.answer)\n"
                              "local s = socket.tcp4()\n"
                              "s:settimeout(1)\n"
                              "wire.writable(s:fileno(), false)\n"
                              "wire.fail('connect', ECONNREFUSED)\n"
                              "wire.fail('connect', EINPROGRESS)\n"
                              "wire.fail('connect', EALREADY)\n"
                              "show(s:connect('a.test', 80))",
                      "2.0\tnil\ttimeout\tETIMEDOUT\n");
}

static void a_lookup_that_takes_too_long_times_out(void **state)
{
    luafixture_prints(PRELUDE "timer.sleep(1)\n"
                              "wire.defer()\n"
                              "for _, name in ipairs {'connect', 'bind'} do\n"
                              "  local s <close> = socket.tcp()\n"
                              "  s:settimeout(1)\n"
                              "  show(s[name](s, 'a.test', 80))\n"
                              "end\n"
                              "local u <close> = socket.udp()\n"
                              "u:settimeout(1)\n"
                              "show(u:sendto('x', 'a.test', 80))\n"
                              "show(u:setpeername('a.test', 80))\n"
                              "u:settimeout(0)\n"
                              "show(u:sendto('x', 'a.test', 80))\n"
                              "wire.answer()",
                      "2.0\tnil\ttimeout\tETIMEDOUT\n"
                      "3.0\tnil\ttimeout\tETIMEDOUT\n"
                      "4.0\tnil\ttimeout\tETIMEDOUT\n"
                      "5.0\tnil\ttimeout\tETIMEDOUT\n"
                      "5.0\tnil\ttimeout\tEAGAIN\n");
}

static void a_lookup_that_a_time_out_broke_off_goes_on(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_expect(&fx,
                      PRELUDE "wire.name('a.test', '192.0.2.1')\n"
                              "wire.defer()\n"
                              "local s = socket.tcp()\n"
                              "s:settimeout(0)\n"
                              "print(s:connect('a.test', 80))\n"
                              "print(s:connect_ex('a.test', 80))\n"
                              "s:settimeout(1)\n"
                              "print(s:connect('a.test', 80))\n"
                              "wire.answer()\n"
                              "s:settimeout(0)\n"
                              "print(s:connect('a.test', 80), peer(s))\n"
                              "print(s:connect('a.test', 80))",
                      "nil\ttimeout\tEINPROGRESS\n"
                      "115\tEINPROGRESS\n"
                      "nil\ttimeout\tETIMEDOUT\n"
                      "true\t192.0.2.1:80\n"
                      "nil\talready connected\tEISCONN\n");
    assert_int_equal(luafixture_count(&fx, "lookup"), 1);
    luafixture_end(&fx);
}

static void what_it_failed_with_is_told_once(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_expect(&fx,
                      "local s = socket.udp()\n"
                      "s:settimeout(0)\n"
                      "wire.defer()\n"
                      "print(s:sendto('x', 'a.test', 80))\n"
                      "wire.answer()\n"
                      "print(s:sendto('x', 'a.test', 80))\n"
                      "print(s:sendto('x', 'a.test', 80))\n"
                      "s:close()\n"
                      "wire.answer()",
                      "nil\ttimeout\tEAGAIN\n"
                      "nil\thost or service not provided, or not known\t"
                      "EAI_NONAME\n"
                      "nil\ttimeout\tEAGAIN\n");
    assert_int_equal(luafixture_count(&fx, "lookup"), 2);
    luafixture_end(&fx);
}

static void another_name_gives_a_lookup_up(void **state)
{
    luafixture_prints(PRELUDE "wire.name('a.test', '192.0.2.1')\n"
                              "wire.name('b.test', '192.0.2.2')\n"
                              "wire.defer()\n"
                              "local s = socket.tcp()\n"
                              "s:settimeout(0)\n"
                              "print(s:connect('a.test', 80))\n"
                              "print(s:connect('b.test', 80))\n"
                              "wire.answer()\n"
                              "print(s:connect('b.test', 80), peer(s))\n"
                              "local u = socket.tcp()\n"
                              "u:settimeout(0)\n"
                              "print(u:connect('a.test', 80))\n"
                              "print(u:connect('192.0.2.3', 80), peer(u))\n"
                              "wire.answer()",
                      "nil\ttimeout\tEINPROGRESS\n"
                      "nil\ttimeout\tEINPROGRESS\n"
                      "true\t192.0.2.2:80\n"
                      "nil\ttimeout\tEINPROGRESS\n"
                      "true\t192.0.2.3:80\n");
}

static void a_lookup_ends_when_its_owner_is_gone(void **state)
{
    luafixture_prints(PRELUDE
                      "wire.defer()\n"
                      "local s = socket.tcp()\n"
                      "local t = thread.spawn(s.connect, s, 'a.test', 1)\n"
                      "local u = thread.spawn(socket.gethostbyname,\n"
                      "  'b.test')\n"
                      "timer.sleep(1)\n"
                      "print(t:waiting_for())\n"
                      "t:cancel()\n"
                      "u:cancel()\n"
                      "print(t:join())\n"
                      "print(u:join())\n"
                      "wire.answer()",
                      "a name to be looked up\n"
                      "false\tcancelled\n"
                      "false\tcancelled\n");
}

static void a_socket_that_is_closed_while_looking_up_says_so(void **state)
{
    luafixture_prints(PRELUDE "wire.name('a.test', '192.0.2.1')\n"
                              "wire.defer()\n"
                              "local s, u = socket.tcp(), socket.udp()\n"
                              "timer.after(1, s.close, s)\n"
                              "timer.after(1, u.close, u)\n"
                              "timer.after(2, wire.answer)\n"
                              "local t = thread.spawn(u.sendto, u, 'x',\n"
                              "  'a.test', 53)\n"
                              "show(s:connect('a.test', 80))\n"
                              "print(t:join())",
                      "1.0\tnil\tclosed\tEBADF\n"
                      "true\tnil\tclosed\tEBADF\n");
}

static void names_that_cannot_be_found_say_why(void **state)
{
    struct luafixture fx;
    static const struct {
        int err;
        const char *line;
    } cases[] = {
        {0, "nil\thost or service not provided, or not known\tEAI_NONAME\n"},
        {-4111, "nil\ttemporary failure in name resolution\tEAI_AGAIN\n"},
        {-4112, "nil\tnon-recoverable failure in name resolution\tEAI_FAIL\n"},
        {-12, "nil\tCannot allocate memory\tENOMEM\n"},
    };

    for (size_t i = 0; i < NB_COUNTOF(cases); i++) {
        for (int call = 0; call < 3; call++) {
            static const char *const calls[] = {
                "print(socket.tcp():connect('a.test', 80))",
                "print(socket.udp():sendto('x', 'a.test', 53))",
                "print(socket.gethostbyname('a.test'))",
            };
            luafixture_begin(&fx);
            scripted_result(fx.net, SCRIPTED_LOOKUP, cases[i].err);
            luafixture_expect(&fx, calls[call], cases[i].line);
            luafixture_end(&fx);
        }
    }
}

static void an_address_of_the_other_family_is_refused(void **state)
{
    luafixture_prints("print(socket.tcp4():connect('::1', 80))\n"
                      "print(socket.udp6():sendto('x', '127.0.0.1', 80))\n"
                      "print(socket.tcp6():bind('127.0.0.1', 80))",
                      "nil\tai_family not supported\tEAI_FAMILY\n"
                      "nil\tai_family not supported\tEAI_FAMILY\n"
                      "nil\tai_family not supported\tEAI_FAMILY\n");
}

static void bind_prefers_ipv4_where_there_is_a_choice(void **state)
{
    luafixture_prints("wire.name('a.test', '2001:db8::1')\n"
                      "wire.name('a.test', '192.0.2.1')\n"
                      "wire.name('b.test', '2001:db8::2')\n"
                      "for _, host in ipairs {'a.test', 'b.test', '*', ''} do\n"
                      "  local s <close> = socket.tcp()\n"
                      "  print(s:bind(host, 80), s:getsockname())\n"
                      "end\n"
                      "local s <close> = socket.bind('::', 0)\n"
                      "print(s:getsockname())",
                      "true\t192.0.2.1\t80\tinet\n"
                      "true\t2001:db8::2\t80\tinet6\n"
                      "true\t0.0.0.0\t80\tinet\n"
                      "true\t0.0.0.0\t80\tinet\n"
                      "::\t49155\tinet6\n");
}

static void a_client_may_choose_its_own_address(void **state)
{
    luafixture_prints("wire.name('a.test', '2001:db8::1')\n"
                      "wire.name('a.test', '192.0.2.1')\n"
                      "print(socket.connect('a.test', 80, '127.0.0.1', 99))\n"
                      "print(socket.connect('a.test', 80, '127.0.0.1'))\n"
                      "print(socket.connect('a.test', 80, '::1', 7))",
                      "tcp 127.0.0.1:99 -> 192.0.2.1:80\n"
                      "tcp 127.0.0.1:49156 -> 192.0.2.1:80\n"
                      "tcp [::1]:7 -> [2001:db8::1]:80\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_address_of_a_name_is_tried),
        cmocka_unit_test(if_all_addresses_fail_the_last_error_counts),
        cmocka_unit_test(a_name_may_have_a_thousand_addresses),
        cmocka_unit_test(an_address_that_cannot_be_had_now_is_an_error),
        cmocka_unit_test(a_socket_may_connect_again_after_a_failure),
        cmocka_unit_test(a_slow_connection_is_waited_for),
        cmocka_unit_test(a_slow_refusal_leads_to_the_next_address),
        cmocka_unit_test(writable_too_early_waits_on),
        cmocka_unit_test(after_a_time_out_connect_goes_on),
        cmocka_unit_test(while_a_connection_is_pending_there_is_no_other),
        cmocka_unit_test(of_two_lookups_the_first_that_ends_connects),
        cmocka_unit_test(one_deadline_covers_lookup_and_addresses),
        cmocka_unit_test(a_lookup_that_takes_too_long_times_out),
        cmocka_unit_test(a_lookup_that_a_time_out_broke_off_goes_on),
        cmocka_unit_test(what_it_failed_with_is_told_once),
        cmocka_unit_test(another_name_gives_a_lookup_up),
        cmocka_unit_test(a_lookup_ends_when_its_owner_is_gone),
        cmocka_unit_test(a_socket_that_is_closed_while_looking_up_says_so),
        cmocka_unit_test(names_that_cannot_be_found_say_why),
        cmocka_unit_test(an_address_of_the_other_family_is_refused),
        cmocka_unit_test(bind_prefers_ipv4_where_there_is_a_choice),
        cmocka_unit_test(a_client_may_choose_its_own_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
