"""Echo over TCP to one client, as the documents' Python prints and sends it."""
from socket import AF_INET, SOCK_STREAM, socket

import roles


def server(host, port):
    with socket(AF_INET, SOCK_STREAM) as listener:
        listener.bind((host, port))
        listener.listen()
        conn, peer = listener.accept()
        with conn:
            print("Connected by", peer)
            while data := conn.recv(1024):
                conn.sendall(data)


def client(host, port):
    with socket(AF_INET, SOCK_STREAM) as sock:
        sock.connect((host, port))
        sock.sendall(b"Hello, world")
        print("Received", repr(sock.recv(1024)))


roles.run(server=server, client=client)
