"""multicast_chat: several on one machine, with Python among them."""
import socket
from contextlib import contextmanager

from program import (BOUND, free_port, netbox, netbox_alone,
                     private_network_allowed, run)

GROUP = "239.255.0.1"
HERE = socket.inet_aton("127.0.0.1")


@contextmanager
def chatter(name, port, **options):
    with netbox("multicast_chat", name, GROUP, port, **options) as program:
        program.expect_line(f"{name} listens to {GROUP}:{port}")
        yield program


def room():
    """A port of the group that is free."""
    return free_port(socket.SOCK_DGRAM)


def all_hear(text, *listeners):
    for listener in listeners:
        listener.expect_line(text)


@contextmanager
def ear_of_python(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.settimeout(BOUND)
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ear.bind((GROUP, port))
        ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                       socket.inet_aton(GROUP) + HERE)
        yield ear


@contextmanager
def mouth_of_python():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
        mouth.bind(("127.0.0.1", 0))
        mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, HERE)
        yield mouth


def three_of_them():
    """Each hears the others, and not itself."""
    port = room()
    with (chatter("ada", port) as ada, chatter("bob", port) as bob,
          chatter("eve", port) as eve):
        ada.type("hello\n")
        all_hear("ada: hello", bob, eve)
        bob.type("who is there?\n\n")
        all_hear(r"bob: who is there\?", ada, eve)
        all_hear("bob: ", ada, eve)
        eve.type("nobody\n")
        all_hear("eve: nobody", ada, bob)
        for program in ada, bob, eve:
            program.close_input()
            program.finish()


def with_python():
    port = room()
    with (chatter("ada", port) as ada, ear_of_python(port) as ear,
          mouth_of_python() as mouth):
        ada.type("hello\n")
        assert ear.recv(1024) == b"ada: hello"
        mouth.sendto(b"python: hello", (GROUP, port))
        assert ear.recv(1024) == b"python: hello"
        ada.expect_line("python: hello")
        ada.close_input()
        ada.finish()


def another_group_or_port_is_another_room():
    port = room()
    with chatter("ada", port) as ada, mouth_of_python() as mouth:
        with ear_of_python(room()) as other_port:
            mouth.sendto(b"not here", other_port.getsockname())
            assert other_port.recv(1024) == b"not here"
        mouth.sendto(b"nor here", ("239.255.0.2", port))
        mouth.sendto(b"nor here", ("127.0.0.1", port))
        mouth.sendto(b"here", (GROUP, port))
        ada.expect_line("here")


def on_a_terminal():
    port = room()
    with (chatter("ada", port, terminal=True) as ada,
          mouth_of_python() as mouth):
        mouth.sendto(b"python: hello", (GROUP, port))
        ada.expect_line("python: hello")
        ada.type("\x04")  # Ctrl-D
        ada.finish()


def some_that_die():
    port = room()
    with chatter("ada", port) as ada, chatter("bob", port) as bob:
        with chatter("eve", port) as eve:
            eve.stop()
        ada.interrupt()
        ada.finish(130)
        with chatter("ada", port) as ada_again:
            ada_again.type("here again\n")
            bob.expect_line("ada: here again")


def no_group():
    with netbox("multicast_chat", "ada", "127.0.0.1", room()) as program:
        program.finish(1, stderr=r"netbox: .*join of 127\.0\.0\.1 is not"
                       r" allowed(.|\n)*")


def defaults():
    """Where there is no other interface, and no route."""
    with netbox_alone("multicast_chat") as program:
        program.expect_line(r"\S+ listens to 239\.255\.0\.1:5007")
        program.type("anybody?\n")
        program.close_input()
        program.finish()


CASES = [three_of_them, with_python, another_group_or_port_is_another_room,
         on_a_terminal, some_that_die, no_group]
if private_network_allowed():
    CASES += [defaults]
run(*CASES)
