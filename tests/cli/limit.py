"""Scripts that try to get round a limit, and how each of them must end: with
status 3 and one line, soon after the limit, and not much larger than it.

A case is a name, the options, and the code. What is measured is the time of
the processor, which a busy machine does not change; where the clock is the
limit, a case that was late is tried again.
"""
import os
import re
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from cli import BOUND, FLAGS, FOLDER, NETBOX, Outcome

LATE = 0.5  # s after the limit
TRIES = 4  # of what the clock limits
BESIDE = 4  # programs at a time
MORE = 64 << 20  # bytes beyond the limit of memory
SANITIZED = "ASAN_OPTIONS" in os.environ

NOUNS = {"--memory": "memory", "--cpu": "processor time", "--time": "time",
         "--max-output": "output"}
PLACE = r"(, in thread '[^']*'( at [^:]*:\d+)?)?"


class Ended:
    """A run to its end, and what it took."""

    def __init__(self, options, code, **popen):
        with tempfile.TemporaryFile() as out, \
                tempfile.TemporaryFile() as err:
            began = time.monotonic()
            process = subprocess.Popen(
                [NETBOX, *FLAGS, *options, "-e", code], cwd=FOLDER,
                stdin=subprocess.DEVNULL, stdout=popen.get("stdout", out),
                stderr=popen.get("stderr", err))
            guard = threading.Timer(BOUND, process.kill)
            guard.start()
            _, status, usage = os.wait4(process.pid, 0)
            guard.cancel()
            self.wall = time.monotonic() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            self.cpu = usage.ru_utime + usage.ru_stime
            self.size = usage.ru_maxrss << 10
            self.outcome = Outcome(process.returncode, *map(_text, (out, err)))


def _text(file):
    file.seek(0)
    return file.read().decode("utf-8", "backslashreplace")


def _value(text):
    units = {"s": 1, "m": 60, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    return float(text.rstrip("smKMG")) * units.get(text[-1], 1)


def sentence(options):
    """What netbox says where the first of the options ends a program."""
    flag, value = options[:2]
    return f"netbox: limit: {NOUNS[flag]} of {value} used up ({flag})"


def _check_time(ended, options):
    limits = dict(zip(options[::2], options[1::2]))
    if "--cpu" in limits:
        most = _value(limits["--cpu"]) + LATE
        assert ended.cpu <= most, f"{ended.cpu} s of the processor"
    if options[0] == "--time":
        most = _value(limits["--time"]) + LATE
        assert ended.wall <= most, f"{ended.wall} s by the clock"
    if "--memory" in limits and not SANITIZED:
        most = _value(limits["--memory"]) + MORE
        assert ended.size <= most, f"{ended.size} bytes"


def check_end(ended, options, place=PLACE, out=None):
    """It ended at the first limit, at a place that fits the pattern."""
    got = ended.outcome
    line = re.escape(sentence(options)) + place + r"\n"
    assert got.status == 3, got
    assert re.fullmatch(line, got.err), f"not {line}: {got}"
    if out is not None:
        assert got.out == out, got
    _check_time(ended, options)


def ends(options, code, **wanted):
    """Runs the code, which must end at the first limit of the options."""
    for left in reversed(range(TRIES if options[0] == "--time" else 1)):
        try:
            check_end(Ended(options, code), options, **wanted)
            return
        except AssertionError:
            if left == 0:
                raise


def all_end(cases):
    """Runs (options, {name: code}) of a group, some beside each other."""
    options, codes = cases
    wrong = []

    def try_one(name):
        try:
            ends(options, codes[name])
        except AssertionError as error:
            wrong.append(f"{name}: {error}")

    with ThreadPoolExecutor(BESIDE) as pool:
        list(pool.map(try_one, codes))
    assert not wrong, "\n".join(wrong)
