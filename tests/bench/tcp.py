"""A TCP echo server in blocking Python, a thread for each connection."""

import socket
import threading


def echo(conn):
    while True:
        data = conn.recv(2048)
        if not data:
            break
        conn.sendall(data)
    conn.close()


server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(("127.0.0.1", 0))
server.listen(128)
print(server.getsockname()[1], flush=True)

while True:
    conn, addr = server.accept()
    threading.Thread(target=echo, args=(conn,)).start()
