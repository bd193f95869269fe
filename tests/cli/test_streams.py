"""Standard streams that are closed at the start, or are odd."""
import os
import re
import subprocess

from cli import BOUND, FOLDER, NETBOX, Outcome, check, ran, run, start
from cli import write

# A socket must never get a standard stream's number, or print would write
# into the connection.
SCRIPT = """
local server = assert(socket.bind("127.0.0.1", 0))
local ip, port = server:getsockname()
local client = assert(socket.connect(ip, port))
local conn = assert(server:accept())
for _, s in ipairs({ server, client, conn }) do
  assert(s:fileno() > 2)
end
print("printed")
io.stderr:write("written\\n")
timer.sleep(0)
conn:settimeout(0.01)
local data, message = conn:recv()
assert(data == nil and message == "timeout")
assert(input() == nil and io.read() == nil)
os.exit(7)
"""


def ran_without(redirections):
    """Runs the script by a shell that closes streams first."""
    write("x.lua", SCRIPT)
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" x.lua {redirections}', NETBOX],
        stdin=subprocess.DEVNULL, capture_output=True, cwd=FOLDER,
        timeout=BOUND, check=False)
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def closed_standard_input():
    check(ran_without("<&-"), 7, "printed\n", "written\n")


def closed_standard_output():
    check(ran_without(">&-"), 7, "", "written\n")


def closed_standard_error():
    check(ran_without("2>&-"), 7, "printed\n", "")


def all_closed():
    check(ran_without("<&- >&- 2>&-"), 7)


def in_every_pair():
    check(ran_without("<&- >&-"), 7, "", "written\n")
    check(ran_without("<&- 2>&-"), 7, "printed\n", "")
    check(ran_without(">&- 2>&-"), 7)


def error_with_standard_error_closed_is_still_1():
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" -e "error(1)" 2>&-', NETBOX],
        capture_output=True, timeout=BOUND, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


def script_from_a_closed_standard_input_is_empty():
    done = subprocess.run(["sh", "-c", 'exec "$0" - <&-', NETBOX],
                          capture_output=True, timeout=BOUND, check=False)
    assert (done.returncode, done.stdout) == (0, b""), done


def open_files_keep_off_the_numbers_as_well():
    write("y.lua", """
        local file = assert(io.open("out.txt", "w"))
        print("not into the file")
        file:write("into the file")
        file:close()
        io.stderr:write(assert(io.open("out.txt")):read("a"), "\\n")""")
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" --allow-read=. --allow-write=. y.lua <&- >&-',
         NETBOX], cwd=FOLDER,
        capture_output=True, timeout=BOUND, check=False)
    assert done.stderr == b"into the file\n", done


def descriptors_of_netbox_are_closed_in_children():
    got = ran("--allow-run", "-e", """
        local s = socket.bind("127.0.0.1", 0)
        local t = socket.udp4()
        timer.sleep(0)
        os.execute("ls -l /proc/self/fd")""")
    assert got.status == 0, got
    assert not re.search("socket:|eventpoll", got.out), got.out


def no_descriptor_is_left_open():
    with start("""
            local function use()
              local server = assert(socket.bind("127.0.0.1", 0))
              local ip, port = server:getsockname()
              local client = assert(socket.connect(ip, port))
              local conn = assert(server:accept())
              local udp = socket.udp()
              udp:sendto("x", ip, port)
              socket.connect(ip, port):send("dropped")
              udp:close() conn:close() client:close() server:close()
            end
            while input() do
              use()
              collectgarbage()
              collectgarbage()
              print("used")
            end""") as program:
        counts = []
        for _ in range(10):
            program.type("\n")
            program.expect_line("used")
            fds = os.listdir(f"/proc/{program.process.pid}/fd")
            counts.append(len(fds))
        program.close_input()
        program.finish()
    assert counts[0] == counts[-1], counts


run(closed_standard_input, closed_standard_output, closed_standard_error,
    all_closed, in_every_pair, error_with_standard_error_closed_is_still_1,
    script_from_a_closed_standard_input_is_empty,
    open_files_keep_off_the_numbers_as_well,
    descriptors_of_netbox_are_closed_in_children, no_descriptor_is_left_open)
