"""When every thread waits for another, netbox says so and ends."""
from cli import READY, check, check_no_internals, check_order, check_words
from cli import ran, ran_script, run, start


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
    each_thread_says_what_it_waits_for, time_out_is_no_deadlock,
    timer_is_no_deadlock, socket_is_no_deadlock, keyboard_is_no_deadlock,
    daemons_alone_are_no_deadlock)
