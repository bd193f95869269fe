"""SIGUSR1: a running program shows its threads on standard error and goes on."""
import os
import re
import signal

from cli import FOLDER, READY, allow, check_no_internals, check_order
from cli import check_words, run, start

# Hooks, and a program that signals its parent.
allow("-A", "--allow-native")

# Says so when the others wait.
READY_SOON = "thread.spawn(function() " + READY + "end) "

# Computes until the file is there.
UNTIL_TOLD = """
local function until_told(name)
  repeat local file = io.open(name) until file
end
"""


def ask(program):
    program.process.send_signal(signal.SIGUSR1)


def tell(name):
    with open(os.path.join(FOLDER, name), "w", encoding="ascii"):
        pass


def shown(code, file=None):
    """What is shown of the script, which then gets a line, or the file."""
    with start(code) as program:
        program.expect_line("ready")
        ask(program)
        program.await_stderr("netbox: the threads\n")
        if file is None:
            program.type("\n")
        else:
            tell(file)
        program.expect_line("going on")
        text = program.stderr()
        program.finish(stderr=re.escape(text))
    check_no_internals(text)
    assert text.startswith("netbox: the threads\n"), text
    return text


def waiting_for_the_keyboard():
    text = shown(READY_SOON + "\ninput()\nprint('going on')")
    check_words(text, "thread 'main' waits for standard input\n"
                "stack traceback:\n"
                "\t(command line):2: in main chunk\n")


def every_thread_and_what_it_does():
    text = shown("""
        local lock = thread.lock()
        lock:acquire()
        thread.spawn({ name = "locker" }, function() lock:acquire() end)
        thread.spawn({ name = "sleeper", daemon = true }, timer.sleep, 60)
        thread.spawn({ name = "group" }, function()
          local g <close> = thread.group()
          g:spawn(function() lock:acquire() end)
        end)
        thread.yield() """ + READY_SOON +
                 "input() print('going on') os.exit()")
    check_order(text, "thread 'main' waits for standard input\n",
                "thread 'locker' (spawned at (command line):4) waits for a "
                "lock held by thread 'main'\n",
                "daemon thread 'sleeper' (spawned at (command line):5) waits "
                "for sleep\n",
                "thread 'group' (spawned at (command line):6) waits for the "
                "threads of a group: 'thread 5'\n",
                "thread 'thread 5' (spawned at (command line):8) waits for a "
                "lock held by thread 'main'\n")


def sockets_by_their_addresses():
    text = shown("""
        local server = socket.bind("127.0.0.1", 0)
        local client = socket.tcp()
        client:connect(server:getsockname())
        local conn = server:accept()
        thread.spawn({ daemon = true }, conn.receive, conn)
        thread.spawn({ daemon = true }, server.accept, server)
        """ + READY_SOON + "input() print('going on')")
    address = r"127\.0\.0\.1:\d+"
    assert re.search(f"waits for receive on tcp {address} <- {address}\n",
                     text), text
    assert re.search(f"waits for accept on tcp {address}\n", text), text


def cycle_among_some_of_them():
    text = shown("""
        local a, b
        a = thread.spawn({ name = "a" }, function() return b:join() end)
        b = thread.spawn({ name = "b" }, function() return a:join() end)
        """ + READY_SOON + "input() print('going on') os.exit()")
    check_order(text, "cycle: thread 'a' waits for the end of thread 'b', "
                "which waits for the end of thread 'a'\n", "thread 'main'")


def computing():
    text = shown(UNTIL_TOLD + """
        thread.spawn({ name = "new" }, print, "going on")
        coroutine.wrap(function() """ + READY + """
          until_told("computing") end)()""", "computing")
    check_order(text, "thread 'main' runs\n", "in function <(command line):7>",
                "\t(command line):7: in main chunk\n",
                "thread 'new' (spawned at (command line):6) has not started "
                "yet\n")


def computing_with_a_hook_of_its_own():
    with start(UNTIL_TOLD + """
            local lines = 0
            debug.sethook(function() lines = lines + 1 end, "l") """ + READY +
               """ until_told("hook")
            local before = lines
            print(select(2, debug.gethook()),
                  lines > before)""") as program:
        program.expect_line("ready")
        ask(program)
        program.await_stderr("netbox: the threads\n")
        tell("hook")
        program.expect_line("l\ttrue")
        program.finish(stderr="(?s)netbox: the threads\nthread 'main' runs.*")


def computing_without_end():
    with start(READY + "while true do end") as program:
        program.expect_line("ready")
        ask(program)
        program.interrupt()
        program.finish(status=130, stderr="(?s)netbox: the threads\n"
                       "thread 'main' runs\nstack traceback:\n.*")


def again_and_again():
    with start(READY + "for line in io.lines() do print(line) end") as program:
        program.expect_line("ready")
        for count in range(1, 6):
            ask(program)
            program.await_stderr("netbox: the threads\n", count)
            program.type(f"line {count}\n")
            program.expect_line(f"line {count}")
        program.close_input()
        program.finish(stderr=r"(netbox: the threads\n(.*\n){3}){5}")


def output_comes_first_and_other_programs_are_not_disturbed():
    with start("io.write('ready\\n', 'no end') io.flush() "
               "io.stdout:setvbuf('full') io.write(' yet\\n') "
               "io.popen('kill -USR1 $PPID'):close() "
               "print(os.execute('exit 7'))") as program:
        program.expect_line("ready")
        program.expect_line("no end yet")
        program.expect_line("nil\texit\t7")
        program.finish(stderr="netbox: the threads\n(.*\n)*")


run(waiting_for_the_keyboard, every_thread_and_what_it_does,
    sockets_by_their_addresses, cycle_among_some_of_them, computing,
    computing_with_a_hook_of_its_own, computing_without_end, again_and_again,
    output_comes_first_and_other_programs_are_not_disturbed)
