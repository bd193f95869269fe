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
    luafixture_prints(PRELUDE
                      "wire.defer()\n"
                      "local calls = {socket.gethostbyaddr}\n"
                      "for _, call in ipairs(calls) do\n"
                      "  for _, host in ipairs {'192.0.2.1', 'a.test'} do\n"
                      "    local t = thread.spawn(call, host)\n"
                      "    thread.yield()\n"
                      "    t:cancel()\n"
                      "    print(t:join())\n"
                      "  end\n"
                      "end\n"
                      "wire.answer()",
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
        cmocka_unit_test(why_there_is_no_name_is_told),
        cmocka_unit_test(only_the_caller_waits_for_a_name),
        cmocka_unit_test(a_lookup_that_is_cancelled_ends_unheard),
        cmocka_unit_test(the_program_may_end_before_its_lookups),
        cmocka_unit_test(a_finalizer_may_look_up_while_the_result_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
