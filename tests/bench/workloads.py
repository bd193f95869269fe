"""What is measured, with whom, and what netbox is to reach.

A peer is the command of a program; a peer of several words, such as
"netbox, singly", does the same in another way. The first peer of a workload is
what the others are compared with.
"""

from typing import NamedTuple


class Goal(NamedTuple):
    subject: str
    measure: str  # "cpu" (nanoseconds an operation), "rate" (a second),
    # "wall" (nanoseconds of a start), "rss" and "heap" (bytes each)
    bound: str  # "at most" or "at least"
    limit: float  # of what `other` needs or reaches
    other: str = ""  # none: the limit is absolute


class Peer(NamedTuple):
    command: str
    slower: int = 1  # does that much less of what is counted
    load: str = ""  # instead of the workload's


class Workload(NamedTuple):
    about: str
    peers: dict  # name: Peer; the first is the baseline
    goals: list
    load: str = ""  # what load.c is to do; none: a peer measures itself
    count: int = 0  # operations of a whole sample; 0: it takes seconds
    fixed: bool = False  # every sample is a whole one, and three are enough
    starts: bool = False  # what is measured is the start of the peers
    unit: str = ""  # of the figure that stands for it: "ns", "ms" or "B";
    # none: the ratio to the baseline

    title: str = ""  # of its panel in the plot; none: it has no panel

    @property
    def measure(self):
        """That figure: CPU time, unless it is bytes."""
        return "rss" if self.unit == "B" else "cpu"


def servers(kind, without=()):
    """The peers of an echo: one server in many languages."""
    commands = {
        "c": f"{{build}}/{kind}",
        "netbox": f"{{netbox}} {{peers}}/netbox/server.lua {kind}",
        "epoll": f"{{build}}/epoll {kind}",
        "go": f"{{build}}/go_server {kind}",
        "node": f"{{node}} {{peers}}/node/server.js {kind}",
        "asyncio": f"{{python}} {{peers}}/asyncio/server.py {kind}",
        "luv": f"{{lua}} {{peers}}/luv/server.lua {kind}",
        "cqueues": f"{{lua}} {{peers}}/cqueues/server.lua {kind}",
        "luasocket": f"{{lua}} {{peers}}/luasocket/server.lua {kind}",
        "python": f"{{python}} {{peers}}/python/server.py {kind}",
    }
    return {name: Peer(command) for name, command in commands.items()
            if name not in without}


# Some works read what memory they take; some take more than the usual limit.
OWN_WORK = ("{netbox} --allow-read=/proc/self/status --memory=8G "
            "{peers}/netbox/work.lua")


def work(name, without=()):
    """The peers whose threads do one of the works of netbox/work.lua."""
    peers = {
        "netbox": Peer(f"{OWN_WORK} {name}"),
        "go": Peer(f"{{build}}/go_work {name}"),
        "node": Peer(f"{{node}} {{peers}}/node/work.js {name}"),
        "asyncio": Peer(f"{{python}} {{peers}}/asyncio/work.py {name}", 10),
        "luv": Peer(f"{{lua}} {{peers}}/luv/work.lua {name}", 4),
        "cqueues": Peer(f"{{lua}} {{peers}}/cqueues/work.lua {name}", 10),
        "python": Peer(f"{{python}} {{peers}}/python/work.py {name}", 100),
    }
    return {peer: how for peer, how in peers.items() if peer not in without}


def bare(name, label):
    """A work of netbox/work.lua on coroutines of stock Lua."""
    return {f"lua5.4, {label}":
            Peer(f"{{lua}} {{peers}}/netbox/work.lua {name}")}


def also(name, label, slower=1):
    """Another work of netbox/work.lua."""
    return {f"netbox, {label}":
            Peer(f"{OWN_WORK} {name}", slower)}


def in_c(name):
    return {"c": Peer(f"{{build}}/work {name}")}


def cpu(limit, other="c", subject="netbox"):
    return Goal(subject, "cpu", "at most", limit, other)


def hand_over(about, name, without, more=None):
    return Workload(
        about, bare("pair", "pair") | work(name, without) | (more or {}),
        [cpu(3, "lua5.4, pair")], count=10_000_000, unit="ns")


def growing(few, many):
    """The same server of echoes with few connections and with many."""
    commands = {"c": "{build}/tcp",
                "netbox": "{netbox} {peers}/netbox/server.lua tcp"}
    return {f"{name}, {number}": Peer(command, load=f"tcp 64 {number} 1")
            for name, command in commands.items() for number in (few, many)}


NO_SUCH = ("luv", "cqueues")  # queues with room, locks, events

WORKLOADS = {
    "tcp64": Workload(
        "echo of 64 bytes over 50 TCP connections, one in flight on each",
        servers("tcp"),
        [cpu(1.06), Goal("netbox", "rate", "at least", 0.95, "c")],
        "tcp 64 50 1",
        title="TCP echo, 64 bytes"),
    "tcp16k": Workload(
        "echo of 16 KiB over 50 TCP connections, one in flight on each",
        servers("tcp"), [cpu(1.18)], "tcp 16384 50 1",
        title="TCP echo, 16 KiB"),
    "udp64": Workload(
        "echo of 64-byte datagrams, 64 in flight over 4 sockets",
        servers("udp") | {"c, drain": Peer("{build}/udp 64")}, [cpu(0.85)],
        "udp 64 4 16",
        title="UDP echo, 64 bytes"),
    "udp16k": Workload(
        "echo of datagrams of 16 KiB, 8 in flight over 4 sockets",
        servers("udp"), [cpu(1.18)], "udp 16384 4 2",
        title="UDP echo, 16 KiB"),
    "connect": Workload(
        "connect, echo of 64 bytes, close; 32 at a time",
        servers("tcp"), [cpu(1.05)], "connect 64 32 1",
        title="connect, echo, close"),
    "timed": Workload(
        "tcp64 with a time-out on each connection, and without",
        {"netbox": Peer("{netbox} {peers}/netbox/server.lua tcp"),
         "netbox, settimeout(5)":
             Peer("{netbox} {peers}/netbox/server.lua tcp 5")},
        [cpu(1.01, "netbox", "netbox, settimeout(5)")], "tcp 64 50 1"),
    "lines": Workload(
        "echo of lines of 100 bytes over 50 connections, 16 at a time on each",
        servers("lines", ["epoll"]), [cpu(1.3)], "lines 100 50 16",
        title="line protocol"),
    "proxy": Workload(
        "64 KiB from one connection to another by receiving and sending, 8 "
        "such pairs; and by socket.relay",
        servers("proxy", ["epoll"]) | {"netbox, relay": Peer(
            "{netbox} {peers}/netbox/server.lua relay")},
        [cpu(1.0, subject="netbox, relay")], "proxy 65536 8 1",
        title="proxy, 64 KiB"),
    "quiet": Workload(
        "one of 8,000 connections, each with its thread, after one echo",
        servers("tcp", ["luasocket"]) | {"asyncio": Peer(
            "{python} {peers}/asyncio/server.py streams")},
        [Goal("netbox", "rss", "at most", 1700)],
        "quiet 64 8000 1", fixed=True, unit="B",
        title="quiet connection"),
    "growth": Workload(
        "tcp64 over 50 connections, and over 10,000", growing(50, 10000),
        [cpu(1.3, "netbox, 50", "netbox, 10000")]),
    "growth_timers": Workload(
        "a timer that fires: 1,000 at once, and 1,000,000",
        {"c, 1000": Peer("{build}/work thousands"),
         "c, 1000000": Peer("{build}/work million"),
         "netbox, 1000": Peer(f"{OWN_WORK} thousands"),
         "netbox, 1000000": Peer(f"{OWN_WORK} million")},
        [cpu(2, "netbox, 1000", "netbox, 1000000")],
        count=1_000_000, fixed=True),
    "start": Workload(
        "start of a program that does nothing, to its end",
        {"c": Peer("{build}/empty"),
         "netbox": Peer("{netbox} {peers}/netbox/empty.lua"),
         "lua5.4": Peer("{lua} {peers}/netbox/empty.lua"),
         "go": Peer("{build}/go_empty"),
         "node": Peer("{node} {peers}/node/empty.js"),
         "asyncio": Peer("{python} {peers}/asyncio/empty.py"),
         "luv": Peer("{lua} -l luv {peers}/netbox/empty.lua"),
         "cqueues": Peer("{lua} -l cqueues {peers}/netbox/empty.lua"),
         "luasocket": Peer("{lua} -l socket {peers}/netbox/empty.lua"),
         "python": Peer("{python} {peers}/python/empty.py")},
        [Goal("netbox", "cpu", "at most", 1_300_000),
         Goal("netbox", "rss", "at most", 3_000_000)],
        starts=True, unit="ms",
        title="start-up"),
    "spawn": Workload(
        "a thread that is spawned, runs and is joined",
        bare("create", "create") | work("spawn") | also("singly", "singly")
        | bare("run", "run"),
        [cpu(100, ""), cpu(1, "lua5.4, create"),
         cpu(4, "lua5.4, create", "netbox, singly")],
        count=1_000_000, unit="ns",
        title="spawn and join"),
    "queue": Workload(
        "an item that goes to another thread and comes back, a queue each way",
        bare("pair", "pair") | work("queue", ["luv"]), [cpu(210, "")],
        count=5_000_000, unit="ns",
        title="round trip over two queues"),
    "pass": hand_over(
        "an item that goes to another thread, through a queue with room for "
        "one", "pass", NO_SUCH, also("unbounded", "unbounded")),
    "lock": hand_over(  # Python's is not handed over: whoever is quick has it
        "a lock that goes to the thread that waits for it", "lock",
        (*NO_SUCH, "python")),
    "event": hand_over(
        "an event that wakes the thread that waits for it", "event",
        NO_SUCH),
    "waiting": Workload(
        "one of 100,000 threads that wait, each for an item of its own queue",
        bare("suspended", "suspended") | work("waiting", ["luv"])
        | also("listening", "event"),
        [Goal("netbox", "rss", "at most", 1550),
         Goal("netbox, event", "rss", "at most", 1536)],
        count=100_000, fixed=True, unit="B",
        title="waiting thread"),
    "sleepers": Workload(
        "one of 200,000 threads that sleep, for 1 to 50 ms",
        in_c("sleepers") | work("sleepers"), [cpu(2000, "")],
        count=200_000, fixed=True, unit="ns",
        title="sleeping thread"),
    "timers": Workload(
        "a timer that is armed and cancelled, and the time-out of a receive "
        "that is not needed",
        in_c("timers") | work("timers", ["cqueues", "python"])
        | also("timeout", "time-out", 20),
        [cpu(200, ""), cpu(45, "", "netbox, time-out")],
        count=5_000_000, unit="ns",
        title="timer armed and cancelled"),
    "coroutine": Workload(
        "one coroutine.resume and the yield that answers it",
        {"lua5.4": Peer("{lua} {peers}/netbox/coroutine.lua"),
         "netbox": Peer("{netbox} {peers}/netbox/coroutine.lua")},
        [cpu(1.3, "lua5.4")]),
    "nested": Workload(
        "a wait three generators deep, and a flat one",
        {"netbox, flat": Peer("{netbox} {peers}/netbox/nested.lua 0"),
         "netbox, deep": Peer("{netbox} {peers}/netbox/nested.lua 3")},
        [cpu(1.3, "netbox, flat", "netbox, deep")]),
}
