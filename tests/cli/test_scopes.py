"""Deadlines, shields and groups seen from outside: signals, the keyboard, the
end of the program, its exit status and what it says."""
import signal

from cli import READY, check, check_order, ran, ran_script, run, start

# A value that runs a function on leaving; and a thread that fails.
PRELUDE = """
local function closing(f)
  return setmetatable({}, { __close = f })
end
local function fail(message)
  timer.sleep(0)
  error(message, 0)
end
"""

TIDY = PRELUDE + """
    local _ <close> = closing(function()
      thread.shield(function()
        print("tidying") io.flush()
        print(input())
      end)
      print("tidy")
    end)"""


def input_in_a_deadline():
    with start("print(thread.deadline(0.01, input, '? ')) print(input())",
               ) as program:
        program.expect_line(r"\? nil\ttimeout\tETIMEDOUT")
        program.type("not lost\n")
        program.expect_line("not lost")
        program.finish()


def ctrl_c_lets_a_shield_finish():
    with start(TIDY + READY + "timer.sleep(math.huge)") as program:
        program.expect_line("ready")
        program.interrupt()
        program.expect_line("tidying")
        program.type("in peace\n")
        program.expect_line("in peace")
        program.expect_line("tidy")
        program.finish(status=130)


def ctrl_c_twice_does_not():
    with start(TIDY + READY + "timer.sleep(math.huge)") as program:
        program.expect_line("ready")
        program.interrupt()
        program.expect_line("tidying")
        program.interrupt()
        program.finish(status=130)


def ctrl_c_in_a_shield_that_computes_comes_behind_it():
    with start(PRELUDE + """
            local _ <close> = closing(function() print("closed") end)
            thread.shield(function()
              """ + READY + """
              local start = timer.now()
              repeat until timer.now() - start > 0.3
              print("computed")
            end)
            while true do end""") as program:
        program.expect_line("ready")
        program.interrupt()
        program.expect_line("computed")
        program.expect_line("closed")
        program.finish(status=130)


def a_signal_ends_a_group_members_first():
    with start(PRELUDE + """
            local _ <close> = closing(function() print("main") end)
            local g <close> = thread.group()
            for i = 1, 3 do
              g:spawn(function()
                local _ <close> = closing(function() print(i) end)
                timer.sleep(math.huge)
              end)
            end
            thread.yield() """ + READY) as program:
        program.expect_line("ready")
        program.process.send_signal(signal.SIGTERM)
        for line in ("1", "2", "3", "main"):
            program.expect_line(line)
        program.finish(status=143)


def a_failure_that_was_caught_is_0():
    check(ran_script(PRELUDE + """
        local g = thread.group()
        g:spawn(fail, "boom")
        g:spawn(fail, "too")
        print(pcall(g.wait, g))
        print(g.others[1])"""), 0, "false\tboom\ntoo\n")


def one_that_was_not_is_1():
    got = ran_script(PRELUDE + """
        local g <close> = thread.group()
        g:spawn(fail, "boom")""")
    assert (got.status, got.out) == (1, ""), got
    check_order(got.err, "netbox: boom\nstack traceback:\n\tx.lua:7: in ")
    assert got.err.count("boom") == 1, got


def one_that_nobody_waited_for_is_1():
    got = ran_script(PRELUDE + """
        local g = thread.group()
        g:spawn(fail, "boom")
        pcall(timer.sleep, 1)
        print("end")""")
    assert (got.status, got.out) == (1, "end\n"), got
    assert got.err.count("boom") == 1, got


def one_whose_group_is_forgotten_is_1():
    got = ran_script(PRELUDE + """
        local function forgetful()
          local g = thread.group()
          g:spawn(fail, "boom")
          pcall(timer.sleep, 1)
        end
        forgetful()
        collectgarbage()
        collectgarbage()
        print("end")""")
    assert (got.status, got.out) == (1, "end\n"), got
    assert got.err.count("boom") == 1, got


def one_that_is_behind_another_error_is_1():
    got = ran_script(PRELUDE + """
        print(pcall(function()
          local g <close> = thread.group()
          g:spawn(fail, "boom")
          pcall(timer.sleep, 1)
          error("mine", 0)
        end))""")
    assert (got.status, got.out) == (1, "false\tmine\n"), got
    assert got.err.count("boom") == 1, got


def an_error_keeps_its_traceback_through_a_deadline():
    got = ran_script("""
local function inner()
  timer.sleep(0)
  error("boom")
end
thread.deadline(1, function()
  thread.deadline(1, inner)
end)""")
    assert (got.status, got.out) == (1, ""), got
    check_order(got.err, "netbox: x.lua:4: boom\n", "\tx.lua:4: in ",
                "\tx.lua:7: in ", "\tx.lua:6: in main chunk\n")


def a_deadline_is_no_failure():
    check(ran("-e", "print(thread.deadline(0.01, timer.sleep, 60))"),
          0, "nil\ttimeout\tETIMEDOUT\n")
    got = ran("-e", "assert(thread.deadline(0, timer.sleep, 60))")
    assert got.status == 1, got
    assert "timeout (ETIMEDOUT, deadline)" in got.err, got


def what_ignores_its_end_does_not_outlive_it():
    check(ran("-e", """
        local function ignore()
          while true do pcall(timer.sleep, 60) end
        end
        print(thread.deadline(0.01, ignore))
        thread.spawn({ daemon = true }, ignore)
        thread.yield()"""), 0, "nil\ttimeout\tETIMEDOUT\n")


def os_exit_from_inside_is_at_once():
    for way in ("thread.deadline(60, os.exit, 5)", "thread.shield(os.exit, 5)",
                "local g <close> = thread.group() g:spawn(os.exit, 5) "
                "g:spawn(timer.sleep, 60)"):
        check(ran("-e", way), 5)


run(input_in_a_deadline, ctrl_c_lets_a_shield_finish, ctrl_c_twice_does_not,
    ctrl_c_in_a_shield_that_computes_comes_behind_it,
    a_signal_ends_a_group_members_first, a_failure_that_was_caught_is_0,
    one_that_was_not_is_1, one_that_nobody_waited_for_is_1,
    one_whose_group_is_forgotten_is_1, one_that_is_behind_another_error_is_1,
    an_error_keeps_its_traceback_through_a_deadline, a_deadline_is_no_failure,
    what_ignores_its_end_does_not_outlive_it, os_exit_from_inside_is_at_once)
