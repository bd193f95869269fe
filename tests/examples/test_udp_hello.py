"""udp_hello: alone in two processes, with Python, and in one."""
from program import PAIRS, await_port, free_port, netbox, run
from socket import SOCK_DGRAM


def shown(start, text):
    """Python shows the bytes it received as such."""
    if start == netbox:
        return text
    return f"b{text!r}"


def two_processes():
    for start_server, start_client in PAIRS:
        port = free_port(SOCK_DGRAM)
        with start_server("udp_hello", "server", "127.0.0.1", port) as server:
            await_port("udp", port)
            with start_client("udp_hello", "client", "127.0.0.1",
                              port) as client:
                server.expect_line(shown(start_server, "Hello UDP server"))
                client.expect_line("Server Says")
                client.expect_line(shown(start_client, "Hello I'm UDP Server"))
                client.finish()


def together():
    with netbox("udp_hello", "127.0.0.1", free_port(SOCK_DGRAM)) as both:
        both.expect_line("Hello UDP server")
        both.expect_line("Server Says")
        both.expect_line("Hello I'm UDP Server")
        both.finish()


run(two_processes, together)
