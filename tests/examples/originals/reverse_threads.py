"""Each message reversed, a thread for each client; the lock is held for the
printing only, not as long as a client is connected."""
from _thread import start_new_thread
from socket import AF_INET, SOCK_STREAM, socket
from threading import Lock

import roles

print_lock = Lock()


def say(*words):
    with print_lock:
        print(*words)


def serve(conn):
    with conn:
        while data := conn.recv(1024):
            conn.send(data[::-1])
    say("Bye")


def server(host, port):
    with socket(AF_INET, SOCK_STREAM) as listener:
        listener.bind((host, port))
        say("socket binded to port", port)
        listener.listen(5)
        say("socket is listening")
        while True:
            conn, peer = listener.accept()
            say("Connected to :", peer[0], ":", peer[1])
            start_new_thread(serve, (conn,))


def client(host, port):
    with socket(AF_INET, SOCK_STREAM) as sock:
        sock.connect((host, port))
        while True:
            sock.send(b"shaurya says geeksforgeeks")
            print("Received from the server :", sock.recv(1024).decode())
            if input("\nDo you want to continue(y/n) :") != "y":
                break


roles.run(server=server, client=client)
