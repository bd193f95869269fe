"""--max-threads, --max-sockets and --max-output; and what the options take."""
from cli import check, ran, run
from limit import all_end, ends

OUTPUT = ("--max-output", "1K", "--time", "20s")

# All that a script can write with, its faults included.
WRITTEN = {
    "print": "while true do print('xxx') end",
    "write": "while true do io.write('xxx') end",
    "write of a number": "while true do io.write(1.5) end",
    "much at once": "io.write(('x'):rep(1e7))",
    "a file's write": "while true do io.stdout:write('xxx') end",
    "without a buffer": """
        io.stdout:setvbuf("no")
        while true do io.write("xxx") end""",
    "standard error": "while true do io.stderr:write('xxx') end",
    "another output": """
        io.output(io.stderr)
        while true do io.write("xxx") end""",
    "a file": """
        local f = io.open("written", "w")
        while true do f:write("xxx") end""",
    "numbers to a file": """
        local f = io.open("written", "w")
        while true do f:write(1) end""",
    "a process": """
        local f = io.popen("cat >/dev/null", "w")
        while true do f:write("xxx") end""",
    "caught": "while true do pcall(print, 'xxx') end",
    "warnings": "warn('@on') while true do warn('xxx') end",
    "threads that fail": """
        while true do thread.spawn(error, "xxx") thread.yield() end""",
    "finalizers that fail": """
        while true do
          setmetatable({}, {__gc = function() error("xxx") end})
          collectgarbage()
        end""",
    "prompts": "while true do input('xxx') end",
}


def nothing_more_can_be_written():
    codes = dict(WRITTEN)
    # What goes to standard error stands before the line about the limit.
    for name in ("standard error", "another output", "warnings",
                 "threads that fail", "finalizers that fail"):
        got = ran(*OUTPUT, "-e", codes.pop(name))
        assert got.status == 3, (name, got)
        assert len(got.err) <= 1024 + 200, (name, got)
        last = got.err[got.err.rindex("netbox: limit: "):]
        assert last.startswith("netbox: limit: output of 1K used up "
                               "(--max-output)"), (name, got)
    all_end(((*OUTPUT, "--allow-run", "--allow-write"),
             codes))


def output_is_cut_at_the_byte():
    ends(("--max-output", "10"), "while true do print('abc') end",
         out="abc\nabc\nab")
    ends(("--max-output", "0"), "print()", out="")
    check(ran("--max-output", "8", "-e", "print('abc') print('abc')"),
          out="abc\nabc\n")


def thread_too_many_is_an_error():
    check(ran("--max-threads", "3", "-e", """
        local group = thread.group()
        local two = {thread.spawn(thread.sleep, 60), group:spawn(error)}
        for _, spawn in ipairs {
          function() thread.spawn(print) end,
          function() group:spawn(print) end,
          function() timer.after(0, print) end,
          function() timer.every(1, print) end,
        } do print(pcall(spawn)) end
        pcall(group.wait, group)
        print(thread.spawn(type, 1):join())
        two[1]:cancel()"""), out="".join(
            f"false\t(command line):{line}: too many threads: 3 are alive "
            "(--max-threads)\n" for line in (5, 6, 7, 8)) + "true\tnumber\n")


def threads_that_have_ended_make_room():
    check(ran("--max-threads", "2", "-e", """
        for i = 1, 100 do assert(thread.spawn(function() end):join()) end
        for i = 1, 100 do assert(timer.after(60, print):cancel()) end
        for i = 1, 100 do
          local t = thread.spawn(thread.sleep, 60)
          t:cancel()
          t:join()
        end
        local rounds = thread.semaphore(0)
        local every = timer.every(0.001, function() rounds:release() end)
        for _ = 1, 5 do rounds:acquire() end
        every:cancel()
        print("fine")"""), out="fine\n")


def socket_too_many_is_an_error():
    failure = "nil\ttoo many open sockets (--max-sockets)\tEMFILE\n"
    check(ran("--max-sockets", "3", "-e", """
        local server = assert(socket.bind("127.0.0.1", 0))
        local ip, port = server:getsockname()
        local client = assert(socket.connect(ip, port))
        local conn = assert(server:accept())
        print(socket.udp4())
        print(socket.socketpair())
        print(socket.tcp():bind("127.0.0.1", 0))
        print(socket.connect(ip, port))
        print(server:accept())
        conn:close()
        print(socket.socketpair())
        print((assert(socket.udp4()):getsockname()))
        print(client:close())"""),
          out=failure * 6 + "0.0.0.0\ntrue\n")


def no_sockets_at_all():
    check(ran("--max-sockets", "0", "-e", "print(socket.udp4())"),
          out="nil\ttoo many open sockets (--max-sockets)\tEMFILE\n")


def sockets_that_are_closed_or_lost_make_room():
    check(ran("--max-sockets", "2", "-e", """
        for i = 1, 100 do assert(socket.udp4()) end
        for i = 1, 100 do assert(socket.udp4()):close() end
        for i = 1, 100 do
          local a, b = assert(socket.socketpair())
          a:close()
        end
        collectgarbage()
        local one = assert(socket.udp4())
        local two = socket.udp()
        for i = 1, 10 do
          two:setfd(one:getfd())
          one:setfd(two:getfd())
        end
        assert(socket.udp4())
        print("fine")"""), out="fine\n")


def malformed_values_are_wrong_usage():
    size = "a size such as 64M"
    time = "a time such as 10s"
    number = "a number such as 100"
    for option, form, values in (
            ("--memory", size, ("", "0", "-1", "x", "M", "64X", "64MB", "1 M",
                                "0x10", "1.", ".5G", "1e9", "99999999999G")),
            ("--max-output", size, ("", "-1", "1s")),
            ("--cpu", time, ("", "0", "0s", "1K", "1d", "nan", "inf",
                             "999999h", "1s2", "1,5s")),
            ("--time", time, ("", "0", "-1s", "5124095.9h")),
            ("--max-threads", number, ("", "0", "1.5", "10K", "9999999999")),
            ("--max-sockets", number, ("", "-1", "1s"))):
        for value in values:
            check(ran(option + "=" + value, "-e", "print(1)"), status=2,
                  err=f"netbox: option '{option}' needs {form}, not "
                      f"'{value}' (try 'netbox --help')\n")
        check(ran(option), status=2,
              err=f"netbox: option '{option}' needs {form} "
                  "(try 'netbox --help')\n")


def units_are_understood():
    for options in (("--memory", "0.5G"), ("--memory", "1048576K"),
                    ("--memory=100000000",), ("--cpu", "0.5m"),
                    ("--time", "1h"), ("--time=60",), ("--cpu", "1.000001s"),
                    ("--max-output", "1k"), ("--max-threads", "4000000000")):
        check(ran(*options, "-e", "print(1)"), out="1\n")


def last_of_two_counts():
    check(ran("--max-output", "1", "--max-output", "10", "-e", "print(1)"),
          out="1\n")


run(nothing_more_can_be_written, output_is_cut_at_the_byte,
    thread_too_many_is_an_error, threads_that_have_ended_make_room,
    socket_too_many_is_an_error, no_sockets_at_all,
    sockets_that_are_closed_or_lost_make_room,
    malformed_values_are_wrong_usage, units_are_understood,
    last_of_two_counts)
