"""Draws the ladder diagrams of the examples, beside them:

    NETBOX=build/netbox python3 tests/examples/draw.py [FOLDER]

Those that recreate a program of a document and open a socket are run, each in
a network of its own, where its default address is free. A picture is the same
whenever it is drawn: it has no times, and a role for each port that the system
has chosen.
"""
import os
import re
import subprocess
import sys

from program import BOUND, PRIVATE_NETWORK

# The arguments of each, and what is typed.
LADDERS = {
    "hello_broadcast": (["127.255.255.255", "3400", "2"], ""),
    "open_sockets": ([], ""),
    "ping": (["127.0.0.1", "2"], ""),
    "reverse_threads": ([], "n\n"),
    "tcp_echo": ([], ""),
    "tcp_greeting": ([], ""),
    "tcp_hey": ([], "hello\nEND\n"),
    "tcp_probe": ([], "127.0.0.1\n8001\n"),  # where nobody listens
    "tcp_threads": ([], "hello\n"),
    "tcp_upper": ([], "hello\n"),
    "udp_echo": ([], "hello\nexit\n"),
    "udp_hello": ([], ""),
    "udp_upper": ([], "hello\n"),
}


def flags_of(script):
    """Those that an example asks for in its first comment."""
    with open(script, encoding="utf-8") as file:
        match = re.search(r"^-- netbox: (.*)$", file.read(), re.MULTILINE)
    return match[1].split() if match else []


def run_example(name, *flags):
    arguments, typed = LADDERS[name]
    script = os.path.join("examples", name + ".lua")
    subprocess.run(
        [*PRIVATE_NETWORK, os.environ["NETBOX"], *flags_of(script), *flags,
         script, *arguments],
        input=typed.encode(), stdout=subprocess.DEVNULL, check=True,
        timeout=BOUND)


def draw(name, folder):
    """Returns the path of the picture."""
    path = os.path.join(folder, name + ".svg")
    run_example(name, "--trace-stable", f"--trace={path}")
    return path


if __name__ == "__main__":
    for example in LADDERS:
        print(draw(example, *sys.argv[1:] or ["examples"]))
