"""port_scan: finds those that listen and only those, and never tries more at
once than it says."""
import os
import re
import socket
from contextlib import ExitStack

from program import (BOUND, Program, free_port, netbox, netbox_alone,
                     private_network_allowed, run)

# In front of the example: sockets that connect nowhere, and how many of them
# there were at once.
COUNTED = """
local there, most = 0, 0
function socket.tcp()
  there = there + 1
  most = math.max(most, there)
  return setmetatable({
    settimeout = function() end,
    connect = function()
      thread.yield()
      return nil, "connection refused"
    end,
  }, { __close = function() there = there - 1 end })
end
dofile "examples/port_scan.lua"
print(most .. " at once, " .. there .. " left")
"""


def scan(first, last):
    """What is open, with its service or None; and the last line."""
    with netbox("port_scan", first, last) as program:
        program.expect_line(rf"Scanning 127\.0\.0\.1, ports {first} to {last}")
        program.finish(rest=r"(\d+ is open.*\n)*.*\n")
    lines = re.findall(r"^(\d+) is open(?:: (.+))?$", program.seen, re.M)
    return ({int(port): service or None for port, service in lines},
            program.seen.splitlines()[-1])


def those_that_listen():
    with ExitStack() as stack:
        ports = [stack.enter_context(socket.create_server(
            ("127.0.0.1", 0))).getsockname()[1] for _ in range(5)]
        for port in ports:
            assert scan(port, port) == ({port: None}, "open: 1")
        several = scan(min(ports) - 3, min(ports) + 300)
        assert min(ports) in several[0]
        assert several[1].endswith(f"open: {len(several[0])}")


def where_nobody_listens():
    port = free_port()
    assert scan(port, port) == ({}, "connection refused: 1")


def a_port_that_does_not_answer():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent:
        address = silent.getsockname()
        with socket.create_connection(address, BOUND):
            assert scan(address[1], address[1]) == ({}, "timeout: 1")


def no_port_at_all():
    assert scan(2, 1) == ({}, "")


def fifty_at_once():
    with Program([os.environ["NETBOX"], "-e", COUNTED, "1", "500"]) as program:
        program.finish(rest=r"Scanning .*\nconnection refused: 500\n"
                       "50 at once, 0 left\n")


def servers_of_its_own():
    with netbox_alone("port_scan") as program:
        program.finish(rest=r"Scanning 127\.0\.0\.1, ports 8000 to 8100\n"
                       r"8000 is open(: \S+)?\n8008 is open(: \S+)?\n"
                       r"8080 is open(: \S+)?\n"
                       r"connection refused: 98, open: 3\n")


def a_connection_to_itself():
    """All connections come from the one port that is scanned."""
    with netbox_alone("port_scan", "40000", "40000",
                      setting=("ip_local_port_range", "40000 40000")
                      ) as program:
        program.finish(rest=r"Scanning .*\nconnection refused: 1\n")


CASES = (those_that_listen, where_nobody_listens, a_port_that_does_not_answer,
         no_port_at_all, fifty_at_once)
if private_network_allowed():
    run(*CASES, servers_of_its_own, a_connection_to_itself)
else:
    run(*CASES)
