"""The server that says hey until END; its misspelt names are put right."""
from socket import AF_INET, SOCK_STREAM, socket

import roles


def server(host, port):
    with socket(AF_INET, SOCK_STREAM) as listener:
        listener.bind((host, port))
        listener.listen(5)
        while True:
            print("server waiting...")
            conn, peer = listener.accept()
            with conn:
                print("client connected from", peer)
                while (data := conn.recv(1024)) not in (b"", b"END"):
                    print("received from client", data.decode())
                    conn.send(b"Hey client")


roles.run(server=server)
