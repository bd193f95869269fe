/*
 * Names from a script, on the scripted network: what a lookup found reaches
 * the script whole, and nothing is left of one that is given up.
 */
#include "support/luafixture.h"

#define PRELUDE                                                                \
    "wire.name('a.test', '192.0.2.1')\n"                                       \
    "wire.name('b.test', '192.0.2.1')\n"                                       \
    "wire.name('a.test', '192.0.2.2')\n"                                       \
    "wire.name('c.test', '2001:db8::1')\n"                                     \
    "local function show(...) print(repr({...})) end\n"

static void an_address_has_a_name_and_aliases(void **state)
{
    luafixture_prints(
        PRELUDE "show(socket.gethostbyaddr('192.0.2.1'))\n"
                "show(socket.gethostbyaddr('2001:db8::1'))\n"
                "show(socket.gethostbyaddr('::ffff:192.0.2.2'))\n"
                "print(socket.gethostbyaddr('192.0.2.3'))",
        "{'a.test', {'b.test'}, {'192.0.2.1'}}\n"
        "{'c.test', {}, {'2001:db8::1'}}\n"
        "{'a.test', {}, {'192.0.2.2'}}\n"
        "nil\thost or service not provided, or not known\tEAI_NONAME\n");
}

static void a_name_in_place_of_an_address_tells_its_own(void **state)
{
    luafixture_prints(
        PRELUDE "show(socket.gethostbyaddr('A.Test'))\n"
                "print(socket.gethostbyaddr('c.test'))",
        "{'a.test', {}, {'192.0.2.1', '192.0.2.2'}}\n"
        "nil\thost or service not provided, or not known\tEAI_NONAME\n");
}

#define LIST                                                                   \
    "local function list(entries, ...)\n"                                      \
    "  if not entries then return print(entries, ...) end\n"                   \
    "  local texts = {}\n"                                                     \
    "  for i, e in ipairs(entries) do\n"                                       \
    "    texts[i] = table.concat({e.family, e.type, e.proto, e.addr,\n"        \
    "      e.port}, ' ')\n"                                                    \
    "  end\n"                                                                  \
    "  print(table.concat(texts, ', '))\n"                                     \
    "end\n"

static void each_address_has_an_entry_for_each_kind_of_socket(void **state)
{
    luafixture_prints(
        PRELUDE LIST
        "list(socket.getaddrinfo('a.test', 80))\n"
        "list(socket.getaddrinfo('a.test', nil, 0, socket.SOCK_DGRAM))\n"
        "list(socket.getaddrinfo('c.test', '53', nil, socket.SOCK_STREAM))\n"
        "list(socket.getaddrinfo('a.test', 1, socket.AF_INET6))\n",
        "2 1 6 192.0.2.1 80, 2 2 17 192.0.2.1 80, 2 3 0 192.0.2.1 80, "
        "2 1 6 192.0.2.2 80, 2 2 17 192.0.2.2 80, 2 3 0 192.0.2.2 80\n"
        "2 2 17 192.0.2.1 0, 2 2 17 192.0.2.2 0\n"
        "10 1 6 2001:db8::1 53\n"
        "nil\thost or service not provided, or not known\tEAI_NONAME\n");
}

static void an_entry_for_each_of_a_thousand_addresses(void **state)
{
    luafixture_prints("for i = 0, 999 do\n"
                      "  wire.name('x.test', ('198.18.%d.%d'):format(\n"
                      "    i // 250, i % 250))\n"
                      "end\n"
                      "local list = socket.getaddrinfo('x.test', 80)\n"
                      "print(#list, list[1].addr, list[3000].addr)",
                      "3000\t198.18.0.0\t198.18.3.249\n");
}

static void an_unknown_service_is_said_so_and_nobody_asked(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_expect(
        &fx,
        LIST "local no = 'no such service'\n"
             "list(socket.getaddrinfo('a.test', no))\n"
             "list(socket.getaddrinfo('a.test', 'a\\0b'))\n"
             "list(socket.getaddrinfo('a.test', no, 0, socket.SOCK_RAW))\n",
        "nil\tservice not supported for socket type\tEAI_SERVICE\n"
        "nil\tservice not supported for socket type\tEAI_SERVICE\n"
        "nil\tservice not supported for socket type\tEAI_SERVICE\n");
    assert_int_equal(luafixture_count(&fx, "lookup"), 0);
    luafixture_end(&fx);
}

static void an_address_without_a_name_is_its_own(void **state)
{
    luafixture_prints(
        PRELUDE "show(socket.getnameinfo('192.0.2.1', 65533))\n"
                "show(socket.getnameinfo('2001:DB8::2', 65533))\n"
                "wire.fail('reverse', 4111)\n"
                "print(socket.getnameinfo('192.0.2.1', 1))\n"
                "print(socket.getnameinfo('a.test', 1))",
        "{'a.test', '65533'}\n"
        "{'2001:db8::2', '65533'}\n"
        "nil\ttemporary failure in name resolution\tEAI_AGAIN\n"
        "nil\thost or service not provided, or not known\tEAI_NONAME\n");
}

static void why_there_is_no_name_is_told(void **state)
{
    luafixture_prints("wire.fail('reverse', 12)\n"
                      "print(socket.gethostbyaddr('192.0.2.1'))\n"
                      "wire.fail('reverse', 4111)\n"
                      "print(socket.gethostbyaddr('192.0.2.1'))",
                      "nil\tCannot allocate memory\tENOMEM\n"
                      "nil\ttemporary failure in name resolution\tEAI_AGAIN\n");
}

static void only_the_caller_waits_for_a_name(void **state)
{
    luafixture_prints(PRELUDE "wire.defer()\n"
                              "local t = thread.spawn(socket.gethostbyaddr,\n"
                              "  '192.0.2.1')\n"
                              "timer.sleep(1)\n"
                              "print(t:waiting_for())\n"
                              "wire.answer()\n"
                              "show(select(2, t:join()))",
                      "a name to be looked up\n"
                      "{'a.test', {'b.test'}, {'192.0.2.1'}}\n");
}

static void a_lookup_that_is_cancelled_ends_unheard(void **state)
{
    luafixture_prints(PRELUDE "wire.defer()\n"
                              "local function cancelled(...)\n"
                              "  local t = thread.spawn(...)\n"
                              "  thread.yield()\n"
                              "  t:cancel()\n"
                              "  print(t:join())\n"
                              "end\n"
                              "cancelled(socket.gethostbyaddr, '192.0.2.1')\n"
                              "cancelled(socket.gethostbyaddr, 'a.test')\n"
                              "cancelled(socket.getaddrinfo, 'a.test', 80)\n"
                              "cancelled(socket.getnameinfo, '192.0.2.1', 80)\n"
                              "wire.answer()",
                      "false\tcancelled\n"
                      "false\tcancelled\n"
                      "false\tcancelled\n"
                      "false\tcancelled\n");
}

static void the_program_may_end_before_its_lookups(void **state)
{
    luafixture_prints(PRELUDE "wire.defer()\n"
                              "thread.spawn({daemon = true},\n"
                              "  socket.gethostbyaddr, '192.0.2.1')\n"
                              "thread.yield()\n"
                              "print('over')",
                      "over\n");
}

static void a_finalizer_may_look_up_while_the_result_is_made(void **state)
{
    luafixture_prints(
        PRELUDE "for i = 1, 40 do\n"
                "  wire.name(('x%d.test'):format(i), '192.0.2.9')\n"
                "end\n"
                "local ran = 0\n"
                "local function litter()\n"
                "  setmetatable({}, {__gc = function()\n"
                "    if not thread.self() then return end -- it is over\n"
                "    ran = ran + 1\n"
                "    assert(socket.gethostbyaddr('192.0.2.1'))\n"
                "    if ran < 1000 then litter() end\n"
                "  end})\n"
                "end\n"
                "litter()\n"
                "collectgarbage('generational')\n"
                "for _ = 1, 50 do\n"
                "  local name, aliases = socket.gethostbyaddr('192.0.2.9')\n"
                "  assert(name == 'x1.test' and #aliases == 39)\n"
                "  for i, alias in ipairs(aliases) do\n"
                "    assert(alias == ('x%d.test'):format(i + 1))\n"
                "  end\n"
                "end\n"
                "print(ran > 0)",
        "true\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_a_name_and_aliases),
        cmocka_unit_test(a_name_in_place_of_an_address_tells_its_own),
        cmocka_unit_test(each_address_has_an_entry_for_each_kind_of_socket),
        cmocka_unit_test(an_entry_for_each_of_a_thousand_addresses),
        cmocka_unit_test(an_unknown_service_is_said_so_and_nobody_asked),
        cmocka_unit_test(an_address_without_a_name_is_its_own),
        cmocka_unit_test(why_there_is_no_name_is_told),
        cmocka_unit_test(only_the_caller_waits_for_a_name),
        cmocka_unit_test(a_lookup_that_is_cancelled_ends_unheard),
        cmocka_unit_test(the_program_may_end_before_its_lookups),
        cmocka_unit_test(a_finalizer_may_look_up_while_the_result_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
