"""Raw sockets and the ICMP kind of datagrams: netbox sees and sends what Python
does, in a network where both may.
"""
import re
import socket
import struct

import private_network
from cli import allow, check, ran, run, start

private_network.enter(__file__)
allow("--allow-net", "--allow-raw")

# A function for scripts: bytes as hexadecimal digits.
HEX = """
    local function hex(data)
      return (data:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
    end """
ICMP4 = HEX + """
    local s <close> = assert(socket.socket(socket.AF_INET, socket.SOCK_RAW,
      socket.IPPROTO_ICMP)) """
ICMP6 = HEX + """
    local s <close> = assert(socket.socket(socket.AF_INET6, socket.SOCK_RAW,
      socket.IPPROTO_ICMPV6)) """
HEARS = """
    print("ready")
    for _ = 1, %d do
      local data, ip, port = assert(s:recvfrom())
      print(hex(data), ip, port)
    end"""


def checksum(data):
    words = struct.unpack(f"!{len(data) // 2}H", data)
    total = sum(words)
    total = (total >> 16) + (total & 0xffff)
    return 0xffff & ~(total + (total >> 16))


def echo_request(sequence=1):
    bare = struct.pack("!BBHHH", 8, 0, 0, 7, sequence)
    return struct.pack("!BBHHH", 8, 0, checksum(bare), 7, sequence)


ECHO6 = struct.pack("!BBHHH", 128, 0, 0, 7, 1)


def raw(family, protocol):
    sock = socket.socket(family, socket.SOCK_RAW, protocol)
    sock.settimeout(10)
    return sock


def lines_of(packets):
    return "".join(f"{data.hex()}\t{address[0]}\t{address[1]}\n"
                   for data, address in packets)


def ipv4_comes_with_its_header():
    with start(ICMP4 + HEARS % 2) as program, \
            raw(socket.AF_INET, socket.IPPROTO_ICMP) as sock:
        program.expect_line("ready")
        sock.sendto(echo_request(), ("127.0.0.1", 0))
        packets = [sock.recvfrom(100) for _ in range(2)]
        assert [data[20] for data, _ in packets] == [8, 0], packets
        assert packets[0][0][20:] == echo_request(), packets
        program.finish(rest=re.escape(lines_of(packets)))


def ipv6_comes_without():
    with start(ICMP6 + HEARS % 2) as program, \
            raw(socket.AF_INET6, socket.IPPROTO_ICMPV6) as sock:
        program.expect_line("ready")
        sock.sendto(ECHO6, ("::1", 0))
        packets = [sock.recvfrom(100) for _ in range(2)]
        assert [data[0] for data, _ in packets] == [128, 129], packets
        program.finish(rest=re.escape(lines_of(packets)))


def the_port_does_not_matter():
    request = "".join(f"\\{byte}" for byte in echo_request())
    for port in 0, 7, 65535:
        check(ran("-e", ICMP4 + f"""
            print(s:sendto("{request}", "127.0.0.1", {port}))
            print(s:recv():byte(21), s:recv():byte(21))"""),
              out="8\n8\t0\n")
        check(ran("-e", ICMP6 + rf"""
            print(s:sendto("\128\0\0\0\0\7\0\1", "::1", {port}))
            print(s:recv():byte(), s:recv():byte())"""),
              out="8\n128\t129\n")


def recvfrom_gives_what_sendto_takes():
    with start(ICMP6 + """
            print("ready")
            local data, ip, port = s:recvfrom()
            print(s:sendto("\\127" .. data:sub(2), ip, port))""") as program, \
            raw(socket.AF_INET6, socket.IPPROTO_ICMPV6) as sock:
        program.expect_line("ready")
        sock.sendto(ECHO6, ("::1", 0))
        program.finish(rest="8\n")


def bound_it_hears_what_is_for_its_address():
    with start(ICMP4 + 'assert(s:bind("127.0.0.2", 9)) print(s)' +
               HEARS % 1) as program, \
            raw(socket.AF_INET, socket.IPPROTO_ICMP) as sock:
        program.expect_line(r"icmp 127\.0\.0\.2:1")
        program.expect_line("ready")
        sock.sendto(echo_request(1), ("127.0.0.1", 0))
        sock.sendto(echo_request(2), ("127.0.0.2", 0))
        program.finish(rest=rf"\w+{echo_request(2).hex()}\t127\.0\.0\.1\t0\n")


def connected_it_hears_its_peer():
    request = "".join(f"\\{byte}" for byte in echo_request())
    with start(ICMP4 + f"""
            assert(s:connect("127.0.0.3", 9))
            print(s:getpeername())
            print(s:send("{request}"))
            local data, ip = s:recvfrom()
            print(ip, data:byte(21))
            assert(s:setpeername("*"))
            print(s:send("x"))""") as program:
        program.finish(
            rest=r"127\.0\.0\.3\t9\tinet\n8\n127\.0\.0\.3\t0\n"
                 "nil\tDestination address required\t0\tEDESTADDRREQ\n")


def connected_ipv6_has_no_port_either():
    check(ran("-e", ICMP6 + r"""
        assert(s:connect("::1", 9))
        print(s:send("\128\0\0\0\0\7\0\1"))
        print(s:recv():byte(), s:recv():byte())"""), out="8\n128\t129\n")


def header_of_ones_own():
    """Its identification says that it is ours; the kernel adds the checksum."""
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 4711, 0, 33, 1, 0,
                         socket.inet_aton("127.0.0.9"),
                         socket.inet_aton("127.0.0.1"))
    packet = "".join(f"\\{byte}" for byte in header + echo_request())
    with raw(socket.AF_INET, socket.IPPROTO_ICMP) as sock:
        check(ran("-e", f"""
            local s <close> = assert(socket.socket(socket.AF_INET,
              socket.SOCK_RAW, socket.IPPROTO_RAW))
            print(s:getsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL))
            print(s:sendto("{packet}", "127.0.0.1", 0))"""), out="1\n28\n")
        data, address = sock.recvfrom(100)
        assert address == ("127.0.0.9", 0), address
        assert struct.unpack_from("!HHB", data, 4) == (4711, 0, 33), data


def udp_is_seen_whole():
    with start(HEX + """
            local s <close> = assert(socket.socket(socket.AF_INET,
              socket.SOCK_RAW, socket.IPPROTO_UDP))
            print(s)""" + HEARS % 1) as program, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        program.expect_line(r"raw 0\.0\.0\.0:17")
        program.expect_line("ready")
        sock.sendto(b"text", ("127.0.0.1", 9))
        program.finish(rest=rf"\w{{40}}{sock.getsockname()[1]:04x}0009000c"
                            rf"\w{{4}}{b'text'.hex()}\t127\.0\.0\.1\t0\n")


def datagrams_of_icmp_have_no_header():
    private_network.set_ipv4("ping_group_range", "0 0")
    request = "".join(f"\\{byte}" for byte in echo_request())
    check(ran("-e", HEX + f"""
        local s <close> = assert(socket.socket(socket.AF_INET,
          socket.SOCK_DGRAM, socket.IPPROTO_ICMP))
        assert(s:bind("127.0.0.1", 99))
        print(s)
        print(s:sendto("{request}", "127.0.0.1", 7))
        local data, ip, port = s:recvfrom()
        print(data:byte(), data:byte(6), ip, port)"""),
          out="icmp 127.0.0.1:99\n8\n0\t99\t127.0.0.1\t0\n")


def without_the_right_there_is_none():
    check(ran("-e", """
        print(socket.socket(socket.AF_INET, socket.SOCK_RAW,
          socket.IPPROTO_ICMP))
        print(socket.socket(socket.AF_INET6, socket.SOCK_RAW,
          socket.IPPROTO_ICMPV6))""",
              preexec_fn=private_network.renouncing(private_network.NET_RAW)),
          out="nil\tpermission denied\tEPERM\n" * 2)


run(ipv4_comes_with_its_header, ipv6_comes_without, the_port_does_not_matter,
    recvfrom_gives_what_sendto_takes, bound_it_hears_what_is_for_its_address,
    connected_it_hears_its_peer, connected_ipv6_has_no_port_either,
    header_of_ones_own, udp_is_seen_whole, datagrams_of_icmp_have_no_header,
    without_the_right_there_is_none)
