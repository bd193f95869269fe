"""Programs as tshark sees them: what their sockets carried, told once, and
whole files however the program ends.
"""
import os
import subprocess
import sys

from tshark import BOUND, ERROR, need, read, run

need()
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "cli"))

from cli import FOLDER, NETBOX, check, ran  # noqa: E402 (needs the path)

FILE = os.path.join(FOLDER, "x.pcapng")

ECHO = """
    local server <close> = assert(socket.bind(..., 0))
    local ip, port = server:getsockname()
    thread.spawn({ name = "server" }, function()
      local conn <close> = assert(server:accept())
      conn:sendall(assert(conn:receive("*a")))
    end)
    local client <close> = assert(socket.connect(ip, port))
    client:sendall(("0123456789"):rep(100000) .. "end")
    client:shutdown(socket.SHUT_WR)
    local data = client:receive("*a")
    print(#data, client:getstats()) """


def column(packets, field):
    return [packet[field] for packet in packets]


def an_echo_is_in_the_file_to_the_byte():
    for ip in ("127.0.0.1", "::1"):
        got = ran("--trace=x.pcapng", "-e", ECHO, ip)
        assert got.out.startswith("1000003\t1000003\t1000003\t"), got
        packets, streams = read(FILE, "frame.comment", streams=1)
        data = b"0123456789" * 100000 + b"end"
        assert streams == [(data, data)]
        comments = set(column(packets, "frame.comment"))
        assert any("thread 'server' at " in text for text in comments), comments


def who_has_closed_before_it_is_accepted_is_told_once():
    check(ran("--trace=x.pcapng", "-e", """
        local server <close> = assert(socket.bind("127.0.0.1", 0))
        local ip, port = server:getsockname()
        local client = assert(socket.connect(ip, port))
        client:sendall("hello\\n")
        client:close()
        local conn <close> = assert(server:accept())
        print(conn:receive("*a"))"""), out="hello\n\n")
    packets, streams = read(FILE, "tcp.flags.syn", streams=1)
    assert streams == [(b"hello\n", b"")], streams
    assert column(packets, "tcp.flags.syn").count("1") == 2, packets


def datagrams_are_told_once_and_refusals_quote_them():
    for ip in ("127.0.0.1", "::1"):
        check(ran("--trace=x.pcapng", "-e", """
            local kind = (...):find(":") and socket.udp6 or socket.udp4
            local a <close> = assert(kind())
            assert(a:setsockname(..., 0))
            local b = assert(kind())
            assert(b:sendto("ping", a:getsockname()))
            b:close()
            print((a:receivefrom()))
            local ip, port = a:getsockname()
            a:close()
            local c <close> = assert(kind())
            assert(c:setpeername(ip, port))
            c:send("anybody?")
            c:settimeout(5)
            print(select(3, c:receive()))""", ip),
              out="ping\n\tECONNREFUSED\n")
        packets, _ = read(FILE, "udp.length", "icmp.code", "icmpv6.code")
        assert column(packets, "udp.length") == ["12", "16", "16"], packets
        kind = "icmp.code" if ip == "127.0.0.1" else "icmpv6.code"
        assert packets[2][kind] == ("3" if kind == "icmp.code" else "4")


def a_refused_connection_is_a_syn_and_an_rst():
    got = ran("--trace=x.pcapng", "-e", """
        local server = assert(socket.bind("127.0.0.1", 0))
        local ip, port = server:getsockname()
        server:close()
        print(select(3, socket.connect(ip, port)))""")
    check(got, out="ECONNREFUSED\n")
    packets, _ = read(FILE, "tcp.flags.str", severity=ERROR)
    assert [text.replace("·", "") for text in column(
        packets, "tcp.flags.str")] == ["S", "AR"], packets


def marks_and_timeouts_are_comments():
    check(ran("--trace=x.pcapng", "-e", """
        local a <close> = assert(socket.udp4())
        assert(a:setsockname("127.0.0.1", 0))
        a:settimeout(0.01)
        print(select(4, a:receive()))
        trace.mark("now")
        a:sendto("x", a:getsockname())"""), out="ETIMEDOUT\n")
    packets, _ = read(FILE, "frame.comment")
    assert len(packets) == 1, packets
    for word in ("timed out: receive", "mark: now"):
        assert word in packets[0]["frame.comment"], packets


def a_program_that_is_killed_leaves_a_whole_file():
    with subprocess.Popen([NETBOX, "--trace=x.pcapng", "-e", """
            local a <close> = assert(socket.udp4())
            assert(a:setsockname("127.0.0.1", 0))
            for _ = 1, 200 do a:sendto("x", a:getsockname()) end
            print("ready")
            io.flush()
            timer.sleep(100)"""], cwd=FOLDER, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as program:
        program.stdout.readline()
        program.kill()
        program.communicate(timeout=BOUND)  # the one that writes has ended too
    packets, _ = read(FILE)
    assert len(packets) == 200, len(packets)


run(an_echo_is_in_the_file_to_the_byte,
    who_has_closed_before_it_is_accepted_is_told_once,
    datagrams_are_told_once_and_refusals_quote_them,
    a_refused_connection_is_a_syn_and_an_rst,
    marks_and_timeouts_are_comments,
    a_program_that_is_killed_leaves_a_whole_file)
