"""A UDP echo server in blocking Python."""

import socket

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)

while True:
    data, addr = server.recvfrom(2048)
    server.sendto(data, addr)
