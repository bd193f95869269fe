"""At the limit of descriptors: EMFILE is an error value, and it passes."""
import resource
import socket
import time

from cli import FOLDER, NETBOX, Program, check, ran, run

LIMIT = 32


def lower_the_limit():
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))


# Takes every descriptor that is left; `kept` holds the sockets.
FILL = """
local kept = {}
local function fill()
  while true do
    local s, message, code = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if not s then return message, code end
    table.insert(kept, s)
    assert(#kept < 100)
  end
end
"""


def start_limited(code):
    return Program([NETBOX, "-e", FILL + code], cwd=FOLDER,
                   preexec_fn=lower_the_limit)


def socket_says_that_there_are_too_many():
    got = ran("-e", FILL + """
        print(fill())
        print(socket.bind("127.0.0.1", 0))
        print(socket.connect("127.0.0.1", 1))
        print(socket.udp():sendto("x", "127.0.0.1", 1))
        kept[1]:close()
        local server = assert(socket.bind("127.0.0.1", 0))
        print("works again")""", preexec_fn=lower_the_limit)
    failure = "Too many open files\tEMFILE\n"
    check(got, out=failure + ("nil\t" + failure) * 3 + "works again\n")


def dropped_sockets_make_room_by_themselves():
    check(ran("-e", """
        for _ = 1, 200 do
          assert(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        end
        print("made 200")""", preexec_fn=lower_the_limit),
          out="made 200\n")


def cpu_time(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def accept_says_so_and_goes_on_when_there_is_room():
    code = """
        local server = assert(socket.bind("127.0.0.1", 0))
        print((select(2, server:getsockname())))
        fill()
        input()
        print(server:accept())
        table.remove(kept):close()
        print(type(server:accept()))"""
    with start_limited(code) as program:
        port = int(program.expect_line(r"(\d+)").group(1))
        with socket.create_connection(("127.0.0.1", port)):
            program.type("go\n")
            program.expect_line("nil\tToo many open files\tEMFILE")
            program.expect_line("userdata")
            program.finish()


def accept_again_waits_for_a_descriptor_and_does_not_spin():
    code = """
        local server = assert(socket.bind("127.0.0.1", 0))
        print((select(2, server:getsockname())))
        fill()
        input()
        thread.spawn(function()
          input()
          table.remove(kept):close()
        end)
        local failures = 0
        local conn, _, code = server:accept()
        while not conn do
          assert(code == "EMFILE")
          failures = failures + 1
          if failures == 4 then print("four failures") end
          conn, _, code = server:accept()
        end
        print("accepted")"""
    with start_limited(code) as program:
        port = int(program.expect_line(r"(\d+)").group(1))
        with socket.create_connection(("127.0.0.1", port)):
            before = time.monotonic()
            program.type("go\n")
            program.expect_line("four failures")
            took = time.monotonic() - before
            assert took >= 0.25, f"four failures within {took} s: it spins"
            assert cpu_time(program.process.pid) < 0.2 + 0.05 * took
            program.type("make room\n")
            program.expect_line("accepted")
            program.finish()


def open_and_popen_say_so_too():
    got = ran("--allow-read=.", "--allow-write=.", "-e", FILL + """
        fill()
        print(io.open("x", "w"))
        print(select(2, pcall(io.lines, "x")))""",
              preexec_fn=lower_the_limit)
    assert got.status == 0, got
    assert got.out.count("Too many open files") == 2, got


def soft_limit_is_raised_to_the_hard_one():
    def lower_the_soft_limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, 4 * LIMIT))
    got = ran("-e", """
        local kept = {}
        for i = 1, 3 * 32 do
          kept[i] = assert(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        end
        print(#kept)""", preexec_fn=lower_the_soft_limit)
    check(got, out="96\n")


run(socket_says_that_there_are_too_many,
    dropped_sockets_make_room_by_themselves,
    accept_says_so_and_goes_on_when_there_is_room,
    accept_again_waits_for_a_descriptor_and_does_not_spin,
    open_and_popen_say_so_too, soft_limit_is_raised_to_the_hard_one)
