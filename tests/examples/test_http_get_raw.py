"""http_get_raw: in one process, with Python's http.client and http.server, and
with peers that are silent, wrong or gone."""
import http.client
import http.server
import socket
import threading
from contextlib import contextmanager

from peer import reset
from program import BOUND, free_port, netbox, run

PAGE = "<h1>It works!</h1>\n"
LONG_PAGE = b"all work and no play\n" * 10000


class Pages(http.server.BaseHTTPRequestHandler):
    """Two pages: one of a known length, one that ends with the stream."""

    def do_GET(self):
        self.send_response(200)
        if self.path == "/length":
            self.send_header("content-length", str(len(LONG_PAGE)))
        self.end_headers()
        self.wfile.write(LONG_PAGE)

    def log_message(self, *_):
        pass


def page_of_ours(client, status, body):
    client.expect_line(rf"HTTP/1\.0 {status}")
    client.expect_line("Content-Type: text/html")
    client.expect_line(f"Content-Length: {len(body)}")
    client.expect_line("")
    client.expect(body)


@contextmanager
def serving():
    port = free_port()
    with netbox("http_get_raw", "server", "127.0.0.1", port) as server:
        server.expect_line(rf"Serving on 127\.0\.0\.1:{port}")
        yield server, port


@contextmanager
def asked(*path):
    """A client of ours, the connection on which it asked, and what it asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(BOUND)
        port = listener.getsockname()[1]
        with netbox("http_get_raw", "client", "127.0.0.1", port,
                    *path) as client, listener.accept()[0] as conn:
            conn.settimeout(BOUND)
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                data = conn.recv(1024)
                assert data, request
                request += data
            yield client, conn, request.decode(), port


def together():
    port = free_port()
    with netbox("http_get_raw", "127.0.0.1", port) as both:
        both.expect_line(rf"Serving on 127\.0\.0\.1:{port}")
        both.expect_line(r"Asked for: GET / HTTP/1\.0")
        page_of_ours(both, "200 OK", PAGE)
        both.finish()


def two_processes():
    with serving() as (server, port):
        with netbox("http_get_raw", "client", "127.0.0.1", port) as client:
            page_of_ours(client, "200 OK", PAGE)
            client.finish()
        server.expect_line(r"Asked for: GET / HTTP/1\.0")
        with netbox("http_get_raw", "client", "127.0.0.1", port,
                    "/other") as client:
            page_of_ours(client, "404 Not Found", "There is no such page.\n")
            client.finish()
        server.expect_line(r"Asked for: GET /other HTTP/1\.0")
        server.interrupt()
        server.finish(130)


def client_of_python():
    with serving() as (server, port):
        for path, status in ("/", 200), ("/other", 404), ("/", 200):
            conn = http.client.HTTPConnection("127.0.0.1", port, BOUND)
            conn.request("GET", path)
            response = conn.getresponse()
            assert response.status == status, response.status
            assert response.getheader("content-type") == "text/html"
            body = response.read().decode()
            assert (body == PAGE) == (status == 200), body
            conn.close()
            server.expect_line(rf"Asked for: GET {path} HTTP/1\.1")


def server_of_python():
    with http.server.HTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,),
                         daemon=True).start()
        for path in "/length", "/stream":
            with netbox("http_get_raw", "client", "127.0.0.1",
                        server.server_port, path) as client:
                client.expect_line(r"HTTP/1\.0 200 OK")
                client.expect(r"([\w-]+: .+\n)+\n")
                client.finish(rest=LONG_PAGE.decode())
        server.shutdown()


def what_is_asked():
    with asked("/a/page?of=mine") as (client, conn, request, port):
        assert request == ("GET /a/page?of=mine HTTP/1.0\r\n"
                           f"Host: 127.0.0.1:{port}\r\n\r\n"), request
        conn.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        conn.close()
        client.finish(rest="HTTP/1.1 204 No Content\n\n")


def length_ends_the_page():
    """The connection stays open, and more comes on it."""
    for body in b"", b"page":
        with asked() as (client, conn, *_):
            conn.sendall(b"HTTP/1.1 200 OK\r\ncontent-LENGTH:%d \r\n\r\n"
                         % len(body) + body + b"no page")
            client.finish(rest="HTTP/1.1 200 OK\n"
                          f"content-LENGTH:{len(body)} \n\n" + body.decode())


def page_in_pieces():
    with asked() as (client, conn, *_):
        for piece in "HTTP/1.1 2", "00 OK\r", "\nContent-Length: 6\r\n\r\nab":
            conn.sendall(piece.encode())
        client.expect(r"HTTP/1\.1 200 OK\nContent-Length: 6\n\n")
        conn.sendall(b"cdef")
        client.finish(rest="abcdef")


def server_that_dies():
    head = "HTTP/1.0 200 OK\r\n"
    for said in "", "HTTP/1", head, head + "Content-Length: 5\r\n\r\npage":
        for end, code in (socket.socket.close, "EOF"), (reset, "ECONNRESET"):
            with asked() as (client, conn, *_):
                conn.sendall(said.encode())
                end(conn)
                client.finish(1, rest="(.|\n)*", stderr=(
                    rf"netbox: .*: closed \({code}, (.|\n)*"))


def client_that_dies():
    with serving() as (server, port):
        for said in b"", b"GET / HT", b"GET / HTTP/1.0\r\nHost: x\r\n":
            for end in socket.socket.close, reset:
                conn = socket.create_connection(("127.0.0.1", port), BOUND)
                conn.sendall(said)
                end(conn)
        with netbox("http_get_raw", "client", "127.0.0.1", port) as client:
            page_of_ours(client, "200 OK", PAGE)
            client.finish()
        server.expect_line(r"Asked for: GET / HTTP/1\.0")


run(together, two_processes, client_of_python, server_of_python,
    what_is_asked, length_ends_the_page, page_in_pieces, server_that_dies,
    client_that_dies)
