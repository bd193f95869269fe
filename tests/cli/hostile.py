"""Scripts that try what nobody would, a group at a time, and what must come
of each: what it prints and how it ends, by itself, never by a signal.

A case is (code, out), or (code, out, status, err): `err` is a pattern for all
that is said on standard error. A sanitized netbox takes its time.
"""
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

from cli import ran

BESIDE = 4  # programs at a time
TIME = "150s" if "NETBOX_COLLECT" in os.environ else "15s"
BOUNDS = ("--time", TIME, "--memory", "512M")
TRACE = r"stack traceback:\n(\t.*\n)+"

# Closes a coroutine in which f is called: what coroutine.close says of it.
CLOSING = """
    local function closing(f)
      local co = coroutine.create(function()
        local x <close> = setmetatable({}, {__close = f})
        coroutine.yield()
      end)
      coroutine.resume(co)
      return coroutine.close(co)
    end
"""


def failing(code, message, out=""):
    """A case that ends with a report of an error."""
    return (code, out, 1, f"netbox: {message}\n{TRACE}")


def _differs(case, flags, text):
    code, out, status, err = case if len(case) == 4 else (*case, 0, "")
    try:
        got = ran(*BOUNDS, *flags, "-e", code, input=text)
    except subprocess.TimeoutExpired:
        return "it hangs"
    same = got.out.rstrip("\n") == out.rstrip("\n")
    if got.status == status and same and re.fullmatch(err, got.err):
        return None
    return got._replace(out=got.out[:2000], err=got.err[:2000])


def all_end_well(cases, *flags, inputs=None):
    """Runs the cases of a group, some beside each other."""
    def try_one(name):
        return _differs(cases[name], flags, (inputs or {}).get(name, ""))

    with ThreadPoolExecutor(BESIDE) as pool:
        wrong = {name: got for name, got in zip(cases, pool.map(try_one, cases))
                 if got is not None}
    assert not wrong, "\n".join(f"{name}: {got}" for name, got in wrong.items())
