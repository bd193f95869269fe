"""Ten thousand connections on which nothing happens, with a thread each."""
from measured import Client, Server, need_descriptors, run

COUNT = 10000
MOST = 4096  # bytes of resident memory for a connection and its thread
LEFT = 0.1  # of that at most remains when they are gone


def check_memory(*text):
    with Server() as server:
        descriptors = server.descriptors()
        memory = server.memory()
        with Client("quiet.lua", server, COUNT, *text) as client:
            server.settle(COUNT)
            each = (server.memory() - memory) / COUNT
            print(f"{each:.0f} bytes for each connection")
            assert server.descriptors() == descriptors + COUNT
            assert 0 < each <= MOST
            client.end()
        server.settle(0)
        left = (server.memory() - memory) / COUNT
        print(f"{left:.0f} bytes when they are gone")
        assert left <= LEFT * each
        assert server.descriptors() == descriptors
        server.end()


def connections_that_never_spoke_take_4_KiB_at_most():
    check_memory()


def connections_that_have_spoken_take_4_KiB_at_most():
    check_memory("x" * 1000)


need_descriptors(COUNT + 100)
run(connections_that_never_spoke_take_4_KiB_at_most,
    connections_that_have_spoken_take_4_KiB_at_most)
