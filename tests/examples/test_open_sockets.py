"""open_sockets: the listener and both ends of the connection."""
from program import netbox, run


def three_sockets():
    with netbox("open_sockets") as program:
        program.expect_line(" FD  TYPE NODE NAME")
        port = program.expect_line(
            r" *\d+u IPv4 TCP  127\.0\.0\.1:(\d+) \(LISTEN\)")[1]
        client = program.expect_line(
            rf" *\d+u IPv4 TCP  127\.0\.0\.1:(\d+)->127\.0\.0\.1:{port} "
            r"\(ESTABLISHED\)")[1]
        program.expect_line(
            rf" *\d+u IPv4 TCP  127\.0\.0\.1:{port}->127\.0\.0\.1:{client} "
            r"\(ESTABLISHED\)")
        program.finish()


run(three_sockets)
