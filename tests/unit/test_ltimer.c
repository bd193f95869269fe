/*
 * Timers of the script on the virtual clock, where every moment is exact, and
 * at the end of the program.
 */
#include "support/luafixture.h"

static void a_timer_tells_what_it_will_do(void **state)
{
    luafixture_prints("local once = timer.after(2, print, 'fired')\n"
                      "local every = timer.every(3, print, 'fired')\n"
                      "print(once, every)\n"
                      "timer.sleep(2.5)\n"
                      "print(once, once:remaining(), every:remaining())\n"
                      "print(every:cancel(), every:cancel(), once:cancel())\n"
                      "print(every, every:remaining())",
                      "timer: armed\ttimer: armed\n"
                      "fired\n"
                      "timer: over\tnil\t0.5\n"
                      "true\tfalse\tfalse\n"
                      "timer: over\tnil\n");
}

static void every_skips_what_it_missed_and_does_not_drift(void **state)
{
    luafixture_prints("local count, tm = 0, nil\n"
                      "tm = timer.every(1, function(what)\n"
                      "  print(timer.now(), what)\n"
                      "  count = count + 1\n"
                      "  if count == 2 then timer.sleep(2.5) end\n"
                      "  if count == 3 then timer.sleep(1) end\n"
                      "  if count == 4 then print(tm:cancel()) end\n"
                      "end, 'tick')",
                      "1.0\ttick\n2.0\ttick\n5.0\ttick\n7.0\ttick\ntrue\n");
}

static void a_timer_that_fails_ends(void **state)
{
    luafixture_fails(
        "timer.every(1, error, 'mine')",
        "netbox: thread 'thread 2' (timer armed at (command line):1): "
        "mine\n");
}

static void a_timer_may_arm_another(void **state)
{
    luafixture_prints("local function countdown(n)\n"
                      "  print(timer.now(), n)\n"
                      "  if n > 0 then timer.after(n, countdown, n - 1) end\n"
                      "end\n"
                      "countdown(3)",
                      "0.0\t3\n3.0\t2\n5.0\t1\n6.0\t0\n");
}

static void what_is_armed_by_a_daemon_keeps_nothing_alive(void **state)
{
    luafixture_prints("thread.spawn({ daemon = true }, function()\n"
                      "  timer.after(5, print, 'never')\n"
                      "  timer.every(1, print, 'tick')\n"
                      "end)\n"
                      "timer.sleep(2.5)",
                      "tick\ntick\n");
}

static void a_signal_disarms_what_is_armed(void **state)
{
    luafixture_prints("local tm = timer.after(5, print, 'never')\n"
                      "timer.every(2, print, 'never')\n"
                      "timer.after(1, wire.signal, 15)\n"
                      "print(pcall(timer.sleep, 9))\n"
                      "print(timer.now(), tm, tm:cancel(), tm:remaining())\n"
                      "print(timer.after(1, print))",
                      "false\tcancelled\n1.0\ttimer: over\tfalse\tnil\n"
                      "timer: over\n");
}

static void a_timer_that_has_fired_runs_in_its_turn(void **state)
{
    luafixture_prints("local function say(...)\n"
                      "  print(thread.self(), ...)\n"
                      "end\n"
                      "local once, every\n"
                      "thread.spawn(function()\n"
                      "  timer.sleep(1)\n"
                      "  print(once:cancel(), once, every:cancel(), every)\n"
                      "  thread.spawn(say, 'spawned')\n"
                      "end)\n"
                      "timer.sleep(0)\n"
                      "once = timer.after(1, say, 'once', nil)\n"
                      "every = timer.every(1, say, 'every')",
                      "false\ttimer: over\ttrue\ttimer: over\n"
                      "thread: thread 4\tonce\tnil\n"
                      "thread: thread 5\tevery\n"
                      "thread: thread 3\tspawned\n");
}

static void the_arguments_of_a_timer_are_kept_while_it_is_armed(void **state)
{
    luafixture_prints("local held = setmetatable({}, { __mode = 'k' })\n"
                      "local key = {}\n"
                      "held[key] = true\n"
                      "local tm = timer.after(1, timer.sleep, 1, key)\n"
                      "key = nil\n"
                      "collectgarbage()\n"
                      "print(next(held) ~= nil)\n"
                      "timer.sleep(3)\n"
                      "collectgarbage()\n"
                      "collectgarbage()\n"
                      "print(next(held), tm)",
                      "true\nnil\ttimer: over\n");
}

static void a_cancelled_timer_lets_go_of_its_function(void **state)
{
    luafixture_prints("local held = setmetatable({}, { __mode = 'k' })\n"
                      "local function arm(make)\n"
                      "  local key = {}\n"
                      "  held[key] = true\n"
                      "  return make(1, function() return key end)\n"
                      "end\n"
                      "local once, every = arm(timer.after), arm(timer.every)\n"
                      "collectgarbage()\n"
                      "print(next(held) ~= nil)\n"
                      "once:cancel()\n"
                      "every:cancel()\n"
                      "once, every = nil, nil\n"
                      "collectgarbage()\n"
                      "collectgarbage()\n"
                      "print(next(held))",
                      "true\nnil\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timer_tells_what_it_will_do),
        cmocka_unit_test(every_skips_what_it_missed_and_does_not_drift),
        cmocka_unit_test(a_timer_that_fails_ends),
        cmocka_unit_test(a_timer_may_arm_another),
        cmocka_unit_test(what_is_armed_by_a_daemon_keeps_nothing_alive),
        cmocka_unit_test(a_signal_disarms_what_is_armed),
        cmocka_unit_test(a_timer_that_has_fired_runs_in_its_turn),
        cmocka_unit_test(the_arguments_of_a_timer_are_kept_while_it_is_armed),
        cmocka_unit_test(a_cancelled_timer_lets_go_of_its_function),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
