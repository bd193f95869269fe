"""tcp_upper: alone in two processes, with Python, and in one."""
from program import PAIRS, free_port, netbox, python, run

READY = "The server is ready to receive"
PROMPT = "Input lowercase sentence"
ANSWER = {netbox: "From server: ", python: "From server:  "}


def two_processes():
    for start_server, start_client in PAIRS:
        port = free_port()
        with start_server("tcp_upper", "server", "127.0.0.1", port) as server:
            server.expect_line(READY)
            for sentence in "hello, world", "MiXed 42", "x" * 1024:
                with start_client("tcp_upper", "client", "127.0.0.1",
                                  port) as client:
                    client.expect(PROMPT)
                    client.type(sentence + "\n")
                    client.expect_line(ANSWER[start_client] + sentence.upper())
                    client.finish()


def together():
    with netbox("tcp_upper", "127.0.0.1", free_port()) as both:
        both.expect_line(READY)
        both.expect(PROMPT)
        both.type("hello\n")
        both.expect_line("From server: HELLO")
        both.finish()


def nothing_to_send():
    port = free_port()
    with netbox("tcp_upper", "server", "127.0.0.1", port) as server:
        server.expect_line(READY)
        for start_client in netbox, python, netbox:
            with start_client("tcp_upper", "client", "127.0.0.1",
                              port) as client:
                client.expect(PROMPT)
                if start_client == netbox:
                    client.type("\n")
                    client.finish()
    # the Python client was killed at its prompt: the server went on


run(two_processes, together, nothing_to_send)
