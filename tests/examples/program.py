"""Whole programs in a test: start one, wait for what it prints, type, end it.

Every wait has a bound and ends at the event itself. A program talks through
pipes or, with terminal=True, through a terminal of its own; what it writes to
standard error is kept apart, and finish() expects none unless told.
NETBOX is the binary; the working directory is the root of the repository.
"""
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

BOUND = 200.0 if "NETBOX_COLLECT" in os.environ else 20.0  # seconds
HERE = os.path.dirname(os.path.abspath(__file__))
ORIGINALS = os.path.join(HERE, "originals")
WITH_FLAGS = os.path.join(HERE, os.pardir, "netbox")
PRIVATE_NETWORK = ("unshare", "--map-root-user", "--net", sys.executable,
                   os.path.join(HERE, "private_loopback.py"))

# An address as netbox prints it, and as Python prints a tuple.
ADDRESS = r"(?:127\.0\.0\.1:\d+|\('127\.0\.0\.1', \d+\))"


class Program:
    def __init__(self, command, terminal=False, **options):
        self.command = command
        self.errors = tempfile.TemporaryFile()
        if terminal:
            self.reader, slave = pty.openpty()
            self.writer = os.dup(self.reader)
            ends = (slave, slave)
        else:
            stdin, self.writer = os.pipe()
            self.reader, stdout = os.pipe()
            ends = (stdin, stdout)
        self.process = subprocess.Popen(
            command, stdin=ends[0], stdout=ends[1], stderr=self.errors,
            start_new_session=True, **options)
        for fd in set(ends):
            os.close(fd)
        self.unread = ""
        self.seen = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.close_input()
        os.close(self.reader)
        self.errors.close()

    def stop(self):
        """Ends a program that would go on for ever."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(BOUND)

    def stderr(self):
        fd = self.errors.fileno()  # whose position is the program's too
        text = os.pread(fd, os.fstat(fd).st_size, 0)
        return text.decode("utf-8", "backslashreplace")

    def await_stderr(self, text, count=1):
        """Waits until it has written the text so often to standard error."""
        deadline = time.monotonic() + BOUND
        while self.stderr().count(text) < count:
            assert time.monotonic() < deadline, f"no {text!r} in {self}"

    def _read_more(self, deadline):
        """Returns whether there was more; False at the end of its output."""
        left = max(0, deadline - time.monotonic())
        if not select.select([self.reader], [], [], left)[0]:
            raise AssertionError(f"no more in {BOUND:g} s from {self}")
        try:
            data = os.read(self.reader, 65536)
        except OSError:  # a terminal whose other side is gone
            data = b""
        text = data.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
        self.unread += text
        self.seen += text
        return text != ""

    def expect(self, pattern):
        """Waits until the output goes on with the pattern; its match."""
        deadline = time.monotonic() + BOUND
        while True:
            match = re.match(pattern, self.unread)
            if match:
                self.unread = self.unread[match.end():]
                return match
            if not self._read_more(deadline):
                raise AssertionError(f"no {pattern!r} from {self}")

    def expect_line(self, pattern):
        return self.expect(pattern + r"\n")

    def type(self, text):
        os.write(self.writer, text.encode())

    def close_input(self):
        if self.writer is not None:
            os.close(self.writer)
            self.writer = None

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def finish(self, status=0, rest="", stderr=""):
        """Waits for the end; what is left to read must match the rest."""
        deadline = time.monotonic() + BOUND
        while self._read_more(deadline):
            pass
        ended = self.process.wait(max(0, deadline - time.monotonic()))
        assert re.fullmatch(rest, self.unread), f"not {rest!r} from {self}"
        assert ended == status, f"status {ended}, not {status}, of {self}"
        assert re.fullmatch(stderr, self.stderr()), f"not {stderr!r} in {self}"

    def __str__(self):
        return (f"{' '.join(self.command)}\n  output: {self.seen!r}\n"
                f"  not expected yet: {self.unread!r}\n"
                f"  standard error: {self.stderr()!r}")


def netbox(example, *args, **options):
    script = os.path.join("examples", example + ".lua")
    return Program([WITH_FLAGS, script, *map(str, args)], **options)


def netbox_alone(example, *args, setting=None):
    """In a network of its own, where the default ports are free; a setting of
    that network is a file and what to write to it."""
    return Program([*private_network(setting), WITH_FLAGS,
                    os.path.join("examples", example + ".lua"), *args])


def private_network(setting):
    if setting is None:
        return PRIVATE_NETWORK
    write = 'echo "$2" >"/proc/sys/net/ipv4/$1" && shift 2 && exec "$@"'
    return (*PRIVATE_NETWORK, "sh", "-c", write, "sh", *setting)


def private_network_allowed(setting=None):
    return subprocess.run([*private_network(setting), "true"], check=False,
                          capture_output=True).returncode == 0


def python(original, *args, **options):
    """A program of the documents, run as unbuffered as netbox."""
    script = os.path.join(ORIGINALS, original + ".py")
    return Program([sys.executable, "-uB", script, *map(str, args)], **options)


# Who plays the server and who the client: both of netbox, and each of netbox
# with the other of the documents.
PAIRS = ((netbox, netbox), (netbox, python), (python, netbox))


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def await_port(table, port, pid="self"):
    """Waits until a silent server is there, as /proc/PID/net/TABLE says."""
    listening = {"tcp": "0A", "udp": "07"}[table]
    wanted = re.compile(rf": [0-9A-F]{{8}}:{port:04X} \S+ {listening} ")
    deadline = time.monotonic() + BOUND
    while time.monotonic() < deadline:
        with open(f"/proc/{pid}/net/{table}", encoding="ascii") as sockets:
            if wanted.search(sockets.read()):
                return
    raise AssertionError(f"nobody at {table} port {port}")


def run(*cases):
    """Runs the cases, a line each; the exit status says whether all passed."""
    failed = 0
    for case in cases:
        name = case.__name__.replace("_", " ")
        try:
            case()
            print(f"ok   {name}", flush=True)
        except Exception:  # an error in a case is a failure of that case
            failed += 1
            print(f"FAIL {name}\n{traceback.format_exc()}", flush=True)
    sys.exit(1 if failed else 0)
