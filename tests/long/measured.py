"""What the long tests share: their scripts, and what a process takes of the
system's memory and descriptors, seen from outside.
"""
import os
import re
import resource
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "examples"))

from program import Program, run  # noqa: E402 (needs the path)

__all__ = ["Client", "Server", "need_descriptors", "run"]

PAGE = resource.getpagesize()


class Measured(Program):
    def __init__(self, script, *args):
        super().__init__([os.environ["NETBOX"], os.path.join(HERE, script),
                          *map(str, args)])

    def ask(self, number):
        """Tells it a number; its answer is one as well."""
        self.type(f"{number}\n")
        return self.number()

    def number(self):
        return int(self.expect_line(r"(\d+)").group(1))

    def memory(self):
        """The bytes of it that are resident."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * PAGE

    def most_memory(self):
        """The most that ever was resident."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1)) << 10

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def end(self):
        self.close_input()
        self.finish()


class Server(Measured):
    def __init__(self):
        super().__init__("server.lua")
        self.port = self.number()

    def settle(self, connections):
        """Waits for so many connections; gives the bytes Lua has in use."""
        return self.ask(connections)


class Client(Measured):
    def __init__(self, script, server, *args):
        super().__init__(script, server.port, *args)
        self.expect_line("ready")


def need_descriptors(count):
    """Ends the test, as skipped, where no process may open so many."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if limit != resource.RLIM_INFINITY and limit < count:
        print(f"this needs {count} descriptors; the hard limit is {limit}")
        sys.exit(77)
