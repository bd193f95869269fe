"""The second wall: what the kernel refuses when nothing in front of it does.

breach is netbox whose policy says yes to everything, with a function that
makes any system call (tests/breach/breach.c).
"""
import os
import socket
import subprocess
import tempfile

from cli import (BOUND, FOLDER, NETBOX, Outcome, check, check_complaint, check_words,
                 ran, run, write)

BREACH = os.environ["BREACH"]
INSTRUMENTED = os.environ["INSTRUMENTED"] == "1"

# Of whatever fills a call's arguments: a path, room for a result.
SHELL, ROOM = '"/bin/sh\\0"', '("\\0"):rep(256)'
SIN = 'string.pack("<I2 >I2 I4 I8", 2, 9, 0x7f000001, 0)'

# No flag lets a script make these calls; all but the first need no privilege.
NEVER = f"""
mount "", "", "", 0
umount2 "/", 0
pivot_root "/", "/"
chroot "/"
unshare 0x10000000
unshare 0x40000000
setns 0, 0
bpf 0, {ROOM}, 128
io_uring_setup 8, {ROOM}
io_uring_enter 0, 0, 0, 0
io_uring_register 0, 0, 0, 0
userfaultfd 1
perf_event_open {ROOM}, 0, -1, -1, 0
process_vm_readv 1, 0, 0, 0, 0, 0
process_vm_writev 1, 0, 0, 0, 0, 0
process_madvise 0, 0, 0, 0, 0
pidfd_open 1, 0
pidfd_getfd 0, 0, 0
pidfd_send_signal 0, 0, 0, 0
kcmp 1, 1, 0, 0, 0
add_key "user", "x", "x", 1, -3
request_key "user", "x", 0, -3
keyctl 0, -3, 0
memfd_create "x", 0
memfd_secret 0
execve {SHELL}, 0, 0
execveat -100, {SHELL}, 0, 0, 0
vfork
open_by_handle_at -100, {ROOM}, 0
name_to_handle_at -100, "/", {ROOM}, {ROOM}, 0
openat2 -100, "/etc/passwd", {ROOM}, 24
open_tree -100, "/", 0
fsopen "tmpfs", 0
move_mount 0, "", 0, "", 0
mount_setattr 0, "", 0, 0, 0
landlock_create_ruleset 0, 0, 1
seccomp 0, 0, 0
chmod "none/x", 0x1ff
chown "none/x", 0, 0
setxattr "none/x", "user.x", "x", 1, 0
utimensat -100, "none/x", 0, 0
truncate "none/x", 0
link "none/x", "none/y"
symlink "none/x", "none/y"
mknod "none/x", 0x1180, 0
setuid 0
setgid 0
setpgid 0, 0
setsid
sched_setscheduler 0, 0, {ROOM}
mlockall 1
shmget 0, 4096, 0x380
msgget 0, 0x380
semget 0, 1, 0x380
mq_open "x", 0x42, 0x180, 0
inotify_init1 0
fanotify_init 0, 0
signalfd4 -1, {ROOM}, 8, 0
timerfd_create 1, 0
sendmsg 1, {ROOM}, 0
ioctl 0, 0x5412, "x"
prlimit64 1, 7, 0, {ROOM}
mmap 0, 4096, 7, 0x22, -1, 0
mprotect 0, 4096, 5
socketpair 2, 1, 0, {ROOM}
socket 16, 3, 0
socket 17, 3, 3
socket 40, 1, 0
socket 38, 5, 0
socket 3, 1, 0
socket 0x100000011, 3, 0
socket 2, 1, 262
socket 2, 1, 0x100000106
socket 2, 1, 132
socket 2, 5, 132
socket 2, 2, 136
socket 2, 6, 33
socket 10, 3, 58
socket 2, 3, 255
setsockopt 3, 1, 26, {ROOM}, 16
setsockopt 3, 1, 50, {ROOM}, 4
setsockopt 3, 1, 51, {ROOM}, 16
setsockopt 3, 6, 19, {ROOM}, 4
setsockopt 3, 6, 31, "tls", 3
setsockopt 3, 6, 0x100000013, {ROOM}, 4
setsockopt 3, 0x100000006, 19, {ROOM}, 4
setsockopt 3, 1, 0xffffffff0000001a, {ROOM}, 16
setsockopt 3, 0, 4, "\\1", 1
setsockopt 3, 41, 57, {ROOM}, 8
setsockopt 3, 41, 6, {ROOM}, 8
sendto 3, "x", 1, 0x20000000, {SIN}, 16
sendmmsg 3, {ROOM}, 1, 0x20000000
""".strip().splitlines()

# What only instruments in the program may do.
NOT_BY_INSTRUMENTS = """
ptrace 0, 0, 0, 0
fork
clone 17, 0, 0, 0, 0
clone3 "", 0
prctl 15, "x"
kill 1, 0
tgkill 1, 1, 0
fcntl 0, 8, 1
ftruncate 1, 0
mkdir "none/x", 0x1ff
""".strip().splitlines()

# Refused until a flag allows them.
UNTIL = (
    ("socket 1, 1, 0", "--allow-unix"),
    ("socket 2, 3, 1", "--allow-raw"),
    ("socket 2, 3, 255", "--allow-raw"),
    ('openat -100, "x", 0x41, 0x180', "--allow-write"),
    ('openat -100, "x", 2', "--allow-write"),
    ('openat -100, "x", 0x200', "--allow-write"),
    ('unlink "no-such"', "--allow-write"),
    ('rename "no-such", "x"', "--allow-write"),
    ('rmdir "no-such"', "--allow-write"),
    ("execve 0, 0, 0", "--allow-run"),
    ('memfd_create "x", 0', "--allow-run"),
    ("timerfd_create 1, 0", "--allow-native"),
)

# Held even where modules in C and other programs are allowed.
ATTACKS = ("bpf", "io_uring_setup", "unshare", "setns", "mount",
           "userfaultfd", "keyctl", "process_vm_readv", "perf_event_open",
           "chroot", "execveat", "kexec_load", "open_by_handle_at",
           *(() if INSTRUMENTED else ("ptrace",)))


def call(text):
    """Lua for a call of a table above."""
    name, _, rest = text.partition(" ")
    return f'syscall("{name}"{", " if rest else ""}{rest})'


def breach(code, *flags):
    done = subprocess.run([BREACH, *flags, "-e", code], cwd=FOLDER,
                          capture_output=True, timeout=BOUND, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout.splitlines()


def results(calls, *flags):
    """What each of the calls gives, as a line: a number, or an error."""
    lines = "\n".join(
        f"do local n, e = {call(text)} print(n or e) end" for text in calls)
    # Descriptor 3 and above are netbox's own: what they are is no matter.
    return dict(zip(calls, breach(lines, *flags)))


def wrong(found, expected="EPERM"):
    return {text: got for text, got in found.items() if got != expected}


def calls_that_no_script_needs_are_refused():
    calls = NEVER + ([] if INSTRUMENTED else NOT_BY_INSTRUMENTS)
    assert len(calls) >= 70
    raw = ("socket 2, 3, 255", "socket 10, 3, 58", "socket 2, 1, 132",
           "socket 2, 5, 132", "socket 2, 2, 136", "socket 2, 6, 33",
           "setsockopt 3, 0, 4", "setsockopt 3, 41")
    for flags in ((), ("--allow-net", "--allow-listen", "--allow-unix",
                       "--allow-read", "--allow-write", "--allow-env")):
        found = results(calls, *flags)
        assert not wrong(found), (flags, wrong(found))
    found = results([text for text in calls if not text.startswith(raw)],
                    "--allow-raw")
    assert not wrong(found), wrong(found)


def flags_let_through_what_they_are_about():
    write("x", "")
    for text, flag in UNTIL:
        echo = text == "socket 2, 3, 1" and echo_is_raw()
        if not echo and not (INSTRUMENTED and "openat" in text):
            assert results([text])[text] == "EPERM", text
        assert results([text], flag)[text] != "EPERM", (text, flag)


def echo_is_raw():
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 1).close()
    except PermissionError:
        return True
    return False


def attacks_are_refused_to_modules_in_c_as_well():
    for flags in (("--allow-native",), ("--allow-run",), ("-A",)):
        found = results(ATTACKS + ("clone 0x10000011, 0, 0, 0, 0",), *flags)
        assert not wrong(found), (flags, wrong(found))
        assert results(["clone3 0, 0"], *flags) == {"clone3 0, 0": "ENOSYS"}


def nothing_is_refused_where_everything_is_allowed():
    text = "userfaultfd 1"
    found = results([text, "landlock_create_ruleset 0, 0, 1"], "-A",
                    "--allow-native")
    assert found["landlock_create_ruleset 0, 0, 1"] != "EPERM", found
    check(ran("-A", "--allow-native", "-e", "print(1)"), out="1\n")


def opened(path, flags, *options, mode=0):
    text = f'openat -100, "{path}", {flags}, {mode}'
    got = results([text], *options)[text]
    return "opened" if got.isdigit() else got


def files_are_opened_by_grant():
    outside = tempfile.mkdtemp()
    path = os.path.join(outside, "file")
    with open(path, "w", encoding="ascii"):
        pass
    write("deep/module.lua", "")
    assert opened(path, 0) == "EACCES"
    assert opened("/etc/passwd", 0) == "EACCES"
    assert opened("/proc/1/environ", 0) == "EACCES" or INSTRUMENTED
    assert opened("deep/module.lua", 0) == "opened"
    assert opened(path, 0, f"--allow-read={outside}") == "opened"
    assert opened("/etc/passwd", 0, f"--allow-read={path}") == "EACCES"
    assert opened(path, 0, "--allow-read") == "opened"
    assert opened(path, 1, "--allow-read", "--allow-write=.") == "EACCES"
    assert opened(path, 0x200, "--allow-read", "--allow-write=.") == "EACCES"
    assert opened(path, 1, f"--allow-write={path}") == "opened"
    new = os.path.join(outside, "new")
    assert opened(new, 0x41, "--allow-write=.", mode=384) == "EACCES"
    assert opened(new, 0x41, f"--allow-write={new}", mode=384) == "opened"
    os.remove(new)
    os.remove(path)
    os.rmdir(outside)


def tcp(name, port, *flags):
    """connect or bind at a port of 127.0.0.1, by a socket of its own."""
    return breach(f"""
        local addr = string.pack("<I2 >I2 I4 I8", 2, {port}, 0x7f000001, 0)
        local fd = syscall("socket", 2, 1, 0)
        local n, e = syscall("{name}", fd, addr, 16)
        print(n or e)""", *flags)[0]


def ports_are_bound_where_flags_name_nothing_else():
    with socket.create_server(("127.0.0.1", 0)) as one, \
            socket.create_server(("127.0.0.1", 0)) as two:
        first, second = (s.getsockname()[1] for s in (one, two))
        shut = "--deny-net=127.0.0.0/8,::1"
        allow = f"--allow-net=192.0.2.1:{first}"
        assert tcp("connect", second) == "0"
        assert tcp("connect", first, shut, allow) == "0"
        assert tcp("connect", second, shut, allow) == "EACCES"
        assert tcp("bind", 0, "--deny-listen") == "EACCES"
        assert tcp("connect", first, "--deny-listen") == "0"
        for name in "connect", "bind":
            assert tcp(name, first, "--deny-net") == "EPERM"


def without_a_network_no_address_reaches_the_kernel():
    calls = ("listen 3, 1", f"connect 3, {SIN}, 16", f"bind 3, {SIN}, 16",
             f'sendto 3, "x", 1, 0, {SIN}, 16', f"sendmmsg 3, {ROOM}, 1, 0")
    assert not wrong(results(calls, "--deny-net"))
    check(ran("--deny-net", "-e", """
        for _, type in ipairs { socket.SOCK_STREAM, socket.SOCK_DGRAM } do
          local a, b = socket.socketpair(type)
          for i = 1, 50 do assert(a:send("x")) end
          print(#b:recv(1))
        end"""), out="1\n1\n")


def the_processes_of_others_are_out_of_reach():
    """By a signal that a descriptor sends, and by a name."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0netbox-{os.getpid()}")
        server.listen()
        name = f'"\\1\\0\\0netbox-{os.getpid()}"'
        code = f"""
            local fd = syscall("socket", 1, 1, 0)
            local n, e = syscall("connect", fd, {name}, #{name})
            print(n or e)"""
        assert breach(code, "--allow-unix=/tmp") == ["EPERM"]
        assert breach(code, "--allow-unix") == ["0"]


def ran_without(calls, *args):
    """Runs netbox on a kernel that does not have the calls, says strace."""
    done = subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", "-e",
         f"inject={calls}:error=EINVAL", NETBOX, *args, "-e", "print(1)"],
        cwd=FOLDER, capture_output=True, timeout=BOUND, text=True, check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    assert done.stderr.count("\n") == 1, done
    return Outcome(done.returncode, done.stdout, done.stderr)


def a_missing_wall_is_said_once_or_required():
    for calls, name in (("landlock_create_ruleset", "Landlock"),
                        ("landlock_restrict_self", "Landlock"),
                        ("prctl", "seccomp and Landlock")):
        got = ran_without(calls)
        assert (got.status, got.out) == (0, "1\n"), got
        check_words(got.err, f"netbox: this system lacks {name},", "--doctor")
        got = ran_without(calls, "--require-kernel-sandbox")
        check_complaint(got, 2, "--require-kernel-sandbox: this system lacks "
                        f"{name} ", "--doctor")


def what_is_required_is_there():
    check(ran("--require-kernel-sandbox", "-e", "print(1)"), out="1\n")
    check_complaint(ran("--require-kernel-sandbox", "-A", "--allow-native",
                        "-e", "print(1)"), 2, "--require-kernel-sandbox")


def the_doctor_tells_what_is_there():
    got = ran("--doctor")
    assert (got.status, got.err) == (0, ""), got
    rows = [line.split() for line in got.out.splitlines()]
    assert rows[0] == ["seccomp", "yes"], got
    assert rows[1][:3] == ["Landlock", "yes", "version"], got
    check_words(got.out, "files ", "truncation ", "TCP ports ", "signals ")


if ran("--doctor").status != 0:
    print("this kernel has not all that is tested here")
    raise SystemExit(77)
run(calls_that_no_script_needs_are_refused,
    flags_let_through_what_they_are_about,
    attacks_are_refused_to_modules_in_c_as_well,
    nothing_is_refused_where_everything_is_allowed,
    files_are_opened_by_grant, ports_are_bound_where_flags_name_nothing_else,
    without_a_network_no_address_reaches_the_kernel,
    the_processes_of_others_are_out_of_reach,
    a_missing_wall_is_said_once_or_required, what_is_required_is_there,
    the_doctor_tells_what_is_there)
