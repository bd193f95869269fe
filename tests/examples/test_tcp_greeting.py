"""tcp_greeting: alone in two processes, with Python, and in one."""
from program import ADDRESS, PAIRS, free_port, netbox, run


def two_processes():
    for start_server, start_client in PAIRS:
        port = free_port()
        with start_server("tcp_greeting", "server", "127.0.0.1",
                          port) as server:
            server.expect_line(
                rf"Server listening on 127\.0\.0\.1:{port}\.{{3}}")
            for _ in range(2):
                with start_client("tcp_greeting", "client", "127.0.0.1",
                                  port) as client:
                    server.expect_line(f"Connection from {ADDRESS}")
                    server.expect_line("Received: Hello from client!")
                    client.expect_line("Sending: Hello from client!")
                    client.expect_line("Received: Hello from server!")
                    client.finish()


def together():
    port = free_port()
    with netbox("tcp_greeting", "localhost", port) as both:
        both.expect_line(rf"Server listening on localhost:{port}\.{{3}}")
        both.expect_line("Sending: Hello from client!")
        both.expect_line(r"Connection from 127\.0\.0\.1:\d+")
        both.expect_line("Received: Hello from client!")
        both.expect_line("Received: Hello from server!")
        both.finish()


run(two_processes, together)
