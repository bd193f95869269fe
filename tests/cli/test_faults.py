"""Errors of the kernel at every call of the real program: strace injects them.

Whatever fails, the program ends in time with a status of its own and says why,
never by a signal; what it had printed by then is what it prints on a good day.
What only means "again" changes nothing.

A sample that is always the same is taken here, long/faults takes all.
"""
import collections
import os
import random
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import name_server
from cli import FLAGS, FOLDER, NETBOX, allow, run, write

allow("--allow-net", "--allow-unix")

BOUND = 10
SAMPLE = 100
SHORT = "EMFILE ENFILE"
AGAIN = "EAGAIN EINTR"

# What each call may be told, once; and, but for what passes, for good.
ERRORS = {
    "socket": f"{SHORT} ENOBUFS ENOMEM EAFNOSUPPORT EPERM EACCES",
    "socketpair": f"{SHORT} ENOBUFS ENOMEM EOPNOTSUPP",
    "setsockopt": "EINVAL ENOPROTOOPT ENOMEM",
    "fcntl": "EBADF EINVAL",
    "bind": "EADDRINUSE EADDRNOTAVAIL EACCES EINVAL",
    "listen": "EADDRINUSE EOPNOTSUPP",
    "accept4": f"{AGAIN} ECONNABORTED EPROTO ENETDOWN ENOPROTOOPT EHOSTDOWN "
               "ENONET EHOSTUNREACH EOPNOTSUPP ENETUNREACH "
               f"{SHORT} ENOBUFS ENOMEM",
    "connect": "EINTR EINPROGRESS EALREADY ECONNREFUSED ETIMEDOUT EHOSTUNREACH "
               "ENETUNREACH EADDRNOTAVAIL ECONNRESET EPERM EAGAIN",
    "recvfrom": f"{AGAIN} ECONNRESET ETIMEDOUT EHOSTUNREACH ENOMEM ENOTCONN "
                "EBADF",
    "recvmsg": f"{AGAIN} ECONNREFUSED EHOSTUNREACH ENOMEM",
    "sendto": f"{AGAIN} EPIPE ECONNRESET ENOBUFS EMSGSIZE EPERM EHOSTUNREACH",
    "shutdown": "ENOTCONN EIO",
    "getsockname": "ENOTCONN ENOBUFS",
    "getpeername": "ENOTCONN ENOBUFS",
    "eventfd2": f"{SHORT} ENOMEM",
    "epoll_create1": f"{SHORT} ENOMEM",
    "epoll_ctl": "ENOMEM ENOSPC EEXIST ENOENT EPERM",
    "epoll_wait": "EINTR EINVAL",
    "poll": "EINTR ENOMEM",
    "openat": f"{SHORT} ENOENT EACCES",
    "read": f"{AGAIN} EIO EISDIR",
    "write": f"{AGAIN} EIO ENOSPC EPIPE",
    "lseek": "ESPIPE",
    "prlimit64": "EPERM",
}

# What passes by itself: nobody can live with it for good.
PASSING = {"EAGAIN", "EINTR", "EINPROGRESS", "EALREADY"}
PEERS_THAT_GAVE_UP = {"ECONNABORTED", "EPROTO", "ENETDOWN", "ENOPROTOOPT",
                      "EHOSTDOWN", "ENONET", "EHOSTUNREACH", "ENETUNREACH"}

# The C library reads files for c-ares, and gives up.
C_LIBRARY_ONLY = ("name", "read", "EINTR")

# Where the program itself begins, behind the loader; and where it catches
# signals.
BEGINNING = "fcntl(0, F_GETFD"
CATCHING = "rt_sigaction(SIGTERM"

SCRIPTS = {
    "tcp": """
        local server <close> = assert(socket.bind("127.0.0.1", 0))
        local _, port = assert(server:getsockname())
        thread.spawn(function()
          local _ <close> = server
          local conn <close> = assert(server:accept())
          for line in conn:lines() do
            assert(conn:sendall(line:upper() .. "\\n"))
          end
        end)
        local client <close> = assert(socket.connect("127.0.0.1", port))
        assert(client:sendall("one\\ntwo\\n"))
        assert(client:shutdown("send"))
        print("peer", (assert(client:getpeername())))
        print("client", assert(client:receive()))
        print("client", assert(client:receive()))
        """,
    "udp": """
        local server <close> = assert(socket.udp4())
        assert(server:setsockname("127.0.0.1", 0))
        local _, port = assert(server:getsockname())
        server:settimeout(2)
        thread.spawn(function()
          local _ <close> = server
          for _ = 1, 2 do
            local data, ip, from = server:recvfrom()
            if data then
              server:sendto(data:upper(), ip, from)
            else
              io.stderr:write("netbox: server: ", from, "\\n")
            end
          end
        end)
        local client <close> = assert(socket.udp4())
        client:settimeout(2)
        for i = 1, 2 do
          assert(client:sendto("word " .. i, "127.0.0.1", port))
          print("client", (assert(client:recvfrom())))
        end""",
    "burst": """
        local server <close> = assert(socket.udp4())
        local client <close> = assert(socket.udp4())
        assert(server:setsockname("127.0.0.1", 0))
        local _, port = assert(server:getsockname())
        local function note(ok, _, code)
          return ok or io.stderr:write("netbox: burst: ", code, "\\n")
        end
        server:settimeout(0.2)
        client:settimeout(0.2)
        thread.spawn(function()
          for _ = 1, 10 do
            local data, ip, from = server:recvfrom()
            if data then
              note(server:sendto(data:upper(), ip, from))
            else
              note(nil, ip, from)
            end
          end
        end)
        for i = 1, 10 do
          note(client:sendto("word " .. i, "127.0.0.1", port))
        end
        for _ = 1, 10 do
          local data, message, code = client:recvfrom()
          if data then
            print("client", data)
          else
            note(nil, message, code)
          end
        end""",
    "name": """
        local server <close> = assert(socket.bind("*", 0))
        local _, port = assert(server:getsockname())
        thread.spawn(function()
          local _ <close> = server
          local conn <close> = assert(server:accept())
          assert(conn:sendall("welcome\\n"))
        end)
        local client <close> = assert(socket.connect("in.hosts.test", port))
        print("client", assert(client:receive()))""",
    "unix": """
        local a, b = assert(socket.socketpair())
        local _ <close> = a
        thread.spawn(function()
          local _ <close> = b
          assert(b:sendall("from the other end\\n"))
        end)
        assert(socket.select({ a }, nil, 1))
        print("a", assert(a:receive()))""",
    "keyboard": """
        for line in io.lines() do print("line", line) end
        print("rest", assert(io.read("a")))""",
}
INPUT = b"one\ntwo\nthree"


def traced(script, *options, trace=os.devnull):
    """Runs the script under strace: its status, its output, its errors."""
    command = ["strace", "-f", "-qq", "-o", trace, *options, NETBOX,
               *FLAGS, script + ".lua"]
    # LeakSanitizer cannot look where strace does.
    environment = dict(os.environ, ASAN_OPTIONS=os.environ.get(
        "ASAN_OPTIONS", "") + ":detect_leaks=0")
    with subprocess.Popen(command, cwd=FOLDER, env=environment,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE,
                          start_new_session=True) as process:
        try:
            out, err = process.communicate(INPUT, BOUND)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            out, err = process.communicate()
            return "it hangs", out.decode(), err.decode()
    return process.returncode, out.decode(), err.decode()


class Good:
    """What a script does when all goes well."""

    def __init__(self, script):
        self.script = script
        write(script + ".lua", SCRIPTS[script])
        trace = os.path.join(FOLDER, "trace")
        status, self.out, err = traced(script, trace=trace)
        assert (status, err) == (0, ""), (script, status, err)
        self.first = collections.Counter()  # calls of the loader
        self.deaf = collections.Counter()   # calls before signals are caught
        self.last = collections.Counter()
        with open(trace, encoding="utf-8", errors="replace") as file:
            self.count(file.read())

    def count(self, trace):
        begun = catching = False
        for call in re.findall(r"^\d+ +(\w+\(.{,20})", trace, re.MULTILINE):
            begun = begun or call.startswith(BEGINNING)
            name = call.partition("(")[0]
            self.last[name] += 1
            self.first[name] += not begun
            self.deaf[name] += not catching
            catching = catching or call.startswith(CATCHING)
        assert begun and catching, trace

    def faults(self):
        """Every fault of the script: call, what is injected, when."""
        for call, errors in ERRORS.items():
            first, last = self.first[call] + 1, self.last[call]
            for error in errors.split() if first <= last else ():
                if (self.script, call, error) == C_LIBRARY_ONLY:
                    continue
                for number in range(first, last + 1):
                    yield call, error, f"{number}"
                if error == "EINTR":
                    yield call, error, f"{first}+2"
                if is_lasting(call, error):
                    yield call, error, f"{first}+"
            for number in range(self.deaf[call] + 1, last + 1):
                yield call, "SIGINT", f"{number}"


def is_lasting(call, error):
    return error not in PASSING and not (
        call == "accept4" and error in PEERS_THAT_GAVE_UP) and not (
        call == "epoll_ctl" and error == "EEXIST")


def is_part(out, good):
    """Only lines of the good day, perhaps cut short."""
    return all(any(line.startswith(part) for line in good.splitlines())
               for part in out.splitlines())


def allowed_statuses(call, error):
    if error == "SIGINT":
        return {130}
    if error == "EPIPE" and call == "write":
        return {0, 1, 141}
    if call in ("openat", "read"):  # the script cannot be read
        return {0, 1, 2, 3}
    return {0, 1, 3}


def problem_of(good, call, error, got):
    """What is wrong with the outcome, or None."""
    status, out, err = got
    complained = re.search("^netbox: ", err, re.MULTILINE)
    if status not in allowed_statuses(call, error):
        return "a status that is none"
    if not is_part(out, good.out):
        return "output that is none of its own"
    if status == 0 and not complained and out != good.out:
        return "something is missing"
    if status in (1, 2, 3) and not complained and call != "write":
        return "no word about what happened"
    if error == "EINTR" and (status, out, err) != (0, good.out, ""):
        return "it was interrupted"
    if re.search(r"\[C\]|\[netbox\]|src/", err):
        return "host internals"
    return None


def find_problem(fault):
    good, call, error, when = fault
    what = "signal" if error == "SIGINT" else "error"
    got = traced(good.script, "-e", f"trace={call}",
                 "-e", f"inject={call}:{what}={error}:when={when}")
    problem = problem_of(good, call, error, got)
    return problem and f"{good.script}: {call} {error} {when}: {problem}: {got}"


def check_faults(faults):
    with ThreadPoolExecutor(2) as pool:
        problems = list(filter(None, pool.map(find_problem, faults)))
    assert not problems, "\n".join(problems)


def all_faults():
    return [(good, *fault) for good in map(Good, SCRIPTS)
            for fault in good.faults()]


def begin(file):
    """Runs the test file where it may do all this, or ends it."""
    if shutil.which("strace") is None or subprocess.run(
            ["strace", "-o", os.devnull, "true"], check=False,
            capture_output=True).returncode != 0:
        print("skipped: this system allows no strace")
        sys.exit(77)
    name_server.enter(file)
    name_server.use_as("/etc/hosts", "127.0.0.7 in.hosts.test\n")


def some_errors_of_the_kernel_do_not_break_the_program():
    check_faults(random.Random(1).sample(all_faults(), SAMPLE))


if __name__ == "__main__":
    begin(__file__)
    run(some_errors_of_the_kernel_do_not_break_the_program)
