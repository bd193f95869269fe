"""The probe that asks for host and port; "Failed to connect" is put right."""
from socket import AF_INET, SHUT_RDWR, SOCK_STREAM, socket

with socket(AF_INET, SOCK_STREAM) as sock:
    print("socket created")
    host = input("enter the host name to connect: ")
    port = input("enter the port: ")
    try:
        sock.connect((host, int(port)))
        print(f"socket connected to {host}:{port}")
        sock.shutdown(SHUT_RDWR)
    except OSError as error:
        print(f"Failed to connect to {host}:{port}")
        print("Reason", error)
