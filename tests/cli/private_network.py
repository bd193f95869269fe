"""A network of the test's own, in which it may do what root does: the test
runs again there and is netbox's peer. The loopback interface is up; more is
made by rtnetlink(7).
"""
import os
import socket
import struct
import subprocess
import sys

from cli import PRIVATE_NETWORK, private_network_allowed

NEW_LINK, NEW_ADDRESS, NEW_ROUTE = 16, 20, 24
REQUEST = 0x01 | 0x04 | 0x400  # to be acknowledged, to create
UP = 1


def enter(file, *command):
    """Runs the test file again, by the command, in a network of its own."""
    if os.environ.get("PRIVATE_NETWORK_TEST"):
        return
    if not private_network_allowed():
        print("skipped: this system allows no private network (unshare --net)")
        sys.exit(77)
    command = [*PRIVATE_NETWORK, *command, sys.executable, file]
    environment = dict(os.environ, PRIVATE_NETWORK_TEST="inside")
    sys.exit(subprocess.run(command, env=environment, check=False).returncode)


def attribute(kind, data):
    if isinstance(data, int):
        data = struct.pack("=I", data)
    padding = b"\0" * (-len(data) % 4)
    return struct.pack("=HH", 4 + len(data), kind) + data + padding


def request(kind, body):
    """Asks the kernel to make something; raises OSError if it cannot."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                       socket.NETLINK_ROUTE) as sock:
        sock.send(struct.pack("=IHHII", 16 + len(body), kind, REQUEST, 1, 0) +
                  body)
        error = -struct.unpack_from("=i", sock.recv(4096), 16)[0]
    if error:
        raise OSError(error, os.strerror(error))


def loop_multicast6():
    """Lets IPv6 multicast go over the loopback interface."""
    local, table, here = 2, 255, 254
    lo = socket.if_nametoindex("lo")
    request(NEW_ROUTE,
            struct.pack("=8BI", socket.AF_INET6, 8, 0, 0, table, 2, here,
                        local, 0) +
            attribute(1, socket.inet_pton(socket.AF_INET6, "ff00::")) +
            attribute(4, lo))


def add_address(name, address, bits):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    data = socket.inet_pton(family, address)
    no_detection_of_duplicates = 0x02
    request(NEW_ADDRESS,
            struct.pack("=4BI", family, bits, no_detection_of_duplicates, 0,
                        socket.if_nametoindex(name)) +
            attribute(1, data) + attribute(2, data))


def add_pair(name, other):
    """Two Ethernet interfaces, what one sends the other receives."""
    link = struct.pack("=BBHiII", 0, 0, 0, 0, 0, 0)
    peer = attribute(1, link + attribute(3, other.encode() + b"\0"))
    request(NEW_LINK, link + attribute(3, name.encode() + b"\0") +
            attribute(18, attribute(1, b"veth\0") + attribute(2, peer)))
    for end in name, other:
        with open(f"/proc/sys/net/ipv6/conf/{end}/accept_dad", "w",
                  encoding="ascii") as setting:
            setting.write("0")
        request(NEW_LINK, struct.pack("=BBHiII", 0, 0, 0,
                                      socket.if_nametoindex(end), UP, UP))
