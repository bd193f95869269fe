"""The servers on asyncio, on uvloop where that is installed:
`server.py KIND`. Echoes are protocols, the quickest that asyncio offers;
lines and the proxy are streams, as one writes them, and so are echoes of the
kind streams, which have a task each."""

import asyncio
import sys

try:
    import uvloop
    uvloop.install()
except ImportError:
    pass


class Echo(asyncio.Protocol):
    transport = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class EchoDatagram(asyncio.DatagramProtocol):
    transport = None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.transport.sendto(data, addr)


async def echo_lines(reader, writer):
    async for line in reader:
        writer.write(line)
        await writer.drain()
    writer.close()


async def pump(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def serve_pairs():
    """Of every two clients each gets what the other one sends."""
    waiting = []

    async def on_client(reader, writer):
        waiting.append((reader, writer))
        if len(waiting) == 2:
            one, other = waiting
            waiting.clear()
            await asyncio.gather(pump(one[0], other[1]),
                                 pump(other[0], one[1]))

    return await asyncio.start_server(on_client, "127.0.0.1", 0)


async def main(kind):
    loop = asyncio.get_running_loop()
    if kind == "tcp":
        server = await loop.create_server(Echo, "127.0.0.1", 0)
    elif kind == "streams":
        server = await asyncio.start_server(pump, "127.0.0.1", 0)
    elif kind == "lines":
        server = await asyncio.start_server(echo_lines, "127.0.0.1", 0)
    elif kind == "proxy":
        server = await serve_pairs()
    else:
        server, _ = await loop.create_datagram_endpoint(
            EchoDatagram, ("127.0.0.1", 0))
    if kind == "udp":
        port = server.get_extra_info("sockname")[1]
    else:
        port = server.sockets[0].getsockname()[1]
    print(port, flush=True)
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1]))
