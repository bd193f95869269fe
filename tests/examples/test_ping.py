"""ping: replies and statistics where the system allows it, else a sentence."""
import ctypes
import re
import socket

from program import netbox, netbox_alone, private_network_allowed, run

HERE = "127.0.0.1"
OUR_GROUP = ("ping_group_range", "0 0")
NO_REPLY = ("icmp_echo_ignore_all", "1")
PR_CAPBSET_DROP, CAP_NET_RAW = 24, 13
REFUSED = r"(.|\n)*net\.ipv4\.ping_group_range(.|\n)*CAP_NET_RAW(.|\n)*"
REPLY = (r"64 bytes from 127\.0\.0\.1: icmp_seq=%d ttl=\d+ "
         r"time=\d+\.\d{3} ms")
ROUND_TRIP = (r"round-trip min/avg/max/stddev = "
              r"\d+\.\d{3}/\d+\.\d{3}/\d+\.\d{3}/\d+\.\d{3} ms")


def allowed(*kinds):
    for kind in kinds:
        try:
            socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP).close()
            return True
        except PermissionError:
            pass
    return False


def statistics(program, host, sent, received, loss):
    program.expect_line("")
    program.expect_line(f"--- {re.escape(host)} ping statistics ---")
    program.expect_line(f"{sent} packets transmitted, {received} packets "
                        f"received, {loss}% packet loss")


def replies():
    with netbox("ping", "localhost", 2) as program:
        program.expect_line(r"PING localhost \(127\.0\.0\.1\): 56 data bytes")
        for seq in range(2):
            program.expect_line(REPLY % seq)
        statistics(program, "localhost", 2, 2, "0.0")
        program.expect_line(ROUND_TRIP)
        program.finish()


def interrupted():
    with netbox("ping") as program:
        program.expect_line(r"PING 127\.0\.0\.1 \(127\.0\.0\.1\): .*")
        program.expect_line(REPLY % 0)
        program.interrupt()
        statistics(program, HERE, 1, 1, "0.0")
        program.expect_line(ROUND_TRIP)
        program.finish(130)


def lost():
    """A broadcast address, which an ordinary socket must not send to."""
    with netbox("ping", "127.255.255.255", 1) as program:
        program.expect_line("PING .*")
        program.expect_line(
            r"no reply from 127\.255\.255\.255: icmp_seq=0 permission denied.*")
        statistics(program, "127.255.255.255", 1, 0, "100.0")
        program.finish()


def not_allowed():
    drop = ctypes.CDLL(None).prctl  # without privilege there is none to drop
    with netbox("ping", "localhost", 1, preexec_fn=lambda: drop(
            PR_CAPBSET_DROP, CAP_NET_RAW, 0, 0, 0)) as program:
        program.finish(1, stderr=REFUSED)


def replies_of_the_datagram_kind():
    with netbox_alone("ping", HERE, "1", setting=OUR_GROUP) as program:
        program.expect_line("PING .*")
        program.expect_line(REPLY % 0)
        statistics(program, HERE, 1, 1, "0.0")
        program.expect_line(ROUND_TRIP)
        program.finish()


def silence():
    with netbox_alone("ping", HERE, "1", setting=NO_REPLY) as program:
        program.expect_line("PING .*")
        program.expect_line(r"no reply from 127\.0\.0\.1: icmp_seq=0 timeout")
        statistics(program, HERE, 1, 0, "100.0")
        program.finish()


CASES = []
if allowed(socket.SOCK_DGRAM, socket.SOCK_RAW):
    CASES += [replies, interrupted, lost]
if not allowed(socket.SOCK_DGRAM):
    CASES += [not_allowed]
if private_network_allowed(OUR_GROUP):
    CASES += [replies_of_the_datagram_kind, silence]
run(*CASES)
