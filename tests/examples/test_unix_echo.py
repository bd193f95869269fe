"""unix_echo: in two processes, with Python, and in one; and what becomes of
the path."""
import os
import socket
import tempfile
from contextlib import contextmanager

from peer import received, received_all
from program import BOUND, netbox, run

DEFAULT_NAME = "netbox_unix_echo"


@contextmanager
def a_path():
    with tempfile.TemporaryDirectory() as folder:
        yield os.path.join(folder, "echo")


@contextmanager
def serving(path):
    with netbox("unix_echo", "server", path) as server:
        server.expect_line(f"Listening at {path}")
        yield server


def connect(path):
    conn = socket.socket(socket.AF_UNIX)
    conn.settimeout(BOUND)
    conn.connect(path)
    return conn


def say(client, *lines):
    for line in lines:
        client.type(line + "\n")
        client.expect_line("Echo: " + line)


def two_processes():
    """The second client is served when the first has gone."""
    with a_path() as path, serving(path) as server:
        with netbox("unix_echo", "client", path) as first:
            server.expect_line("A client is here")
            with netbox("unix_echo", "client", path) as second:
                second.type("hello from the second\n")
                say(first, "hello", "", "x" * 3000)
                first.close_input()
                first.finish()
                server.expect_line("A client has gone")
                server.expect_line("A client is here")
                second.expect_line("Echo: hello from the second")
                second.close_input()
                second.finish()
                server.expect_line("A client has gone")


def client_of_python():
    with a_path() as path, serving(path) as server:
        with connect(path) as conn:
            server.expect_line("A client is here")
            assert conn.getpeername() == path
            conn.sendall(b"no end of line")
            assert received(conn, 14) == b"no end of line"
            conn.sendall(bytes(range(256)))
            conn.shutdown(socket.SHUT_WR)
            assert received_all(conn) == bytes(range(256))
            server.expect_line("A client has gone")


def server_of_python():
    with a_path() as path, socket.socket(socket.AF_UNIX) as listener:
        listener.settimeout(BOUND)
        listener.bind(path)
        listener.listen()
        with netbox("unix_echo", "client", path) as client:
            conn, address = listener.accept()
            assert address == ""
            with conn, conn.makefile("rw") as stream:
                for line in "hello", "again":
                    client.type(line + "\n")
                    assert stream.readline() == line + "\n"
                    stream.write(line.upper() + "\n")
                    stream.flush()
                    client.expect_line("Echo: " + line.upper())
                client.close_input()
                client.finish()
                assert stream.read() == ""


@contextmanager
def both_roles(path, **options):
    """A program that is at the end of its input when the block ends."""
    with netbox("unix_echo", *path, **options) as both:
        yield both
        both.finish(rest="(A client has gone\n)?")


def together():
    with a_path() as path:
        with both_roles([path]) as both:
            both.expect_line(f"Listening at {path}")
            both.expect_line("A client is here")
            say(both, "hello", "again")
            both.close_input()
        assert not os.path.exists(path)


def together_on_a_terminal():
    with a_path() as path:
        with both_roles([path], terminal=True) as both:
            both.expect_line(f"Listening at {path}")
            both.expect_line("A client is here")
            both.type("hello\n")
            both.expect_line("hello")  # the terminal's echo
            both.expect_line("Echo: hello")
            both.type("\x04")  # Ctrl-D
        assert not os.path.exists(path)


def default_path():
    """In the temporary directory; removed in the end."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, DEFAULT_NAME)
        with both_roles([], env={**os.environ, "TMPDIR": folder}) as both:
            both.expect_line(f"Listening at {path}")
            both.expect_line("A client is here")
            assert os.listdir(folder) == [DEFAULT_NAME]
            both.close_input()
        assert os.listdir(folder) == []


def interrupted():
    with a_path() as path, serving(path) as server, connect(path) as conn:
        server.expect_line("A client is here")
        server.interrupt()
        assert received_all(conn) == b""
        server.finish(130)
        assert not os.path.exists(path)


def path_taken():
    """It stays with the server that has it, or had it and was killed."""
    with a_path() as path:
        with serving(path) as server:
            with netbox("unix_echo", path) as second:
                second.finish(1, stderr=(
                    rf"netbox: thread 'server' .*: address already in use "
                    rf"\(EADDRINUSE, bind to {path}\)\n(.|\n)*"))
            with netbox("unix_echo", "client", path) as client:
                say(client, "hello")
        assert os.path.exists(path)
        with netbox("unix_echo", "client", path) as client:
            client.finish(1, stderr=(
                rf"netbox: .*: connection refused \(ECONNREFUSED, "
                rf"connect to {path}\)\n(.|\n)*"))


def a_client_that_dies():
    with a_path() as path, serving(path) as server:
        for words in b"", b"last words":
            conn = connect(path)
            server.expect_line("A client is here")
            conn.sendall(words)
            conn.close()
            server.expect_line("A client has gone")
        with netbox("unix_echo", "client", path) as client:
            say(client, "hello")
            client.stop()
        server.expect_line("A client is here")
        server.expect_line("A client has gone")


def a_server_that_dies():
    with a_path() as path, serving(path) as server:
        with netbox("unix_echo", "client", path) as client:
            say(client, "hello")
            server.stop()
            client.type("still there?\n")
            client.finish(1, stderr=r"netbox: .*: closed \((.|\n)*")


run(two_processes, client_of_python, server_of_python, together,
    together_on_a_terminal, default_path, interrupted, path_taken,
    a_client_that_dies, a_server_that_dies)
