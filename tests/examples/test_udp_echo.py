"""udp_echo: alone in two processes, with Python, and in one."""
from program import ADDRESS, PAIRS, free_port, netbox, python, run
from socket import SOCK_DGRAM

PROMPT = r"Enter message to send to server \(type 'exit' to quit\): "


def listening(start, port):
    if start == python:
        return rf"Server listening on \('127\.0\.0\.1', {port}\)"
    return f"Server listening on 127.0.0.1:{port}"


def two_processes():
    for start_server, start_client in PAIRS:
        port = free_port(SOCK_DGRAM)
        with start_server("udp_echo", "server", "127.0.0.1", port) as server:
            server.expect_line(listening(start_server, port))
            with start_client("udp_echo", "client", "127.0.0.1",
                              port) as client:
                for message in "hello", "", "a longer one, with punctuation!":
                    client.expect(PROMPT)
                    client.type(message + "\n")
                    server.expect_line(
                        f"Received message from {ADDRESS}: {message}")
                    client.expect_line(f"Received echoed message: {message}")
                client.expect(PROMPT)
                client.type("Exit\n")
                client.finish()


def together():
    port = free_port(SOCK_DGRAM)
    with netbox("udp_echo", "localhost", port) as both:
        both.expect_line(f"Server listening on localhost:{port}")
        both.expect(PROMPT)
        both.type("hello\n")
        both.expect_line(rf"Received message from 127\.0\.0\.1:\d+: hello")
        both.expect_line("Received echoed message: hello")
        both.expect(PROMPT)
        both.close_input()
        both.finish()


run(two_processes, together)
