"""resolve: names that need no name server."""
from program import netbox, run


def localhost():
    with netbox("resolve") as program:
        program.expect_line(r"127\.0\.0\.1")
        program.finish()


def an_address():
    with netbox("resolve", "127.1.2.3") as program:
        program.expect_line(r"127\.1\.2\.3")
        program.finish()


run(localhost, an_address)
