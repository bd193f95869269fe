"""Multicast with a peer in Python, over the loopback interface and over a
cable between two others.
"""
import ipaddress
import socket
import struct

import private_network
from cli import allow, check, ran, run, start

private_network.enter(__file__)
allow("--allow-net")
private_network.loop_multicast6()

GROUP = "239.1.2.3"
LINK, SITE = "ff02::1234", "ff05::1234"
LO = socket.if_nametoindex("lo")

# Prints all that a member hears: the data and the sender's address.
MEMBER = """
    local s <close> = assert(socket.udp%s())
    s:setoption("reuseaddr", true)
    assert(s:bind("*", %d))
    assert(s:setsockopt(%s))
    print((select(2, s:getsockname())))
    while true do
      local data, ip, port = assert(s:recvfrom())
      print(data, ip, port)
      if data == "end" then break end
    end"""


def is_ipv6(group):
    return ":" in group


def join(group, interface):
    """The arguments of netbox's setsockopt."""
    if is_ipv6(group):
        return f'socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, "{group}", ' + \
            interface
    return f'socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, "{group}", ' + \
        interface


def member_of_netbox(group, interface, port=0):
    return start(MEMBER % ("6" if is_ipv6(group) else "4", port,
                           join(group, interface)))


def port_of(program):
    return int(program.expect_line(r"(\d+)")[1])


def python(group):
    family = socket.AF_INET6 if is_ipv6(group) else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.settimeout(10)
    return sock


def member_of_python(group, interface=LO, port=0):
    sock = python(group)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("", port))
    packed = ipaddress.ip_address(group).packed
    if is_ipv6(group):
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                        packed + struct.pack("@I", interface))
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        packed + struct.pack("@4xi", interface))
    return sock


def sender_of_python(group):
    sock = python(group)
    if is_ipv6(group):
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, LO)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                        socket.inet_aton("127.0.0.1"))
    return sock


def python_sends_and_netbox_hears():
    for group, interface in ((GROUP, '"127.0.0.1"'), (GROUP, '"lo"'),
                             (GROUP, str(LO)), (LINK, '"lo"'),
                             (LINK + "%lo", "nil"), (SITE, str(LO))):
        address = group.partition("%")[0]
        own = r"::1" if is_ipv6(group) else r"127\.0\.0\.1"
        with member_of_netbox(group, interface) as program, \
                sender_of_python(address) as sock:
            port = port_of(program)
            sock.sendto(b"hello", (address, port))
            from_port = sock.getsockname()[1]
            program.expect_line(rf"hello\t{own}\t{from_port}")
            sock.sendto(b"end", (address, port))
            program.finish(rest=rf"end\t{own}\t{from_port}\n")


def netbox_sends_and_python_hears():
    for group, setting in (
            (GROUP, 's:setoption("ip-multicast-if", "127.0.0.1")'),
            (GROUP, 's:setoption("ip-multicast-if", "lo")'),
            (GROUP, f's:setoption("ip-multicast-if", {LO})'),
            (LINK, 's:setoption("ipv6-multicast-if", "lo")'),
            (LINK, f's:setoption("ipv6-multicast-if", {LO})'),
            (LINK + "%lo", "true"), (f"{LINK}%{LO}", "true"),
            (SITE, 's:setsockopt(41, socket.IPV6_MULTICAST_IF, "lo")')):
        with member_of_python(group.partition("%")[0]) as sock:
            port = sock.getsockname()[1]
            check(ran("-e", f"""
                local s <close> = socket.udp()
                assert({setting})
                print(s:sendto("hello", "{group}", {port}))"""), out="5\n")
            assert sock.recv(100) == b"hello"


def members_of_both_share_a_port():
    for group in GROUP, LINK:
        with member_of_netbox(group, '"lo"') as program, \
                sender_of_python(group) as sender:
            port = port_of(program)
            with member_of_python(group, port=port) as other:
                sender.sendto(b"to all", (group, port))
                program.expect_line(r"to all\t\S+\t\d+")
                assert other.recv(100) == b"to all"


def closing_leaves_the_group():
    with start(f"""
            local s = socket.udp()
            assert(s:setsockopt({join(GROUP, '"lo"')}))
            print("in") io.read() s:close() print("out") io.read()""") as it:
        it.expect_line("in")
        assert "030201EF" in igmp(), igmp()
        it.type("\n")
        it.expect_line("out")
        assert "030201EF" not in igmp(), igmp()


def igmp():
    with open("/proc/net/igmp", encoding="ascii") as groups:
        return groups.read()


def hops_are_as_set():
    with member_of_python(GROUP) as four, member_of_python(LINK) as six:
        four.setsockopt(socket.IPPROTO_IP, 12, 1)  # IP_RECVTTL
        six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        check(ran("-e", f"""
            local s <close> = socket.udp4()
            s:setoption("ip-multicast-if", "lo")
            s:sendto("preset", "{GROUP}", {four.getsockname()[1]})
            s:setoption("ip-multicast-ttl", 77)
            s:sendto("set", "{GROUP}", {four.getsockname()[1]})
            local s <close> = socket.udp6()
            s:setoption("ipv6-multicast-hops", 78)
            s:sendto("set", "{LINK}%lo", {six.getsockname()[1]})"""))
        assert hops(four) == 1
        assert hops(four) == 77
        assert hops(six) == 78


def hops(sock):
    return struct.unpack("@i", sock.recvmsg(100, 100)[1][0][2])[0]


def without_a_way_there_is_no_interface():
    check(ran("-e", f"""
        print(socket.udp4():setsockopt({join(GROUP, "nil")}))
        print(socket.udp4():sendto("x", "{GROUP}", 9))
        print(socket.udp4():setoption("ip-add-membership",
          {{ multiaddr = "{GROUP}", interface = "*" }}))"""),
          out="nil\tNo such device\tENODEV\n"
              "nil\tNetwork is unreachable\tENETUNREACH\n"
              "nil\tNo such device\tENODEV\n")


def a_source_is_joined_by_a_structure():
    with sender_of_python(GROUP) as liked, sender_of_python(GROUP) as other:
        liked.bind(("127.0.0.2", 0))
        other.bind(("127.0.0.3", 0))
        structure = r"\239\1\2\3\127\0\0\1\127\0\0\2"
        with start(f"""
                local s <close> = socket.udp()
                for _ = 1, 2 do
                  print(s:setsockopt(socket.IPPROTO_IP,
                    socket.IP_ADD_SOURCE_MEMBERSHIP, "{structure}"))
                end
                assert(s:bind("{GROUP}", 0))
                print((select(2, s:getsockname())))
                print(s:recv())""") as program:
            program.expect("true\nnil\tCannot assign requested address"
                           "\tEADDRNOTAVAIL\n")
            port = port_of(program)
            other.sendto(b"other", (GROUP, port))
            liked.sendto(b"liked", (GROUP, port))
            program.finish(rest="liked\n")


def member_at(device, group):
    """A member that hears what comes by the device alone."""
    sock = member_of_python(group, socket.if_nametoindex(device))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                    device.encode())
    return sock


def heard(group, by, settings):
    """Sends "group" so, then "end" by `left` as it comes; what a member at
    `left` and one at `right` hear first."""
    prefix = "ipv6" if is_ipv6(group) else "ip"
    hops_name = "hops" if is_ipv6(group) else "ttl"
    preset = {"if": by, "loop": "true", hops_name: 1}
    with member_at("left", group) as near, member_at("right", group) as far:
        calls = []
        for data, how in (("group", {**preset, **settings}), ("end", preset)):
            calls += [f's:setoption("{prefix}-multicast-{name}", {value})'
                      for name, value in how.items()]
            calls += [f's:sendto("{data}", "{group}", {port})' for port in
                      (near.getsockname()[1], far.getsockname()[1])]
        calls = "\n".join(f"assert({call})" for call in calls)
        check(ran("-e", f"local s <close> = socket.udp() {calls}"))
        return near.recv(100), far.recv(100)


def interface_and_loop_and_hops_over_a_cable():
    try:
        private_network.lay_cable()
    except OSError as problem:
        print(f"skipped: no pair of interfaces here: {problem}")
        return
    left = socket.if_nametoindex("left")
    for group, by in ((GROUP, '"left"'), (GROUP, '"10.1.2.1"'),
                      (GROUP, str(left)), (LINK, '"left"'), (SITE, str(left))):
        hops_name = "hops" if is_ipv6(group) else "ttl"
        for settings, who in (({}, (b"group", b"group")),
                              ({"loop": "false"}, (b"end", b"group")),
                              ({hops_name: 0}, (b"group", b"end")),
                              ({"if": '"right"'}, (b"group", b"group")),
                              ({"if": '"right"', "loop": "false"},
                               (b"group", b"end"))):
            got = heard(group, by, settings)
            assert got == who, f"{group} by {by}, {settings}: {got}"


run(python_sends_and_netbox_hears, netbox_sends_and_python_hears,
    members_of_both_share_a_port, closing_leaves_the_group, hops_are_as_set,
    without_a_way_there_is_no_interface, a_source_is_joined_by_a_structure,
    interface_and_loop_and_hops_over_a_cable)
