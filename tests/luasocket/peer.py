"""A peer that takes its time, for the tests of time-outs. It prints its port
and serves until nobody reads its output any more. The first line of a
connection says what to do, again and again after so many seconds, until the
other side is gone:

    drip SECONDS     send a byte
    drain SECONDS    read up to 64 KiB
"""
import select
import socket
import sys
import time


class Guest:
    def __init__(self, conn, line):
        word, seconds = line.split()
        self.conn = conn
        self.act = {"drip": self.drip, "drain": self.drain}[word]
        self.interval = float(seconds)
        self.due = time.monotonic() + self.interval

    def drip(self):
        self.conn.send(b"x")

    def drain(self):
        if not self.conn.recv(65536):
            raise ConnectionError

    def is_served(self, now):
        """Acts if it is time; False if the other side is gone."""
        if now < self.due:
            return True
        self.due = now + self.interval
        try:
            self.act()
        except BlockingIOError:
            pass
        except ConnectionError:
            self.conn.close()
            return False
        return True


def admit(listener):
    conn = listener.accept()[0]
    with conn.makefile("rb", buffering=0) as file:
        line = file.readline().decode()
    conn.setblocking(False)
    return Guest(conn, line)


def serve(listener):
    guests = []
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    waiting.register(sys.stdout, 0)  # told of its end all the same
    while True:
        due = min((guest.due for guest in guests), default=None)
        left = None if due is None else max(0, due - time.monotonic()) * 1000
        for fd, _ in waiting.poll(left):
            if fd == sys.stdout.fileno():
                return
            guests.append(admit(listener))
        now = time.monotonic()
        guests = [guest for guest in guests if guest.is_served(now)]


with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    serve(server)
