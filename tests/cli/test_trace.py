"""--trace and the library trace: what is told is what the sockets carried,
whoever asks for it, and however the program ends."""
import base64
import json
import os
import re
import signal
import subprocess

from cli import (BOUND, FOLDER, NETBOX, READY, check, check_complaint,
                 check_order, check_words, ran, run, write)

ECHO = """
    local server = assert(socket.tcp())
    assert(server:bind("127.0.0.1", 0))
    assert(server:listen(5))
    local ip, port = server:getsockname()
    thread.spawn(function()
      local conn <close> = server:accept()
      while true do
        local line = conn:receive("*l")
        if not line then break end
        conn:sendall(line:upper() .. "\\n")
      end
      server:close()
    end)
    local client = assert(socket.connect(ip, port))
    for i = 1, 3 do
      client:sendall(("line %d\\n"):format(i))
      print(client:receive("*l"))
    end
"""


def events(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def text(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


def kinds(told):
    return [event["kind"] for event in told]


def carried(told, kind, **which):
    """The bytes of the events of a kind that have these fields."""
    return b"".join(base64.b64decode(event["base64"]) for event in told
                    if event["kind"] == kind and
                    all(event.get(key) == which[key] for key in which))


def everything_is_told_in_its_order():
    got = ran("--trace=t.jsonl", "-e", ECHO + "client:close()")
    check(got, out="LINE 1\nLINE 2\nLINE 3\n")
    told = events("t.jsonl")
    assert [event["number"] for event in told] == list(
        range(1, len(told) + 1))
    assert sorted(event["time"] for event in told) == [
        event["time"] for event in told]
    assert kinds(told)[:5] == ["bound", "listening", "connecting",
                               "accepted", "connected"], told
    assert kinds(told).count("closed") == 3
    assert {event["conversation"] for event in told
            if event["kind"] in ("sent", "received")} == {1}
    one, other = (event for event in told
                  if event["kind"] in ("accepted", "connected"))
    assert (one["socket"], one["peer"]) == (other["peer"], other["socket"])
    assert carried(told, "sent", socket=other["socket"]) == (
        b"line 1\nline 2\nline 3\n")
    assert carried(told, "received", socket=other["socket"]) == (
        b"LINE 1\nLINE 2\nLINE 3\n")


def the_thread_and_the_line_are_told():
    write("x.lua", 'local u = socket.udp()\n'
          'thread.spawn({name = "talker"}, function()\n'
          '  u:sendto("a", "127.0.0.1", 9)\n'
          'end):join()\n')
    ran("--trace=t.jsonl", "x.lua")
    sent = events("t.jsonl")[0]
    assert (sent["thread"]["name"], sent["source"], sent["line"]) == (
        "talker", "x.lua", 3), sent


def bytes_are_those_of_getstats():
    got = ran("--trace=t.jsonl", "-e", ECHO +
              "local got, sent = client:getstats() print(got, sent) "
              "client:close()")
    told = events("t.jsonl")
    client = next(event["socket"] for event in told
                  if event["kind"] == "connected")
    counts = [len(carried(told, kind, socket=client))
              for kind in ("received", "sent")]
    assert got.out.endswith("%d\t%d\n" % tuple(counts)), (got, counts)


def a_script_cannot_take_what_the_trace_needs():
    ran("--trace=t.jsonl", "-e", """
        for n = 3, 30 do
          local s = socket.tcp()
          if s:setfd(n) then s:close() end
        end
        local u = socket.udp()
        u:bind("127.0.0.1", 0)""")
    assert "bound" in kinds(events("t.jsonl"))


def who_takes_over_a_descriptor_is_the_same_socket():
    ran("--trace=t.jsonl", "-e", """
        local a, b = socket.socketpair()
        local c, d = socket.tcp(), socket.tcp()
        local fd = a:getfd()
        c:setfd(fd)
        c:send("x")
        c:setfd(-1) -- nobody has it
        d:setfd(fd)
        d:send("y")""")
    assert [(event["socket"], event.get("peer"))
            for event in events("t.jsonl")
            if event["kind"] == "sent"] == [(1, 2), (3, None)]


def several_at_once():
    got = ran("--trace=a.jsonl", "--trace", "--trace=b.txt", "-e",
              'socket.udp():bind("127.0.0.1", 0)')
    assert kinds(events("a.jsonl")) == ["bound", "closed"]
    for shown in got.err, text("b.txt"):
        check_order(shown, "bound", "closed")
        assert len(shown.splitlines()) == 2, shown


def what_fails_is_told():
    """A refusal of the kernel, one of netbox, and a wait in vain."""
    ran("--trace=t.jsonl", "-e", """
        local s = socket.tcp()
        s:bind("127.0.0.1", 0)
        local ip, port = s:getsockname()
        print(socket.connect(ip, port))
        print(socket.connect("192.0.2.1", 80))
        s:listen(1)
        s:settimeout(0.01)
        s:accept()""")
    told = [(event["kind"], event.get("operation"), event.get("error"))
            for event in events("t.jsonl")
            if event["kind"] in ("refused", "error", "timed-out")]
    assert told == [("refused", "connect", "ECONNREFUSED"),
                    ("error", "connect", "EPERM"),
                    ("timed-out", "accept", "ETIMEDOUT")], told


def a_connect_to_a_path_that_timed_out_is_told():
    """The kernel has no connection pending where the backlog is full."""
    ran("--allow-unix", "--trace=t.jsonl", "-e", """
        local server, first, second = socket.unix(), socket.unix(),
                                      socket.unix()
        server:bind("full")
        server:listen(0)
        first:connect("full")
        second:settimeout(0.01)
        second:connect("full")""")
    assert [event["operation"] for event in events("t.jsonl")
            if event["kind"] == "timed-out"] == ["connect"]


def datagrams_in_a_burst_are_told_one_by_one():
    """Also those that would come and go by the batch."""
    ran("--trace=t.jsonl", "-e", """
        local a, b = socket.udp(), socket.udp()
        a:bind("127.0.0.1", 0)
        local ip, port = a:getsockname()
        for i = 1, 100 do b:sendto("x" .. i, ip, port) end
        for i = 1, 100 do assert(a:recvfrom()) end""")
    told = events("t.jsonl")
    wanted = [b"x%d" % i for i in range(1, 101)]
    for kind in "sent", "received":
        assert [base64.b64decode(event["base64"]) for event in told
                if event["kind"] == kind] == wanted


def relayed_bytes_are_told():
    """They go past the script, but not past the trace."""
    got = ran("--trace=t.jsonl", "-e", """
        local a, b = socket.socketpair()
        local c, d = socket.socketpair()
        thread.spawn(socket.relay, b, c)
        a:sendall(("x"):rep(300000))
        a:shutdown("send")
        print(#d:receive("*a"))
        d:close()""")
    check(got, out="300000\n")
    assert len(carried(events("t.jsonl"), "received")) == 600000


def a_script_starts_and_stops():
    write("x.lua", """
        local u = socket.udp()
        u:bind("127.0.0.1", 0)
        print(trace.start { file = "s.jsonl", filter = "kind=sent" })
        trace.mark("now")
        u:sendto("a", u:getsockname())
        print(trace.stop())
        u:sendto("b", u:getsockname())
        for line in io.lines("s.jsonl") do print(#line > 10) end""")
    got = ran("--allow-write=.", "--allow-read=.", "x.lua")
    check(got, out="true\ntrue\ntrue\ntrue\n")
    assert kinds(events("s.jsonl")) == ["mark", "sent"]


def a_script_may_not_write_what_it_may_not():
    got = ran("-e", 'print(trace.start { file = "no.jsonl" })')
    check_words(got.out, "nil", "no.jsonl", "--allow-write", "EPERM")
    assert not os.path.exists(os.path.join(FOLDER, "no.jsonl"))


def wrong_arguments_are_told():
    for wrong, words in (
            ('{ filter = "prot=80" }', ["prot"]),
            ('{ bytes = -1 }', ["bytes", "negative"]),
            ('{ bytes = 1.5 }', ["field 'bytes'", "no integer"]),
            ('{ file = 7 }', ["file", "number", "string"]),
            ('"x.svg"', ["table"])):
        got = ran("-e", f"trace.start({wrong})")
        assert got.status == 1, got
        check_words(got.err, *words)


def a_file_that_cannot_be_written_ends_it_before_it_begins():
    got = ran("--trace=none/t.txt", "-e", "print(1)")
    check_complaint(got, 2, "none/t.txt", "No such file")


def a_full_disk_is_told():
    got = ran("--trace=/dev/full", "-e", 'socket.udp():bind("127.0.0.1", 0)')
    assert got.status == 0, got
    check_words(got.err, "/dev/full", "No space left")


def marks_go_everywhere():
    got = ran("--trace=a.jsonl", "--trace=b.txt", "--trace",
              "-e", 'trace.mark("here\\27[31m")')
    assert [event["text"] for event in events("a.jsonl")] == ["here\x1b[31m"]
    for shown in got.err, text("b.txt"):
        check_words(shown, "here")
        assert "\x1b" not in shown


def whole_lines(name):
    """The events of a program that was ended; what came last is there."""
    told = events(name)
    assert kinds(told)[:2] == ["bound", "sent"], told
    return told


FLOOD = """
    local u = socket.udp()
    u:bind("127.0.0.1", 0)
    u:sendto("first", u:getsockname())
"""


def the_file_is_whole_however_it_ends():
    """Killed, interrupted, at a limit, by os.exit: the process that writes
    goes on until it has written all."""
    for number in signal.SIGKILL, signal.SIGINT, signal.SIGTERM:
        with subprocess.Popen(
                [NETBOX, "--trace=t.jsonl", "-e", FLOOD + READY +
                 "timer.sleep(100)"], cwd=FOLDER, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, start_new_session=True) as program:
            program.stdout.readline()
            program.send_signal(number)
            program.communicate(timeout=BOUND)  # both have ended then
        whole_lines("t.jsonl")
    for end, status in (("while true do end", 3),
                        ('local t = {} while true do t[#t + 1] = '
                         '("x"):rep(1000) .. #t end', 3),
                        ("os.exit(7)", 7), ("error('x')", 1)):
        got = ran("--trace=t.jsonl", "--cpu=0.2s", "--memory=20M", "-e",
                  FLOOD + end)
        assert got.status == status, got
        whole_lines("t.jsonl")


def a_full_disk_is_told_to_the_script():
    got = ran("--allow-write=/dev/full", "-e", """
        assert(trace.start { file = "/dev/full" })
        socket.udp():bind("127.0.0.1", 0)
        print(select(3, trace.stop()))""")
    assert got.out == "ENOSPC\n", got


def what_is_limited_starts_no_trace():
    got = ran("--max-output=1K", "-e", "print(select(3, trace.start()))")
    check(got, out="EPERM\n")


def who_reads_too_slowly_holds_up_nobody():
    """What had no room in time is counted."""
    path = os.path.join(FOLDER, "slow.txt")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with subprocess.Popen(
            [NETBOX, "--trace=slow.txt", "--trace-bytes=4", "-e", """
            local a, b = socket.socketpair(socket.SOCK_DGRAM)
            for i = 1, 1500 do
              assert(a:send(("x"):rep(60000)))
              assert(#b:recv(65536) == 60000)
            end
            print("done")"""], cwd=FOLDER, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE) as program:
        assert program.stdout.readline() == b"done\n"
        os.set_blocking(reader, True)
        with open(reader, encoding="utf-8") as file:
            lines = file.readlines()
        _, err = program.communicate(timeout=BOUND)
    assert program.returncode == 0 and err == b"", (program, err)
    missing = [int(match[1].replace(",", "")) for line in lines
               if (match := re.search(r"([\d,]+) events? (?:is|are) missing",
                                      line))]
    assert missing, lines[-3:]
    assert sum(missing) + len(lines) - len(missing) == 2 * 1500 + 2, missing


run(everything_is_told_in_its_order, the_thread_and_the_line_are_told,
    bytes_are_those_of_getstats, a_script_cannot_take_what_the_trace_needs,
    bytes_are_those_of_getstats, a_script_cannot_take_what_the_trace_needs,
    who_takes_over_a_descriptor_is_the_same_socket, several_at_once,
    what_fails_is_told,
    a_connect_to_a_path_that_timed_out_is_told,
    datagrams_in_a_burst_are_told_one_by_one, relayed_bytes_are_told,
    a_script_starts_and_stops, a_script_may_not_write_what_it_may_not,
    wrong_arguments_are_told, marks_go_everywhere,
    a_file_that_cannot_be_written_ends_it_before_it_begins,
    a_full_disk_is_told, a_full_disk_is_told_to_the_script,
    what_is_limited_starts_no_trace, who_reads_too_slowly_holds_up_nobody,
    the_file_is_whole_however_it_ends)
