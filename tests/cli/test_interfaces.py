"""What options of sockets do on a network with more than one interface, and
with its settings: devices, broadcast, hops, fast open.
"""
import socket
import struct
import sys

import private_network
from cli import allow, check, check_words, ran, run, start
from private_network import NET_ADMIN, NET_RAW

private_network.enter(__file__)
allow("--allow-net", "--allow-raw")

TCP_INFO_OPTIONS, SYN_DATA = 6, 32  # linux/tcp.h: a byte, and a bit of it


def python(device=None, port=0):
    """A datagram socket of Python's that hears what comes by the device."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(10)
    if device:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                        device.encode())
    sock.bind(("", port))
    return sock


def a_device_is_all_that_a_server_hears():
    check(ran("-e", """
        for _, device in ipairs({ "lo", "left" }) do
          local server <close> = socket.tcp()
          assert(server:setoption("bindtodevice", device))
          assert(server:bind("*", 0))
          assert(server:listen())
          local _, port = server:getsockname()
          print(server:getoption("bindtodevice"),
            socket.connect("127.0.0.1", port) ~= nil)
          assert(server:setoption("bindtodevice", ""))
          print(repr(server:getoption("bindtodevice")),
            socket.connect("127.0.0.1", port) ~= nil)
        end"""), out="lo\ttrue\n''\ttrue\nleft\tfalse\n''\ttrue\n")


def a_device_is_all_that_one_sends_by():
    for way in ('s:setoption("bindtodevice", "left")',
                's:setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, '
                '"left")',
                r's:setsockopt(1, socket.SO_BINDTODEVICE, "left\0")'):
        with python("right") as sock:
            check(ran("-e", f"""
                local s <close> = socket.udp()
                assert({way})
                assert(s:setoption("broadcast", true))
                print(s:getoption("bindtodevice"))
                print(s:sendto("hello", "255.255.255.255",
                  {sock.getsockname()[1]}))"""), out="left\n5\n")
            data, address = sock.recvfrom(100)
            assert (data, address[0]) == (b"hello", "10.1.2.1"), address


def a_device_is_bound_anew_only_by_right():
    check(ran("-e", """
        local s <close> = socket.udp4()
        print(s:setoption("bindtodevice", "left"))
        print(s:setoption("bindtodevice", "right"))
        print(s:getoption("bindtodevice"))""",
              preexec_fn=private_network.renouncing(NET_RAW)),
          out="true\nnil\tpermission denied\tEPERM\nleft\n")


def broadcast_needs_its_option():
    with python() as sock:
        port = sock.getsockname()[1]
        check(ran("-e", f"""
            local s <close> = socket.udp()
            print(s:sendto("refused", "127.255.255.255", {port}))
            print(s:sendto("refused", "10.1.2.255", {port}))
            assert(s:setoption("broadcast", true))
            print(s:sendto("taken", "127.255.255.255", {port}))
            assert(s:setoption("broadcast", false))
            print(s:sendto("refused", "127.255.255.255", {port}))
            print(s:setpeername("127.255.255.255", {port}))"""),
              out="nil\tpermission denied\tEACCES\n" * 2 + "5\n" +
              "nil\tpermission denied\tEACCES\n" * 2)
        assert sock.recv(100) == b"taken"


def broadcast_that_nothing_catches_says_what_was_not_allowed():
    got = ran("-e", 'assert(socket.udp():sendto("x", "127.255.255.255", 9))')
    assert got.status == 1, got
    check_words(got.err.splitlines()[0],
                "permission denied (EACCES, sendto", "127.255.255.255:9")


def broadcast_reaches_the_network_of_its_address():
    with python("right") as sock:
        port = sock.getsockname()[1]
        check(ran("-e", f"""
            local s <close> = socket.udp()
            assert(s:setoption("broadcast", true))
            print(s:sendto("all", "10.1.2.255", {port}))
            print(s:sendto("nowhere", "255.255.255.255", {port}))"""),
              out="3\nnil\tNetwork is unreachable\tENETUNREACH\n")
        assert sock.recv(100) == b"all"


def netbox_hears_a_broadcast():
    with start("""
            local s <close> = socket.udp()
            assert(s:bind("*", 0))
            print((select(2, s:getsockname())))
            print(s:recvfrom())""") as program, python() as sock:
        port = int(program.expect_line(r"(\d+)")[1])
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.sendto(b"hello", ("127.255.255.255", port))
        program.finish(rest=rf"hello\t127\.0\.0\.1\t{sock.getsockname()[1]}\n")


def hops_of_ipv6_are_as_set():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        sock.bind(("::1", 0))
        check(ran("-e", f"""
            local s <close> = socket.udp()
            assert(s:setoption("ipv6-unicast-hops", 77))
            print(s:sendto("x", "::1", {sock.getsockname()[1]}))"""),
              out="1\n")
        hops = sock.recvmsg(100, 100)[1][0][2]
        assert struct.unpack("@i", hops) == (77,), hops


def fast_open_sends_with_the_first_packet():
    """The first connection fetches the cookie for the others."""
    private_network.set_ipv4("tcp_fastopen", 3)
    check(ran("-e", f"""
        local server <close> = socket.tcp()
        assert(server:setoption("tcp-fastopen", 5))
        assert(server:bind("127.0.0.1", 0))
        assert(server:listen())
        for i = 1, 3 do
          local client <close> = socket.tcp()
          client:setoption("tcp-fastopen-connect", 1)
          assert(client:connect(server:getsockname()))
          assert(client:sendall("hello"))
          local conn <close> = server:accept()
          conn:sendall(conn:recv():upper())
          local answer = client:recv()
          local info = client:getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO,
            {TCP_INFO_OPTIONS})
          print(answer, info:byte({TCP_INFO_OPTIONS}) & {SYN_DATA})
        end"""), out="HELLO\t0\n" + f"HELLO\t{SYN_DATA}\n" * 2)


def a_kept_option_that_is_refused_is_the_calls_failure():
    check(ran("-e", """
        local s <close> = socket.tcp()
        assert(s:setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 1))
        print(s:bind("127.0.0.1", 0))
        print(s:fileno())
        local u <close> = socket.udp()
        assert(u:setoption("bindtodevice", "nosuch0"))
        print(u:sendto("x", "127.0.0.1", 9))
        assert(u:setoption("bindtodevice", "lo"))
        print(u:sendto("x", "127.0.0.1", 9))""",
              preexec_fn=private_network.renouncing(NET_ADMIN, NET_RAW)),
          out="nil\tpermission denied\tEPERM\n-1\n"
              "nil\tNo such device\tENODEV\n1\n")


try:
    private_network.lay_cable()
except OSError as problem:
    print(f"skipped: no pair of interfaces here: {problem}")
    sys.exit(77)
run(a_device_is_all_that_a_server_hears, a_device_is_all_that_one_sends_by,
    a_device_is_bound_anew_only_by_right, broadcast_needs_its_option,
    broadcast_that_nothing_catches_says_what_was_not_allowed,
    broadcast_reaches_the_network_of_its_address, netbox_hears_a_broadcast,
    hops_of_ipv6_are_as_set, fast_open_sends_with_the_first_packet,
    a_kept_option_that_is_refused_is_the_calls_failure)
