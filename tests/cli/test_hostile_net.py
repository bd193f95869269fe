"""Hostile scripts of the network: each spelling of an address that is not of
this machine, each way to it, and each way to be reached from there.
"""
import private_network
from cli import run
from hostile import all_end_well
from hostile_net import (
    NO_NAME, OPTIONS, Cable, connecting, listening, looking_up, refused,
    sending)

private_network.enter(__file__)

# What is meant by a spelling: an address, a name, nothing; or loopback.
LOOPBACK, NOTHING = "loopback", ""
SPELLINGS = {
    # of IPv4
    "0x7f.1": NOTHING, "0x7f000001": NOTHING, "2130706433": NOTHING,
    "0177.0.0.1": NOTHING, "127.1": NOTHING, "127.0.0.01": NOTHING,
    "127.0.0.1.": NOTHING, "127.0.0.1 ": NOTHING, " 127.0.0.1": NOTHING,
    "127.0.0.1%lo": NOTHING, "127.0.0.1:80": NOTHING, "127.0.0.1/8": NOTHING,
    "1.2.3": NOTHING, "1.2.3.4.5": NOTHING, "4294967295": NOTHING, "0": NOTHING,
    "256.0.0.1": NOTHING, "+1.2.3.4": NOTHING, "127\\u{3002}0.0.1": NOTHING,
    "\\u{ff11}27.0.0.1": NOTHING, "127.0.0.1": LOOPBACK,
    "127.255.255.254": LOOPBACK, "0.0.0.0": "0.0.0.0", "0.0.0.1": "0.0.0.1",
    "10.1.2.1": "10.1.2.1", "10.1.3.1": "10.1.3.1", "128.0.0.1": "128.0.0.1",
    "126.255.255.255": "126.255.255.255", "169.254.169.254": "169.254.169.254",
    "224.0.0.1": "224.0.0.1", "255.255.255.255": "255.255.255.255",
    # of IPv6
    "[::1]": NOTHING, "::1%": NOTHING, "::1%no": NOTHING, "1::2::3": NOTHING,
    "fe80::1% 1": NOTHING, "fe80::1%+1": NOTHING, "fe80::1%1 ": NOTHING,
    "fe80::1%-18446744073709551615": NOTHING, "fe80::1%4294967296": NOTHING, "fe80::1%-1": NOTHING, "fe80::1%0": NOTHING,
    "::1": LOOPBACK, "0:0:0:0:0:0:0:1": LOOPBACK, "::1%lo": LOOPBACK,
    "::1%left": LOOPBACK, "::ffff:127.0.0.1": LOOPBACK,
    "::ffff:7f00:1": LOOPBACK, "::ffff:127.0.0.1%left": LOOPBACK,
    "::": "[::]", "::%lo": "[::]", "::ffff:0.0.0.0": "0.0.0.0",
    "::ffff:10.1.2.1": "10.1.2.1", "::ffff:a01:301": "10.1.3.1",
    "::2": "[::2]", "1::1%lo": "[1::1]", "::127.0.0.1": "[::127.0.0.1]",
    "::ffff:0:127.0.0.1": "[::ffff:0:7f00:1]",
    "64:ff9b::127.0.0.1": "[64:ff9b::7f00:1]",
    "2002:7f00:1::": "[2002:7f00:1::]", "fe80::1": "[fe80::1]",
    "fe80::1%left": "[fe80::1%left]", "ff01::1": "[ff01::1]",
    "ff02::1%left": "[ff02::1%left]",
    # names
    "localhost": LOOPBACK, "LocalHost.": LOOPBACK, "a.localhost": LOOPBACK,
    "localhost..": NOTHING, ".localhost": NOTHING, "..": NOTHING, ".": NOTHING,
    "localhost\\0.example.org": NOTHING, "127.0.0.1\\0.example.org": NOTHING,
    "example.org\\0": NOTHING, "ex ample.org": NOTHING, "a/b": NOTHING,
    "a\\27[2J.org": NOTHING, "unix:/dev/log": NOTHING, "%s%n": NOTHING,
    "\\u{fb01}.org": NOTHING, "localhost:80": NOTHING,
    "a@localhost": NOTHING, "' .. ('a'):rep(64) .. '.org": NOTHING,
    "' .. ('a.'):rep(130) .. 'b": NOTHING, "' .. ('a'):rep(1e6) .. '": NOTHING,
}
NAMES = ("example.org", "example.org.", "Example.ORG", "ip6-localhost",
         "localhost.localdomain", "localhost.example.org", "xn--fi-2ga.org",
         "0x7f.example.org", "1.0.0.127.in-addr.arpa", "-1", "_", "a")


def outcome(meant):
    if meant == LOOPBACK:
        return "nil\tconnection refused\tECONNREFUSED\n1\ntrue\ntrue"
    if meant == NOTHING:
        return "\n".join([NO_NAME] * 4)
    return "\n".join((connecting(meant + ":9"), sending(meant + ":9"),
                      connecting(meant + ":9"), listening(meant + ":0")))


def tried(host):
    return f"""
        local h = '{host}'
        print(socket.connect(h, 9))
        print(socket.udp():sendto("x", h, 9))
        print(socket.udp():setpeername(h, 9))
        print(socket.udp():setsockname(h, 0))"""


def no_spelling_gets_out():
    all_end_well({host: (tried(host), outcome(meant))
                  for host, meant in SPELLINGS.items()})


def no_name_gets_out():
    all_end_well({name: (tried(name), "\n".join([looking_up(name)] * 4))
                  for name in NAMES})


PING = 'print(socket.ping("{}", {{count = 1}}))'

# Here the address was allowed once, or nearly.
TRICKS = {
    "connected, then elsewhere": ("""
        local s = socket.bind("127.0.0.1", 0)
        local c = socket.tcp()
        print(c:connect("127.0.0.1", (select(2, s:getsockname()))))
        print(c:connect("192.0.2.1", 80))
        print(c:connect_ex("192.0.2.1", 80))""",
        "true\nnil\talready connected\tEISCONN\n106\tEISCONN"),
    "refused, then elsewhere": ("""
        local c = socket.tcp4()
        print(c:connect("127.0.0.1", 1))
        print(c:connect("192.0.2.1", 80))
        print(c:connect_ex("192.0.2.1", 80))""",
        "nil\tconnection refused\tECONNREFUSED\n" + connecting("192.0.2.1:80") +
        "\n1\tEPERM"),
    "parted, then elsewhere": ("""
        local u = socket.udp()
        print(u:setpeername("127.0.0.1", 9))
        print(u:sendto("x", "192.0.2.1", 9))
        print(u:setpeername("192.0.2.1", 9))
        print((u:getpeername()))
        print(u:setpeername("*"))
        print(u:send("x"))
        print(u:setpeername("192.0.2.1", 9))""",
        "true\n" + sending("192.0.2.1:9") + "\n" + connecting("192.0.2.1:9") +
        "\n127.0.0.1\ntrue\n"
        "nil\tDestination address required\t0\tEDESTADDRREQ\n" +
        connecting("192.0.2.1:9")),
    "a stream that is parted, then elsewhere": ("""
        local s = socket.bind("127.0.0.1", 0)
        local ip, port = s:getsockname()
        local c = socket.connect(ip, port)
        print(c:setpeername("*"))
        print(c:setpeername("192.0.2.1", 9))
        print(c:connect("192.0.2.1", 9))
        print((c:listen()))
        print(s:setpeername("*"))
        print(s:sendto("x", "192.0.2.1", 9))""",
        "true\n" + connecting("192.0.2.1:9") +
        "\nnil\talready connected\tEISCONN\nnil\ntrue\n" +
        sending("192.0.2.1:9")),
    "in the middle of a batch": ("""
        local a, b = socket.udp4(), socket.udp4()
        a:setsockname("127.0.0.1", 0)
        b:setsockname("127.0.0.1", 0)
        local ip, port = a:getsockname()
        for i = 1, 40 do assert(b:sendto("x", ip, port)) end
        local _, from = b:getsockname()
        local refused = 0
        for i = 1, 40 do
          a:recvfrom()
          assert(a:sendto("y", ip, from))
          local ok, _, code = a:sendto("y", "10.1.3.77", from)
          if not ok and code == "EPERM" then refused = refused + 1 end
        end
        print(refused)""", "40"),
    "another port of the same call": ("""
        local s = socket.udp4()
        print(s:sendto("x", "127.0.0.1", 65536 - 65527))
        print(pcall(s.sendto, s, "x", "10.1.3.1", 65536 + 9))""",
        "1\nfalse\tbad argument #4 to '?' (port must be an integer from 0 to "
        "65535, got 65545)"),
    "by another family": ("""
        print(socket.udp6():sendto("x", "::ffff:10.1.3.1", 9))
        print(socket.tcp6():connect("::ffff:10.1.3.1", 9))
        print(socket.udp4():sendto("x", "::ffff:10.1.3.1", 9))
        print(socket.tcp4():connect("fe80::1%left", 9))""",
        sending("10.1.3.1:9") + "\n" + connecting("10.1.3.1:9") +
        "\nnil\tai_family not supported\tEAI_FAMILY" * 2),
    "from another address": ("""
        print(socket.connect("127.0.0.1", 9, "10.1.2.1", 0))
        print(socket.connect("127.0.0.1", 9, "*", 0))
        print(socket.connect("127.0.0.1", 9, "localhost.example.org", 0))""",
        listening("10.1.2.1:0") + "\n" + listening("0.0.0.0:0") + "\n" +
        looking_up("localhost.example.org")),
    "with the first packet": ("""
        local t = socket.tcp4()
        print(t:setoption("tcp-fastopen-connect", 1))
        print(t:connect("192.0.2.1", 80))
        print(t:send("x"))""",
        "true\n" + connecting("192.0.2.1:80") + "\nnil\tclosed\t0\tEPIPE"),
    "broadcast": ("""
        local u = socket.udp4()
        print(u:setoption("broadcast", true))
        print(u:sendto("x", "10.1.2.255", 9))
        print(u:sendto("x", "255.255.255.255", 9))""",
        "true\n" + sending("10.1.2.255:9") + "\n" +
        sending("255.255.255.255:9")),
    "multicast by its interface": ("""
        local u = socket.udp4()
        print(u:setoption("ip-multicast-if", "10.1.2.1"))
        print(u:sendto("x", "224.0.0.77", 9))
        print(u:sendto("x", "127.0.0.1", 9))""",
        "true\n" + sending("224.0.0.77:9") + "\n1"),
    "ping": ("\n".join(map(PING.format, (
        "10.1.3.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "2130706433",
        "", "example.org"))),
        "\n".join((sending("10.1.3.1"), sending("0.0.0.0"),
                   sending("224.0.0.1"), sending("255.255.255.255"), NO_NAME,
                   sending("0.0.0.0"), looking_up("example.org")))),
    "ping with options that change": ("""
        local wild = setmetatable({count = 1, timeout = 5}, {
          __index = function() return 1 << 40 end,
          __pairs = function() return next, {count = 9, size = 9} end,
        })
        for r in assert(socket.ping("127.0.0.1", wild)) do print(r.bytes) end
        print(pcall(socket.ping, "127.0.0.1", setmetatable({size = 65508}, {
          __pairs = function() return next, {} end,
        })))""",
        "64\nfalse\tbad argument #2 to 'ping' (size must be an integer from 0 "
        "to 65507, got 65508)"),
    "ping by functions of one's own": ("""
        local asked = 0
        local function mine() asked = asked + 1 end
        socket.socket, socket.gethostbyname = mine, mine
        for k in pairs(string) do string[k] = mine end
        for r in socket.ping("127.0.0.1", {count = 1, timeout = 5}) do
          print(r.ip, asked)
        end""", "127.0.0.1\t0"),
    "the socket of a ping": ("""
        local ping = socket.ping("127.0.0.1", {count = 1})
        local mine = socket.udp4()
        for _, s in ipairs(socket.sockets()) do
          if s.type == "icmp" or s.type == "raw" then
            local ok, _, code = mine:setfd(s.fd)
            if ok then print(mine:sendto("x", "10.1.3.1", 9)) end
            if not ok then print(code) end
          end
        end""", "EPERM"),
    "in a thread, a coroutine, a finalizer": ("""
        local function try() print(socket.connect("192.0.2.1", 80)) end
        thread.spawn(try):join()
        coroutine.wrap(try)()
        local s = socket.tcp4()
        s:settimeout(0)
        setmetatable({}, {__gc = function()
          print(s:connect("192.0.2.1", 80))
        end})
        collectgarbage()""", "\n".join([connecting("192.0.2.1:80")] * 3)),
    "while another connects": ("""
        local s = socket.bind("127.0.0.1", 0)
        local ip, port = s:getsockname()
        local c = socket.tcp4()
        local t = thread.spawn(c.connect, c, ip, port)
        local u = thread.spawn(c.connect, c, "192.0.2.1", 80)
        print(t:join())
        print((select(2, u:join())))
        print((c:getpeername()))""", "true\ttrue\nnil\n127.0.0.1"),
}

LISTENERS = {
    "every address": ("""
        print(socket.bind("*", 0))
        print(socket.bind("", 0))
        print(socket.bind("::", 0))
        print(socket.bind("::ffff:0.0.0.0", 0))""",
        listening("0.0.0.0:0") + "\n" + listening("0.0.0.0:0") + "\n" +
        listening("[::]:0") + "\n" + listening("0.0.0.0:0")),
    "an address of this machine": (
        'print(socket.bind("10.1.2.1", 8000))', listening("10.1.2.1:8000")),
    "listen without bind": ("""
        print(socket.tcp():listen())
        print(socket.tcp4():listen())
        print(socket.tcp6():listen())""",
        listening("0.0.0.0:0") + "\n" + listening("0.0.0.0:0") + "\n" +
        listening("[::]:0")),
    "listen after a refusal": ("""
        local s = socket.tcp4()
        print((s:bind("*", 0)))
        print(s:listen())""", "nil\n" + listening("0.0.0.0:0")),
    "listen after a connect that failed": ("""
        local s = socket.tcp4()
        print((s:connect("127.0.0.1", 1)))
        local _, port = s:getsockname()
        local _, message, code = s:listen()
        print(message == ("listen on 0.0.0.0:%d is not allowed (run again with "
          .. "--allow-listen=0.0.0.0:%d)"):format(port, port), code)""",
        "nil\ntrue\tEPERM"),
    "listen after the name was given up": ("""
        local s = socket.tcp4()
        print(s:bind("127.0.0.1", 0))
        print(s:setpeername("*"))
        print(s:listen())
        print((s:getsockname()))""", "true\ntrue\ntrue\n127.0.0.1"),
    "a socket of both families": ("""
        local u = socket.udp6()
        print(u:setoption("ipv6-v6only", false))
        print(u:setsockname("::", 0))
        print(u:setsockname("::1", 0))""",
        "true\n" + listening("[::]:0") + "\ntrue"),
    "an address that is not here": ("""
        local s = socket.tcp4()
        print(s:setsockopt(socket.IPPROTO_IP, 15, 1))
        print(s:setsockopt(socket.IPPROTO_IP, socket.IP_TRANSPARENT, 1))
        print(s:bind("192.0.2.1", 80))""",
        OPTIONS + "\n" + OPTIONS + "\n" + listening("192.0.2.1:80")),
    "datagrams": ("""
        print(socket.udp():setsockname("*", 53))
        print(socket.udp4():bind("10.1.2.1", 53))
        print(socket.udp6():bind("fe80::1%left", 53))
        print(socket.udp4():bind("224.0.0.1", 53))""",
        listening("0.0.0.0:53") + "\n" + listening("10.1.2.1:53") + "\n" +
        listening("[fe80::1%left]:53") + "\n" + listening("224.0.0.1:53")),
}

PORTS = {
    "that are none": ("""
        local t = setmetatable({}, {__tostring = function() return "80" end})
        for _, p in ipairs({70000, -1, 65536, 80.5, 0/0, 1/0, "80\\0", "", "x",
          "http", {}, true, 2^53, math.mininteger, 1 << 32, t, "65536",
          "8e9", "0x10050"}) do
          for _, call in ipairs({"connect", "bind", "setpeername"}) do
            local s <close> = socket.udp()
            assert(not pcall(s[call], s, "127.0.0.1", p), tostring(p))
          end
        end
        print((pcall(socket.connect, "127.0.0.1")))""", "false"),
    "spelled in Lua's ways": ("""
        local s = socket.udp4()
        for _, p in ipairs({"80", " 80 ", "0x50", "8e1", 80.0}) do
          print(s:sendto("x", "192.0.2.1", p))
        end""", "\n".join([sending("192.0.2.1:80")] * 5)),
    "0": ("""
        print(socket.connect("192.0.2.1", 0))
        print(socket.connect("192.0.2.1", -0.0))
        print(socket.udp4():sendto("x", "192.0.2.1", "-0"))""",
        connecting("192.0.2.1") + "\n" + connecting("192.0.2.1") + "\n" +
        sending("192.0.2.1")),
    "hosts that are no text": ("""
        local t = setmetatable({}, {
          __tostring = function() return "127.0.0.1" end, __name = "string",
        })
        for _, h in ipairs({{}, true, t, print, thread.self(), io.stdout}) do
          assert(not pcall(socket.connect, h, 9))
          assert(not pcall(socket.gethostbyname, h))
        end
        print(socket.connect(127.1, 9))""", NO_NAME),
}

NAMED = {
    "looked up": ("""
        for _, f in ipairs({"gethostbyname", "gethostbyaddr"}) do
          print(socket[f]("example.org"))
        end
        print(socket.getaddrinfo("example.org", 80))
        print(socket.dns.toip("example.org"))
        print(socket.dns.getaddrinfo("example.org"))""",
        "\n".join([looking_up("example.org")] * 5)),
    "of addresses": ("""
        print(socket.gethostbyaddr("192.0.2.1"))
        print(socket.getnameinfo("192.0.2.1", 80))
        print(socket.dns.tohostname("192.0.2.1"))
        print(socket.dns.tohostname("127.0.0.2"))
        print(socket.gethostbyaddr("fe80::1%left"))""",
        "\n".join(refused(f"look-up of {a}", f"net={a}")
                  for a in ("192.0.2.1", "192.0.2.1", "192.0.2.1", "127.0.0.2",
                            "fe80::1%left"))),
    "of this machine": ("""
        local name = socket.gethostname()
        local _, message = socket.gethostbyname(name)
        print(message == "look-up of '" .. name .. "' is not allowed (run "
          .. "again with --allow-net=" .. name .. ")")""", "true"),
    "services": ("""
        for _, s in ipairs({"../../etc/passwd", "http\\0x", ("x"):rep(1e6),
          "\\27[2J", "80;"}) do
          print(select(3, socket.getaddrinfo("127.0.0.1", s)))
        end
        print((pcall(socket.getaddrinfo, "127.0.0.1", "65536")))""",
        "EAI_SERVICE\n" * 5 + "false"),
    "without end": ("""
        for _, n in ipairs({("a."):rep(1e6), ("a"):rep(254), ("a"):rep(64),
          ("\\0"):rep(10), "a..b", ".a"}) do
          print(select(3, socket.gethostbyname(n)))
        end
        print(#select(2, socket.gethostbyname(("a."):rep(126))) < 500)""",
        "EAI_NONAME\n" * 6 + "true"),
    "by literals that others would read": ("""
        for _, n in ipairs({"0x7f.1", "2130706433", "0177.1", "127.1"}) do
          print((socket.gethostbyname(n)), (socket.getaddrinfo(n, 80)))
        end""", "nil\tnil\n" * 4),
}


def no_trick_gets_out():
    for group in TRICKS, LISTENERS, PORTS, NAMED:
        all_end_well(group)


def nothing_came_out_of_the_cable():
    CABLE.check_silence()


CABLE = Cable()
run(no_spelling_gets_out, no_name_gets_out, no_trick_gets_out,
    nothing_came_out_of_the_cable)
