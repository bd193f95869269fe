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
BUILD = ROOT / "build" / "bench"
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
    """Returns what a peer lacks, or nothing."""
    if not shutil.which(program):
        return f"{Path(program).name} is not installed"
    if runtime in LOADING and not succeeds(*LOADING[runtime][0].split()):
        return f"{LOADING[runtime][1]} is not installed"
    return ""


def compile_program(program, sources, words):
    """Builds a program unless it is newer than its sources."""
    if (program.exists() and program.stat().st_mtime
            >= max(source.stat().st_mtime for source in sources)):
        return
    if subprocess.run(words, check=False).returncode != 0:
        raise Failure(f"cannot build {program.name}")


def build():
    BUILD.mkdir(parents=True, exist_ok=True)
    compiler = [os.environ.get("CC", "cc"), "-std=c11", "-O2", "-g", "-Wall",
                "-Wextra"]
    for source in HERE.glob("*.c"):
        program = BUILD / source.stem
        compile_program(program, [source],
                        [*compiler, "-o", program, source])
    port = PEERS / "c" / "port.c"
    for source in sorted(set(port.parent.glob("*.c")) - {port}):
        program = BUILD / source.stem
        compile_program(program, [source, port],
                        [*compiler, "-o", program, source, port, "-lev"])
    if shutil.which("go"):
        for source in sorted((PEERS / "go").glob("*.go")):
            program = BUILD / f"go_{source.stem}"
            compile_program(program, [source],
                            ["go", "build", "-o", program, source])
