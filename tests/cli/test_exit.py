"""os.exit, from wherever it is called."""
from cli import check, ran, ran_script, run

# A value that says when it is closed and when it is collected.
NOTE = """
local function note(name)
  return setmetatable({}, {
    __close = function() print(name, "closed") end,
    __gc = function() print(name, "collected") end,
  })
end
"""


def without_a_number_it_is_success():
    check(ran("-e", "os.exit()"))
    check(ran("-e", "os.exit(true)"))
    check(ran("-e", "os.exit(false)"), 1)
    check(ran("-e", "os.exit(nil)"))


def nothing_runs_after_it():
    check(ran("-e", "os.exit(3) print('never')"), 3)
    check(ran("-e", "pcall(os.exit, 3) print('never')"), 3)
    check(ran("-e", "coroutine.wrap(os.exit)(3) print('never')"), 3)
    check(ran("-e", "table.sort({1, 2}, function() os.exit(3) end)"), 3)


def output_is_flushed():
    check(ran("-e", "io.write('flushed') os.exit(3)"), 3, "flushed")
    check(ran("-e", "io.write('flushed') os.exit(3, true)"), 3, "flushed")


def other_threads_end_at_once():
    check(ran_script(NOTE + """
        thread.spawn(function()
          local _ <close> = note("thread")
          timer.sleep(math.huge)
        end)
        thread.spawn({ daemon = true }, function()
          local _ <close> = note("daemon")
          timer.sleep(math.huge)
        end)
        timer.every(0.001, function() end)
        timer.sleep(0.002)
        local _ <close> = note("main")
        os.exit(4)"""), 4)


def from_a_thread():
    check(ran("-e", "thread.spawn(function() timer.sleep(0) os.exit(5) end) "
              "timer.sleep(math.huge)"), 5)


def from_a_daemon():
    check(ran("-e", "thread.spawn({daemon = true}, os.exit, 5) "
              "timer.sleep(math.huge)"), 5)


def from_a_timer():
    check(ran("-e", "timer.after(0.001, os.exit, 6) "
              "socket.bind('127.0.0.1', 0):accept()"), 6)


def from_a_coroutine_that_waited():
    check(ran("-e", "coroutine.wrap(function() timer.sleep(0) os.exit(7) "
              "end)()"), 7)


# With everything open that a program may have open.
BUSY = """
local server = assert(socket.bind("127.0.0.1", 0))
local client = socket.tcp()
assert(client:connect(server:getsockname()))
thread.spawn(function() server:accept():recv() end)
thread.spawn({ daemon = true }, socket.udp().recvfrom, socket.udp4())
timer.every(0.001, function() timer.sleep(0.002) end)
timer.after(60, print, "never")
client:send("x")
timer.sleep(0.003)
"""


def from_wherever_something_is_going_on():
    for code in ("thread.deadline(60, function() timer.sleep(0) EXIT end)",
                 "thread.shield(function() timer.sleep(0) EXIT end)",
                 "local g <close> = thread.group() g:spawn(timer.sleep, 60) "
                 "timer.sleep(0) EXIT",
                 "local g <close> = thread.group() "
                 "g:spawn(function() timer.sleep(0) EXIT end)",
                 "thread.spawn(function() thread.deadline(60, thread.shield, "
                 "function() timer.sleep(0) EXIT end) end):join()",
                 "timer.every(0.001, function() EXIT end) server:accept()",
                 "coroutine.wrap(function() coroutine.wrap(function() "
                 "timer.sleep(0) EXIT end)() end)()",
                 "thread.spawn(error, setmetatable({}, {__tostring = "
                 "function() EXIT end})) timer.sleep(60)",
                 "local _ <close> = setmetatable({}, {__close = function() "
                 "timer.sleep(0) EXIT end}) error('not seen')",
                 "thread.self():cancel() pcall(timer.sleep, 0) EXIT",
                 "table.sort({1, 2}, function() EXIT end)",
                 "client:settimeout(0.001) client:recv() EXIT"):
        for leave in "os.exit(7)", "os.exit(7, true)":
            check(ran_script(BUSY + code.replace("EXIT", leave)), 7)


def while_daemons_are_ended():
    for leave in "os.exit(7)", "os.exit(7, true)":
        check(ran("-e", "thread.spawn({daemon = true}, function() "
                  "local _ <close> = setmetatable({}, {__close = function() "
                  f"thread.shield(timer.sleep, 0) {leave} end}}) timer.sleep(60) end) "
                  "timer.sleep(0)"), 7)


def from_a_finalizer():
    check(ran("-e", "setmetatable({}, {__gc = function() os.exit(8) end}) "
              "collectgarbage() print('never')"), 8)


def without_close_nothing_is_closed_or_collected():
    check(ran_script(NOTE + """
        local _ <close> = note("variable")
        kept = note("global")
        os.exit(9)"""), 9)


def with_close_it_closes_as_plain_lua():
    got = ran_script(NOTE + """
        kept = note("global")
        local _ <close> = note("variable")
        os.exit(9, true)""")
    assert got.status == 9 and got.err == "", got
    assert got.out.startswith("variable\tclosed\n"), got
    assert "global\tcollected\n" in got.out, got


def with_close_from_a_thread():
    got = ran_script(NOTE + """
        kept = note("global")
        thread.spawn(function()
          timer.sleep(0)
          os.exit(9, true)
        end)
        timer.sleep(math.huge)""")
    assert (got.status, got.err) == (9, ""), got
    assert "global\tcollected\n" in got.out, got


def at_a_normal_end_everything_is_collected():
    got = ran_script(NOTE + 'kept = note("global")')
    check(got, out="global\tcollected\n")


def what_is_no_status_raises():
    got = ran("-e", "print(pcall(os.exit, {}))")
    assert got.status == 0, got
    assert got.out.startswith("false\tbad argument #1 to"), got


run(without_a_number_it_is_success, nothing_runs_after_it, output_is_flushed,
    other_threads_end_at_once, from_a_thread, from_a_daemon, from_a_timer,
    from_a_coroutine_that_waited, from_wherever_something_is_going_on,
    while_daemons_are_ended, from_a_finalizer,
    without_close_nothing_is_closed_or_collected,
    with_close_it_closes_as_plain_lua, with_close_from_a_thread,
    at_a_normal_end_everything_is_collected, what_is_no_status_raises)
