"""The pcapng file of a trace as tshark reads it."""
import os
import random
import subprocess
import tempfile

from tshark import BOUND, ERROR, need, read, run

need()
FEED = os.environ["FEED"]
folder = tempfile.TemporaryDirectory()
FILE = os.path.join(folder.name, "x.pcapng")


def feed(*events):
    """Writes the file; each event is a line (see unit/support/tale.h)."""
    text = "".join(event + "\n" for event in events)
    subprocess.run([FEED, FILE], input=text.encode(), timeout=BOUND, check=True)


class Connection:
    """Events of a TCP connection: of the client and of the server."""

    def __init__(self, number=1, ip="127.0.0.1", inside=True):
        self.number, self.inside = number, inside
        self.ends = [f"{ip}:{40000 + number}", f"{ip}:50007"]

    def event(self, side, what, rest=""):
        """Of the client (0) or of the server (1)."""
        first = 2 * self.number - 1
        peer = f"peer={first + 1 - side}" if self.inside else ""
        return (f"{what} tcp of={self.number} socket={first + side} {peer} "
                f"{self.ends[side]} {self.ends[not side]} {rest}")

    def client(self, what, rest=""):
        return self.event(0, what, rest)

    def server(self, what, rest=""):
        return self.event(1, what, rest)


def flags(packets):
    return [packet["tcp.flags.str"].replace("·", "") for packet in packets]


def column(packets, field):
    return [packet[field] for packet in packets]


def a_conversation_has_its_handshake_and_its_end():
    for ip in ("127.0.0.1", "[::1]", "192.0.2.1", "[2001:db8::1]"):
        one = Connection(ip=ip)
        feed(one.client("connecting"), one.client("connected"),
             one.server("accepted"), one.client("sent", "text=hello"),
             one.server("received", "text=hello"),
             one.server("sent", "text=HELLO"),
             one.client("received", "text=HELLO"),
             one.client("half-closed"), one.server("ended"),
             one.server("sent", "text=bye"), one.client("received", "text=bye"),
             one.server("closed"), one.client("ended"), one.client("closed"))
        packets, streams = read(FILE, "tcp.flags.str", streams=1)
        assert streams == [(b"hello", b"HELLObye")], streams
        assert flags(packets) == [
            "S", "AS", "A", "AP", "A", "AP", "A", "AF", "A", "AP", "A", "AF",
            "A"], flags(packets)


def nothing_is_missing_in_large_streams():
    chance = random.Random(1)
    ways = (Connection(1), Connection(2, "[2001:db8::1]", inside=False))
    sent = [[b"", b""], [b"", b""]]
    events = []
    for one in ways:
        events += [one.client("connecting"), one.client("connected")]
    for _ in range(120):
        number, side = chance.randrange(2), chance.randrange(2)
        data = chance.randbytes(chance.choice((1, 100, 5000, 150000)))
        one = ways[number]
        sent[number][side] += data
        if one.inside or side == 0:
            events.append(one.event(side, "sent", f"hex={data.hex()}"))
        else:
            events.append(one.client("received", f"hex={data.hex()}"))
    for one in ways:
        events += [one.client("ended"), one.client("closed")]
    feed(*events)
    _, streams = read(FILE, streams=2)
    assert streams == [tuple(stream) for stream in sent]


def a_conversation_met_in_its_midst_is_read_without_a_warning():
    one = Connection()
    feed(one.server("sent", "text=hello"), one.client("received", "text=hello"),
         one.client("sent", "text=hey"), one.client("closed"),
         one.server("closed"))
    _, streams = read(FILE, streams=1)
    assert streams == [(b"hello", b"hey")], streams


def a_refusal_and_a_reset_are_all_that_is_warned_of():
    one, two = Connection(1, inside=False), Connection(2, inside=False)
    feed(one.client("connecting"), one.client("refused", "errno=111"),
         one.client("closed"),
         two.client("connecting"), two.client("connected"),
         two.client("sent", "text=x"), two.client("reset", "errno=104"))
    packets, _ = read(FILE, "tcp.flags.str", severity=ERROR)
    assert flags(packets) == ["S", "AR", "S", "AS", "A", "AP", "A", "AR"]
    for packet in packets:
        assert ("Connection reset (RST)" in packet["_ws.expert.message"]) == (
            "R" in packet["tcp.flags.str"]), packet


def a_timeout_leaves_the_syn_alone():
    one = Connection(inside=False)
    feed(one.client("connecting"),
         one.client("timed-out", "operation=connect errno=110"),
         one.client("closed"), "mark - text=end")
    packets, _ = read(FILE, "tcp.flags.str")
    assert flags(packets) == ["S"]


def a_gap_is_seen_where_it_is():
    one = Connection()
    feed(one.client("connected"), one.client("sent", "text=a"),
         "dropped - count=2", one.client("sent", "text=b"),
         one.client("sent", "text=c"))
    packets, _ = read(FILE, "tcp.payload", "tcp.analysis.lost_segment",
                      "tcp.analysis.ack_lost_segment", "tcp.analysis.flags",
                      severity=ERROR)
    assert column(packets, "tcp.payload") == [
        "", "", "", "61", "", "62", "", "63", ""]
    flagged = column(packets, "tcp.analysis.flags")
    assert [number for number, flag in enumerate(flagged) if flag] == [5, 6]
    assert packets[5]["tcp.analysis.lost_segment"], packets[5]
    assert packets[6]["tcp.analysis.ack_lost_segment"], packets[6]


def datagrams_and_their_refusal():
    events = []
    for ip in ("127.0.0.1", "[::1]"):
        ends = f"{ip}:40001 {ip}:50007"
        events += [f"sent udp of=1 socket=1 {ends} text=hello",
                   f"sent udp of=1 socket=1 {ends}",
                   f"sent udp of=1 socket=1 {ends} hex={'5a' * 65507}",
                   f"refused udp of=1 socket=1 {ends} errno=111"]
    feed(*events)
    packets, _ = read(FILE, "udp.length", "udp.dstport", "icmp.type",
                      "icmp.code", "icmpv6.type", "icmpv6.code")
    assert column(packets, "udp.length") == ["13", "8", "65515", "65515"] * 2
    assert column(packets, "udp.dstport") == ["50007"] * 8
    assert column(packets[:4], "icmp.type") == ["", "", "", "3"]
    assert packets[3]["icmp.code"] == "3"
    assert column(packets[4:], "icmpv6.type") == ["", "", "", "1"]
    assert packets[7]["icmpv6.code"] == "4"


def a_ping_is_answered():
    events = []
    for ip, ask, answer in (("127.0.0.1", "08", "000054f6"),
                            ("[::1]", "80", "81000000")):
        start = f"icmp of=1 socket=1 {ip}:77 {ip}:0"
        events += [f"sent {start} hex={ask}00000000000001aabb",
                   f"received {start} hex={answer}004d0001aabb"]
    feed(*events)
    packets, _ = read(FILE, "icmp.resp_to", "icmpv6.resp_to")
    assert column(packets, "icmp.resp_to") == ["", "1", "", ""], packets
    assert column(packets, "icmpv6.resp_to") == ["", "", "", "3"]


def comments_and_times_are_there():
    one = Connection()
    feed("mark - text=begin thread=main at=x.lua:1",
         one.client("connecting", "thread=client at=x.lua:7"))
    packets, _ = read(FILE, "frame.comment", "frame.time_epoch",
                      "frame.interface_name")
    assert column(packets, "frame.comment") == [
        "mark: begin (thread 'main' at x.lua:1),thread 'client' at x.lua:7"]
    assert column(packets, "frame.time_epoch") == ["1700000000.002000000"]
    assert column(packets, "frame.interface_name") == ["netbox"]


run(a_conversation_has_its_handshake_and_its_end,
    nothing_is_missing_in_large_streams,
    a_conversation_met_in_its_midst_is_read_without_a_warning,
    a_refusal_and_a_reset_are_all_that_is_warned_of,
    a_timeout_leaves_the_syn_alone,
    a_gap_is_seen_where_it_is,
    datagrams_and_their_refusal,
    a_ping_is_answered,
    comments_and_times_are_there)
