"""Hostile scripts of the network: options, groups, kinds of sockets and
descriptors that would lead past an address, and who comes from elsewhere.
"""
import socket

import private_network
from cli import BOUND, NETBOX, Program, check, ran, run
from hostile import all_end_well
from hostile_net import (
    OPTIONS, RAW, Cable, connecting, joining, listening, refused, sending, unix)

private_network.enter(__file__)

GROUPS = {
    "by its name": ("""
        local g = {multiaddr = "239.0.0.1", interface = "*"}
        print(socket.udp():setoption("ip-add-membership", g))
        g.interface = "lo"
        print(socket.udp4():setoption("ip-add-membership", g))""",
        joining("239.0.0.1") + "\n" + joining("239.0.0.1")),
    "a table that changes": ("""
        local reads = {}
        local t = setmetatable({}, {__index = function(_, k)
          reads[#reads + 1] = k
          if k == "multiaddr" then return "239.0.0." .. #reads end
        end})
        print(socket.udp4():setoption("ip-add-membership", t))
        print(table.concat(reads, " "))""",
        joining("239.0.0.1") + "\nmultiaddr interface"),
    "by number": ("""
        local s = socket.udp4()
        print(s:setsockopt(0, 35, "239.0.0.1"))
        print(s:setsockopt(0, 35, "\\239\\0\\0\\1\\0\\0\\0\\0"))
        print(s:setsockopt(0, 39, "\\239\\0\\0\\1" .. ("\\0"):rep(8)))""",
        "\n".join([joining("239.0.0.1")] * 3)),
    "by the option for all families": ("""
        local family = socket.AF_INET
        local group = string.pack("I8I2I2", 0, family, 0) .. "\\239\\0\\0\\1"
        group = group .. ("\\0"):rep(300)
        print(socket.udp4():setsockopt(0, 42, group))
        print(socket.udp4():setsockopt(0, 46, group))
        print(socket.udp6():setsockopt(41, 42, group))
        print(socket.udp6():setsockopt(41, 46, group))""",
        "\n".join([joining("239.0.0.1")] * 4)),
    "of a family that has none": ("""
        local s = socket.udp4()
        for _, family in ipairs({0, 1, 16, 17, 65535}) do
          local group = string.pack("I8I2", 0, family) .. ("/"):rep(300)
          print(select(3, s:setsockopt(0, 42, group)))
        end""", "\n".join(["EINVAL"] * 5)),
    "cut short": ("""
        local s = socket.udp4()
        for _, option in ipairs({35, 39, 42, 46}) do
          print(select(3, s:setsockopt(0, option, "\\239")))
          print(select(3, s:setsockopt(0, option, "")))
        end""", "\n".join(["EINVAL"] * 8)),
    "of IPv6": ("""
        print(socket.udp6():setsockopt(41, 20, "ff02::5"))
        print(socket.udp6():setsockopt(41, 27, ("\\1"):rep(20)))
        print(socket.udp6():setsockopt(0, 35, "239.0.0.1"))""",
        joining("ff02::5") + "\n" +
        joining("101:101:101:101:101:101:101:101") + "\n" +
        joining("239.0.0.1")),
}

# Level, option and value that are none of a script's business.
ROUTES = (
    (1, 25, '"left"'), (1, 25, '"left\\0"'), (1, 62, "2"), (1, 36, "1"),
    (1, 26, '("\\0"):rep(16)'), (1, 50, "3"), (1, 51, '("\\0"):rep(16)'),
    (1, 52, "3"), (1, 33, "1 << 30"), (1, 32, "1 << 30"), (1, 44, "1"),
    (0, 4, '"\\1"'), (0, 3, "1"), (0, 15, "1"), (0, 16, '""'), (0, 19, "1"),
    (0, 50, '"\\0\\0\\0\\2"'), (0, 64, '("\\0"):rep(100)'),
    (41, 50, '("\\0"):rep(20)'), (41, 54, '"\\0\\0"'), (41, 57, '"\\0\\0"'),
    (41, 59, '"\\0\\0"'), (41, 76, '"\\0\\0\\0\\2"'), (41, 78, "1"),
    (41, 64, '("\\0"):rep(100)'), (6, 19, "1"), (6, 20, "1"), (6, 31, '"tls"'),
    (6, 38, '""'), (17, 100, "2"), (255, 1, "1"), (263, 1, "1"), (-1, -1, "1"),
)


def no_option_leads_out():
    all_end_well({f"{level}:{option}": (f"""
        local u, t = socket.udp4(), socket.tcp4()
        print(u:setsockopt({level}, {option}, {value}))
        print(t:setsockopt({level}, {option}, {value}))
        print(u:sendto("x", "127.0.0.1", 9))
        print(t:connect("127.0.0.1", 9))""",
        f"{OPTIONS}\n{OPTIONS}\n1\nnil\tconnection refused\tECONNREFUSED")
                  for level, option, value in ROUTES})
    all_end_well({
        "kept for later": ("""
            local s = socket.udp()
            s:setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 1)
            print(s:sendto("x", "127.0.0.1", 9))""", OPTIONS),
        "out of range": ("""
            local s = socket.udp4()
            print((pcall(s.setsockopt, s, 1, 25 + (1 << 32), "left")))
            print((pcall(s.setsockopt, s, 1 + (1 << 32), 25, "left")))
            print((pcall(s.setsockopt, s, 1.5, 25, "left")))
            print(s:setsockopt("1", "25", "left"))""",
            "false\nfalse\nfalse\n" + OPTIONS),
        "by the names of LuaSocket": ("""
            local s = socket.udp4()
            print(s:setoption("bindtodevice", "left"))
            print(s:setoption("bindtodevice", "left\\0"))
            print(s:setoption("bindtodevice", "lo"))
            print(s:sendto("x", "127.0.0.1", 9))""",
            f"{OPTIONS}\n{OPTIONS}\ntrue\n1"),
        "what is asked for": ("""
            local s = socket.bind("127.0.0.1", 0)
            local ip, port = s:getsockname()
            local a = assert(socket.connect(ip, port))
            local b = assert(s:accept())
            a:send("hello")
            assert(b:receive(1))
            -- TCP_ZEROCOPY_RECEIVE reads an address from the value.
            for length = 1, 255 do b:getsockopt(6, 35, length) end
            print(b:receive(4))""", "ello"),
    })

KINDS = {
    "of the Internet": ("""
        for _, k in ipairs({{2, 3, 1}, {2, 3, 255}, {2, 3, 0}, {2, 1, 262},
          {2, 1, 132}, {2, 2, 136}, {2, 2, 58}, {10, 2, 1}, {10, 3, 58},
          {2, 1, 1}, {2, 2, 6}, {2, 1, 17}, {2, 2, 255}, {2, 1, 256}}) do
          print(socket.socket(table.unpack(k)))
        end""", "\n".join([RAW] * 14)),
    "that are none": ("""
        for _, k in ipairs({{16, 3}, {17, 3}, {40, 1}, {38, 5}, {0, 1}, {2, 5},
          {2, 10}, {2, 6}, {2, 1 | 2048}, {2, 1 | 524288}, {-1, 1}, {2, -1},
          {2, 1, -1}, {2, 1, 1 << 32}, {2 + (1 << 32), 1}, {2.5}, {"inet"}}) do
          io.write(tostring((pcall(socket.socket, table.unpack(k)))), " ")
        end""", "false " * 17),
    "unix sockets": ("""
        print(socket.unix())
        print(socket.unix.dgram())
        print(socket.unix.tcp())
        print(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        print(socket.socket(socket.AF_UNIX, socket.SOCK_RAW))""",
        "\n".join([refused("unix sockets", "unix", "are")] * 4) + "\n" + RAW),
    "a pair of datagrams": ("""
        local a, b = socket.socketpair(socket.SOCK_DGRAM)
        print(a:sendto("x", "/dev/log"))
        print(a:setpeername("/dev/log"))
        print(a:connect("\\0x"))
        print(a:sendto("x", "*"))
        print(a:setsockname("/srv/x"))
        print(a:bind(""))
        print(a:setpeername("*"))
        print(a:setpeername("/dev/log"))""",
        "\n".join((unix("/dev/log"), unix("/dev/log"), unix("@x"), unix("*"),
                   unix("/srv/x"), unix("@"), "true", unix("/dev/log")))),
    "a pair of streams": ("""
        local a = socket.socketpair()
        print(a:bind("/srv/x"))
        print(a:setpeername("/dev/log"))
        print((a:listen()))""",
        unix("/srv/x") + "\n" + unix("/dev/log") + "\nnil"),
}

# Under flags, which deny what the kernel would lead to from there.
DENIED = {
    "a wildcard that leads to the socket's own address": ("""
        local u = socket.udp4()
        print(u:setsockname("127.0.0.53", 0))
        print(u:sendto("x", "0.0.0.0", 53))
        print(u:setpeername("0.0.0.0", 53))
        print(u:sendto("x", "0.0.0.0", 54))""",
        "true\nnil\tsend to 0.0.0.0:53 is not allowed "
        "(--deny-net=127.0.0.53:53)\tEPERM\nnil\tconnect to 0.0.0.0:53 is not "
        "allowed (--deny-net=127.0.0.53:53)\tEPERM\n1"),
    "a wildcard of IPv6 that leads to IPv4": ("""
        for _, make in ipairs({socket.udp6, socket.tcp6}) do
          local s = make()
          assert(s:bind("::ffff:127.0.0.2", 0))
          print(s:connect("::", 53))
        end""", "\n".join(["nil\tconnect to [::]:53 is not allowed "
                           "(--deny-net=127.0.0.53:53)\tEPERM"] * 2)),
}

DESCRIPTORS = {
    "of netbox": ("""
        local mine = {}
        for i = 1, 8 do mine[i] = socket.udp4() end
        local own = {}
        for _, s in ipairs(mine) do own[s:getfd()] = true end
        for fd = 0, 200 do
          local s <close> = socket.udp4()
          if not own[fd] and fd ~= s:getfd() then
            local ok, _, code = s:setfd(fd)
            assert(not ok and (code == "ENOTSOCK" or code == "EBADF"), fd)
          end
        end
        print(mine[1]:sendto("x", "127.0.0.1", 9))""", "1"),
    "that are none": ("""
        local s = socket.udp4()
        for _, fd in ipairs({-2, 1.5, 1 << 31, 1 << 40, 1/0, 0/0, "x", {}}) do
          assert(not pcall(s.setfd, s, fd))
        end
        print(s:setfd(1e6))""", "nil\tclosed\tEBADF"),
    "of a pair, as of TCP": ("""
        local a, b = socket.socketpair()
        local fd = a:getfd()
        a:setfd(-1)
        local t = socket.tcp4()
        print(t:setfd(fd), t:send("hi"))
        print(b:recv())
        print(t:connect("127.0.0.1", 9))
        print(t:listen())""",
        "true\t2\nhi\nnil\talready connected\tEISCONN\n"
        "nil\tInvalid argument\tEINVAL"),
    "of two sockets": ("""
        local a, b = socket.udp4(), socket.tcp4()
        local fd = a:getfd()
        print(b:setfd(fd), a:getfd(), (a:sendto("x", "127.0.0.1", 9)))
        b:close()
        local c = socket.udp4()
        print(c:getfd() == fd, a:close(), a:getfd(), b:close())
        print(c:sendto("x", "127.0.0.1", 9))""",
        "true\t-1\tnil\ntrue\ttrue\t-1\ttrue\n1"),
    "of another kind": ("""
        local u, t = socket.udp4(), socket.tcp4()
        print(t:setfd(u:getfd()))
        print(t:connect("192.0.2.1", 9))
        print(t:sendto("x", "192.0.2.1", 9))
        print(t:listen())""",
        "true\n" + connecting("192.0.2.1:9") + "\n" + sending("192.0.2.1:9") +
        "\n" + listening("0.0.0.0:0")),
    "that somebody waits for": ("""
        local a, b = socket.socketpair()
        local t = thread.spawn(a.recv, a)
        thread.yield()
        local fd = a:setfd(-1)
        print(t:join())
        print(a:recv())""",
        "true\tnil\tclosed\tEBADF\nnil\tclosed\tEBADF"),
    "swapped while one sends": ("""
        local a, b = socket.socketpair()
        local u = socket.udp4()
        local t = thread.spawn(a.send, a, ("x"):rep(1e7))
        thread.yield()
        print(a:setfd(u:getfd()))
        print(select("#", t:join()) > 1)
        print(a:sendto("x", "192.0.2.1", 9))""",
        "true\ntrue\n" + sending("192.0.2.1:9")),
    "in select": ("""
        local o = function(fd) return {getfd = function() return fd end} end
        for _, fd in ipairs({1 << 31, 1.5, "x", 1/0, 200}) do
          assert(not pcall(socket.select, {o(fd)}, nil, 0))
        end
        print(#socket.select({o(-1)}, nil, 0))""", "0"),
    "that an option would give": ("""
        local a <close> = socket.socketpair()
        for i = 1, 9 do print((select(3, a:getsockopt(1, 77)))) end
        local u <close> = socket.udp4()
        print(u:getfd() < 16)""", "ENOPROTOOPT\n" * 9 + "true"),
    "much that is no list": ("""
        print(select(2, pcall(function()
          socket.select(nil, ("x"):rep(4e7))
        end)))""",
        "(command line):3: bad argument #2 to 'select' (table expected, got "
        "string)"),
    "closed in select": ("""
        local a, b = socket.socketpair()
        local o = {getfd = function() a:close() b:close() return 0 end}
        print((pcall(socket.select, {a, o, b}, {b, o, a}, 0)) ~= nil)""",
        "true"),
}


def no_socket_gets_out():
    for group in GROUPS, KINDS, DESCRIPTORS:
        all_end_well(group)


def no_wildcard_leads_to_what_is_denied():
    all_end_well(DENIED, "--allow-net", "--deny-net=127.0.0.53:53")


def abstract_names_are_judged_to_the_letter():
    names = ("abcd", "ab", "ABC", "abc\\0", "\\0abc", "")
    code = "".join(f'print((socket.unix():connect("\\0{n}")))\n' for n in names)
    all_end_well({"beside it": (code + """
        print((socket.unix():connect("@abc")))
        print((socket.unix():connect("")))
        print(select(3, socket.unix():connect("\\0abc")))""",
        "nil\n" * 8 + "ECONNREFUSED")}, "--allow-unix=@abc")


def nothing_came_out_of_the_cable():
    CABLE.check_silence()


def flags_let_through_what_they_name_alone():
    allow = ("--allow-net=10.1.3.0/24:9,[fe80::9%left]:9,239.0.0.1",
             "--allow-listen=127.0.0.1:0")
    all_end_well({
        "beside the network": ("""
            local u = socket.udp()
            print(u:sendto("x", "10.1.4.1", 9))
            print(u:sendto("x", "10.1.3.1", 10))
            print(u:sendto("x", "10.1.3.1", 65536 + 9 - 65536 + 1))""",
            sending("10.1.4.1:9") + "\n" +
            "\n".join([sending("10.1.3.1:10")] * 2)),
        "the address without its zone": ("""
            print(socket.udp6():sendto("x", "fe80::9", 9))
            print(socket.udp6():sendto("x", "fe80::9%right", 9))""",
            sending("[fe80::9]:9") + "\n" + sending("[fe80::9%right]:9")),
        "another group": ("""
            local n = 0
            local t = setmetatable({}, {__index = function(_, k)
              n = n + 1
              return k == "multiaddr" and (n == 1 and "239.0.0.1" or "1.1.1.1")
                or nil
            end})
            print(socket.udp4():setoption("ip-add-membership", t))
            print(socket.udp4():setsockopt(0, 35, "239.0.0.2"))""",
            "true\n" + joining("239.0.0.2")),
    }, *allow)


def datagrams_from_elsewhere_are_not_seen():
    """Who has sent one is bound to every address."""
    with Program([NETBOX, "-e", """
            local u <close> = socket.udp4()
            u:sendto("x", "127.0.0.1", 9)
            print((select(2, u:getsockname())))
            io.read()
            u:setpeername("127.0.0.1", 9)
            u:setpeername("*")
            print((u:recvfrom()))
            u:settimeout(0)
            print(u:recvfrom())"""]) as program:
        port = int(program.expect_line(r"(\d+)")[1])
        for source, data in (("10.1.2.1", b"far"), ("127.0.0.1", b"near"),
                             ("10.1.3.1", b"far")):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.bind((source, 0))
                sock.sendto(data, (source, port))
        program.type("\n")
        program.finish(rest="near\nnil\ttimeout\tEAGAIN\n")


def descriptors_that_are_passed_on_are_closed():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        for _ in range(9):
            socket.send_fds(ours, [b"x"], [0, 1, 2])
        check(ran("-e", f"""
            local function number()
              local u <close> = socket.udp4()
              return u:getfd()
            end
            local s = socket.udp()
            assert(s:setfd({theirs.fileno()}))
            local before = number()
            for i = 1, 9 do assert(s:recvfrom() == "x") end
            print(number() == before)""", pass_fds=[theirs.fileno()]),
              out="true\n")


def who_connects_from_elsewhere_is_closed():
    """To a listener that whoever started netbox has left to it."""
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with socket.create_connection(("10.1.2.1", port), BOUND) as far, \
                socket.create_connection(("127.0.0.1", port), BOUND):
            check(ran("-e", f"""
                local s = socket.tcp4()
                assert(s:setfd({listener.fileno()}))
                print((select(2, s:accept())))
                s:settimeout(0)
                print(s:accept())""", pass_fds=[listener.fileno()]),
                  out="127.0.0.1\nnil\ttimeout\tEAGAIN\n")
            assert far.recv(1) == b""


CABLE = Cable()
run(no_socket_gets_out, no_wildcard_leads_to_what_is_denied,
    abstract_names_are_judged_to_the_letter, no_option_leads_out, nothing_came_out_of_the_cable,
    flags_let_through_what_they_name_alone,
    datagrams_from_elsewhere_are_not_seen,
    descriptors_that_are_passed_on_are_closed,
    who_connects_from_elsewhere_is_closed)
