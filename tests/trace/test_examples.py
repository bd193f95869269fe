"""The examples as tshark sees them: nothing wrong with any packet, and in each
connection the bytes that the trace as JSON has, too.
"""
import base64
import json
import os
import tempfile

from tshark import ERROR, need, read, run

need()

from draw import LADDERS, run_example  # noqa: E402 (tshark sets the path)
from program import private_network_allowed  # noqa: E402


def connections(path):
    """What the two sides of each have sent, who connected first."""
    sides = {}
    with open(path, encoding="utf-8") as file:
        for event in map(json.loads, file):
            if event.get("proto") != "tcp" or "conversation" not in event:
                continue
            pair = sides.setdefault(event["conversation"],
                                    (bytearray(), bytearray()))
            if event["kind"] == "sent":
                pair[event["passive"]].extend(
                    base64.b64decode(event["base64"]))
    return [tuple(map(bytes, pair)) for pair in sides.values()]


def check_example(name, folder):
    packets, events = (os.path.join(folder, name + ending)
                       for ending in (".pcapng", ".jsonl"))
    run_example(name, f"--trace={packets}", f"--trace={events}")
    wanted = connections(events)
    found, streams = read(packets, streams=len(wanted), severity=ERROR)
    assert found, f"nothing was sent by {name}"
    # tshark puts the side first that was first to send.
    assert [sorted(pair) for pair in streams] == [
        sorted(pair) for pair in wanted], (name, streams, wanted)


def nothing_is_wrong_and_all_is_there():
    with tempfile.TemporaryDirectory() as folder:
        for name in LADDERS:
            check_example(name, folder)


if private_network_allowed():
    run(nothing_is_wrong_and_all_is_there)
