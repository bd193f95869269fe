"""hello_broadcast: alone in two processes, with Python, and in one."""
from program import PAIRS, await_port, free_port, netbox, run
from socket import SOCK_DGRAM

EVERYBODY = "127.255.255.255"


def count_of(start, count):
    """Python's programs know no COUNT."""
    return (count,) if start == netbox else ()


def two_processes():
    for start_receiver, start_sender in PAIRS:
        port = free_port(SOCK_DGRAM)
        with start_receiver("hello_broadcast", "receiver", EVERYBODY, port,
                            *count_of(start_receiver, 2)) as receiver:
            await_port("udp", port)
            with start_sender("hello_broadcast", "sender", EVERYBODY, port,
                              *count_of(start_sender, 2)) as sender:
                receiver.expect_line(r"HELLO\|")
                receiver.expect_line(r"HELLO\|")
                if start_receiver == netbox:
                    receiver.finish()
                if start_sender == netbox:
                    sender.finish()


def together():
    port = free_port(SOCK_DGRAM)
    with netbox("hello_broadcast", EVERYBODY, port, 2) as both:
        both.expect_line(r"HELLO\|")
        both.expect_line(r"HELLO\|")
        both.finish()


def interrupted():
    port = free_port(SOCK_DGRAM)
    with netbox("hello_broadcast", EVERYBODY, port) as both:
        both.expect_line(r"HELLO\|")
        both.interrupt()
        both.finish(status=130)


run(two_processes, together, interrupted)
