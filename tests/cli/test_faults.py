"""The kernel fails a system call of netbox as it is shipped: strace makes it,
once or from some call on. The program does its work all the same, or ends with
status 1 or 3 and says why; no signal ends it, and nothing hangs.

Without --all a sample that is the same each time; long/faults takes all.
"""
import os
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from cli import FOLDER, NETBOX, check_no_internals, run, write

BOUND = 10  # seconds, for one run
SAMPLE = 110

TCP = """
local server = assert(socket.bind("127.0.0.1", 0))
local ip, port = server:getsockname()
local t = thread.spawn({ daemon = true }, function()
  local conn = assert(server:accept())
  for line in conn:lines() do assert(conn:sendall(line:upper() .. "\\n")) end
  conn:close()
end)
local c = assert(socket.connect(ip, port))
c:settimeout(3)
assert(c:setoption("tcp-nodelay", true))
for _, word in ipairs { "one", "two" } do
  assert(c:sendall(word .. "\\n"))
  assert(assert(c:receive()) == word:upper(), "wrong data")
end
assert(c:shutdown("send"))
assert(c:receive("*a") == nil)
assert(select(2, t:join(3)) == nil)
print("done")
"""

UDP = """
local server <close> = assert(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
assert(server:bind("127.0.0.1", 0))
local ip, port = server:getsockname()
local t = thread.spawn({ daemon = true }, function()
  local data, from, at = assert(server:recvfrom())
  assert(server:sendto(data:upper(), from, at))
end)
local c <close> = socket.udp()
c:settimeout(3)
assert(c:sendto("word", ip, port))
assert(assert(c:recvfrom()) == "WORD", "wrong data")
t:join(3)
print("done")
"""

UNIX = """
local a, b = assert(socket.socketpair())
local t = thread.spawn({ daemon = true }, function() return assert(b:receive(4)) end)
a:settimeout(3)
assert(a:sendall("wo"))
timer.sleep(0.001)
local readable, writable = socket.select({ a }, { a }, 1)
assert(writable[1] == a or readable[1] == a)
assert(a:sendall("rd"))
local ok, word = t:join(3)
assert(ok == false or word == "word", "wrong data")
if not ok then error(word, 0) end
print("done")
"""

KEYBOARD = """
local line = input("? ")
assert(line == nil or line == "word", "wrong data")
io.write("read ", tostring(line), "\\n")
print(io.read("a") ~= nil)
print("done")
"""

PROGRAMS = {"tcp": TCP, "udp": UDP, "unix": UNIX, "keyboard": KEYBOARD}

# What each may say; a name without errors of its own takes part in all.
SOCKETS = {
    "socket": "EMFILE ENFILE ENOBUFS ENOMEM EAFNOSUPPORT EACCES",
    "socketpair": "EMFILE ENFILE ENOMEM EOPNOTSUPP",
    "bind": "EADDRINUSE EADDRNOTAVAIL EACCES EINVAL ENOMEM",
    "listen": "EADDRINUSE EOPNOTSUPP",
    "accept4": "EAGAIN EINTR ECONNABORTED EPROTO ENETDOWN EMFILE ENFILE "
               "ENOBUFS ENOMEM EPERM",
    "connect": "EINTR ECONNREFUSED ETIMEDOUT EHOSTUNREACH ENETUNREACH "
               "EADDRNOTAVAIL ECONNRESET EPERM EAGAIN",
    "sendto": "EAGAIN EINTR EPIPE ECONNRESET ENOBUFS EMSGSIZE EPERM "
              "EHOSTUNREACH",
    "recvfrom": "EAGAIN EINTR ECONNRESET ETIMEDOUT EHOSTUNREACH ENOMEM",
    "recvmsg": "EAGAIN EINTR ECONNREFUSED ENOMEM",
    "shutdown": "ENOTCONN",
    "getsockname": "ENOBUFS",
    "getpeername": "ENOTCONN ENOBUFS",
    "setsockopt": "EINVAL ENOPROTOOPT ENOMEM",
    "getsockopt": "ENOPROTOOPT",
    "poll": "EINTR ENOMEM",
    "epoll_create1": "EMFILE ENOMEM",
    "epoll_ctl": "ENOMEM ENOSPC",
    "epoll_wait": "EINTR",
    "epoll_pwait2": "EINTR",
    "eventfd2": "EMFILE ENOMEM",
}
TIMES = ("1", "2", "3", "1+", "2+")


class Fault(NamedTuple):
    program: str
    call: str
    error: str
    times: str

    def __str__(self):
        return f"{self.program}: {self.call} {self.error} when={self.times}"


# For ever told to try again, a program does: that is no defect.
def ends(fault):
    tries = fault.error in ("EAGAIN", "EINTR")
    return not (tries and fault.times.endswith("+"))


def all_faults():
    faults = (Fault(program, call, error, times)
              for program in PROGRAMS for call, errors in SOCKETS.items()
              for error in errors.split() for times in TIMES)
    return [fault for fault in faults if ends(fault)]


def environment():
    """LeakSanitizer, where it is built in, cannot work beside strace."""
    options = os.environ.get("ASAN_OPTIONS", "")
    return {**os.environ, "ASAN_OPTIONS": options + ":detect_leaks=0"}


def ran(fault):
    """Its status, None if it had to be killed, and what it said."""
    command = ["strace", "-f", "-qq", "-o", "/dev/null",
               "-e", f"trace={fault.call}", "-e",
               f"inject={fault.call}:error={fault.error}:when={fault.times}",
               NETBOX, fault.program + ".lua"]
    try:
        done = subprocess.run(command, cwd=FOLDER, timeout=BOUND,
                              env=environment(), input=b"word\nmore\n", stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
    except subprocess.TimeoutExpired:
        return None, "", ""
    return (done.returncode, done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace"))


def problem(fault):
    """What is wrong with the outcome, None if nothing is."""
    status, out, err = ran(fault)
    if status is None:
        return f"{fault}: it hangs"
    if status not in (0, 1, 3):
        return f"{fault}: status {status}: {err}"
    if "wrong data" in err:
        return f"{fault}: {err}"
    if status == 0 and not out.endswith("done\n"):
        return f"{fault}: status 0, but it printed {out!r}"
    if status != 0 and not err.startswith("netbox: "):
        return f"{fault}: status {status}, and it said {err!r}"
    try:
        check_no_internals(err)
    except AssertionError as internals:
        return f"{fault}: {internals}"
    return None


def check_faults(faults):
    for name, text in PROGRAMS.items():
        write(name + ".lua", text)
    with ThreadPoolExecutor(4) as pool:
        problems = [text for text in pool.map(problem, faults) if text]
    assert not problems, "\n".join(problems)


def can_trace():
    if shutil.which("strace") is None:
        return False
    with tempfile.TemporaryFile() as nowhere:
        return subprocess.run(["strace", "-o", "/dev/null", "true"],
                              stderr=nowhere, check=False).returncode == 0


def a_sample_of_all_faults_is_survived_or_told():
    check_faults(random.Random(7).sample(all_faults(), SAMPLE))


def without_faults_the_programs_do_their_work():
    check_faults([Fault(program, "reboot", "EPERM", "1")
                  for program in PROGRAMS])


if __name__ == "__main__":
    if not can_trace():
        print("strace cannot trace here")
        sys.exit(77)
    run(without_faults_the_programs_do_their_work,
        a_sample_of_all_faults_is_survived_or_told)
