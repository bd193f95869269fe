"""The programs of the benchmark: where they are, how they are built, and
which of them this machine lacks."""

import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = Path(os.environ.get("BUILD", ROOT / "build")).resolve() / "bench"
PEERS = HERE / "peers"
NETBOX = os.environ.get("NETBOX", str(ROOT / "build" / "netbox"))

LOADING = {  # how a peer's library is tried, and whose package has it
    "luv": ("lua5.4 -l luv -e _=1", "lua-luv"),
    "cqueues": ("lua5.4 -l cqueues -e _=1", "lua-cqueues"),
    "luasocket": ("lua5.4 -l socket -e _=1", "lua-socket"),
}


class Failure(Exception):
    """Nothing can be measured, and why."""


def succeeds(*words):
    return shutil.which(words[0]) and subprocess.run(
        words, check=False, capture_output=True).returncode == 0


@lru_cache
def find_python():
    """This Python, or the system's if only that has uvloop."""
    for python in (sys.executable, "/usr/bin/python3"):
        if succeeds(python, "-c", "import uvloop"):
            return python
    return sys.executable


def command(text, netbox=NETBOX):
    return text.format(
        build=BUILD, peers=PEERS, netbox=netbox, node="node --expose-gc",
        lua="lua5.4", python=find_python()).split()


@lru_cache
def what_is_missing(runtime, program):
    """Builds a peer, and returns what it lacks, or nothing."""
    if runtime == "go" and not shutil.which("go"):
        return "go is not installed"
    build(program)
    if not shutil.which(program):
        return f"{program} is missing"
    if runtime in LOADING and not succeeds(*LOADING[runtime][0].split()):
        return f"{LOADING[runtime][1]} is not installed"
    return ""


def is_newer(program, sources):
    return program.exists() and program.stat().st_mtime >= max(
        source.stat().st_mtime for source in sources)


def sources_of(name):
    """The sources of a program, and the words that build it from them."""
    port = PEERS / "c" / "port.c"
    if name.startswith("go_"):
        return [PEERS / "go" / f"{name[3:]}.go"], ["go", "build"], []
    compiler = [os.environ.get("CC", "cc"), "-std=c11", "-O2", "-g", "-Wall",
                "-Wextra"]
    if (PEERS / "c" / f"{name}.c").exists():
        return [PEERS / "c" / f"{name}.c", port], compiler, ["-lev"]
    return [HERE / f"{name}.c"], compiler, []


@lru_cache
def build(program):
    """Builds a program of the benchmark unless it is newer than its sources;
    what is in another place is there or not."""
    program = Path(program)
    if program.parent != BUILD:
        return
    sources, words, libraries = sources_of(program.name)
    if is_newer(program, sources):
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run([*words, "-o", program, *sources, *libraries],
                       check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failure(f"cannot build {program.name}: {error}") from None
