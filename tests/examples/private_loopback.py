"""Runs a command in a network of its own, where the loopback is all there is:
there the examples' default ports are free. PROGRAM COMMAND [ARGUMENT...]"""
import fcntl
import os
import socket
import struct
import sys

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    answer = fcntl.ioctl(sock, SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
    name, flags = struct.unpack("16sh14x", answer)
    flags |= IFF_UP
    fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", name, flags))
os.execvp(sys.argv[1], sys.argv[1:])
