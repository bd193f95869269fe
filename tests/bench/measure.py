"""Takes the samples: starts a program and its load on a core each, and reads
what they print. Every sample is a fresh process."""

import os
import resource
import select
import subprocess
import sys
import tempfile
from typing import NamedTuple

from programs import BUILD, NETBOX, Failure, command

START_TIME = 10  # seconds that a server has to print its port
MAX_TIME = 60  # seconds that a program has for what it is to count
DESCRIPTORS = 10100  # of the workload with the most connections


class Effort(NamedTuple):
    rounds: int
    fixed: int  # rounds of what is always done as a whole
    seconds: float  # of a sample
    share: int  # a sample does 1/share of what a workload counts


EFFORTS = {
    "quick": Effort(5, 1, 0.08, 100),
    "usual": Effort(11, 3, 0.25, 10),
    "whole": Effort(5, 5, 1, 1),
}


def allow_connections():
    """Raises the limit of descriptors, which children inherit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < DESCRIPTORS:
        raise Failure(f"{DESCRIPTORS} descriptors are needed, the limit is "
                      f"{hard} (ulimit -Hn)")
    if soft != resource.RLIM_INFINITY and soft < DESCRIPTORS:
        resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, hard))


def choose_cores():
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise Failure("server and client need a core each, there is one")
    return cores[0], cores[-1]


def start(words, core, stderr=None):
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=stderr, text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}))


def run_pinned(words, core, seconds):
    """Runs a program that ends by itself; returns the numbers it printed."""
    process = start(words, core, stderr=subprocess.STDOUT)
    try:
        output, _ = process.communicate(timeout=30 + 4 * seconds)
    except subprocess.TimeoutExpired:
        raise Failure("does not end") from None
    finally:
        process.kill()
        process.wait()
    if process.returncode != 0:
        raise Failure(f"status {process.returncode}: {output.strip()}")
    return {name: float(value) for name, value in
            (line.split() for line in output.splitlines())}


def read_port(server):
    if not select.select([server.stdout], [], [], START_TIME)[0]:
        raise Failure("prints no port")
    port = server.stdout.readline().strip()
    if not port.isdigit():
        raise Failure(f"prints no port but: {port}")
    return port


def measure_server(words, load, seconds):
    server_core, client_core = choose_cores()
    kind, *shape = load.split()
    with tempfile.TemporaryFile("w+", errors="replace") as complaints:
        server = start(words, server_core, stderr=complaints)
        try:
            client = [BUILD / "load", kind, read_port(server),
                      str(server.pid), str(seconds), *shape]
            return run_pinned(client, client_core, seconds)
        except Failure as failure:
            complaints.seek(0)
            raise Failure(f"{failure}\n{complaints.read()}".strip()) from None
        finally:
            server.kill()
            server.communicate()


def count_of(workload, peer, effort):
    """How often a peer that counts does its work."""
    share = 1 if workload.fixed else effort.share
    return workload.count // peer.slower // share


def measure(workload, peer, effort, netbox=NETBOX):
    """Returns a sample: the names and numbers that a program printed."""
    words = command(peer.command, netbox)
    load = peer.load or workload.load
    if load:
        return measure_server(words, load, effort.seconds)
    core, _ = choose_cores()
    if workload.starts:
        return run_pinned([BUILD / "start", str(effort.seconds), *words], core,
                          effort.seconds)
    if workload.count:
        amount, seconds = count_of(workload, peer, effort), MAX_TIME
    else:
        amount = seconds = effort.seconds
    return run_pinned([*words, str(amount)], core, seconds)


def rounds_of(workload, effort, least=1):
    return max(least, effort.fixed if workload.fixed else effort.rounds)


def show_progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def take_turns(label, subjects, rounds):
    """Calls each of `subjects`, a function by its name, once a round; returns
    for each its samples. Every other round goes backwards, so that a slow
    phase of the machine, and what one leaves behind, meets them all."""
    samples = {subject: [] for subject in subjects}
    for number in range(rounds):
        order = list(subjects)
        for subject in order if number % 2 == 0 else reversed(order):
            show_progress(f"{label}: round {number + 1} of {rounds}, {subject}")
            try:
                samples[subject].append(subjects[subject]())
            except Failure as failure:
                raise Failure(f"{subject}: {failure}") from None
    return samples
