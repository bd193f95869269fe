"""udp_upper: alone in two processes, with Python, in one, on a terminal."""
from program import PAIRS, free_port, netbox, run
from socket import SOCK_DGRAM

READY = "The server is ready to receive"
PROMPT = "Input lowercase sentence"


def two_processes():
    for start_server, start_client in PAIRS:
        port = free_port(SOCK_DGRAM)
        with start_server("udp_upper", "server", "127.0.0.1", port) as server:
            server.expect_line(READY)
            for sentence in "hello, world", "MiXed 42", "":
                with start_client("udp_upper", "client", "127.0.0.1",
                                  port) as client:
                    client.expect(PROMPT)
                    client.type(sentence + "\n")
                    client.expect_line(sentence.upper())
                    client.finish()


def together():
    port = free_port(SOCK_DGRAM)
    with netbox("udp_upper", "127.0.0.1", port) as both:
        both.expect_line(READY)
        both.expect(PROMPT)
        both.type("hello\n")
        both.expect_line("HELLO")
        both.finish()


def together_on_a_terminal():
    port = free_port(SOCK_DGRAM)
    with netbox("udp_upper", "127.0.0.1", port, terminal=True) as both:
        both.expect_line(READY)
        both.expect(PROMPT)
        both.type("hello\n")
        both.expect_line("hello")  # the terminal's echo
        both.expect_line("HELLO")
        both.finish()


def no_input():
    port = free_port(SOCK_DGRAM)
    with netbox("udp_upper", "127.0.0.1", port) as both:
        both.close_input()
        both.expect_line(READY)
        both.expect(PROMPT)
        both.finish()


run(two_processes, together, together_on_a_terminal, no_input)
