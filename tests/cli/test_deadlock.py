"""When every thread waits for another, netbox says so and ends."""
from cli import READY, check, check_no_internals, check_order, check_words
from cli import ran, ran_script, run, start, write


HEADING = ("netbox: deadlock: every thread waits for another, "
           "and nothing can wake them")


def check_report(script, *lines):
    """Exactly these lines, but for tracebacks, are the script's report."""
    got = ran_script(script)
    assert (got.status, got.out) == (1, ""), got
    check_no_internals(got.err)
    shown = [line for line in got.err.splitlines()
             if line != "stack traceback:" and line[0] != "\t"]
    assert shown == [HEADING, *lines], got


def check_deadlock(got, *words):
    assert got.status == 1, got
    assert got.out == "", got
    check_words(got.err, "deadlock", "traceback", *words)
    check_no_internals(got.err)


def lock_taken_twice():
    check_deadlock(ran_script("""local lock = thread.lock()
lock:acquire()
lock:acquire()"""), "x.lua:3:", "main")


def two_locks_in_two_orders():
    got = ran_script("""local a, b = thread.lock(), thread.lock()
local function take(first, second)
  first:acquire()
  thread.yield()
  second:acquire()
end
thread.spawn({ name = "left" }, take, a, b)
thread.spawn({ name = "right" }, take, b, a)""")
    check_deadlock(got, "left", "right", "x.lua:5:")
    assert got.err.count("x.lua:5:") == 2, got


def queue_that_nobody_fills():
    check_deadlock(ran("-e", "thread.queue():get()"))
    check_deadlock(ran("-e", "for _ in thread.queue():iter() do end"))


def queue_that_nobody_empties():
    check_deadlock(ran("-e", "local q = thread.queue(1) q:put(1) q:put(2)"))


def event_that_nobody_sets():
    check_deadlock(ran("-e", "thread.event():wait()"))


def threads_that_join_each_other():
    got = ran_script("""local a, b
a = thread.spawn(function() return b:join() end)
b = thread.spawn(function() return a:join() end)
a:join()""")
    check_deadlock(got, "x.lua:4:")


def wait_inside_a_coroutine():
    got = ran_script("""local co = coroutine.wrap(function()
  thread.event():wait()
end)
co()""")
    check_deadlock(got, "x.lua:2:", "x.lua:4:")
    check_order(got.err, "x.lua:2:", "x.lua:4:")


def daemon_that_waits_too_is_in_it():
    check_deadlock(ran("-e", """
        local event = thread.event()
        thread.spawn({daemon = true, name = "helper"}, event.wait, event)
        event:wait()"""), "helper")


def what_was_printed_comes_out_first():
    got = ran("-e", "print('before') thread.event():wait()")
    assert (got.status, got.out) == (1, "before\n"), got
    check_words(got.err, "deadlock")


def each_thread_says_what_it_waits_for():
    got = ran("-e", """
        thread.spawn({name = "locker"}, function()
          local lock = thread.lock()
          lock:acquire()
          lock:acquire()
        end)
        thread.spawn({name = "getter"}, function() thread.queue():get() end)
        thread.spawn({name = "waiter"}, function() thread.event():wait() end)
        """)
    check_deadlock(got, "locker", "getter", "waiter")
    for name, what in (("locker", "lock"), ("getter", "queue"),
                       ("waiter", "event")):
        line = next(line for line in got.err.splitlines() if name in line)
        check_words(line, what)


def who_holds_a_lock_is_named():
    check_report("""local lock = thread.lock()
lock:acquire()
thread.spawn({ name = "late" }, function() lock:acquire() end)
thread.event():wait()""",
                 "thread 'main' waits for an event",
                 "thread 'late' (spawned at x.lua:3) waits for a lock held by "
                 "thread 'main'")


def lock_that_its_own_thread_holds():
    check_report("local lock = thread.lock() lock:acquire() lock:acquire()",
                 "thread 'main' waits for a lock that it holds itself")


def lock_whose_holder_has_ended():
    check_report("""local lock = thread.lock()
local t = thread.spawn({ name = "gone" }, function() lock:acquire() end)
t:join()
lock:acquire()""",
                 "thread 'main' waits for a lock held by thread 'gone' "
                 "(spawned at x.lua:2), which has ended")
    check_report("""local lock = thread.lock()
thread.spawn({ name = "gone" }, lock.acquire, lock)
thread.yield()
collectgarbage()
collectgarbage()
lock:acquire()""",
                 "thread 'main' waits for a lock held by thread 2, "
                 "which has ended")


def cycle_of_locks_is_named():
    check_report("""local a, b, c = thread.lock(), thread.lock(), thread.lock()
local function take(first, second)
  first:acquire()
  thread.yield()
  second:acquire()
end
thread.spawn({ name = "one" }, take, a, b)
thread.spawn({ name = "two" }, take, b, c)
thread.spawn({ name = "three" }, take, c, a)""",
                 "cycle: thread 'one' waits for a lock held by thread 'two', "
                 "which waits for a lock held by thread 'three', "
                 "which waits for a lock held by thread 'one'",
                 "thread 'one' (spawned at x.lua:7) waits for a lock held by "
                 "thread 'two'",
                 "thread 'two' (spawned at x.lua:8) waits for a lock held by "
                 "thread 'three'",
                 "thread 'three' (spawned at x.lua:9) waits for a lock held "
                 "by thread 'one'")


def cycle_of_joins_is_named():
    check_report("""local a, b
a = thread.spawn({ name = "a" }, function() return b:join() end)
b = thread.spawn({ name = "b" }, function() return a:join() end)
a:join()""",
                 "cycle: thread 'a' waits for the end of thread 'b', "
                 "which waits for the end of thread 'a'",
                 "thread 'main' waits for the end of thread 'a'",
                 "thread 'a' (spawned at x.lua:2) waits for the end of "
                 "thread 'b'",
                 "thread 'b' (spawned at x.lua:3) waits for the end of "
                 "thread 'a'")


def cycle_through_a_group_is_named():
    check_report("""local g <close> = thread.group()
local owner = thread.self()
g:spawn({ name = "idle" }, function() thread.event():wait() end)
g:spawn({ name = "joiner" }, function() owner:join() end)""",
                 "cycle: thread 'main' waits for thread 'joiner' of a group, "
                 "which waits for the end of thread 'main'",
                 "thread 'main' waits for the threads of a group: "
                 "'idle', 'joiner'",
                 "thread 'idle' (spawned at x.lua:3) waits for an event",
                 "thread 'joiner' (spawned at x.lua:4) waits for the end of "
                 "thread 'main'")


def group_of_many_is_cut_short():
    got = ran_script("""local g <close> = thread.group()
for i = 1, 13 do
  g:spawn({ name = "m" .. i, daemon = true }, function()
    thread.queue(1):get()
  end)
end""")
    check_order(got.err, "'main' waits for the threads of a group: 'm1', 'm2'",
                ", 'm10' and 3 more\n", "\ndaemon thread 'm1' (spawned at ",
                "\ndaemon thread 'm13' ")


def long_cycle_is_cut_short():
    got = ran_script("""local threads = {}
local function join(i) return threads[i % 1000 + 1]:join() end
for i = 1, 1000 do threads[i] = thread.spawn(join, i) end""")
    first, cycle, *rest = got.err.splitlines()
    assert (got.status, first) == (1, HEADING), got
    check_order(cycle, "cycle: thread 'thread 2' waits for the end of thread",
                "thread 11', which waits for the end of thread 'thread 12', "
                "and so on")
    assert sum(line.startswith("thread '") for line in rest) == 1000, rest


def of_many_cycles_some_are_named():
    got = ran_script("""local function join(partner, i)
  while not partner[3 - i] do thread.yield() end
  partner[3 - i]:join()
end
for _ = 1, 100 do
  local pair = {}
  for i = 1, 2 do pair[i] = thread.spawn(join, pair, i) end
end""")
    assert got.err.count("\ncycle: ") == 10, got


def module_that_loads_for_ever():
    write("slow.lua", "thread.event():wait()")
    check_report("""thread.spawn({ name = "loader" }, require, "slow")
thread.yield()
require("slow")""",
                 "thread 'main' waits for a module that is loading held by "
                 "thread 'loader'",
                 "thread 'loader' (spawned at x.lua:1) waits for an event")


def thread_without_lines_of_the_script():
    got = ran("-e", "local q = thread.queue() "
              "thread.spawn({name = 'bare', daemon = true}, q.get, q) q:get()")
    assert got.err.endswith(
        "daemon thread 'bare' (spawned at (command line):1) waits for an item "
        "of a queue\n"), got


def time_out_is_no_deadlock():
    check(ran("-e", "print(thread.event():wait(0.01))"), out="false\n")


def timer_is_no_deadlock():
    check(ran("-e", "local e = thread.event() timer.after(0.01, e.set, e) "
              "print(e:wait())"), out="true\n")


def socket_is_no_deadlock():
    with start("""
            local server = socket.bind("127.0.0.1", 0)
            local queue = thread.queue()
            thread.spawn(function() queue:put(server:accept()) end)
            """ + READY + "queue:get()") as program:
        program.expect_line("ready")
        program.interrupt()
        program.finish(status=130)


def keyboard_is_no_deadlock():
    with start("""
            local queue = thread.queue()
            thread.spawn(function() queue:put(input()) end)
            """ + READY + "print(queue:get())") as program:
        program.expect_line("ready")
        program.type("typed\n")
        program.expect_line("typed")
        program.finish()


def daemons_alone_are_no_deadlock():
    check(ran("-e", "local e = thread.event() "
              "thread.spawn({daemon = true}, e.wait, e) thread.yield()"))


run(lock_taken_twice, two_locks_in_two_orders, queue_that_nobody_fills,
    queue_that_nobody_empties, event_that_nobody_sets,
    threads_that_join_each_other, wait_inside_a_coroutine,
    daemon_that_waits_too_is_in_it, what_was_printed_comes_out_first,
    each_thread_says_what_it_waits_for, who_holds_a_lock_is_named,
    lock_that_its_own_thread_holds, lock_whose_holder_has_ended,
    cycle_of_locks_is_named, cycle_of_joins_is_named,
    cycle_through_a_group_is_named, group_of_many_is_cut_short,
    long_cycle_is_cut_short, of_many_cycles_some_are_named,
    module_that_loads_for_ever, thread_without_lines_of_the_script, time_out_is_no_deadlock,
    timer_is_no_deadlock, socket_is_no_deadlock, keyboard_is_no_deadlock,
    daemons_alone_are_no_deadlock)
