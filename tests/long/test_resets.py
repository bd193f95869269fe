"""A hundred rounds of 8000 connections, half of which are reset at random."""
from statistics import median

from measured import Client, Server, need_descriptors, run

COUNT = 8000
ROUNDS = 100
WARM_UP = 5  # rounds
MOST = 0.01  # of what a round takes may be left after it


class Samples:
    def __init__(self, program):
        self.program = program
        self.descriptors = program.descriptors()
        self.start = program.memory()
        self.resident = []
        self.lua = []

    def take(self, lua):
        assert self.program.descriptors() == self.descriptors
        self.resident.append(self.program.memory())
        self.lua.append(lua)

    def check(self, name):
        taken = self.program.most_memory() - self.start
        for kind, samples in (("resident", self.resident), ("Lua's", self.lua)):
            left = growth(samples)
            print(f"{name}, {kind} memory: {left:.0f} bytes of {taken} left")
            assert left <= MOST * taken


def growth(samples):
    """What is left after the later half of the rounds, and was not after the
    earlier half."""
    middle = WARM_UP + ROUNDS // 2
    return median(samples[middle:]) - median(samples[WARM_UP:middle])


def resets_cost_no_byte_of_the_others_and_leave_nothing():
    with Server() as server, Client("resets.lua", server, COUNT) as client:
        served, asked = Samples(server), Samples(client)
        for seed in range(WARM_UP + ROUNDS):
            asked.take(client.ask(seed))
            served.take(server.settle(0))
        served.check("server")
        asked.check("client")
        client.end()
        server.end()


need_descriptors(COUNT + 100)
run(resets_cost_no_byte_of_the_others_and_leave_nothing)
