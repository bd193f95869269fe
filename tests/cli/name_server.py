"""A name server for tests, and a place where programs ask it: run in a
network and a mount namespace of its own, where /etc/resolv.conf names it.
"""
import os
import socket
import struct
import subprocess
import threading

import private_network
from cli import write

# The answers: addresses, for the name of an address its names, the name that
# a name is an alias of, a response code (RFC 1035, section 4.1.1), or silence.
NO_SUCH_NAME, SERVER_FAILURE, SILENCE = 3, 2, None
A, CNAME, PTR, AAAA = 1, 5, 12, 28


def enter(file):
    """Runs the test file again where it may be the name server."""
    private_network.enter(file, "unshare", "--mount")


def use_as(path, text):
    """Puts a file of ours, with the text, in the place of the system's."""
    subprocess.run(["mount", "--bind", write(os.path.basename(path), text),
                    path], check=True)


def question_of(query):
    """The name, the type and the bytes of a query's question."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    kind = struct.unpack_from("!H", query, at + 1)[0]
    return ".".join(labels).lower(), kind, query[12:at + 5]


def encoded(name):
    """A name in labels."""
    labels = [label.encode() for label in name.split(".")]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def record(owner, kind, value):
    if kind in (CNAME, PTR):
        data = encoded(value)
    else:
        family = socket.AF_INET if kind == A else socket.AF_INET6
        data = socket.inet_pton(family, value)
    return owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


def fits(kind, value):
    return kind == PTR or kind == (AAAA if ":" in value else A)


class NameServer:
    """Answers at 127.0.0.1:53; `names` may be changed at any time."""

    def __init__(self, names):
        self.names = names
        self.asked = []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 53))
        self.listener = socket.create_server(("127.0.0.1", 53))
        for serve in self.serve, self.serve_streams:
            threading.Thread(target=serve, daemon=True).start()

    def serve(self):
        while True:
            query, client = self.sock.recvfrom(512)
            reply = self.reply_to(query)
            if reply is SILENCE:
                continue
            if len(reply) > 512:  # truncated: to be asked for by TCP
                reply = reply[:2] + b"\x83\x80" + query[4:]
            self.sock.sendto(reply, client)

    def serve_streams(self):
        while True:
            with self.listener.accept()[0] as conn:
                stream = conn.makefile("rb")
                while size := stream.read(2):
                    query = stream.read(int.from_bytes(size, "big"))
                    reply = self.reply_to(query)
                    conn.sendall(len(reply).to_bytes(2, "big") + reply)

    def reply_to(self, query):
        name, kind, question = question_of(query)
        self.asked.append(name)
        answer = self.names.get(name, NO_SUCH_NAME)
        records, owner = [], b"\xc0\x0c"  # the name of the question
        while isinstance(answer, str):
            records.append(record(owner, CNAME, answer))
            owner = encoded(answer)
            answer = self.names.get(answer, NO_SUCH_NAME)
        if answer is SILENCE:
            return SILENCE
        code = answer if isinstance(answer, int) else 0
        if code == 0:
            records += [record(owner, kind, value) for value in answer
                        if fits(kind, value)]
        return query[:2] + struct.pack(
            "!HHHHH", 0x8180 | code, 1, len(records), 0, 0) + question + (
                b"".join(records))
