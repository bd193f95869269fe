"""jq reads what --trace writes as JSON Lines, and counts as getstats does."""
import shutil
import subprocess
import sys

from cli import BOUND, FOLDER, check, ran, run

SCRIPT = r"""
local server <close> = assert(socket.bind("127.0.0.1", 0))
local ip, port = server:getsockname()
thread.spawn({ name = "a \"server\"\n" }, function()
  local conn <close> = assert(server:accept())
  conn:sendall(conn:receive("*a"))
end)
local client <close> = assert(socket.connect(ip, port))
local all = {}
for byte = 0, 255 do all[#all + 1] = string.char(byte) end
local bytes = table.concat(all)
for size = 1, 255, 7 do
  client:sendall(bytes:sub(1, size) .. bytes:rep(3))
end
client:shutdown(socket.SHUT_WR)
client:receive("*a")
local received, sent = client:getstats()
print(received, sent)
"""


def jq(*args):
    done = subprocess.run(["jq", *args], cwd=FOLDER, timeout=BOUND,
                          stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def counts_are_those_of_getstats():
    got = ran("--trace=t.jsonl", "-e", SCRIPT)
    assert (got.status, got.err) == (0, ""), got
    counted = jq("-rs", """
        (map(select(.kind == "connected"))[0].socket) as $client |
        map(select(.socket == $client)) |
        [(map(select(.kind == "received").length) | add),
         (map(select(.kind == "sent").length) | add)] | @tsv""", "t.jsonl")
    assert counted == got.out, (counted, got.out)


def base64_has_as_many_bytes_as_are_told():
    check(ran("--trace=t.jsonl", "-e", SCRIPT, stdout=subprocess.DEVNULL))
    wrong = jq("-c", """
        select(.base64 != null) |
        select((.base64 | rtrimstr("=") | rtrimstr("=") | length * 3 / 4 |
                floor) != .length)""", "t.jsonl")
    assert wrong == "", wrong


def text_is_the_bytes_where_they_are_text():
    ran("--trace=t.jsonl", "-e", """
        local a, b = socket.socketpair()
        a:sendall("na\\xc3\\xafve \\"\\\\ \\0\\n")
        b:recv()""")
    told = jq("-c", "select(.text != null) | .text == (.base64 | @base64d)",
              "t.jsonl")
    assert told == "true\ntrue\n", told


if shutil.which("jq") is None:
    print("jq is missing: Debian's package jq")
    sys.exit(77)
run(counts_are_those_of_getstats, base64_has_as_many_bytes_as_are_told,
    text_is_the_bytes_where_they_are_text)
