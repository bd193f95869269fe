"""What the hostile scripts of the network share: a cable, behind which somebody
listens to all that comes out of it, and what a script is told that is refused.
"""
import socket
import struct
import sys

import private_network
from private_network import NEW_ROUTE, attribute, request

NO_NAME = "nil\thost or service not provided, or not known\tEAI_NONAME"
OPTIONS = "nil\tunusual socket options are not allowed " \
          "(run again with --allow-raw)\tEPERM"
RAW = "nil\traw sockets are not allowed (run again with --allow-raw)\tEPERM"


def refused(what, flag, verb="is"):
    return f"nil\t{what} {verb} not allowed (run again with --allow-{flag})" \
           "\tEPERM"


def connecting(end):
    return refused(f"connect to {end}", f"net={end}")


def sending(end):
    return refused(f"send to {end}", f"net={end}")


def listening(end):
    return refused(f"listen on {end}", f"listen={end}")


def looking_up(name):
    return refused(f"look-up of '{name}'", f"net={name}")


def joining(group):
    return refused(f"join of {group}", f"net={group}")


def unix(path):
    return refused(f"unix socket '{path}'", f"unix={path}")


class Cable:
    """From `left` to `right`, with a gateway to everywhere that answers nobody;
    or there is none, and the test is skipped."""

    def __init__(self):
        try:
            private_network.lay_cable()
        except OSError as problem:
            print(f"skipped: no pair of interfaces here: {problem}")
            sys.exit(77)
        route_everything_to("10.1.2.254", "left")
        self.ends = [listen_to_packets(device) for device in ("left", "right")]

    def check_silence(self):
        """Nothing came but what the kernel says of itself by IPv6."""
        for end in self.ends:
            try:
                while True:
                    frame = end.recv(2048)
                    kind, transport = frame[12:14], frame[20]
                    own = kind == b"\x86\xdd" and transport in (0, 58)
                    assert own, f"on the wire: {frame.hex()}"
            except BlockingIOError:
                pass


def listen_to_packets(device):
    everything = socket.htons(3)
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, everything)
    sock.bind((device, 0))
    sock.setblocking(False)
    return sock


def route_everything_to(gateway, device):
    main_table, by_hand, unicast = 254, 3, 1
    request(NEW_ROUTE,
            struct.pack("=8BI", socket.AF_INET, 0, 0, 0, main_table, by_hand, 0,
                        unicast, 0) +
            attribute(5, socket.inet_aton(gateway)) +
            attribute(4, socket.if_nametoindex(device)))
