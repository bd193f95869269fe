"""port_forward: both directions, half-close, several at once, sides that die,
and in front of another example."""
import socket
import threading
from contextlib import contextmanager

from peer import ended, received, received_all, reset
from program import (ADDRESS, BOUND, free_port, netbox, netbox_alone,
                     private_network_allowed, run)


@contextmanager
def door_to(port):
    """The program, and the port at which it listens."""
    with netbox("port_forward", 0, "127.0.0.1", port) as door:
        yield door, int(door.expect_line(
            rf"Listening on 127\.0\.0\.1:(\d+) for 127\.0\.0\.1:{port}")[1])


@contextmanager
def door_to_python():
    """The program, and what makes a connection through it: both its ends."""
    with socket.create_server(("127.0.0.1", 0)) as target:
        target.settimeout(BOUND)
        with door_to(target.getsockname()[1]) as (door, port):
            yield door, lambda: pair(door, port, target)


def pair(door, port, target):
    client = socket.create_connection(("127.0.0.1", port), BOUND)
    server, _ = target.accept()
    server.settimeout(BOUND)
    own_port = client.getsockname()[1]
    door.expect_line(rf"127\.0\.0\.1:{own_port} is connected")
    return client, server


def passes(data, sender, receiver):
    sender.sendall(data)
    assert received(receiver, len(data)) == data


def gone(door):
    door.expect_line(f"{ADDRESS} is done")


def both_directions():
    with door_to_python() as (door, connect):
        client, server = connect()
        passes(b"a question", client, server)
        passes(b"an answer", server, client)
        passes(b"\0\xff\r\n", client, server)
        client.close()
        assert ended(server)
        server.close()
        gone(door)


def half_close():
    """Who has said all it has to say still gets its answer."""
    with door_to_python() as (door, connect):
        for order in 1, -1:
            first, second = connect()[::order]
            first.sendall(b"all I have to say")
            first.shutdown(socket.SHUT_WR)
            assert received_all(second) == b"all I have to say"
            passes(b"the answer", second, first)
            second.close()
            assert ended(first)
            first.close()
            gone(door)


def much_in_both_directions():
    """While neither side reads before it has written everything."""
    sent = bytes(range(256)) * 8192
    arrived = {}

    def talk(conn):
        writer = threading.Thread(target=conn.sendall, args=(sent,))
        writer.start()
        arrived[conn] = received(conn, len(sent))
        writer.join(BOUND)

    with door_to_python() as (door, connect):
        ends = connect()
        talkers = [threading.Thread(target=talk, args=(conn,))
                   for conn in ends]
        for talker in talkers:
            talker.start()
        for talker in talkers:
            talker.join(BOUND)
        assert all(arrived[conn] == sent for conn in ends)
        for conn in ends:
            conn.close()
        gone(door)


def several_at_once():
    with door_to_python() as (door, connect):
        pairs = [connect() for _ in range(5)]
        for number, (client, server) in reversed(list(enumerate(pairs))):
            passes(b"from client %d" % number, client, server)
            passes(b"to client %d" % number, server, client)
        for client, server in pairs:
            server.close()
            assert ended(client)
            client.close()
            gone(door)


def nobody_over_there():
    with door_to(free_port()) as (door, port):
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", port),
                                          BOUND) as client:
                assert ended(client)
                door.expect_line(
                    f"{ADDRESS} cannot be connected: connection refused")


def a_side_that_dies():
    """The other side sees the end, and the next client is served."""
    with door_to_python() as (door, connect):
        for dies, lives in (0, 1), (1, 0):
            ends = connect()
            reset(ends[dies])
            assert ended(ends[lives])
            ends[lives].close()
            gone(door)
        passes(b"still here", *connect())


def interrupted():
    with door_to_python() as (door, connect):
        client, server = connect()
        door.interrupt()
        assert ended(client) and ended(server)
        door.finish(130)


def in_front_of_another_example():
    page_port = free_port()
    with netbox("http_get_raw", "server", "127.0.0.1", page_port) as server:
        server.expect_line("Serving on .*")
        with door_to(page_port) as (door, port):
            with netbox("http_get_raw", "client", "127.0.0.1", port) as client:
                client.finish(rest="HTTP/1.0 200 OK\n(.+\n)+\n"
                              "<h1>It works!</h1>\n")
            door.expect_line(f"{ADDRESS} is connected")
            gone(door)


def default_addresses():
    with netbox_alone("port_forward") as door:
        door.expect_line(
            r"Listening on 127\.0\.0\.1:8000 for 127\.0\.0\.1:8080")


CASES = [both_directions, half_close, much_in_both_directions, several_at_once,
         nobody_over_there, a_side_that_dies, interrupted,
         in_front_of_another_example]
if private_network_allowed():
    CASES += [default_addresses]
run(*CASES)
