"""SIGINT and SIGTERM: every thread is cancelled; a second one ends at once."""
import fcntl
import os
import signal
import termios

from cli import READY, allow, run, start

allow("--allow-native")  # hooks

# A value that says on leaving who was left, and by what.
NOTE = """
local function note(name)
  return setmetatable({}, {
    __close = function(_, err)
      print(name, type(err) == "table" and err.code or err)
    end,
  })
end
"""


# Calls f(...) with so many coroutines around it.
NEST = """
local function nest(depth, f, ...)
  if depth == 0 then return f(...) end
  return coroutine.wrap(nest)(depth - 1, f, ...)
end
"""


def check_interrupted(code, lines=(), signum=signal.SIGINT):
    """The script gets ready, is told to end and prints the lines."""
    with start(code) as program:
        program.expect_line("ready")
        program.process.send_signal(signum)
        for line in lines:
            program.expect_line(line)
        program.finish(status=128 + signum)


def waiting_for_a_client():
    check_interrupted(NOTE + 'local _ <close> = note("main")'
                      'local s = socket.bind("127.0.0.1", 0)' + READY +
                      's:accept() print("never")', ["main\tECANCELED"])


def waiting_for_a_datagram():
    check_interrupted('local s = socket.udp() s:bind("127.0.0.1", 0)' +
                      READY + "s:recvfrom()")


def sleeping():
    check_interrupted(READY + "timer.sleep(math.huge)")


def waiting_for_a_condition_whose_lock_is_lost():
    check_interrupted(NOTE + """
        local condition = thread.condition()
        local function wait(name)
          condition:acquire()
          local _ <close> = note(name)
          condition:wait()
        end
        thread.spawn(timer.sleep, math.huge)
        thread.spawn(wait, "other")
        timer.after(0, function() print("ready") end)
        wait("main")
        """, ["main\tECANCELED", "other\tECANCELED"])


def sigterm_is_143():
    check_interrupted(NOTE + 'local _ <close> = note("main")' + READY +
                      "timer.sleep(math.huge)", ["main\tECANCELED"],
                      signal.SIGTERM)


def every_thread_is_cancelled_main_first():
    check_interrupted(NOTE + """
        for _, name in ipairs({ "first", "second" }) do
          thread.spawn({ daemon = name == "second" }, function()
            local _ <close> = note(name)
            timer.sleep(math.huge)
          end)
        end
        thread.yield()
        local _ <close> = note("main") """ + READY + "timer.sleep(math.huge)",
        ["main\tECANCELED", "first\tECANCELED", "second\tECANCELED"])


def main_has_ended_already():
    check_interrupted(NOTE + """
        thread.spawn(function()
          local _ <close> = note("thread") """ + READY + """
          timer.sleep(math.huge)
        end)""", ["thread\tECANCELED"])


def timers_are_disarmed():
    check_interrupted("timer.every(0.001, function() end) "
                      "timer.after(1000, print, 'never')" + READY)


def computing():
    check_interrupted(NOTE + 'local _ <close> = note("main")' + READY +
                      "while true do end", ["main\tECANCELED"])


def computing_in_a_coroutine():
    check_interrupted("local co = coroutine.wrap(function() " + READY +
                      "while true do end end) co()")


def computing_in_another_thread():
    check_interrupted("thread.spawn(function() " + READY +
                      "while true do end end) timer.sleep(math.huge)")


def waiting_wherever_one_can():
    for code in ("thread.deadline(600, timer.sleep, 600)",
                 "thread.spawn(timer.sleep, 600):join()",
                 "local lock = thread.lock() lock:acquire() "
                 "timer.after(600, print) lock:acquire()",
                 "timer.after(600, print) thread.queue():get()",
                 "timer.after(600, print) thread.event():wait()",
                 "while true do pcall(timer.sleep, 600) end",
                 "coroutine.wrap(timer.sleep)(600)",
                 f"{NEST} nest(1000, timer.sleep, 600)",
                 "socket.select({socket.udp4()})"):
        check_interrupted(READY + code)
    check_interrupted("timer.after(0, function() " + READY +
                      "timer.sleep(600) end)")
    check_interrupted("local g <close> = thread.group() "
                      "g:spawn(timer.sleep, 600) " + READY)


def computing_wherever_one_can():
    forever = "while true do end"
    for code in (f"thread.deadline(600, function() {forever} end)",
                 f"table.sort({{1, 2}}, function() {forever} end)",
                 f"string.gsub('x', 'x', function() {forever} end)",
                 f"local t = setmetatable({{}}, {{__index = function() "
                 f"{forever} end}}) print(t.x)",
                 "local co = coroutine.wrap(function() while true do "
                 "coroutine.yield() end end) while true do co() end",
                 f"{NEST} nest(1000, function() {forever} end)",
                 f"load(function() {forever} end)",
                 f"package.preload.slow = function() {forever} end "
                 "require('slow')",
                 f"debug.sethook(print, '', 1e9) {forever}",
                 "while true do thread.spawn(print):cancel() "
                 "thread.yield() end"):
        check_interrupted(READY + code)
    check_interrupted(f"timer.after(0, function() {READY} {forever} end)")
    check_interrupted("local g <close> = thread.group() "
                      f"g:spawn(function() {READY} {forever} end)")


def computing_where_nothing_can_be_raised_takes_two():
    forever = "function() print('here') io.flush() while true do end end"
    closing = f"local _ <close> = setmetatable({{}}, {{__close = {forever}}})"
    for code in (f"thread.shield({forever})",
                 f"setmetatable({{}}, {{__gc = {forever}}}) collectgarbage()",
                 f"xpcall(error, {forever})",
                 "print('here') io.flush() local s = ('a'):rep(50) "
                 "s:find(('a?'):rep(50) .. s)",
                 "print('here') while true do io.write(('x'):rep(65536)) end",
                 f"{closing} os.exit(3, true)",
                 f"thread.spawn({{daemon = true}}, function() {closing} "
                 "timer.sleep(600) end) timer.sleep(0)",
                 f"kept = setmetatable({{}}, {{__gc = {forever}}})"):
        with start(code) as program:
            program.expect_line("here")
            program.interrupt()
            program.process.terminate()
            program.process.wait(20)
            assert program.process.returncode in (130, 143), program


def shield_ends_what_it_does_first():
    for wait in "timer.sleep(0.05)", "repeat until timer.now() > start + 0.05":
        check_interrupted("local start = timer.now() thread.shield(function() "
                          f"{READY} {wait} print('bye') end) "
                          "timer.sleep(0) print('never')", ["bye"])
    check_interrupted("local _ <close> = setmetatable({}, {__close = "
                      "function() thread.shield(timer.sleep, 0.01) "
                      "print('bye') end}) " + READY + "timer.sleep(600)",
                      ["bye"])


def shield_that_nothing_would_end_is_broken():
    check_interrupted(NOTE + "timer.after(600, print) "
                      'local _ <close> = note("main") '
                      "thread.shield(function() " + READY +
                      "thread.event():wait() end)",
                      ["main\tECANCELED"])


def shield_too_is_ended_by_two():
    with start("local _ <close> = setmetatable({}, {__close = function() "
               "print('closing') io.flush() "
               "thread.shield(timer.sleep, 600) end}) " + READY +
               "timer.sleep(600)") as program:
        program.expect_line("ready")
        program.interrupt()
        program.expect_line("closing")
        program.interrupt()
        program.finish(status=130)


def check_takes_two(caught_in, then):
    """One signal is caught by a pcall, the second one ends the program."""
    with start(f"pcall(function() {READY} {caught_in} end) "
               f"print('caught') io.flush() {then}") as program:
        program.expect_line("ready")
        program.interrupt()
        program.expect_line("caught")
        program.interrupt()
        program.finish(status=130)


def computing_in_pcall_takes_two():
    check_takes_two("while true do end", "while true do end")


def waiting_in_pcall_takes_two():
    check_takes_two("timer.sleep(math.huge)",
                    "while true do pcall(function() while true do end end) end")


def cleaning_up_without_end_takes_two():
    with start("""
            local _ <close> = setmetatable({}, {__close = function()
              print("cleaning") io.flush()
              while true do end
            end}) """ + READY + "timer.sleep(math.huge)") as program:
        program.expect_line("ready")
        program.interrupt()
        program.expect_line("cleaning")
        program.process.terminate()
        program.process.wait(20)
        assert program.process.returncode in (130, 143)


def status_of_the_signal_comes_first():
    on_close = ("local _ <close> = setmetatable({}, {__close = function() "
                "%s end}) " + READY + "timer.sleep(math.huge)")
    check_interrupted(on_close % "os.exit(5)")
    with start(on_close % "error('in close', 0)") as program:
        program.expect_line("ready")
        program.interrupt()
        program.finish(status=130, stderr="(?s).*in close.*")


def waiting_for_the_keyboard():
    check_interrupted(READY + "input()")
    check_interrupted(READY + "io.read('a')")


def control_c_on_a_terminal():
    def own_terminal():
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    with start("print('ready') input('> ')", terminal=True,
               preexec_fn=own_terminal) as program:
        program.expect_line("ready")
        program.expect("> ")
        program.type("half\x03")
        program.finish(status=130, rest="(?s).*")


def stopping_and_going_on_disturbs_no_wait():
    with start(READY + "print(input())") as program:
        for _ in range(3):
            program.process.send_signal(signal.SIGSTOP)
            os.waitpid(program.process.pid, os.WUNTRACED)
            program.process.send_signal(signal.SIGCONT)
        program.expect_line("ready")
        program.type("undisturbed\n")
        program.expect_line("undisturbed")
        program.finish()


run(waiting_for_a_client, waiting_for_a_datagram, sleeping,
    waiting_for_a_condition_whose_lock_is_lost, sigterm_is_143,
    every_thread_is_cancelled_main_first, main_has_ended_already,
    timers_are_disarmed, computing, computing_in_a_coroutine,
    computing_in_another_thread, waiting_wherever_one_can,
    computing_wherever_one_can,
    computing_where_nothing_can_be_raised_takes_two,
    shield_ends_what_it_does_first, shield_that_nothing_would_end_is_broken,
    shield_too_is_ended_by_two, computing_in_pcall_takes_two,
    waiting_in_pcall_takes_two, cleaning_up_without_end_takes_two,
    status_of_the_signal_comes_first, waiting_for_the_keyboard,
    control_c_on_a_terminal, stopping_and_going_on_disturbs_no_wait)
