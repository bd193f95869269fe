"""The call HELLO| to everybody; the sender makes its socket once here."""
import time
from socket import (AF_INET, IP_MULTICAST_TTL, IPPROTO_IP, SO_BROADCAST,
                    SOCK_DGRAM, SOL_SOCKET, socket)

import roles


def sender(host, port):
    with socket(AF_INET, SOCK_DGRAM) as sock:
        sock.setsockopt(IPPROTO_IP, IP_MULTICAST_TTL, 2)
        sock.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
        while True:
            sock.sendto(b"HELLO|", (host, port))
            time.sleep(0.8)


def receiver(_, port):
    with socket(AF_INET, SOCK_DGRAM) as sock:
        sock.bind(("", port))
        while True:
            print(sock.recvfrom(1024)[0].decode())


roles.run(sender=sender, receiver=receiver)
