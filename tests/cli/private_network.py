"""A network of the test's own, in which it may do what root does: the test
runs again there and is netbox's peer. The loopback interface is up; more is
made by rtnetlink(7).
"""
import ctypes
import os
import socket
import struct
import subprocess
import sys

from cli import BOUND, PRIVATE_NETWORK, private_network_allowed

NET_ADMIN, NET_RAW = 12, 13  # capabilities(7)
NEW_LINK, NEW_ADDRESS, NEW_ROUTE = 16, 20, 24
REQUEST = 0x01 | 0x04 | 0x400  # to be acknowledged, to create
UP = 1
NEWS_OF_IPV6_ADDRESSES = 0x100


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


def renouncing(*capabilities):
    """What a program does before it starts, to start without them."""
    drop_from_bounding_set = 24

    def renounce():
        for capability in capabilities:
            ctypes.CDLL(None).prctl(drop_from_bounding_set, capability, 0, 0, 0)

    return renounce


def set_ipv4(name, value):
    """Sets one of the settings of ip-sysctl."""
    with open(f"/proc/sys/net/ipv4/{name}", "w", encoding="ascii") as setting:
        setting.write(str(value))


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
    data = socket.inet_aton(address)
    request(NEW_ADDRESS,
            struct.pack("=4BI", socket.AF_INET, bits, 0, 0,
                        socket.if_nametoindex(name)) +
            attribute(1, data) + attribute(2, data))


def set_up(name):
    """Switches it on; an address of IPv6 is its own without a test."""
    with open(f"/proc/sys/net/ipv6/conf/{name}/accept_dad", "w",
              encoding="ascii") as setting:
        setting.write("0")
    request(NEW_LINK, struct.pack("=BBHiII", 0, 0, 0,
                                  socket.if_nametoindex(name), UP, UP))


def await_link_addresses(news, names):
    """Waits until each has its address of the link (RFC 4862, section 5.3),
    which it gets when it is ready to send."""
    link_scope = 253
    waiting = {socket.if_nametoindex(name) for name in names}
    while waiting:
        try:
            data = news.recv(65536)
        except TimeoutError as problem:
            raise AssertionError(f"not ready: {waiting}") from problem
        while data:
            length, kind = struct.unpack_from("=IH", data)
            if kind == NEW_ADDRESS:
                scope, index = struct.unpack_from("=3xBI", data, 16)
                if scope == link_scope:
                    waiting.discard(index)
            data = data[(length + 3) & ~3:]


def lay_cable():
    """Two Ethernet interfaces, `left` with 10.1.2.1/24 and `right` with
    10.1.3.1/24: what one sends the other receives. OSError where the kernel
    has none."""
    for scope in "all", "default":
        set_ipv4(f"conf/{scope}/accept_local", 1)
        set_ipv4(f"conf/{scope}/rp_filter", 0)
    link = struct.pack("=BBHiII", 0, 0, 0, 0, 0, 0)
    peer = attribute(1, link + attribute(3, b"right\0"))
    request(NEW_LINK, link + attribute(3, b"left\0") +
            attribute(18, attribute(1, b"veth\0") + attribute(2, peer)))
    addresses = {"left": "10.1.2.1", "right": "10.1.3.1"}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                       socket.NETLINK_ROUTE) as news:
        news.settimeout(BOUND)
        news.bind((0, NEWS_OF_IPV6_ADDRESSES))
        for name, address in addresses.items():
            set_up(name)
            add_address(name, address, 24)
        await_link_addresses(news, addresses)
