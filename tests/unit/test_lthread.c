/*
 * The life of threads where it is not plain: those that ignore their
 * cancellation, the end of the program, signals, and finalizers that run when
 * it is over.
 */
#include "support/luafixture.h"

#include <errno.h>
#include <signal.h>

#include "bind/lthread.h"

#define PRELUDE                                                                \
    "local function show(...) print(timer.now(), ...) end\n"                   \
    "local function closing(name, f)\n"                                        \
    "  return setmetatable({}, { __close = function()\n"                       \
    "    show('closed', name)\n"                                               \
    "    if f then show(pcall(f)) end\n"                                       \
    "  end })\n"                                                               \
    "end\n"

static void who_ignores_a_cancellation_is_closed_by_force(void **state)
{
    luafixture_prints(PRELUDE "local t = thread.spawn(function()\n"
                              "  local _ <close> = closing('it')\n"
                              "  while true do pcall(timer.sleep, 1) end\n"
                              "end)\n"
                              "timer.sleep(0.5)\n"
                              "t:cancel('enough')\n"
                              "show(t:join())\n"
                              "print(t:status(), t:cancel(), t:traceback())",
                      "0.5\tclosed\tit\n"
                      "0.5\tfalse\tcancelled: enough\n"
                      "cancelled\tfalse\t\n");
}

static void inside_coroutines_too_innermost_first(void **state)
{
    luafixture_prints(PRELUDE "local t = thread.spawn(function()\n"
                              "  local _ <close> = closing('outer')\n"
                              "  coroutine.wrap(function()\n"
                              "    local _ <close> = closing('middle')\n"
                              "    coroutine.wrap(function()\n"
                              "      local _ <close> = closing('inner')\n"
                              "      while true do pcall(timer.sleep, 1) end\n"
                              "    end)()\n"
                              "  end)()\n"
                              "end)\n"
                              "timer.sleep(0.5)\n"
                              "t:cancel()\n"
                              "show(t:join())",
                      "0.5\tclosed\tinner\n"
                      "0.5\tclosed\tmiddle\n"
                      "0.5\tclosed\touter\n"
                      "0.5\tfalse\tcancelled\n");
}

static void what_closes_then_cannot_wait_any_more(void **state)
{
    luafixture_prints(PRELUDE "local function wait() timer.sleep(1) end\n"
                              "local t = thread.spawn(function()\n"
                              "  local _ <close> = closing('outer', wait)\n"
                              "  coroutine.wrap(function()\n"
                              "    local _ <close> = closing('inner', wait)\n"
                              "    while true do pcall(wait) end\n"
                              "  end)()\n"
                              "end)\n"
                              "timer.sleep(0.5)\n"
                              "t:cancel()\n"
                              "show(t:join())",
                      "0.5\tclosed\tinner\n"
                      "0.5\tfalse\tcancelled\n"
                      "0.5\tclosed\touter\n"
                      "0.5\tfalse\tcancelled\n"
                      "0.5\tfalse\tcancelled\n");
}

static void what_it_held_is_free(void **state)
{
    luafixture_prints(PRELUDE "local lock, s = thread.lock(), socket.tcp4()\n"
                              "s:connect('192.0.2.1', 80)\n"
                              "local t = thread.spawn(function()\n"
                              "  local _ <close> = lock:hold()\n"
                              "  local conn <close> = s\n"
                              "  while true do pcall(conn.recv, conn) end\n"
                              "end)\n"
                              "timer.sleep(1)\n"
                              "t:cancel()\n"
                              "show(lock:acquire(), #socket.sockets())",
                      "1.0\ttrue\t0\n");
}

static void the_end_of_the_program_is_not_held_up(void **state)
{
    luafixture_prints(PRELUDE "thread.spawn({ daemon = true }, function()\n"
                              "  local _ <close> = closing('daemon')\n"
                              "  while true do pcall(timer.sleep, 1) end\n"
                              "end)\n"
                              "timer.sleep(2.5)",
                      "2.5\tclosed\tdaemon\n");
}

static void what_a_cancelled_thread_spawns_at_the_end_never_runs(void **state)
{
    luafixture_prints(PRELUDE "thread.spawn({ daemon = true }, function()\n"
                              "  pcall(timer.sleep, 9)\n"
                              "  local t = thread.spawn(print, 'never')\n"
                              "  timer.after(0, print, 'never')\n"
                              "  show(t:status(), t:daemon())\n"
                              "end)\n"
                              "timer.sleep(1)",
                      "1.0\tready\ttrue\n");
}

static void a_signal_interrupts_a_computation(void **state)
{
    luafixture_prints(PRELUDE "thread.spawn(function()\n"
                              "  local _ <close> = closing('sleeper')\n"
                              "  timer.sleep(100)\n"
                              "end)\n"
                              "timer.after(5, print, 'never')\n"
                              "timer.sleep(1)\n"
                              "local _ <close> = closing('main')\n"
                              "for i = 1, math.huge do\n"
                              "  if i == 1000 then wire.signal(15) end\n"
                              "end",
                      "1.0\tclosed\tmain\n"
                      "1.0\tclosed\tsleeper\n");
}

static void a_signal_interrupts_a_coroutine(void **state)
{
    luafixture_prints(PRELUDE "local _ <close> = closing('main')\n"
                              "coroutine.wrap(function()\n"
                              "  coroutine.wrap(function()\n"
                              "    local _ <close> = closing('inner')\n"
                              "    for i = 1, math.huge do\n"
                              "      if i == 1000 then wire.signal(2) end\n"
                              "    end\n"
                              "  end)()\n"
                              "end)()",
                      "0.0\tclosed\tinner\n0.0\tclosed\tmain\n");
}

static void a_signal_wakes_who_waits(void **state)
{
    luafixture_prints(PRELUDE "local function sleep(name)\n"
                              "  local _ <close> = closing(name)\n"
                              "  timer.sleep(100)\n"
                              "end\n"
                              "thread.spawn(sleep, 'second')\n"
                              "timer.after(1, wire.signal, 15)\n"
                              "timer.after(2, print, 'never')\n"
                              "sleep('main')",
                      "1.0\tclosed\tmain\n"
                      "1.0\tclosed\tsecond\n");
}

static void what_has_ended_by_a_signal_is_no_failure(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    assert_int_equal(luafixture_run(&fx, "timer.after(1, wire.signal, 2)\n"
                                         "thread.spawn(timer.sleep, 100)\n"
                                         "timer.sleep(100)"),
                     0);
    assert_string_equal(fx.err, "");
    assert_int_equal(fx.lua.failures, 0);
    luafixture_end(&fx);
}

static int press_ctrl_c(void *context, enum lan_op op, int fd)
{
    struct nb_lua *lua = &((struct luafixture *)context)->lua;

    if (op == LAN_CONNECT) {
        lua->rt.signal = SIGINT;
        nb_lthread_interrupt(lua);
    }
    return LAN_GO;
}

static int64_t travel(void *context)
{
    return NB_SECOND;
}

/* The one that runs goes to wait, and the next one is about to begin. */
static void a_signal_before_a_thread_begins_is_no_failure(void **state)
{
    static struct luafixture fx;
    const struct lan_rules rules = {
        .judge = press_ctrl_c, .delay = travel, .context = &fx};

    luafixture_begin_lan(&fx, &rules);
    luafixture_expect(&fx,
                      "thread.spawn(print, 'it began')\n"
                      "socket.connect('127.0.0.1', 7)",
                      "");
    luafixture_end(&fx);
}

/* A signal comes as Lua's sethook asks for memory, before it sets the hook. */
static bool press_once(void *context, size_t size)
{
    struct nb_lua *lua = context;

    nb_alloc_set_gate(NULL, NULL);
    lua->rt.signal = SIGINT;
    nb_lthread_interrupt(lua);
    return true;
}

static int press_soon(lua_State *L)
{
    nb_alloc_set_gate(press_once, nb_lua_of(L));
    return 0;
}

static void a_hook_that_is_set_meanwhile_hides_no_signal(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    lua_register(fx.lua.L, "press_soon", press_soon);
    luafixture_expect(&fx,
                      "press_soon()\n"
                      "debug.sethook(print, '', 1000000000)\n"
                      "for i = 1, 1000 do end\n"
                      "print('it went on')\n",
                      "");
    luafixture_end(&fx);
}

static void a_deadlock_names_every_thread_and_ends_them(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    int rc = luafixture_run(
        &fx, PRELUDE "local lock, queue = thread.lock(), thread.queue()\n"
                     "local t = thread.spawn({ name = 'getter' }, function()\n"
                     "  local _ <close> = closing('getter')\n"
                     "  queue:get()\n"
                     "end)\n"
                     "thread.spawn(function() lock:acquire(); t:join() end)\n"
                     "thread.yield()\n"
                     "coroutine.wrap(function() lock:acquire() end)()");
    assert_int_equal(rc, -EDEADLK);
    assert_string_equal(
        fx.err, "netbox: deadlock: every thread waits for another, "
                "and nothing can wake them\n"
                "thread 'main' waits for a lock held by thread 'thread 3'\n"
                "stack traceback:\n"
                "\t(command line):15: in function <(command line):15>\n"
                "\t(command line):15: in main chunk\n"
                "thread 'getter' (spawned at (command line):9) waits for an "
                "item of a queue\n"
                "stack traceback:\n"
                "\t(command line):11: in function <(command line):9>\n"
                "thread 'thread 3' (spawned at (command line):13) waits for "
                "the end of thread 'getter'\n"
                "stack traceback:\n"
                "\t(command line):13: in function <(command line):13>\n");
    assert_string_equal(fx.out, "0.0\tclosed\tgetter\n");
    luafixture_end(&fx);
}

/* Finalizers that run when the state is closed. */
#define AT_THE_END                                                             \
    "local function finally(name, f, ...)\n"                                   \
    "  local args = table.pack(...)\n"                                         \
    "  KEEP = setmetatable({ KEEP }, { __gc = function()\n"                    \
    "    local ok, err = pcall(f, table.unpack(args))\n"                       \
    "    print(name, ok, ok and err or tostring(err):match('the "              \
    "program.*'))\n"                                                           \
    "  end })\n"                                                               \
    "end\n"

static void when_all_is_over_nothing_new_can_begin(void **state)
{
    luafixture_prints(AT_THE_END
                      "finally('spawn', thread.spawn, print)\n"
                      "finally('after', timer.after, 1, print)\n"
                      "finally('every', timer.every, 1, print)\n"
                      "finally('tcp', socket.tcp4)\n"
                      "finally('udp', socket.udp)\n"
                      "finally('connect', socket.connect, '127.0.0.1', 1)\n"
                      "finally('sleep', timer.sleep, 1)\n"
                      "finally('yield', thread.yield)\n"
                      "finally('name', socket.gethostbyname, 'localhost')\n"
                      "finally('storage', thread.storage)\n",
                      "storage\tfalse\tthe program is closing: "
                      "no thread runs any more\n"
                      "name\tfalse\tthe program is closing: "
                      "nothing can wait any more\n"
                      "yield\tfalse\tthe program is closing: "
                      "nothing can wait any more\n"
                      "sleep\tfalse\tthe program is closing: "
                      "nothing can wait any more\n"
                      "connect\tfalse\tthe program is closing\n"
                      "udp\tfalse\tthe program is closing\n"
                      "tcp\tfalse\tthe program is closing\n"
                      "every\tfalse\tthe program is closing\n"
                      "after\tfalse\tthe program is closing\n"
                      "spawn\tfalse\tthe program is closing\n");
}

static void when_all_is_over_questions_are_answered(void **state)
{
    luafixture_prints(AT_THE_END
                      "finally('self', thread.self)\n"
                      "finally('list', function() return #thread.list() end)\n"
                      "finally('now', timer.now)\n"
                      "local lock, rlock = thread.lock(), thread.rlock()\n"
                      "lock:acquire()\n"
                      "rlock:acquire()\n"
                      "finally('lock', function()\n"
                      "  lock:release()\n"
                      "  return not lock:locked()\n"
                      "end)\n"
                      "finally('rlock', function()\n"
                      "  return not pcall(rlock.release, rlock)\n"
                      "end)\n"
                      "finally('sockets', function()\n"
                      "  return #socket.sockets()\n"
                      "end)\n"
                      "finally('wrap', coroutine.wrap(function()\n"
                      "  return coroutine.running() ~= nil\n"
                      "end))\n",
                      "wrap\ttrue\ttrue\n"
                      "sockets\ttrue\t0\n"
                      "rlock\ttrue\ttrue\n"
                      "lock\ttrue\ttrue\n"
                      "now\ttrue\t0.0\n"
                      "list\ttrue\t0\n"
                      "self\ttrue\tnil\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_ignores_a_cancellation_is_closed_by_force),
        cmocka_unit_test(inside_coroutines_too_innermost_first),
        cmocka_unit_test(what_closes_then_cannot_wait_any_more),
        cmocka_unit_test(what_it_held_is_free),
        cmocka_unit_test(the_end_of_the_program_is_not_held_up),
        cmocka_unit_test(what_a_cancelled_thread_spawns_at_the_end_never_runs),
        cmocka_unit_test(a_signal_interrupts_a_computation),
        cmocka_unit_test(a_signal_interrupts_a_coroutine),
        cmocka_unit_test(a_signal_wakes_who_waits),
        cmocka_unit_test(what_has_ended_by_a_signal_is_no_failure),
        cmocka_unit_test(a_signal_before_a_thread_begins_is_no_failure),
        cmocka_unit_test(a_hook_that_is_set_meanwhile_hides_no_signal),
        cmocka_unit_test(a_deadlock_names_every_thread_and_ends_them),
        cmocka_unit_test(when_all_is_over_nothing_new_can_begin),
        cmocka_unit_test(when_all_is_over_questions_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
