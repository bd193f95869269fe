"""Programs as they are written for LuaSocket, unmodified: by stock Lua, by
netbox, by one with the other, and several at once in threads of netbox.
"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "examples"))

from program import Program, run  # noqa: E402 (needs the path)

NETBOX = (os.environ["NETBOX"],)
STOCK = ("lua5.4",)
HOST = "127.0.0.1"

# Who serves and who is served.
PAIRS = ((STOCK, STOCK), (NETBOX, NETBOX), (NETBOX, STOCK), (STOCK, NETBOX))


def start(lua, program, *args):
    script = os.path.join(HERE, "programs", program + ".lua")
    return Program([*lua, script, *map(str, args)])


def port_of(server):
    return server.expect_line(rf"listening on {HOST}:(\d+)")[1]


def echo():
    for serving, served in PAIRS:
        with start(serving, "echo_server", HOST, 0) as server:
            port = port_of(server)
            with start(served, "echo_client", HOST, port, "one", "two",
                       "x" * 100000) as client:
                client.expect_line("one -> one")
                client.expect_line("two -> two")
                client.finish(rest="x{100000} -> x{100000}\ndone\n")
            with start(served, "echo_client", HOST, port,
                       "shutdown") as client:
                client.finish(rest="shutdown -> shutdown\ndone\n")
            server.finish(rest="good-bye\n")


def nobody_to_talk_to():
    with start(STOCK, "echo_server", HOST, 0) as server:
        port = port_of(server)
        server.stop()
    for lua in STOCK, NETBOX:
        with start(lua, "echo_client", HOST, port) as client:
            client.finish(rest="failed: connection refused\n")


def chat():
    names = ("ada", "bob", "cy")
    greetings = "".join(f"{name} says hello\n" for name in names)
    for serving, served in PAIRS:
        with start(serving, "chat_server", HOST, 0, len(names)) as server:
            port = port_of(server)
            members = [start(served, "chat_client", HOST, port, len(names),
                             name) for name in names]
            for member in members:
                with member:
                    member.finish(rest=greetings)
            server.finish(rest="all have left\n")


def several_in_threads():
    with start(NETBOX, "../in_threads") as both:
        both.finish(rest=(
            "echo_client: shutdown -> shutdown\necho_client: done\n"
            "echo_server: listening on 127.0.0.1:PORT\n"
            "echo_server: good-bye\n"
            "chat_server: listening on 127.0.0.1:PORT\n"
            "chat_server: all have left\n"
            + 3 * "chat_client: 1 says hello\n2 says hello\n3 says hello\n"
            + 2 * "echo_client: one -> one\necho_client: two -> two\n"
                  "echo_client: done\n"))


if subprocess.run([*STOCK, "-e", "require('socket')"], check=False,
                  stderr=subprocess.DEVNULL).returncode != 0:
    sys.exit(77)
run(echo, nobody_to_talk_to, chat, several_in_threads)
