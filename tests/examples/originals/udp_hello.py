"""One datagram there and one back; the text is encoded once here."""
from socket import AF_INET, SOCK_DGRAM, socket

import roles


def server(host, port):
    with socket(AF_INET, SOCK_DGRAM) as sock:
        sock.bind((host, port))
        while True:
            data, sender = sock.recvfrom(4096)
            print(str(data))
            sock.sendto(b"Hello I'm UDP Server", sender)


def client(host, port):
    with socket(AF_INET, SOCK_DGRAM) as sock:
        sock.sendto(b"Hello UDP server", (host, port))
        data, _ = sock.recvfrom(4096)
        print("Server Says")
        print(str(data))


roles.run(server=server, client=client)
