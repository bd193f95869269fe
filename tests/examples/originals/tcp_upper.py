"""Capitals over TCP, one sentence a connection; the server does bind here."""
from socket import AF_INET, SOCK_STREAM, socket

import roles


def server(host, port):
    with socket(AF_INET, SOCK_STREAM) as listener:
        listener.bind((host, port))
        listener.listen(1)
        print("The server is ready to receive")
        while True:
            conn, _ = listener.accept()
            with conn:
                conn.send(conn.recv(1024).decode().upper().encode())


def client(host, port):
    with socket(AF_INET, SOCK_STREAM) as sock:
        sock.connect((host, port))
        sock.send(input("Input lowercase sentence").encode())
        print("From server: ", sock.recv(1024).decode())


roles.run(server=server, client=client)
