"""A hundred rounds of 8000 connections, half of which are reset at random."""
from statistics import fmean

from measured import Client, Server, need_descriptors, run

COUNT = 8000
ROUNDS = 100
WARM_UP = 5  # rounds
LEAST = 10  # of half of the samples, which are compared
MOST = 0.01  # that memory may grow by, as a fraction


class Samples:
    def __init__(self, program):
        self.program = program
        self.descriptors = program.descriptors()
        self.resident = []
        self.lua = []

    def take(self, lua):
        assert self.program.descriptors() == self.descriptors
        self.resident.append(self.program.memory())
        self.lua.append(lua)


def check_growth(name, samples):
    """What the second half of the rounds has more than the first. How many
    pages stay with the allocator after a round varies by more than the limit;
    so those rounds count that left the least."""
    middle = WARM_UP + ROUNDS // 2
    before = fmean(sorted(samples[WARM_UP:middle])[:LEAST])
    growth = fmean(sorted(samples[middle:])[:LEAST]) / before - 1
    print(f"{name}: grown by {growth:.2%}")
    assert growth <= MOST


def resets_cost_no_byte_of_the_others_and_leave_nothing():
    with Server() as server, Client("resets.lua", server, COUNT) as client:
        served, asked = Samples(server), Samples(client)
        for seed in range(WARM_UP + ROUNDS):
            asked.take(client.ask(seed))
            served.take(server.settle(0))
        # What is resident of the client varies with the pieces that it draws.
        check_growth("resident memory of the server", served.resident)
        check_growth("Lua's memory in the server", served.lua)
        check_growth("Lua's memory in the client", asked.lua)
        client.end()
        server.end()


need_descriptors(COUNT + 100)
run(resets_cost_no_byte_of_the_others_and_leave_nothing)
