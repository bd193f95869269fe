"""The ladder beside each example is what it does today, at every run."""
import os
import tempfile

from draw import LADDERS, draw
from program import private_network_allowed, run


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def check_fresh(name):
    with tempfile.TemporaryDirectory() as folder:
        drawn = read(draw(name, folder))
    assert drawn == read(os.path.join("examples", name + ".svg")), (
        f"{name}.svg is not what the example does "
        "(draw it with tests/examples/draw.py)")


def ladders_are_fresh():
    for name in LADDERS:
        check_fresh(name)


if private_network_allowed():
    run(ladders_are_fresh)
