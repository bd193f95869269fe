"""The arguments [ROLE] [HOST] [PORT] that the examples have in common."""
import re
import socket

from program import free_port, netbox, run

USAGE = re.escape("; type: netbox examples/udp_upper.lua [client|server] "
                  "[HOST] [PORT]\n")


def failed(thread, code, call):
    """One report: a line that says it all, and the lines of the script."""
    return (rf"netbox: {thread}examples/tcp_upper\.lua:\d+: [a-z ]+ "
            rf"\({code}, {re.escape(call)}\)\n"
            r"stack traceback:\n(\t.*\n)+")


def wrong_role():
    for word in "sever", "both", "host", "12000":
        with netbox("udp_upper", word) as program:
            program.finish(2, stderr=f"netbox: there is no role '{word}'"
                           + USAGE)


def wrong_port():
    for word in "65536", "-1", "1.5", "http", "":
        with netbox("udp_upper", "server", "127.0.0.1", word) as program:
            program.finish(2, stderr=re.escape(
                f"netbox: '{word}' is no port (0 to 65535)") + USAGE)


def other_roles_are_named():
    with netbox("hello_broadcast", "server") as program:
        program.finish(2, stderr=r"netbox: there is no role 'server'; type: "
                       r".*hello_broadcast\.lua \[receiver\|sender\] .*\n")


def port_taken():
    """The server's error is shown, once, and the client does not start."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with netbox("tcp_upper", "127.0.0.1", port) as both:
            both.finish(1, stderr=failed(r"thread 'server' \(.*\): ", "EADDRINUSE",
                                         f"bind to 127.0.0.1:{port}"))


def nobody_there():
    port = free_port()
    with netbox("tcp_upper", "client", "127.0.0.1", port) as client:
        client.finish(1, stderr=failed("", "ECONNREFUSED",
                                       f"connect to 127.0.0.1:{port}"))


run(wrong_role, wrong_port, other_roles_are_named, port_taken, nobody_there)
