"""happy_eyeballs: the timeline has its lines in order, and no socket is left
open. (When the lines come is not looked at.)"""
import os
import re
import socket

from program import ADDRESS, BOUND, Program, free_port, netbox, run

MS = r" *\d+ ms  "
SIX = r"\[::1\]"
FOUR = r"127\.0\.0\.1"


def warned(*args):
    """The example; each socket that nobody has closed is an error."""
    return Program([os.environ["NETBOX"], "--warn", *args])


def two_addresses_of_its_own():
    with warned("examples/happy_eyeballs.lua") as program:
        silent = program.expect_line(rf"{MS}({SIX}:\d+|{ADDRESS}) is tried")
        server = program.expect_line(rf"{MS}({ADDRESS}) is tried")[1]
        program.expect_line(rf"{MS}{server} is connected")
        program.expect_line(rf"{MS}{re.escape(silent[1])} is given up")
        program.expect_line(rf"tcp {ADDRESS} -> {server}")
        program.finish()


def the_next_one_at_once_where_one_fails():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(BOUND)
        port = server.getsockname()[1]
        with netbox("happy_eyeballs", "localhost", port) as program:
            program.expect_line(rf"{MS}{SIX}:{port} is tried")
            program.expect_line(rf"{MS}{SIX}:{port} fails: .*")
            program.expect_line(rf"{MS}{FOUR}:{port} is tried")
            program.expect_line(rf"{MS}{FOUR}:{port} is connected")
            program.finish(rest=rf"tcp {ADDRESS} -> {FOUR}:{port}\n")
            server.accept()[0].close()


def the_first_one_needs_no_other():
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        port = server.getsockname()[1]
        with netbox("happy_eyeballs", "localhost", port) as program:
            program.expect_line(rf"{MS}{SIX}:{port} is tried")
            program.expect_line(rf"{MS}{SIX}:{port} is connected")
            program.finish(rest=rf"tcp {SIX}:\d+ -> {SIX}:{port}\n")


def nobody_there():
    port = free_port()
    with warned("examples/happy_eyeballs.lua", "localhost",
                str(port)) as program:
        for host in (SIX, FOUR):
            program.expect_line(rf"{MS}{host}:{port} is tried")
            program.expect_line(rf"{MS}{host}:{port} fails: .*")
        program.finish(rest="no address is left\n")


def the_time_is_up():
    """The example's own deadline would be a long one."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent:
        address = silent.getsockname()
        with socket.create_connection(address, BOUND):
            with warned("-e", """
                    local deadline = thread.deadline
                    function thread.deadline(_, ...)
                      return deadline(0.02, ...)
                    end
                    dofile "examples/happy_eyeballs.lua"
                    """, FOUR.replace("\\", ""), str(address[1])) as program:
                program.expect_line(rf"{MS}{FOUR}:{address[1]} is tried")
                program.expect_line(rf"{MS}{FOUR}:{address[1]} is given up")
                program.finish(rest="nobody has answered in 10 seconds\n")


def a_name_that_nobody_knows():
    with netbox("happy_eyeballs", "no such name") as program:
        program.finish(status=1, stderr=r"netbox: .*EAI_NONAME.*\n(.*\n)*")


CASES = (two_addresses_of_its_own, the_next_one_at_once_where_one_fails,
         nobody_there, the_time_is_up, a_name_that_nobody_knows)
if socket.has_dualstack_ipv6():
    run(*CASES, the_first_one_needs_no_other)
else:
    run(*CASES)
