"""select_server: by netbox, and by lua5.4 with LuaSocket where that is there."""
import os
import shutil
import socket
import subprocess
from contextlib import contextmanager

from peer import ended, received, received_all, reset
from program import (BOUND, Program, netbox, netbox_alone,
                     private_network_allowed, run)

LUASOCKET = ["lua5.4", "-l", "socket"]


def luasocket(example, *args):
    """On a terminal: into a pipe stock Lua writes when it ends."""
    script = os.path.join("examples", example + ".lua")
    return Program([LUASOCKET[0], script, *args], terminal=True)


STARTS = [netbox]
if shutil.which(LUASOCKET[0]) and subprocess.run(
        [*LUASOCKET, "-e", ""], check=False, capture_output=True).returncode == 0:
    STARTS += [luasocket]


class Server:
    def __init__(self, program):
        self.program = program
        self.port = int(program.expect_line(
            r"listening on 127\.0\.0\.1:(\d+)")[1])

    def connect(self, receive_buffer=None):
        """A client, and the number that the server prints for it."""
        client = socket.socket()
        client.settimeout(BOUND)
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                              receive_buffer)
        client.connect(("127.0.0.1", self.port))
        return client, self.program.expect_line(r"client (\d+) is here")[1]

    def expect_end_of(self, number):
        self.program.expect_line(f"client {number} has gone")


@contextmanager
def server_by(start):
    with start("select_server", "127.0.0.1", "0") as program:
        yield Server(program)


def with_each(case):
    def cases():
        for start in STARTS:
            with server_by(start) as server:
                case(server)
    cases.__name__ = case.__name__
    return cases


def echoes(client, data):
    client.sendall(data)
    return received(client, len(data)) == data


@with_each
def each_client_gets_its_own(server):
    clients = [server.connect() for _ in range(5)]
    for turn in range(3):
        for client, number in clients:
            assert echoes(client, f"{number} in turn {turn}\n".encode())
    for client, number in reversed(clients):
        client.close()
        server.expect_end_of(number)


@with_each
def any_bytes(server):
    client, number = server.connect()
    assert echoes(client, b"no end of line")
    assert echoes(client, bytes(range(256)) * 100)
    client.shutdown(socket.SHUT_WR)
    assert ended(client)
    server.expect_end_of(number)


@with_each
def who_does_not_read_delays_nobody(server):
    greedy, number = server.connect(receive_buffer=4096)
    other, _ = server.connect()
    greedy.setblocking(False)
    sent = 0
    try:
        while True:
            sent += greedy.send(b"x" * 65536)
    except BlockingIOError:
        pass
    assert echoes(other, b"hello")
    greedy.settimeout(BOUND)
    greedy.shutdown(socket.SHUT_WR)
    assert len(received_all(greedy)) == sent
    server.expect_end_of(number)
    assert echoes(other, b"hello")


@with_each
def a_client_that_dies(server):
    other, _ = server.connect()
    for words in b"", b"last words":
        client, number = server.connect()
        client.sendall(words)
        reset(client)
        server.expect_end_of(number)
        assert echoes(other, b"hello")


def client_of_another_example():
    with server_by(netbox) as server:
        with netbox("tcp_hey", "client", "127.0.0.1", server.port) as client:
            number = server.program.expect_line(r"client (\d+) is here")[1]
            for line in "hello", "again":
                client.type(line + "\n")
                client.expect_line(line)
            client.close_input()
            client.finish()
        server.expect_end_of(number)


def interrupted():
    with server_by(netbox) as server:
        client, _ = server.connect()
        server.program.interrupt()
        server.program.finish(130)
        assert ended(client)


def port_taken():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with netbox("select_server", "127.0.0.1", port) as program:
            program.finish(1, stderr=rf"netbox: .*EADDRINUSE(.|\n)*")


def default_address():
    with netbox_alone("select_server") as program:
        program.expect_line(r"listening on 127\.0\.0\.1:12345")


CASES = [each_client_gets_its_own, any_bytes, who_does_not_read_delays_nobody,
         a_client_that_dies, client_of_another_example, interrupted,
         port_taken]
if private_network_allowed():
    CASES += [default_address]
run(*CASES)
