"""Capitals over UDP, as the documents' Python prints and sends it."""
from socket import AF_INET, SOCK_DGRAM, socket

import roles


def server(host, port):
    with socket(AF_INET, SOCK_DGRAM) as sock:
        sock.bind((host, port))
        print("The server is ready to receive")
        while True:
            message, sender = sock.recvfrom(2048)
            sock.sendto(message.decode().upper().encode(), sender)


def client(host, port):
    with socket(AF_INET, SOCK_DGRAM) as sock:
        sock.sendto(input("Input lowercase sentence").encode(), (host, port))
        print(sock.recvfrom(2048)[0].decode())


roles.run(server=server, client=client)
