"""reverse_threads: alone in two processes, with Python, and in one."""
from program import PAIRS, free_port, netbox, python, run

CONNECTED = {netbox: r"Connected to : 127\.0\.0\.1:\d+",
             python: r"Connected to : 127\.0\.0\.1 : \d+"}
REVERSED = "Received from the server : skeegrofskeeg syas ayruahs"
PROMPT = r"\nDo you want to continue\(y/n\) :"


def two_processes():
    for start_server, start_client in PAIRS:
        port = free_port()
        with start_server("reverse_threads", "server", "127.0.0.1",
                          port) as server:
            server.expect_line(f"socket binded to port {port}")
            server.expect_line("socket is listening")
            clients_at_once(server, CONNECTED[start_server], start_client,
                            port)


def clients_at_once(server, connected, start_client, port):
    with (start_client("reverse_threads", "client", "127.0.0.1",
                       port) as first,
          start_client("reverse_threads", "client", "127.0.0.1",
                       port) as second):
        server.expect_line(connected)
        server.expect_line(connected)
        for client in second, first:
            client.expect_line(REVERSED)
            client.expect(PROMPT)
            client.type("y\n")
            client.expect_line(REVERSED)
            client.expect(PROMPT)
            client.type("n\n")
            client.finish()
            server.expect_line("Bye")


def together():
    port = free_port()
    with netbox("reverse_threads", "127.0.0.1", port) as both:
        both.expect_line(f"socket binded to port {port}")
        both.expect_line("socket is listening")
        both.expect_line(CONNECTED[netbox])
        both.expect_line(REVERSED)
        both.expect(PROMPT)
        both.type("n\n")
        both.finish(rest="(Bye\n)?")


run(two_processes, together)
