"""--time: ways of waiting for longer, none of which works."""
import os
import subprocess

from cli import FOLDER, NETBOX, ran, run
from limit import Ended, all_end, check_end, ends, sentence

CPU = ("--cpu", "0.1s")
TIME = ("--time", "0.3s")

WAITS = {
    "sleep": "timer.sleep(1e9)",
    "sleep, caught": "while true do pcall(timer.sleep, 1e9) end",
    "join": "thread.spawn(timer.sleep, 1e9):join()",
    "an event": """
        timer.after(1e9, print)
        thread.event():wait()""",
    "accept": "socket.bind('127.0.0.1', 0):accept()",
    "recv": "local a, b = socket.socketpair() a:recv()",
    "datagrams": """
        local s = socket.udp()
        s:setsockname("127.0.0.1", 0)
        s:receivefrom()""",
    "send to nobody who reads": """
        local a, b = socket.socketpair()
        while true do a:send(("x"):rep(1e6)) end""",
    "timers": "timer.every(0.01, function() end)",
    "a group": """
        local g <close> = thread.group()
        g:spawn(timer.sleep, 1e9)""",
    "a shield": "thread.shield(timer.sleep, 1e9)",
    "a loop": "while true do end",
    "a function of C": "string.rep('', 1e17)",
    "a <close> variable that waits": """
        local x <close> = setmetatable({}, {__close = function()
          timer.sleep(1e9)
        end})""",
}


def nobody_can_wait_for_longer():
    all_end((TIME, WAITS))


def both_at_once_end_it_once():
    ended = Ended(("--cpu", "0.2s", "--time", "0.2s"), "while true do end")
    assert ended.outcome.status == 3, ended.outcome
    assert ended.outcome.err.count("\n") == 1, ended.outcome


def thread_is_the_oldest_where_all_wait():
    ends(TIME, "thread.spawn(timer.sleep, 1e9)\ntimer.sleep(1e9)",
         place=r", in thread 'main' at \(command line\):2")


def reader_that_reads_nothing_keeps_nobody():
    for options, code in (
            (TIME, "while true do print(('x'):rep(1000)) end"),
            (TIME, "io.write(('x'):rep(1e7))"),
            (CPU, "io.write(('x'):rep(60000)) while true do end")):
        with subprocess.Popen(["sleep", "60"], stdin=subprocess.PIPE) as stuck:
            try:
                ended = Ended(options, code, stdout=stuck.stdin)
            finally:
                stuck.kill()
        check_end(ended, options)


def daemons_and_the_end_are_limited_too():
    ends(TIME, """
        thread.spawn({daemon = true}, function()
          local x <close> = setmetatable({}, {__close = function()
            while true do end
          end})
          timer.sleep(1e9)
        end)
        thread.yield()""")


def script_that_is_read_is_limited_too():
    with subprocess.Popen([NETBOX, *TIME, "-"], stdin=subprocess.PIPE,
                          stderr=subprocess.PIPE) as program:
        assert program.stderr.read().decode() == sentence(TIME) + "\n"
        assert program.wait() == 3


def script_that_cannot_be_opened_is_limited_too():
    os.mkfifo(os.path.join(FOLDER, "nobody"))
    with subprocess.Popen([NETBOX, *TIME, os.path.join(FOLDER, "nobody")],
                          stderr=subprocess.PIPE) as program:
        assert program.stderr.read().decode() == sentence(TIME) + "\n"
        assert program.wait() == 3


def trace_that_nobody_reads_is_limited_too():
    path = os.path.join(FOLDER, "pipe")
    os.mkfifo(path)
    pipe = os.open(path, os.O_RDWR)
    told = os.path.join(FOLDER, "told")
    with open(told, "wb") as err:
        got = ran(*TIME, "--allow-write", "--trace=pipe", "-e",
                  "for i = 1, 9 do trace.mark(('x'):rep(6e4)) end", stderr=err)
    with open(told, encoding="ascii") as err:
        assert err.read().startswith(sentence(TIME)), got
    os.close(pipe)
    assert got.status == 3, got


run(nobody_can_wait_for_longer, both_at_once_end_it_once,
    thread_is_the_oldest_where_all_wait,
    reader_that_reads_nothing_keeps_nobody,
    daemons_and_the_end_are_limited_too, script_that_is_read_is_limited_too,
    script_that_cannot_be_opened_is_limited_too,
    trace_that_nobody_reads_is_limited_too)
