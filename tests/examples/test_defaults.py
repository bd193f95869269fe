"""The default addresses, each in a network of its own."""
from program import (await_port, netbox_alone, private_network_allowed, run)

SERVERS = (("udp_echo", "udp", 12345), ("tcp_echo", "tcp", 65432),
           ("reverse_threads", "tcp", 12345), ("tcp_greeting", "tcp", 12345),
           ("tcp_hey", "tcp", 8001), ("udp_hello", "udp", 12345),
           ("tcp_threads", "tcp", 1233), ("udp_upper", "udp", 12000),
           ("tcp_upper", "tcp", 12000))


def servers_bind_their_documents_address():
    for example, table, port in SERVERS:
        with netbox_alone(example, "server") as server:
            await_port(table, port, server.process.pid)


def clients_find_their_server():
    for example, *_ in SERVERS:
        with netbox_alone(example) as both:
            both.type("exit\n")
            both.close_input()
            both.finish(rest="(.|\n)+")


def the_call_reaches_everybody():
    with netbox_alone("hello_broadcast") as both:
        both.expect_line(r"HELLO\|")
        await_port("udp", 3400, both.process.pid)


if private_network_allowed():
    run(servers_bind_their_documents_address, clients_find_their_server,
        the_call_reaches_everybody)
else:
    print("skipped: this system allows no private network (unshare --net)")
