"""tcp_threads: alone in two processes, with Python, and in one."""
from program import PAIRS, free_port, netbox, run

WELCOME = "welcome to the server"
PROMPT = "Say something"


def say(client, message):
    client.expect(PROMPT)
    client.type(message + "\n")
    client.expect_line(f"Hello I'm Server {message}")


def two_processes():
    for start_server, start_client in PAIRS:
        port = free_port()
        with start_server("tcp_threads", "server", "127.0.0.1",
                          port) as server:
            server.expect_line("waiting for connection")
            clients_at_once(server, start_client, port)


def clients_at_once(server, start_client, port):
    with (start_client("tcp_threads", "client", "127.0.0.1", port) as first,
          start_client("tcp_threads", "client", "127.0.0.1", port) as second):
        for number in 1, 2:
            server.expect_line(r"connected to 127\.0\.0\.1:\d+")
            server.expect_line(f"ThreadNumber {number}")
        first.expect_line(WELCOME)
        second.expect_line(WELCOME)
        say(second, "the second speaks first")
        say(first, "hello")
        say(second, "and again")
        for client in first, second:
            client.expect(PROMPT)
            client.close_input()
            client.finish()


def together():
    with netbox("tcp_threads", "127.0.0.1", free_port()) as both:
        both.expect_line("waiting for connection")
        both.expect_line(r"connected to 127\.0\.0\.1:\d+")
        both.expect_line("ThreadNumber 1")
        both.expect_line(WELCOME)
        say(both, "hello")
        both.expect(PROMPT)
        both.type("\n")  # nothing to send
        say(both, "again")
        both.expect(PROMPT)
        both.close_input()
        both.finish()


run(two_processes, together)
