"""Echo over UDP, as the documents' Python prints and sends it."""
from socket import AF_INET, SOCK_DGRAM, socket

import roles


def server(host, port):
    with socket(AF_INET, SOCK_DGRAM) as sock:
        sock.bind((host, port))
        print(f"Server listening on {(host, port)}")
        while True:
            data, sender = sock.recvfrom(1024)
            print(f"Received message from {sender}: {data.decode()}")
            sock.sendto(data, sender)


def client(host, port):
    prompt = "Enter message to send to server (type 'exit' to quit): "
    with socket(AF_INET, SOCK_DGRAM) as sock:
        while (message := input(prompt)).lower() != "exit":
            sock.sendto(message.encode(), (host, port))
            print(f"Received echoed message: {sock.recvfrom(1024)[0].decode()}")


roles.run(server=server, client=client)
