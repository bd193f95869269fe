"""--stats: what the table says is what the script did, however it ends."""
import re
import signal

from cli import FOLDER, NETBOX, Program, allow, check, ran, run, write

allow("--allow-native")  # a collector that is stopped

ROW = re.compile(r"^  (\S.{15}) +([\d.]+)(?:  +(.*))?$")
CALL = re.compile(r"^  (\S+) +(\d+) +(\d+) +(\d+)$")


def tables(err):
    """The table in what was written to standard error: figures and notes by
    their names, and the system calls; and what stood before it."""
    before, _, after = err.partition("netbox: what the run took\n")
    assert after and "netbox: what" not in after, err
    upper, _, lower = after.partition("  system call ")
    rows = [ROW.match(line) for line in upper.splitlines()]
    calls = [CALL.match(line) for line in lower.splitlines()[1:]]
    assert all(rows) and all(calls) and len(rows) == 14, err
    assert all(len(line) <= 80 for line in after.splitlines()), err
    return ({row[1].strip(): (float(row[2]), row[3]) for row in rows},
            {call[1]: tuple(map(int, call.groups()[1:])) for call in calls},
            before)


def stats(text, status=0, *args):
    write("x.lua", text)
    got = ran("--stats", "x.lua", *args)
    assert got.status == status, got
    return tables(got.err)


def figure(table, name):
    return table[name][0]


def note(table, name):
    return table[name][1]


def only_where_it_is_asked_for():
    check(ran("-e", "timer.sleep(0)"))
    for option in "-S", "--stats":
        tables(ran(option, "-e", "timer.sleep(0)").err)


def datagrams_and_their_calls():
    table, calls, _ = stats("""
        local a <close> = socket.udp()
        local b <close> = socket.udp()
        assert(a:bind("127.0.0.1", 0))
        local ip, port = a:getsockname()
        for i = 1, 4 do assert(b:sendto("abc", ip, port)) end
        assert(b:setpeername(ip, port))
        for i = 1, 6 do assert(b:send("ab")) end
        for i = 1, 10 do assert(a:recvfrom()) end
        a:settimeout(0)
        assert(not a:recvfrom())""")
    assert table["sent, bytes"] == (24, "in 10 datagrams"), table
    assert table["received, bytes"] == (24, "in 10 datagrams"), table
    assert figure(table, "sockets opened") == 2, table
    assert calls["sendto"] == (10, 0, 0), calls
    assert calls["recvmsg"] == (4, 0, 0), calls
    assert calls["recvmmsg"] == (2, 1, 0), calls
    assert calls["close"] == (2, 0, 0), calls
    assert "recvfrom" not in calls, calls


def bytes_of_a_stream():
    table, calls, _ = stats("""
        local server <close> = assert(socket.bind("127.0.0.1", 0))
        local ip, port = server:getsockname()
        local client <close> = assert(socket.connect(ip, port))
        local conn <close> = assert(server:accept())
        client:sendall(("x"):rep(1000))
        assert(#conn:receive(1000) == 1000)
        conn:sendall("thanks")
        client:shutdown("send")
        assert(client:receive(6))""")
    assert table["sent, bytes"] == (1006, None), table
    assert table["received, bytes"] == (1006, None), table
    assert figure(table, "sockets opened") == 3, table
    assert calls["listen"] == (1, 0, 0), calls
    assert calls["shutdown"] == (1, 0, 0), calls
    assert calls["connect"][2] == 0, calls


def no_call_that_must_fail():
    """Who has taken all there was waits at once, however it takes it."""
    for take in "recv(9)", 'receive("*l")', "receive(3)", 'recvuntil("\\n")':
        _, calls, _ = stats(f"""
            local near, far = socket.socketpair()
            thread.spawn(function()
              while far:{take} do far:sendall("hi\\n") end
            end)
            for i = 1, 100 do
              near:sendall("ho\\n")
              assert(near:{take})
            end
            near:close()""")
        received, again, _ = calls["recvfrom"]
        assert received == 201 + again and again <= 2, (take, calls)


def bytes_that_are_relayed():
    """All of them come in once and go out once, spliced or not."""
    table, calls, _ = stats("""
        local near, a = socket.socketpair()
        local b, far = socket.socketpair()
        local all = 8 * 1024 * 1024
        thread.spawn(function()
          near:sendall(("x"):rep(all))
          near:shutdown("send")
        end)
        thread.spawn(function()
          assert(#far:receive("*a") == all)
          far:close()
        end)
        assert(socket.relay(a, b) == all)""")
    twice = 2 * 8 * 1024 * 1024
    assert figure(table, "received, bytes") == twice, table
    assert figure(table, "sent, bytes") == twice, table
    assert calls["splice"][0] > 0, calls


def calls_that_fail():
    _, calls, _ = stats("""
        local s <close> = assert(socket.bind("127.0.0.1", 0))
        local ip, port = s:getsockname()
        for i = 1, 3 do
          local t <close> = socket.tcp()
          assert(not t:bind(ip, port))
        end""")
    assert calls["bind"] == (4, 0, 3), calls


def threads_and_switches():
    table, _, _ = stats("""
        for i = 1, 20 do
          local two = { thread.spawn(thread.yield), thread.spawn(thread.yield) }
          two[1]:join()
          two[2]:join()
        end""")
    assert table["threads"] == (41, "at most 3 at once"), table
    # main is switched to at first, and after the wait of each round; each
    # of the others runs twice
    assert 20 * 5 + 1 <= figure(table, "switches") <= 20 * 6 + 1, table


def timers_and_sleep():
    table, _, _ = stats("""
        for i = 1, 5 do timer.sleep(0.02) end
        timer.after(100, print):cancel()""")
    assert figure(table, "timers armed") == 6, table
    assert figure(table, "asleep, s") > 0, table
    assert figure(table, "wall clock, s") >= figure(table, "asleep, s"), table
    turns = re.fullmatch(r" *\d+ %: in (\d+) of (\d+) turns",
                         note(table, "asleep, s"))
    # on a busy machine the time may be up before the loop goes to sleep
    assert 1 <= int(turns[1]) <= int(turns[2]), table
    assert int(turns[2]) >= 5, table


def turns_are_calls_of_epoll_wait():
    table, calls, _ = stats("for i = 1, 7 do timer.sleep(0) end")
    turns = note(table, "asleep, s").split()[-2]
    assert calls["epoll_wait"] == (int(turns), 0, 0), (table, calls)


def processor_time_is_no_more_than_there_was():
    table, _, _ = stats("for i = 1, 1000000 do local _ = i end")
    used = figure(table, "processor, s")
    share = re.fullmatch(r" *(\d+) %: user ([\d.]+), system ([\d.]+)",
                         note(table, "processor, s"))
    assert abs(float(share[2]) + float(share[3]) - used) < 0.0002, table
    assert 0 < used <= figure(table, "wall clock, s") + 0.05, table
    assert figure(table, "asleep, s") <= used, table


def what_is_printed():
    table, calls, _ = stats("""
        io.stdout:setvbuf("full")
        for i = 1, 100 do print("123456789") end""")
    assert figure(table, "printed, bytes") == 1000, table
    assert calls["write"] == (1, 0, 0), calls


def garbage_and_memory():
    lazy, _, _ = stats("collectgarbage('stop')")
    busy, _, _ = stats("""
        local keep = {}
        for i = 1, 200000 do keep[i % 50000] = { i } end""")
    steps = r" *\d+ %: in (\d+) steps, with finalizers"
    assert re.fullmatch(steps, note(lazy, "collector, s"))[1] == "0", lazy
    assert int(re.fullmatch(steps, note(busy, "collector, s"))[1]) > 0, busy
    assert figure(busy, "collector, s") > 0, busy
    for name in "memory, KiB", "heap, KiB":
        assert figure(busy, name) > figure(lazy, name) + 1000, (lazy, busy)
    assert figure(busy, "memory, KiB") > figure(busy, "heap, KiB") / 2, busy


def names_that_need_no_looking_up():
    table, _, _ = stats("""
        assert(socket.gethostbyname("127.0.0.1"))
        assert(socket.gethostbyname("localhost"))
        assert(not socket.gethostbyname("no such name"))""")
    assert figure(table, "names looked up") == 0, table


def after_an_error():
    table, _, before = stats("print(1) error('no luck', 0)", 1)
    assert before.startswith("netbox: no luck\n"), before
    assert figure(table, "printed, bytes") == 2, table


def after_a_deadlock():
    table, _, before = stats("thread.event():wait()", 1)
    assert before.startswith("netbox: deadlock"), before
    assert figure(table, "threads") == 1, table


def after_os_exit():
    for code in "os.exit(7)", "os.exit(7, true)":
        for text in (code, f"thread.spawn(function() {code} end) timer.sleep(1)",
                     f"coroutine.wrap(function() {code} end)()",
                     f"setmetatable({{}}, {{__gc = function() {code} end}}) "
                     "collectgarbage()"):
            table, _, before = stats(
                "local s = socket.tcp4() print('x') " + text, 7)
            assert figure(table, "sockets opened") == 1, (text, table)
            assert figure(table, "printed, bytes") == 2, (text, table)
            assert before == "", (text, before)


def after_ctrl_c():
    for code in "timer.sleep(100)", "while true do end":
        with Program([NETBOX, "--stats", "-e", "print('ready') io.flush() "
                      + code], cwd=FOLDER) as program:
            program.expect_line("ready")
            program.interrupt()
            program.finish(status=128 + signal.SIGINT,
                           stderr="netbox: what the run took\n(.*\n)+")
            table, _, _ = tables(program.stderr())
            assert figure(table, "printed, bytes") == 6, table


def after_its_reader_has_gone():
    with Program(["sh", "-c", '"$0" --stats -e "$1" | head -n 1', NETBOX,
                  "while true do print(1) io.flush() end"],
                 cwd=FOLDER) as program:
        program.expect_line("1")
        program.finish(stderr="netbox: what the run took\n(.*\n)+")


def after_a_limit():
    """Where the program ends itself: not in the middle of a function of C."""
    for options, code in (
            (("--memory", "16M"), "local t = {} for i = 1, 1e9 do t[i] = {} end"),
            (("--memory", "16M"), "while true do pcall(string.rep, 'x', 1e9) end"),
            (("--memory", "16M"), "local s = 'x' while true do s = s .. s end"),
            (("--cpu", "0.1"), "while true do end"),
            (("--time", "0.1"), "while true do timer.sleep(9) end"),
            (("--time", "0.1"), "while true do pcall(error) end"),
            (("--max-output", "9"), "while true do print('y') end")):
        got = ran("--stats", *options, "-e", "print('x') io.flush() " + code)
        assert got.status == 3, got
        table, _, before = tables(got.err)
        assert before.startswith("netbox: limit: "), before
        assert figure(table, "printed, bytes") in (2, 9), table
    got = ran("--stats", "--cpu", "0.1", "-e",
              "(('a'):rep(40)):find(('a?'):rep(40) .. ('a'):rep(40))")
    assert got.status == 3 and "took" not in got.err, got


def not_after_what_never_ran():
    got = ran("--stats", "no such file.lua")
    assert got.status == 2 and "took" not in got.err, got
    got = ran("--stats", "-e", "x =")
    assert got.status == 1 and "took" not in got.err, got


run(only_where_it_is_asked_for, datagrams_and_their_calls, bytes_of_a_stream,
    no_call_that_must_fail, bytes_that_are_relayed, calls_that_fail,
    threads_and_switches, timers_and_sleep, turns_are_calls_of_epoll_wait,
    processor_time_is_no_more_than_there_was, what_is_printed,
    garbage_and_memory, names_that_need_no_looking_up, after_an_error,
    after_a_deadlock, after_os_exit, after_ctrl_c, after_its_reader_has_gone,
    after_a_limit, not_after_what_never_ran)
