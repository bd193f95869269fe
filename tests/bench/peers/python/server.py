"""The servers in blocking Python, a thread for each connection:
`server.py KIND`."""

import socket
import sys
import threading


def listen():
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("127.0.0.1", 0))
    server.listen(128)
    print(server.getsockname()[1], flush=True)
    return server


def echo(conn):
    while True:
        data = conn.recv(16384)
        if not data:
            break
        conn.sendall(data)
    conn.close()


def echo_lines(conn):
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for line in conn.makefile("rb"):
        conn.sendall(line)
    conn.close()


def pump(origin, destination):
    while True:
        data = origin.recv(65536)
        if not data:
            break
        destination.sendall(data)
    origin.close()
    destination.close()


def serve_each(handle):
    server = listen()
    while True:
        conn, _ = server.accept()
        threading.Thread(target=handle, args=(conn,)).start()


def serve_pairs():
    server = listen()
    while True:
        one, _ = server.accept()
        other, _ = server.accept()
        threading.Thread(target=pump, args=(one, other)).start()
        threading.Thread(target=pump, args=(other, one)).start()


def serve_datagrams():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)
    while True:
        data, addr = server.recvfrom(65536)
        server.sendto(data, addr)


if sys.argv[1] == "tcp":
    serve_each(echo)
elif sys.argv[1] == "lines":
    serve_each(echo_lines)
elif sys.argv[1] == "proxy":
    serve_pairs()
else:
    serve_datagrams()
