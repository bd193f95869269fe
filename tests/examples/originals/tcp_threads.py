"""A thread for each client; the wrong calls of the server are put right, and
the end of input ends the client."""
import sys
from _thread import start_new_thread
from socket import socket

import roles


def serve(conn):
    with conn:
        conn.send(b"welcome to the server")
        while data := conn.recv(2048):
            conn.sendall(f"Hello I'm Server {data.decode()}".encode())


def server(host, port):
    with socket() as listener:
        listener.bind((host, port))
        listener.listen(5)
        print("waiting for connection")
        count = 0
        while True:
            conn, peer = listener.accept()
            print(f"connected to {peer[0]}:{peer[1]}")
            start_new_thread(serve, (conn,))
            count += 1
            print(f"ThreadNumber {count}")


def client(host, port):
    with socket() as sock:
        sock.connect((host, port))
        print(sock.recv(2048).decode())
        try:
            while True:
                sock.send(input("Say something").encode())
                print(sock.recv(1024).decode())
        except EOFError:
            sys.exit()


roles.run(server=server, client=client)
