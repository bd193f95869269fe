"""A name server for tests, and a place where programs ask it: run in a
network and a mount namespace of its own, where /etc/resolv.conf names it.
"""
import os
import socket
import struct
import subprocess
import sys
import threading

from cli import PRIVATE_NETWORK, private_network_allowed, write

# The answers: addresses, a response code (RFC 1035, section 4.1.1), or
# silence.
NO_SUCH_NAME, SERVER_FAILURE, SILENCE = 3, 2, None
A, AAAA = 1, 28


def enter(file):
    """Runs the test file again where it may be the name server."""
    if os.environ.get("NAME_SERVER_TEST"):
        return
    if not private_network_allowed():
        print("skipped: this system allows no private network (unshare --net)")
        sys.exit()
    command = [*PRIVATE_NETWORK, "unshare", "--mount", sys.executable, file]
    environment = dict(os.environ, NAME_SERVER_TEST="inside")
    sys.exit(subprocess.run(command, env=environment, check=False).returncode)


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


def record(kind, address):
    """An answer that points to the question's name."""
    family = socket.AF_INET if kind == A else socket.AF_INET6
    data = socket.inet_pton(family, address)
    return struct.pack("!HHHIH", 0xc00c, kind, 1, 60, len(data)) + data


class NameServer:
    """Answers at 127.0.0.1:53; `names` may be changed at any time."""

    def __init__(self, names):
        self.names = names
        self.asked = []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, client = self.sock.recvfrom(512)
            name, kind, question = question_of(query)
            self.asked.append(name)
            answer = self.names.get(name, NO_SUCH_NAME)
            if answer is not SILENCE:
                self.sock.sendto(self.reply(query, question, kind, answer),
                                 client)

    @staticmethod
    def reply(query, question, kind, answer):
        if isinstance(answer, int):
            return query[:2] + struct.pack(
                "!HHHHH", 0x8180 | answer, 1, 0, 0, 0) + question
        records = [record(kind, address) for address in answer
                   if kind == (AAAA if ":" in address else A)]
        return query[:2] + struct.pack(
            "!HHHHH", 0x8180, 1, len(records), 0, 0) + question + b"".join(
                records)
