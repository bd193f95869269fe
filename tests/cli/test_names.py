"""Names that must be asked for: a name server of the test's own answers."""
import itertools
import socket
import time

import name_server
from cli import READY, allow, check, check_words, ran, run, start, write
from name_server import NO_SUCH_NAME, SERVER_FAILURE, SILENCE, NameServer

NONAME = "nil\thost or service not provided, or not known\tEAI_NONAME\n"
AGAIN = "nil\ttemporary failure in name resolution\tEAI_AGAIN\n"

# A server on the address; its port is `port`.
SERVER = """
local server = assert(socket.bind("%s", 0))
local _, port = server:getsockname()
"""

name_server.enter(__file__)
allow("--allow-net")
name_server.use_as("/etc/resolv.conf", "nameserver 127.0.0.1\n"
                   "search suffix.test\noptions timeout:1 attempts:1\n")
name_server.use_as("/etc/hosts", "127.0.0.1 localhost\n"
                   "127.0.0.77 from.hosts.test alias\n")
name_server.use_as("/etc/services", "both 1001/tcp also\nboth 1001/udp\n"
                   "stream 1002/tcp\npacket 1003/udp\n")
dns = NameServer({
    "one.test": ["127.0.0.1"],
    "both.test": ["127.0.0.1", "::1"],
    "six.test": ["::1"],
    "several.test": ["127.0.0.2", "127.0.0.3", "127.0.0.1"],
    "many.test": [f"127.1.{i // 250}.{i % 250}" for i in range(1000)],
    "alias.test": "second.test",
    "second.test": "one.test",
    "lost.test": "dead.end.test",
    "1.2.0.192.in-addr.arpa": ["host.test", "other.test"],
    "1." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa": ["host6.test"],
    "2.2.0.192.in-addr.arpa": SERVER_FAILURE,
    "3.2.0.192.in-addr.arpa": SILENCE,
    "empty.test": [],
    "short.suffix.test": ["127.0.0.1"],
    "missing.test": NO_SUCH_NAME,
    "broken.test": SERVER_FAILURE,
    "silent.test": SILENCE,
})


def name_is_connected_to():
    check(ran("-e", SERVER % "127.0.0.1" + """
        local s = assert(socket.connect("one.test", port))
        print((s:getpeername()))"""), out="127.0.0.1\n")


def gethostbyname():
    check(ran("-e", 'print(socket.gethostbyname("one.test"))'),
          out="127.0.0.1\n")


def aliases_are_followed():
    check(ran("-e", """
        print(socket.gethostbyname("alias.test"))
        print(repr({ socket.gethostbyaddr("alias.test") }))
        print(socket.gethostbyname("lost.test"))"""),
          out="127.0.0.1\n"
          "{'one.test', {'alias.test', 'second.test'}, {'127.0.0.1'}}\n"
          + NONAME)


def thousand_addresses():
    check(ran("-e", """
        local name, _, ips = socket.gethostbyaddr("many.test")
        print(name, #ips, ips[1], ips[1000])"""),
          out="many.test\t1000\t127.1.0.0\t127.1.3.249\n")


def names_of_addresses():
    check(ran("-e", """
        for _, ip in ipairs({ "192.0.2.1", "2001:db8::1", "127.0.0.77",
            "::ffff:192.0.2.1" }) do
          print(repr({ socket.gethostbyaddr(ip) }))
        end
        print(socket.gethostbyaddr("192.0.2.9"))
        print(socket.gethostbyaddr("192.0.2.2"))"""),
          out="{'host.test', {'other.test'}, {'192.0.2.1'}}\n"
          "{'host6.test', {}, {'2001:db8::1'}}\n"
          "{'from.hosts.test', {'alias'}, {'127.0.0.77'}}\n"
          "{'host.test', {'other.test'}, {'192.0.2.1'}}\n"
          + NONAME + AGAIN)


HOSTS = "127.0.0.1", "192.0.2.1", "::1", "one.test", "alias.test", None
SERVICES = "both", "also", "stream", "packet", "none", "", 80, "80", None
TYPES = 0, socket.SOCK_STREAM, socket.SOCK_DGRAM


def python_getaddrinfo(host, service, kind):
    try:
        found = socket.getaddrinfo(host, service, socket.AF_INET, kind)
    except socket.gaierror as error:
        return {socket.EAI_SERVICE: "EAI_SERVICE",
                socket.EAI_NONAME: "EAI_NONAME"}.get(error.errno, "EAI_FAMILY")
    return " ".join("%d/%d/%d/%s/%d" % (*entry[:3], *entry[4])
                    for entry in found)


def getaddrinfo_gives_what_python_gives():
    cases = list(itertools.product(HOSTS, SERVICES, TYPES))
    table = ", ".join("{%s, %s, %d}" % tuple(
        "nil" if value is None else repr(value) if isinstance(value, str)
        else value for value in case) for case in cases)
    got = ran("-e", """
        for _, case in ipairs({ %s }) do
          local list, _, code = socket.getaddrinfo(case[1], case[2],
            socket.AF_INET, case[3])
          local texts = {}
          for i, e in ipairs(list or {}) do
            texts[i] = ("%%d/%%d/%%d/%%s/%%d"):format(e.family, e.type,
              e.proto, e.addr, e.port)
          end
          print(code or table.concat(texts, " "))
        end""" % table)
    assert (got.status, got.err) == (0, ""), got
    lines = got.out.splitlines()
    assert len(lines) == len(cases), got
    for case, line in zip(cases, lines):
        assert line == python_getaddrinfo(*case), (case, line)


def getnameinfo_gives_what_python_gives():
    for pair in itertools.product(
            ("127.0.0.1", "127.0.0.77", "192.0.2.1", "192.0.2.9",
             "2001:db8::1", "2001:db8::9"), (1001, 1002, 1003, 1004)):
        check(ran("-e", "print(socket.getnameinfo('%s', %d))" % pair),
              out="\t".join(socket.getnameinfo(pair, 0)) + "\n")


def getnameinfo_of_a_server_that_fails():
    check(ran("-e", "print(socket.getnameinfo('192.0.2.2', 1))"), out=AGAIN)


def dns_by_a_server():
    check(ran("-e", """
        local dns = socket.dns
        local function show(...) print(repr({ ... })) end
        show(dns.toip("alias.test"))
        show(dns.tohostname("192.0.2.1"))
        show(dns.getaddrinfo("both.test"))
        show(dns.getnameinfo("one.test", "both"))
        show(dns.toip("192.0.2.9"))
        show(dns.toip("broken.test"))
        show(dns.tohostname("192.0.2.2"))"""), out="""\
{'127.0.0.1', {alias = {'alias.test', 'second.test'}, ip = {'127.0.0.1'}, \
name = 'one.test'}}
{'host.test', {alias = {'other.test'}, ip = {'192.0.2.1'}, name = 'host.test'}}
{{{addr = '127.0.0.1', family = 'inet'}, {addr = '::1', family = 'inet6'}}}
{{'localhost'}, 'both'}
{[2] = 'host not found', [3] = 'EAI_NONAME'}
{[2] = 'Host name lookup failure', [3] = 'EAI_AGAIN'}
{[2] = 'Host name lookup failure', [3] = 'EAI_AGAIN'}
""")


def letter_case_does_not_matter():
    check(ran("-e", 'print(socket.gethostbyname("ONE.Test"))'),
          out="127.0.0.1\n")


def every_address_is_tried_in_turn():
    check(ran("-e", SERVER % "127.0.0.1" + """
        local s = assert(socket.connect("several.test", port))
        print((s:getpeername()))
        server:close()
        print(socket.connect("several.test", port))"""),
          out="127.0.0.1\nnil\tconnection refused\tECONNREFUSED\n")


def ipv6_address_of_a_name():
    check(ran("-e", SERVER % "::1" + """
        print((assert(socket.connect("six.test", port)):getpeername()))
        print((assert(socket.connect("both.test", port)):getpeername()))
        local s = socket.tcp4()
        print(select(3, s:connect("six.test", port)))"""),
          out="::1\n::1\nEAI_NONAME\n")


def datagram_to_a_name():
    check(ran("-e", """
        local s = socket.udp()
        s:bind("127.0.0.1", 0)
        local _, port = s:getsockname()
        print(socket.udp():sendto("x", "one.test", port), (s:recvfrom(1)))"""),
          out="1\tx\n")


def hosts_file_comes_first():
    dns.asked.clear()
    check(ran("-e", 'print(socket.gethostbyname("from.hosts.test")) '
              'print(socket.gethostbyname("alias"))'),
          out="127.0.0.77\n127.0.0.77\n")
    assert dns.asked == [], dns.asked


def search_suffix_is_added():
    check(ran("-e", 'print(socket.gethostbyname("short"))'),
          out="127.0.0.1\n")


def nobody_is_asked_for_localhost_and_literals():
    dns.asked.clear()
    check(ran("-e", """
        for _, name in ipairs({ "localhost", "LOCALHOST", "127.0.0.1" }) do
          print(socket.gethostbyname(name))
        end
        for _, ip in ipairs({ "127.0.0.1", "::1" }) do
          print((socket.gethostbyaddr(ip)))
        end
        for _, name in ipairs({ "localhost", "::1", "127.0.0.1" }) do
          socket.connect(name, 1)
        end
        local s = socket.udp()
        s:bind("", 0)
        s:sendto("x", "localhost", 1)
        socket.bind("*", 0)"""), out="127.0.0.1\n" * 3 + "localhost\n" * 2)
    assert dns.asked == [], dns.asked


def nobody_is_asked_for_what_is_no_name():
    dns.asked.clear()
    check(ran("-e", r"""
        for _, name in ipairs({ "one.test\0", ("a"):rep(300),
            ("a"):rep(64) .. ".test", "a..test" }) do
          print(socket.gethostbyname(name))
        end"""), out=NONAME * 4)
    assert dns.asked == [], dns.asked


def unknown_name():
    for name in "missing.test", "empty.test":
        check(ran("-e", f"""
            print(socket.gethostbyname("{name}"))
            print(socket.connect("{name}", 1))
            print(socket.tcp():connect("{name}", 1))
            print(socket.udp():sendto("x", "{name}", 1))"""),
              out=NONAME * 4)


def server_that_fails():
    check(ran("-e", 'print(socket.gethostbyname("broken.test"))'), out=AGAIN)


def report_names_the_call():
    got = ran("-e", 'assert(socket.connect("missing.test", 80))')
    assert got.status == 1, got
    check_words(got.err.splitlines()[0], "(EAI_NONAME, connect")


def silent_server_ends_with_the_time_out():
    check(ran("-e", """
        local s = socket.tcp()
        s:settimeout(0.05)
        local start = timer.now()
        print(s:connect("silent.test", 1))
        local took = timer.now() - start
        print(took >= 0.05 and took < 0.9)"""),
          out="nil\ttimeout\tETIMEDOUT\ntrue\n")


def time_out_of_zero_finds_the_answer_later():
    check(ran("-e", SERVER % "127.0.0.1" + """
        local s = socket.tcp()
        s:settimeout(0)
        print(s:connect("alias.test", port))
        local ok, message, code
        repeat
          timer.sleep(0.001)
          ok, message, code = s:connect("alias.test", port)
        until ok or code ~= "EINPROGRESS"
        print(ok, message, code)
        print((s:getpeername()))"""),
          out="nil\ttimeout\tEINPROGRESS\ntrue\tnil\tnil\n127.0.0.1\n")


def select_waits_for_the_answer():
    check(ran("-e", SERVER % "127.0.0.1" + """
        local function try(s, name)
          local ok, message = s:connect(name, port)
          return ok or message
        end
        for _, make in ipairs({ socket.tcp, socket.tcp4 }) do
          local s = make()
          s:settimeout(0)
          print(try(s, "silent.test"))
          local start = timer.now()
          print(select(3, socket.select({ s }, { s }, 0.05)))
          print(timer.now() - start >= 0.05)
          while try(s, "alias.test") == "timeout" do
            assert(select(2, socket.select(nil, { s }))[s])
          end
          print(try(s, "alias.test"))
          s:close()
        end"""), out="timeout\ntimeout\ntrue\nalready connected\n" * 2)


def silent_server_costs_its_caller_alone():
    check(ran("-e", """
        local slow = {}
        for i = 1, 100 do
          slow[i] = thread.spawn(socket.gethostbyname, "silent.test")
        end
        for _ = 1, 10 do assert(socket.gethostbyname("one.test")) end
        for _, t in ipairs(slow) do
          assert(t:status() == "waiting")
          t:cancel()
        end"""))


def silent_server_is_given_up_after_two_tries():
    start_time = time.monotonic()
    check(ran("-e", 'print(socket.gethostbyname("silent.test"))'), out=AGAIN)
    took = time.monotonic() - start_time
    assert 5 <= took < 12, f"took {took} s, not one try of 2 s, one of 4"


def other_threads_run_meanwhile():
    check(ran("-e", """
        local lookup = thread.spawn(socket.gethostbyname, "silent.test")
        for _ = 1, 5 do timer.sleep(0.001) end
        print(lookup:status())
        lookup:cancel()"""), out="waiting\n")


def many_lookups_at_once():
    check(ran("-e", """
        local names = { "one.test", "missing.test", "six.test", "broken.test" }
        local threads = {}
        for i = 1, 100 do
          threads[i] = thread.spawn(socket.gethostbyname, names[i % 4 + 1])
        end
        local known = 0
        for _, t in ipairs(threads) do
          local _, ip = t:join()
          if ip == "127.0.0.1" then known = known + 1 end
        end
        print(known)"""), out="25\n")


def lookup_is_cancelled():
    check(ran("-e", """
        local t = thread.spawn(socket.connect, "silent.test", 1)
        timer.sleep(0.01)
        t:cancel()
        local ok, err = t:join()
        print(ok, err.code, t:status())"""),
          out="false\tECANCELED\tcancelled\n")


def socket_is_closed_while_it_looks_up():
    check(ran("-e", """
        local s = socket.tcp()
        local t = thread.spawn(s.connect, s, "silent.test", 1)
        timer.sleep(0.01)
        s:close()
        print(t:join(2))"""), out="true\tnil\tclosed\tEBADF\n")


def program_ends_while_a_lookup_is_under_way():
    check(ran("-e", 'thread.spawn({daemon = true}, socket.gethostbyname, '
              '"silent.test") timer.sleep(0.01)'))


def interrupt_ends_a_lookup():
    with start(READY + 'socket.gethostbyname("silent.test")') as program:
        program.expect_line("ready")
        program.interrupt()
        program.finish(status=130)


def nobody_at_the_server():
    write("resolv.conf", "nameserver 127.0.0.53\n")
    check(ran("-e", 'print(socket.gethostbyname("one.test"))'), out=AGAIN)


run(name_is_connected_to, gethostbyname, aliases_are_followed,
    thousand_addresses, names_of_addresses,
    getaddrinfo_gives_what_python_gives, getnameinfo_gives_what_python_gives,
    getnameinfo_of_a_server_that_fails, dns_by_a_server, letter_case_does_not_matter,
    every_address_is_tried_in_turn, ipv6_address_of_a_name,
    datagram_to_a_name, hosts_file_comes_first, search_suffix_is_added,
    nobody_is_asked_for_localhost_and_literals,
    nobody_is_asked_for_what_is_no_name, unknown_name, server_that_fails,
    report_names_the_call, silent_server_ends_with_the_time_out,
    time_out_of_zero_finds_the_answer_later,
    select_waits_for_the_answer, silent_server_costs_its_caller_alone,
    silent_server_is_given_up_after_two_tries, other_threads_run_meanwhile,
    many_lookups_at_once, lookup_is_cancelled,
    socket_is_closed_while_it_looks_up,
    program_ends_while_a_lookup_is_under_way, interrupt_ends_a_lookup,
    nobody_at_the_server)
