"""A greeting over TCP, as the documents' Python prints and sends it."""
from socket import AF_INET, SOCK_STREAM, socket

import roles


def server(host, port):
    with socket(AF_INET, SOCK_STREAM) as listener:
        listener.bind((host, port))
        listener.listen(1)
        print(f"Server listening on {host}:{port}...")
        while True:
            conn, peer = listener.accept()
            with conn:
                print(f"Connection from {peer}")
                if data := conn.recv(1024):
                    print(f"Received: {data.decode()}")
                    conn.send(b"Hello from server!")


def client(host, port):
    with socket(AF_INET, SOCK_STREAM) as sock:
        sock.connect((host, port))
        print("Sending: Hello from client!")
        sock.send(b"Hello from client!")
        print(f"Received: {sock.recv(1024).decode()}")


roles.run(server=server, client=client)
