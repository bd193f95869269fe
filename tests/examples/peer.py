"""The other side of a connection, played by the test itself."""
import socket
import struct


def received(conn, size):
    """The next bytes; fewer where the stream ends."""
    data = b""
    while len(data) < size:
        more = conn.recv(size - len(data))
        if not more:
            break
        data += more
    return data


def received_all(conn):
    with conn.makefile("rb") as stream:
        return stream.read()


def ended(conn):
    return conn.recv(1) == b""


def reset(conn):
    """Ends a connection as a program that dies with bytes unread does."""
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    conn.close()
