/*
 * Scopes that are put to the test: by signals, by the end of the program, at a
 * deadlock, and by what ignores them.
 */
#include "support/luafixture.h"

#include <errno.h>

#define PRELUDE                                                                \
    "local deadline, shield, sleep = thread.deadline, thread.shield, "         \
    "timer.sleep\n"                                                            \
    "local function show(...) print(timer.now(), ...) end\n"                   \
    "local function closing(f, ...)\n"                                         \
    "  local args = table.pack(...)\n"                                         \
    "  return setmetatable({}, { __close = function()\n"                       \
    "    f(table.unpack(args))\n"                                              \
    "  end })\n"                                                               \
    "end\n"

static void a_signal_does_not_end_a_shield(void **state)
{
    luafixture_prints(PRELUDE "timer.after(1, wire.signal, 2)\n"
                              "local _ <close> = closing(show, 'closed')\n"
                              "shield(function()\n"
                              "  sleep(3)\n"
                              "  show('slept')\n"
                              "end)\n"
                              "show('left')\n"
                              "sleep(0)\n"
                              "show('not reached')\n",
                      "3.0\tslept\n3.0\tleft\n3.0\tclosed\n");
}

static void nor_one_that_computes(void **state)
{
    luafixture_prints(PRELUDE "local _ <close> = closing(show, 'closed')\n"
                              "shield(function()\n"
                              "  for i = 1, 10000 do\n"
                              "    if i == 1000 then wire.signal(2) end\n"
                              "  end\n"
                              "  coroutine.wrap(function()\n"
                              "    shield(function() end)\n"
                              "    for i = 1, 1000 do end\n"
                              "  end)()\n"
                              "  show('computed')\n"
                              "end)\n"
                              "while true do end\n",
                      "0.0\tcomputed\n0.0\tclosed\n");
}

/* It waits after the signal: what comes then is no computation. */
static void who_waits_in_a_shield_is_not_interrupted_later(void **state)
{
    luafixture_prints(PRELUDE "local _ <close> = closing(function()\n"
                              "  shield(function()\n"
                              "    for i = 1, 1000 do end\n"
                              "    sleep(1)\n"
                              "  end)\n"
                              "  for i = 1, 1000 do end\n"
                              "  show('closed')\n"
                              "end)\n"
                              "wire.signal(2)\n"
                              "while true do end\n",
                      "1.0\tclosed\n");
}

static void a_daemon_may_shield_its_end(void **state)
{
    luafixture_prints(PRELUDE "thread.spawn({ daemon = true }, function()\n"
                              "  local _ <close> = closing(function()\n"
                              "    shield(sleep, 2)\n"
                              "    show('closed')\n"
                              "  end)\n"
                              "  shield(sleep, 3)\n"
                              "  sleep(100)\n"
                              "end)\n"
                              "sleep(1)\n",
                      "5.0\tclosed\n");
}

static void a_shield_is_broken_where_nothing_can_end_it(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    int rc = luafixture_run(&fx, PRELUDE
                            "local q = thread.queue()\n"
                            "thread.spawn({ daemon = true }, function()\n"
                            "  local _ <close> = closing(show, 'daemon')\n"
                            "  while true do pcall(shield, q.get, q) end\n"
                            "end)\n"
                            "local _ <close> = closing(function()\n"
                            "  shield(function()\n"
                            "    show(pcall(q.get, q))\n"
                            "    show(deadline(1, q.get, q))\n"
                            "  end)\n"
                            "  show('main')\n"
                            "end)\n"
                            "shield(q.get, q)\n");
    assert_int_equal(rc, -EDEADLK);
    assert_string_equal(fx.out, "0.0\tfalse\tcancelled\n"
                                "1.0\tnil\ttimeout\tETIMEDOUT\n"
                                "1.0\tmain\n"
                                "1.0\tdaemon\n");
    luafixture_end(&fx);
}

static void what_is_ignored_64_times_is_forced(void **state)
{
    luafixture_prints(PRELUDE "local function ignore(count)\n"
                              "  local _ <close> = closing(show, 'closed')\n"
                              "  for i = 1, count do pcall(sleep, 100) end\n"
                              "  show('went on')\n"
                              "end\n"
                              "show(deadline(1, ignore, 64))\n"
                              "show(deadline(1, ignore, 65))\n"
                              "local t = thread.spawn(ignore, 64)\n"
                              "sleep(1)\n"
                              "t:cancel('a')\n"
                              "show(t:join())\n"
                              "t = thread.spawn(ignore, 65)\n"
                              "sleep(1)\n"
                              "t:cancel('b')\n"
                              "show(t:join())\n",
                      "1.0\twent on\n"
                      "1.0\tclosed\n"
                      "1.0\ttrue\n"
                      "2.0\tclosed\n"
                      "2.0\tnil\ttimeout\tETIMEDOUT\n"
                      "3.0\twent on\n"
                      "3.0\tclosed\n"
                      "3.0\ttrue\n"
                      "4.0\tclosed\n"
                      "4.0\tfalse\tcancelled: b\n");
}

/* The inner one is forced out of its loop; the outer one goes on. */
static void each_scope_is_counted_alone(void **state)
{
    luafixture_prints(PRELUDE
                      "local function ignore()\n"
                      "  while true do pcall(sleep, 100) end\n"
                      "end\n"
                      "show(deadline(5, function()\n"
                      "  for i = 1, 3 do show(deadline(1, ignore)) end\n"
                      "  show(pcall(deadline, 1, ignore))\n"
                      "  ignore()\n"
                      "end))\n",
                      "1.0\tnil\ttimeout\tETIMEDOUT\n"
                      "2.0\tnil\ttimeout\tETIMEDOUT\n"
                      "3.0\tnil\ttimeout\tETIMEDOUT\n"
                      "4.0\ttrue\tnil\ttimeout\tETIMEDOUT\n"
                      "5.0\tnil\ttimeout\tETIMEDOUT\n");
}

static void what_closes_meanwhile_is_forced_in_its_turn(void **state)
{
    luafixture_prints(PRELUDE "local function ignore()\n"
                              "  while true do pcall(sleep, 100) end\n"
                              "end\n"
                              "show(deadline(1, function()\n"
                              "  local _ <close> = closing(show, 'last')\n"
                              "  local _ <close> = closing(function()\n"
                              "    local _ <close> = closing(show, 'first')\n"
                              "    show(pcall(error, 'caught'))\n"
                              "    ignore()\n"
                              "  end)\n"
                              "  ignore()\n"
                              "end))\n",
                      "1.0\tfalse\tcaught\n"
                      "1.0\tfirst\n"
                      "1.0\tlast\n"
                      "1.0\tnil\ttimeout\tETIMEDOUT\n");
}

static void a_coroutine_that_is_passed_is_closed(void **state)
{
    luafixture_prints(PRELUDE
                      "local function ignore()\n"
                      "  local _ <close> = closing(show, 'inner')\n"
                      "  while true do pcall(sleep, 100) end\n"
                      "end\n"
                      "show(deadline(1, function()\n"
                      "  local _ <close> = closing(show, 'outer')\n"
                      "  show(coroutine.resume(coroutine.create(ignore)))\n"
                      "  show('not reached')\n"
                      "end))\n"
                      "show(xpcall(deadline, show, 1, ignore))\n",
                      "1.0\tinner\n"
                      "1.0\touter\n"
                      "1.0\tnil\ttimeout\tETIMEDOUT\n"
                      "2.0\tinner\n"
                      "2.0\ttrue\tnil\ttimeout\tETIMEDOUT\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_does_not_end_a_shield),
        cmocka_unit_test(nor_one_that_computes),
        cmocka_unit_test(who_waits_in_a_shield_is_not_interrupted_later),
        cmocka_unit_test(a_daemon_may_shield_its_end),
        cmocka_unit_test(a_shield_is_broken_where_nothing_can_end_it),
        cmocka_unit_test(what_is_ignored_64_times_is_forced),
        cmocka_unit_test(each_scope_is_counted_alone),
        cmocka_unit_test(what_closes_meanwhile_is_forced_in_its_turn),
        cmocka_unit_test(a_coroutine_that_is_passed_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
