"""tcp_hey: alone in two processes, with Python, in one, on a terminal."""
import re
import socket

from program import ADDRESS, free_port, netbox, python, run


def talk(client, server, lines):
    for line in lines:
        client.type(line + "\n")
        server.expect_line("received from client " + re.escape(line))
        client.expect_line("Hey client")


def two_processes():
    for start_server in netbox, python:
        port = free_port()
        with start_server("tcp_hey", "server", "127.0.0.1", port) as server:
            server.expect_line("server waiting...")
            for last_words in "END\n", "":
                with netbox("tcp_hey", "client", "127.0.0.1", port) as client:
                    server.expect_line(f"client connected from {ADDRESS}")
                    talk(client, server, ("hello", "how are you?", "end"))
                    client.type(last_words)
                    client.close_input()
                    client.finish()
                server.expect_line("server waiting...")


def any_other_client():
    port = free_port()
    with netbox("tcp_hey", "server", "127.0.0.1", port) as server:
        server.expect_line("server waiting...")
        with socket.create_connection(("127.0.0.1", port)) as conn:
            server.expect_line(f"client connected from {ADDRESS}")
            conn.sendall(b"hello")
            server.expect_line("received from client hello")
            assert conn.recv(1024) == b"Hey client"
            conn.sendall(b"END")
            assert conn.recv(1024) == b""
        server.expect_line("server waiting...")


def together():
    with netbox("tcp_hey", "127.0.0.1", free_port()) as both:
        both.expect_line("server waiting...")
        both.expect_line(r"client connected from 127\.0\.0\.1:\d+")
        both.type("\n")  # nothing to send
        talk(both, both, ("hello", "again"))
        both.type("END\n")
        both.finish(rest="(server waiting...\n)?")


def together_on_a_terminal():
    with netbox("tcp_hey", "127.0.0.1", free_port(), terminal=True) as both:
        both.expect_line("server waiting...")
        both.expect_line(r"client connected from 127\.0\.0\.1:\d+")
        both.type("hello\n")
        both.expect_line("hello")  # the terminal's echo
        both.expect_line("received from client hello")
        both.expect_line("Hey client")
        both.type("\x04")  # Ctrl-D
        both.finish()


run(two_processes, any_other_client, together, together_on_a_terminal)
