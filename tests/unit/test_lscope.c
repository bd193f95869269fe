/*
 * Deadlines where the moment counts, on the virtual clock, and scopes of
 * coroutines that rest, go to another thread, are closed or forgotten.
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

static void a_deadline_is_exact(void **state)
{
    luafixture_prints(PRELUDE "show(deadline(1.5, sleep, 100))\n"
                              "show(deadline(1.5, sleep, 1))\n"
                              "show(deadline(0, sleep, 1))\n"
                              "show(deadline(-1, sleep, 1))\n"
                              "show(deadline(nil, sleep, 1))\n"
                              "show(deadline(math.huge, sleep, 1))\n",
                      "1.5\tnil\ttimeout\tETIMEDOUT\n"
                      "2.5\ttrue\n"
                      "2.5\tnil\ttimeout\tETIMEDOUT\n"
                      "2.5\tnil\ttimeout\tETIMEDOUT\n"
                      "3.5\ttrue\n"
                      "4.5\ttrue\n");
}

static void the_nearer_one_wins_whichever_is_inside(void **state)
{
    luafixture_prints(PRELUDE
                      "show(deadline(2, function()\n"
                      "  show(deadline(1, sleep, 100))\n"
                      "  show(deadline(5, sleep, 100))\n"
                      "  show('not reached')\n"
                      "end))\n"
                      "show(deadline(1, deadline, 1, sleep, 100))\n"
                      "show(deadline(3, deadline, 2, deadline, 1, sleep, 9))\n"
                      "show(deadline(1, deadline, 2, deadline, 3, sleep, 9))\n",
                      "1.0\tnil\ttimeout\tETIMEDOUT\n"
                      "2.0\tnil\ttimeout\tETIMEDOUT\n"
                      "3.0\tnil\ttimeout\tETIMEDOUT\n"
                      "4.0\ttrue\ttrue\tnil\ttimeout\tETIMEDOUT\n"
                      "5.0\tnil\ttimeout\tETIMEDOUT\n");
}

/* Whatever comes first at the same moment, nothing is lost. */
static void what_comes_at_the_same_moment_is_not_lost(void **state)
{
    luafixture_prints(PRELUDE "local q = thread.queue()\n"
                              "timer.after(1, q.put, q, 'early')\n"
                              "show(deadline(1, q.get, q))\n"
                              "show(q:qsize())\n"
                              "q:get(0)\n"
                              "thread.spawn(function()\n"
                              "  sleep(1)\n"
                              "  q:put('late')\n"
                              "end)\n"
                              "show(deadline(1, q.get, q))\n"
                              "show(q:get())\n"
                              "show(deadline(1, q.get, q, 1))\n",
                      "1.0\tnil\ttimeout\tETIMEDOUT\n"
                      "1.0\t1\n"
                      "2.0\tnil\ttimeout\tETIMEDOUT\n"
                      "2.0\tlate\n"
                      "3.0\tnil\ttimeout\tETIMEDOUT\n");
}

static void it_ends_what_waits_for_the_network(void **state)
{
    luafixture_prints(PRELUDE
                      "local s <close> = socket.tcp4()\n"
                      "wire.fail('connect', 115)\n"
                      "wire.writable(s:fileno(), false)\n"
                      "show(deadline(1, s.connect, s, '192.0.2.1', 80))\n"
                      "wire.defer()\n"
                      "show(deadline(1, socket.connect, 'a.test', 80))\n"
                      "show(deadline(1, socket.gethostbyname, 'a.test'))\n"
                      "show(deadline(1, socket.gethostbyaddr, '192.0.2.1'))\n"
                      "show(deadline(1, socket.getaddrinfo, 'a.test', 80))\n"
                      "local u <close> = socket.udp4()\n"
                      "show(deadline(1, u.sendto, u, 'x', 'a.test', 53))\n"
                      "collectgarbage()\n"
                      "show(#socket.sockets())\n",
                      "1.0\tnil\ttimeout\tETIMEDOUT\n"
                      "2.0\tnil\ttimeout\tETIMEDOUT\n"
                      "3.0\tnil\ttimeout\tETIMEDOUT\n"
                      "4.0\tnil\ttimeout\tETIMEDOUT\n"
                      "5.0\tnil\ttimeout\tETIMEDOUT\n"
                      "6.0\tnil\ttimeout\tETIMEDOUT\n"
                      "6.0\t2\n");
}

/*
 * Yields 1, 2, 3 with pauses, inside of a deadline of its own, which yields
 * its result in the end.
 */
#define GENERATOR                                                              \
    "local function generator(seconds, pause)\n"                               \
    "  return coroutine.wrap(function()\n"                                     \
    "    coroutine.yield(deadline(seconds, function()\n"                       \
    "      for i = 1, 3 do\n"                                                  \
    "        coroutine.yield(i)\n"                                             \
    "        sleep(pause)\n"                                                   \
    "      end\n"                                                              \
    "    end))\n"                                                              \
    "  end)\n"                                                                 \
    "end\n"

static void a_deadline_goes_on_while_its_coroutine_rests(void **state)
{
    luafixture_prints(PRELUDE GENERATOR "local step = generator(2, 1)\n"
                                        "show(step())\n"
                                        "sleep(1.5)\n"
                                        "show(step())\n"
                                        "step = generator(2, 1)\n"
                                        "show(step())\n"
                                        "sleep(5)\n"
                                        "show(step())\n"
                                        "step = generator(2, 0.5)\n"
                                        "for i = 1, 4 do show(step()) end\n",
                      "0.0\t1\n"
                      "2.0\tnil\ttimeout\tETIMEDOUT\n"
                      "2.0\t1\n"
                      "7.0\tnil\ttimeout\tETIMEDOUT\n"
                      "7.0\t1\n"
                      "7.5\t2\n"
                      "8.0\t3\n"
                      "8.5\ttrue\n");
}

static void who_resumes_it_is_not_in_its_deadline(void **state)
{
    luafixture_prints(PRELUDE GENERATOR
                      "local one, two = generator(1, 9), generator(2, 9)\n"
                      "show(one(), two())\n"
                      "sleep(5)\n"
                      "show(deadline(1, sleep, 0.5))\n"
                      "show(deadline(1, sleep, 9))\n"
                      "show(two())\n"
                      "show(one())\n",
                      "0.0\t1\t1\n"
                      "5.5\ttrue\n"
                      "6.5\tnil\ttimeout\tETIMEDOUT\n"
                      "6.5\tnil\ttimeout\tETIMEDOUT\n"
                      "6.5\tnil\ttimeout\tETIMEDOUT\n");
}

static void it_holds_in_whatever_thread_goes_on(void **state)
{
    luafixture_prints(PRELUDE GENERATOR
                      "local step = generator(5.5, 2)\n"
                      "local function go(name, times)\n"
                      "  for i = 1, times do show(name, step()) end\n"
                      "  sleep(0)\n"
                      "  show(name, 'ends')\n"
                      "end\n"
                      "show(thread.spawn(go, 'a', 1):join())\n"
                      "show(thread.spawn(go, 'b', 1):join())\n"
                      "sleep(1)\n"
                      "show(thread.spawn(go, 'c', 2):join())\n",
                      "0.0\ta\t1\n"
                      "0.0\ta\tends\n"
                      "0.0\ttrue\n"
                      "2.0\tb\t2\n"
                      "2.0\tb\tends\n"
                      "2.0\ttrue\n"
                      "5.0\tc\t3\n"
                      "5.5\tc\tnil\ttimeout\tETIMEDOUT\n"
                      "5.5\tc\tends\n"
                      "5.5\ttrue\n");
}

/* From the outside: a shield, a deadline at 3, one at 2. */
static void scopes_that_rest_keep_their_order(void **state)
{
    luafixture_prints(PRELUDE "local function inner()\n"
                              "  for i = 1, 100 do coroutine.yield(i) end\n"
                              "  show('2', pcall(sleep, 100))\n"
                              "  coroutine.yield()\n"
                              "  sleep(100)\n"
                              "end\n"
                              "local step = coroutine.wrap(function()\n"
                              "  shield(function()\n"
                              "    show('outer', deadline(3, function()\n"
                              "      show('inner', deadline(2, inner))\n"
                              "    end))\n"
                              "  end)\n"
                              "  show('shield', pcall(sleep, 1))\n"
                              "end)\n"
                              "local function go(times)\n"
                              "  thread.self():cancel()\n"
                              "  for i = 1, times do step() end\n"
                              "end\n"
                              "thread.spawn(go, 60):join()\n"
                              "thread.spawn(go, 41):join()\n"
                              "sleep(2)\n"
                              "thread.spawn(go, 1):join()\n",
                      "2.0\t2\tfalse\tcancelled: the time is up\n"
                      "4.0\touter\tnil\ttimeout\tETIMEDOUT\n"
                      "4.0\tshield\tfalse\tcancelled\n");
}

static void a_coroutine_that_is_closed_leaves_its_scopes(void **state)
{
    luafixture_prints(PRELUDE
                      "local function rest()\n"
                      "  local _ <close> = closing(function()\n"
                      "    show('closing', pcall(sleep, 0))\n"
                      "    shield(function() show(pcall(sleep, 0)) end)\n"
                      "  end)\n"
                      "  coroutine.yield()\n"
                      "end\n"
                      "for _, pause in ipairs({ 0, 2 }) do\n"
                      "  local co = coroutine.create(deadline)\n"
                      "  coroutine.resume(co, 1, rest)\n"
                      "  sleep(pause)\n"
                      "  show(coroutine.close(co))\n"
                      "end\n"
                      "show(pcall(sleep, 1))\n",
                      "0.0\tclosing\tfalse\tcannot wait inside "
                      "'coroutine.close': Lua cannot suspend it\n"
                      "0.0\tfalse\tcannot wait inside "
                      "'coroutine.close': Lua cannot suspend it\n"
                      "0.0\ttrue\n"
                      "2.0\tclosing\tfalse\tcancelled: the time is up\n"
                      "2.0\tfalse\tcannot wait inside "
                      "'coroutine.close': Lua cannot suspend it\n"
                      "2.0\ttrue\n"
                      "3.0\ttrue\n");
}

static void one_that_fails_leaves_them_too(void **state)
{
    luafixture_prints(PRELUDE "local function fail()\n"
                              "  sleep(1)\n"
                              "  error('boom', 0)\n"
                              "end\n"
                              "local co = coroutine.create(deadline)\n"
                              "show(coroutine.resume(co, 2, shield, fail))\n"
                              "show(pcall(coroutine.wrap(deadline), 2, fail))\n"
                              "sleep(5)\n"
                              "show(coroutine.close(co))\n"
                              "sleep(1)\n",
                      "1.0\tfalse\tboom\n"
                      "2.0\tfalse\tboom\n"
                      "7.0\tfalse\tboom\n");
}

/* Neither does one that is forgotten hold up the end, or hide a deadlock. */
static void coroutines_may_be_forgotten(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    int rc = luafixture_run(&fx, PRELUDE GENERATOR
                            "for i = 1, 200 do\n"
                            "  local step = generator(i % 3 * 1000, 0)\n"
                            "  thread.spawn(step)\n"
                            "  thread.yield()\n"
                            "  if i % 2 == 0 then pcall(step) end\n"
                            "  coroutine.wrap(shield)(coroutine.yield)\n"
                            "  coroutine.wrap(function()\n"
                            "    thread.group()\n"
                            "    coroutine.yield()\n"
                            "  end)()\n"
                            "  if i % 50 == 0 then collectgarbage() end\n"
                            "end\n"
                            "sleep(1)\n"
                            "show('deadlock')\n"
                            "thread.queue():get()\n");
    assert_int_equal(rc, -EDEADLK);
    assert_string_equal(fx.out, "1.0\tdeadlock\n");
    luafixture_end(&fx);
}

static void a_thread_that_ends_in_a_scope_leaves_it(void **state)
{
    luafixture_prints(PRELUDE
                      "local t = thread.spawn(deadline, 5, shield, error, 7)\n"
                      "show(t:join())\n"
                      "t = thread.spawn(function()\n"
                      "  coroutine.resume(coroutine.create(deadline), 5,\n"
                      "                   coroutine.yield)\n"
                      "  deadline(1, function()\n"
                      "    coroutine.wrap(deadline)(5, error, 8)\n"
                      "  end)\n"
                      "end)\n"
                      "show(t:join())\n"
                      "t = thread.spawn(deadline, 5, deadline, 6, sleep, 7)\n"
                      "sleep(1)\n"
                      "t:cancel()\n"
                      "show(t:join())\n"
                      "sleep(1)\n",
                      "0.0\tfalse\t7\n"
                      "0.0\tfalse\t8\n"
                      "1.0\tfalse\tcancelled\n");
}

static void no_thread_runs_where_a_finalizer_would_resume(void **state)
{
    luafixture_prints(PRELUDE "local co = coroutine.create(deadline)\n"
                              "coroutine.resume(co, 1, coroutine.yield)\n"
                              "local rest = coroutine.create(coroutine.yield)\n"
                              "coroutine.resume(rest)\n"
                              "KEEP = setmetatable({}, { __gc = function()\n"
                              "  print(coroutine.resume(rest, 7))\n"
                              "  print(coroutine.resume(co))\n"
                              "  print(pcall(deadline, 1, print))\n"
                              "  print(pcall(thread.group))\n"
                              "  shield(print, 'a shield')\n"
                              "  print(coroutine.close(co))\n"
                              "end })\n",
                      "true\t7\n"
                      "false\tcannot resume a coroutine of a thread here\n"
                      "false\tthe program is closing: "
                      "nothing can wait any more\n"
                      "false\tthe program is closing\n"
                      "a shield\n"
                      "true\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadline_is_exact),
        cmocka_unit_test(the_nearer_one_wins_whichever_is_inside),
        cmocka_unit_test(what_comes_at_the_same_moment_is_not_lost),
        cmocka_unit_test(it_ends_what_waits_for_the_network),
        cmocka_unit_test(a_deadline_goes_on_while_its_coroutine_rests),
        cmocka_unit_test(who_resumes_it_is_not_in_its_deadline),
        cmocka_unit_test(it_holds_in_whatever_thread_goes_on),
        cmocka_unit_test(scopes_that_rest_keep_their_order),
        cmocka_unit_test(a_coroutine_that_is_closed_leaves_its_scopes),
        cmocka_unit_test(one_that_fails_leaves_them_too),
        cmocka_unit_test(coroutines_may_be_forgotten),
        cmocka_unit_test(a_thread_that_ends_in_a_scope_leaves_it),
        cmocka_unit_test(no_thread_runs_where_a_finalizer_would_resume),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
