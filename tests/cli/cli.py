"""What the tests of the command line share: scripts in a folder of their own,
and runs of netbox there, whole (ran) or step by step (start).
"""
import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "examples"))

from program import (  # noqa: E402 (needs the path)
    BOUND, PRIVATE_NETWORK, Program, private_network_allowed, run)

NETBOX = os.path.abspath(os.environ["NETBOX"])
FOLDER = tempfile.mkdtemp()
atexit.register(shutil.rmtree, FOLDER)

# What the scripts of a test are allowed beyond loopback; see allow().
FLAGS = []

# With this a script tells the test that it has come so far.
READY = 'print("ready") io.flush() '


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


def allow(*flags):
    """From now on netbox runs with these flags. At the top of a test."""
    FLAGS.extend(flags)


def write(name, text):
    """Makes a file in the folder in which netbox runs."""
    path = os.path.join(FOLDER, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return path


def ran(*args, input="", **options):
    """Runs netbox to its end with the text as standard input."""
    if "stdin" not in options:
        options["input"] = input if isinstance(input, bytes) else input.encode()
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    done = subprocess.run([NETBOX, *FLAGS, *args], cwd=FOLDER, timeout=BOUND,
                          check=False, **options)
    texts = ((text or b"").decode("utf-8", "backslashreplace")
             for text in (done.stdout, done.stderr))
    return Outcome(done.returncode, *texts)


def ran_script(text, *args, **options):
    """Writes the text to x.lua and runs it."""
    write("x.lua", text)
    return ran("x.lua", *args, **options)


def start(code, flags=(), **options):
    """Starts netbox on a piece of code; see program.Program."""
    return Program([NETBOX, *FLAGS, *flags, "-e", code], cwd=FOLDER, **options)


def check(got, status=0, out="", err=""):
    """The outcome is exactly this."""
    assert got == Outcome(status, out, err), f"not {(status, out, err)}: {got}"


def check_complaint(got, status, *words):
    """One line on standard error, from netbox, with all the words in it."""
    assert got.status == status, f"not status {status}: {got}"
    assert got.out == "", got
    assert got.err.startswith("netbox: "), got
    assert got.err.endswith("\n") and got.err.count("\n") == 1, got
    check_words(got.err, *words)


def check_words(text, *words):
    for word in words:
        assert word in text, f"no {word!r} in {text!r}"


def check_order(text, *words):
    """The words come in the text in this order."""
    at = -1
    for word in words:
        found = text.find(word, at + 1)
        assert found > at, f"no {word!r} after {at} in {text!r}"
        at = found


def check_no_internals(text):
    """A report shows the script's lines and nothing of netbox's own."""
    for word in ("[C]", "?:-1:", ".c:", "src/", "lua_"):
        assert word not in text, f"{word!r} in {text!r}"
