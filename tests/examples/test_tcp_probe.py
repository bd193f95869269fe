"""tcp_probe: with and without somebody there, as Python's, and by arguments."""
import socket

from program import free_port, netbox, python, run

REASON = {netbox: "Reason connection refused",
          python: r"Reason \[Errno 111\] Connection refused"}


def answer(probe, port):
    probe.expect_line("socket created")
    probe.expect("enter the host name to connect: ")
    probe.type("127.0.0.1\n")
    probe.expect("enter the port: ")
    probe.type(f"{port}\n")


def somebody_there():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        for start in netbox, python:
            with start("tcp_probe") as probe:
                answer(probe, port)
                probe.expect_line(rf"socket connected to 127\.0\.0\.1:{port}")
                conn, _ = listener.accept()
                with conn:
                    assert conn.recv(1) == b""
                probe.finish()


def nobody_there():
    port = free_port()
    for start in netbox, python:
        with start("tcp_probe") as probe:
            answer(probe, port)
            probe.expect_line(rf"Failed to connect to 127\.0\.0\.1:{port}")
            probe.expect_line(REASON[start])
            probe.finish()


def host_and_port_as_arguments():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        for role in (), ("client",):
            with netbox("tcp_probe", *role, "127.0.0.1", port) as probe:
                probe.expect_line("socket created")
                probe.expect_line(rf"socket connected to 127\.0\.0\.1:{port}")
                probe.finish()


def no_input():
    with netbox("tcp_probe") as probe:
        probe.close_input()
        probe.expect_line("socket created")
        probe.expect("enter the host name to connect: ")
        probe.expect("enter the port: ")
        probe.finish()


run(somebody_there, nobody_there, host_and_port_as_arguments, no_input)
