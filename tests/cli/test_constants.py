"""The constants of `socket` are those of Python's module, as far as there are
such sockets; their values are the system's."""
import re
import socket

from cli import ran, run

LISTED = """
for name, value in pairs(socket) do
  if math.type(value) == "integer" and name:find("^%u[%u%d_]+$") then
    print(name, value)
  end
end
"""

# What Python has and we have not: a pattern, and why.
LEFT_OUT = (
    ("AF_.*|PF_.*|NETLINK_.*|PACKET_.*|TIPC_.*|V?M(ADDR)?_.*|CAN_.*|ALG_.*|"
     "J1939_.*|IOCTL_VM_.*|SOL_(ALG|CAN_BASE|CAN_RAW|RDS|TIPC)|"
     "SO_(J1939|VM)_.*|SCM_J1939_.*|UDPLITE_.*",
     "there are no sockets of that family or protocol"),
    ("SOCK_(RDM|SEQPACKET)", "there are no sockets of that type"),
    ("SOCK_(CLOEXEC|NONBLOCK)", "every descriptor is so"),
    ("(MSG|SCM)_.*", "no call takes flags or gives control messages"),
    ("(AI|NI)_.*", "names are asked for without flags"),
    ("EAI_.*|EAGAIN|EBADF|EWOULDBLOCK", "codes of errors are strings"),
)

# What we have and Python 3.11 has not.
OURS = {
    # LuaSocket's size of a block, and what its tcp-fastopen-connect,
    # ipv6-add-membership and ipv6-drop-membership stand for
    "BLOCKSIZE", "TCP_FASTOPEN_CONNECT", "IPV6_ADD_MEMBERSHIP",
    "IPV6_DROP_MEMBERSHIP",
    # for `socket.ping`, and of later Pythons
    "IP_RECVTTL", "IP_PKTINFO", "IP_ADD_SOURCE_MEMBERSHIP",
    "IP_DROP_SOURCE_MEMBERSHIP", "IP_BLOCK_SOURCE", "IP_UNBLOCK_SOURCE",
}


def ours():
    got = ran("-e", LISTED)
    assert (got.status, got.err) == (0, ""), got
    return {name: int(value) for name, value in
            (line.split("\t") for line in got.out.splitlines())}


def pythons():
    return {name: int(getattr(socket, name)) for name in dir(socket)
            if re.fullmatch("[A-Z][A-Z0-9_]+|AF_DECnet", name)
            and isinstance(getattr(socket, name), int)}


def left_out(name):
    return any(re.fullmatch(pattern, name) for pattern, _ in LEFT_OUT)


def values_are_the_same():
    mine = ours()
    other = {name: (mine[name], value) for name, value in pythons().items()
             if mine.get(name, value) != value}
    assert len(mine) > 100 and not other, other


def every_one_of_python_is_here_or_left_out_for_a_reason():
    missing = set(pythons()) - set(ours())
    assert {"AF_PACKET", "AI_PASSIVE"} < missing, missing
    unexplained = sorted(name for name in missing if not left_out(name))
    assert not unexplained, unexplained


def nothing_else_is_here():
    more = set(ours()) - set(pythons())
    assert more <= OURS, sorted(more - OURS)


run(values_are_the_same, every_one_of_python_is_here_or_left_out_for_a_reason,
    nothing_else_is_here)
