"""tcp_echo: alone in two processes, with Python, and in one."""
from program import ADDRESS, PAIRS, await_port, free_port, netbox, python, run

RECEIVED = {netbox: "Received 'Hello, world'",
            python: "Received b'Hello, world'"}


def two_processes():
    for start_server, start_client in PAIRS:
        port = free_port()
        with start_server("tcp_echo", "server", "127.0.0.1", port) as server:
            await_port("tcp", port)
            with start_client("tcp_echo", "client", "127.0.0.1",
                              port) as client:
                server.expect_line(f"Connected by {ADDRESS}")
                client.expect_line(RECEIVED[start_client])
                client.finish()
            server.finish()


def together():
    with netbox("tcp_echo", "127.0.0.1", free_port()) as both:
        both.expect_line(r"Connected by 127\.0\.0\.1:\d+")
        both.expect_line("Received 'Hello, world'")
        both.finish()


run(two_processes, together)
