"""A million connections that come and go leave nothing behind."""
from measured import Client, Server, run

WORKERS = 32
BATCH = 20000
WARM_UP = 20  # batches: until then blocks of all sizes find their pages
BATCHES = 50
MOST = 1 << 20  # bytes that the resident memory may grow by


def grown(samples):
    return max(samples[WARM_UP:]) - samples[WARM_UP - 1]


def a_million_connections_leave_no_memory_and_no_descriptor():
    with Server() as server, Client("churn.lua", server, WORKERS) as client:
        programs = (server, client)
        descriptors = [program.descriptors() for program in programs]
        memory = ([], [])
        for _ in range(WARM_UP + BATCHES):
            client.ask(BATCH)
            server.settle(0)
            assert descriptors == [each.descriptors() for each in programs]
            for samples, program in zip(memory, programs):
                samples.append(program.memory())
        growth = [grown(samples) for samples in memory]
        print(f"grown by {growth[0]} (server) and {growth[1]} (client) bytes")
        assert max(growth) < MOST
        client.end()
        server.end()


run(a_million_connections_leave_no_memory_and_no_descriptor)
