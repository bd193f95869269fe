"""What tshark reads in a pcapng file, with all checksums checked."""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "examples"))

from program import run  # noqa: E402,F401 (needs the path; for the tests)

BOUND = 50
CHECKS = ("-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
          "-o", "udp.check_checksum:TRUE")
WARNING, ERROR = 0x600000, 0x800000  # of Wireshark's severities
GOOD = "1"  # status of a checksum
CHECKSUMS = ("ip.checksum.status", "tcp.checksum.status",
             "udp.checksum.status", "icmp.checksum.status",
             "icmpv6.checksum.status")
FIELDS = ("_ws.expert.severity", "_ws.expert.message", "frame.protocols",
          *CHECKSUMS)


def need():
    """Ends the test where there is no tshark."""
    if shutil.which("tshark") is None:
        print("skipped: there is no tshark")
        sys.exit(77)


def tshark(path, *options):
    """Runs it and returns what it prints; it must not complain."""
    with tempfile.TemporaryDirectory() as home:  # nobody's settings
        done = subprocess.run(
            ["tshark", "-n", "-r", path, *CHECKS, *options],
            capture_output=True, text=True, timeout=BOUND, check=False,
            env=dict(os.environ, HOME=home, XDG_CONFIG_HOME=home))
    complaints = [line for line in done.stderr.splitlines()
                  if not line.startswith("Running as user")]
    assert done.returncode == 0 and not complaints, complaints
    return done.stdout


def check_packet(packet, severity):
    """Nothing is malformed, no checksum wrong, nothing else as grave."""
    graver = [level for level in packet["_ws.expert.severity"].split(",")
              if level and int(level) >= severity]
    assert not graver, packet
    protocols = packet["frame.protocols"].split(":")[:3]  # not the quoted ones
    for field in CHECKSUMS:
        if field.split(".", maxsplit=1)[0] in protocols:
            assert packet[field].split(",")[0] == GOOD, packet


def read(path, *fields, streams=0, severity=WARNING):
    """The packets with these fields, as dictionaries of texts, once they are
    found right; and of each of so many TCP streams what its first sender sent,
    and the other one.
    """
    names = FIELDS + fields
    options = ["-T", "fields", "-E", "separator=/t"]
    for name in names:
        options += ["-e", name]
    for stream in range(streams):
        options += ["-z", f"follow,tcp,raw,{stream}"]
    packets, _, followed = tshark(path, *options).partition("\n====")
    packets = [dict(zip(names, line.split("\t")))
               for line in packets.strip("\n").split("\n") if line]
    for packet in packets:
        check_packet(packet, severity)
    return packets, streams_of(followed)


def streams_of(text):
    """What was sent in the streams that tshark has followed."""
    streams = {}
    sides = None
    for line in text.splitlines():
        if line.startswith("Filter: tcp.stream eq "):
            sides = streams[int(line.split()[-1])] = (bytearray(), bytearray())
        elif sides and not line.startswith(("Node ", "===", "Follow: ")):
            sides[line.startswith("\t")].extend(bytes.fromhex(line.strip()))
    return [tuple(bytes(side) for side in streams[number])
            for number in sorted(streams)]
