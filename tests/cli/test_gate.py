"""What a script is refused, whichever call it tries, and who is kept out."""
import os
import socket
import subprocess

import private_network
from cli import (BOUND, FOLDER, NETBOX, Program, check, check_words, ran, run,
                 write)

private_network.enter(__file__)

# What is tried, and what the refusal begins with and ends with.
TRIES = (
    ('socket.tcp():connect("192.0.2.1", 80)',
     "connect to 192.0.2.1:80", "net=192.0.2.1:80"),
    ('socket.connect("192.0.2.1", 80)',
     "connect to 192.0.2.1:80", "net=192.0.2.1:80"),
    ('socket.connect("2001:db8::1", 80)',
     "connect to [2001:db8::1]:80", "net=[2001:db8::1]:80"),
    ('socket.connect("::ffff:192.0.2.1", 80)',
     "connect to 192.0.2.1:80", "net=192.0.2.1:80"),
    ('socket.connect("0.0.0.0", 80)',
     "connect to 0.0.0.0:80", "net=0.0.0.0:80"),
    ('socket.udp():connect("192.0.2.1", 53)',
     "connect to 192.0.2.1:53", "net=192.0.2.1:53"),
    ('socket.udp():setpeername("192.0.2.1", 53)',
     "connect to 192.0.2.1:53", "net=192.0.2.1:53"),
    ('socket.udp():sendto("x", "192.0.2.1", 53)',
     "send to 192.0.2.1:53", "net=192.0.2.1:53"),
    ('socket.udp():sendto("x", "255.255.255.255", 53)',
     "send to 255.255.255.255:53", "net=255.255.255.255:53"),
    ('socket.bind("*", 8000)',
     "listen on 0.0.0.0:8000", "listen=0.0.0.0:8000"),
    ('socket.bind("::", 8000)', "listen on [::]:8000", "listen=[::]:8000"),
    ('socket.tcp4():listen()', "listen on 0.0.0.0:0", "listen=0.0.0.0:0"),
    ('socket.udp():setsockname("*", 53)',
     "listen on 0.0.0.0:53", "listen=0.0.0.0:53"),
    ('socket.connect("127.0.0.1", 80, "192.0.2.1", 0)',
     "listen on 192.0.2.1:0", "listen=192.0.2.1:0"),
    ('socket.udp4():setoption("ip-add-membership", '
     '{multiaddr = "224.1.1.1", interface = "*"})',
     "join of 224.1.1.1", "net=224.1.1.1"),
    ('socket.udp4():setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, "\\1")',
     "unusual socket options", "raw"),
    ('socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)',
     "raw sockets", "raw"),
    ('socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)',
     "raw sockets", "raw"),
    ('socket.gethostbyname("example.org")',
     "look-up of 'example.org'", "net=example.org"),
    ('socket.connect("example.org", 80)',
     "look-up of 'example.org'", "net=example.org"),
    ('socket.getaddrinfo("example.org", 80)',
     "look-up of 'example.org'", "net=example.org"),
    ('socket.dns.toip("Example.org.")',
     "look-up of 'Example.org.'", "net=Example.org."),
    ('socket.gethostbyaddr("192.0.2.1")',
     "look-up of 192.0.2.1", "net=192.0.2.1"),
    ('socket.dns.tohostname("127.0.0.2")',
     "look-up of 127.0.0.2", "net=127.0.0.2"),
    ('socket.unix()', "unix sockets", "unix"),
    ('socket.unix.dgram()', "unix sockets", "unix"),
    ('socket.ping("192.0.2.1")', "send to 192.0.2.1", "net=192.0.2.1"),
)


def each_call_is_refused_in_one_way():
    for code, what, flag in TRIES:
        got = ran("-e", f"print({code})")
        verb = "are" if what.endswith("s") else "is"
        check(got, out=f"nil\t{what} {verb} not allowed "
              f"(run again with --allow-{flag})\tEPERM\n")


def a_unix_socket_is_judged_by_its_path():
    for code, what, flag in (
            ('socket.unix():connect("s")', "unix socket 's'", "unix=s"),
            ('socket.unix():bind("\\0s")', "unix socket '@s'", "unix=@s"),
            ('socket.unix.dgram():sendto("x", "s")', "unix socket 's'",
             "unix=s")):
        check(ran("--allow-unix=other", "-e", f"print({code})"),
              out=f"nil\t{what} is not allowed "
              f"(run again with --allow-{flag})\tEPERM\n")


def the_flag_of_the_refusal_would_have_let_it():
    for code, _, flag in TRIES:
        got = ran(f"--allow-{flag}", "-e",
                  f"thread.deadline(0.2, function() print({code}) end)")
        assert "not allowed" not in got.out + got.err, (code, got)


def connect_ex_gives_the_number():
    check(ran("-e", 'print(socket.tcp():connect_ex("192.0.2.1", 80))'),
          out="1\tEPERM\n")


def a_report_has_the_line_and_the_sentence():
    write("x.lua", '\nassert(socket.connect("192.0.2.1", 80))')
    got = ran("x.lua")
    assert got.status == 1, got
    check_words(got.err, "netbox: x.lua:2: connect to 192.0.2.1:80 is not "
                "allowed (run again with --allow-net=192.0.2.1:80)\n")


def loopback_is_free():
    check(ran("-e", """
        for _, host in ipairs { "127.0.0.1", "127.9.9.9", "localhost" } do
          local server <close> = assert(socket.bind(host, 0))
          local ip, port = server:getsockname()
          local client <close> = assert(socket.connect(ip, port))
          local conn <close> = assert(server:accept())
          client:send("x\\n")
          print(conn:receive())
        end
        local a, b = socket.udp4(), socket.udp4()
        a:setsockname("127.0.0.1", 0)
        print(b:sendto("y", a:getsockname()))
        print((a:recvfrom()))
        print(socket.socketpair() ~= nil)"""), out="x\nx\nx\n1\ny\ntrue\n")


def who_is_denied_is_kept_out():
    with Program([NETBOX, "--deny-net=127.0.0.9", "-e", """
            local s <close> = assert(socket.bind("127.0.0.1", 0))
            local u <close> = socket.udp4()
            u:setsockname("127.0.0.1", 0)
            print((select(2, s:getsockname())), (select(2, u:getsockname())))
            print((select(2, s:accept())))
            print((select(2, u:recvfrom())))"""]) as program:
        line = program.expect_line(r"(\d+)\t(\d+)")
        tcp, udp = int(line[1]), int(line[2])
        with socket.create_connection(("127.0.0.1", tcp), BOUND,
                                      ("127.0.0.9", 0)) as shut:
            assert shut.recv(1) == b""
        with socket.create_connection(("127.0.0.1", tcp), BOUND,
                                      ("127.0.0.8", 0)):
            program.expect_line(r"127\.0\.0\.8")
        for source in "127.0.0.9", "127.0.0.8":
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.bind((source, 0))
                sock.sendto(b"x", ("127.0.0.1", udp))
        program.finish(rest=r"127\.0\.0\.8\n")


def a_descriptor_from_elsewhere_is_judged_by_its_peer():
    path = os.path.join(FOLDER, "from_elsewhere")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            fd = client.fileno()
            code = f"print(socket.socketpair():setfd({fd}))"
            got = ran("-e", code, pass_fds=[fd])
            check_words(got.out, "unix socket", "is not allowed", "EPERM")
            check(ran("--allow-unix=from_elsewhere", "-e", code,
                      pass_fds=[fd]), out="true\n")
    one, two = socket.socketpair()
    with one, two:
        check(ran("-e", f"print(socket.socketpair():setfd({one.fileno()}))",
                  pass_fds=[one.fileno()]), out="true\n")


def what_is_denied_wins_over_all():
    for flags in (("-A", "--deny-net"), ("--deny-net", "-A"),
                  ("--allow-net", "--deny-net=127.0.0.1"),
                  ("-A", "--deny-net=localhost")):
        got = ran(*flags, "-e", 'print(socket.connect("127.0.0.1", 1))')
        check_words(got.out, "nil\tconnect to 127.0.0.1:1 is not allowed "
                    "(--deny-net", "\tEPERM\n")


def with_all_nothing_is_asked():
    check(ran("-A", "-e", """
        local s <close> = assert(socket.bind("*", 0))
        print(socket.connect("0.0.0.0", (select(2, s:getsockname()))) ~= nil)
        print(socket.unix():connect("no-such"))"""),
          out="true\nnil\tNo such file or directory\tENOENT\n")


def no_name_leaves_the_machine():
    """Whatever is sent while names are refused is seen by strace."""
    trace = os.path.join(FOLDER, "trace")
    code = 'print(socket.gethostbyname("example.org"))'
    done = subprocess.run(["strace", "-f", "-qq", "-o", trace, "-e",
                           "trace=connect,sendto,sendmmsg", NETBOX, "-e", code],
                          check=False, timeout=BOUND, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL,
                          env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    assert done.returncode == 0
    with open(trace, encoding="utf-8") as file:
        assert file.read() == ""


run(each_call_is_refused_in_one_way,
    a_unix_socket_is_judged_by_its_path,
    the_flag_of_the_refusal_would_have_let_it,
    connect_ex_gives_the_number, a_report_has_the_line_and_the_sentence,
    loopback_is_free, who_is_denied_is_kept_out,
    a_descriptor_from_elsewhere_is_judged_by_its_peer,
    what_is_denied_wins_over_all, with_all_nothing_is_asked,
    no_name_leaves_the_machine)
