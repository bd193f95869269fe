"""producer_consumer: each thing that is made is used, once and in order."""
import re

from program import netbox, run


def check(producers, consumers, things):
    with netbox("producer_consumer", producers, consumers, things) as program:
        program.finish(rest=r"(.* has (made|used) .*\n)*"
                       rf"{producers * things} made and used\n")
    for name in range(1, producers + 1):
        made = re.findall(rf"producer {name} has made (\d+)", program.seen)
        used = re.findall(rf"has used producer {name}\.(\d+)", program.seen)
        assert made == [str(i) for i in range(1, things + 1)], program
        assert sorted(used, key=int) == made, program
        assert consumers > 1 or used == made, program


def one_and_one():
    check(1, 1, 20)


def many_producers():
    check(5, 1, 4)


def many_consumers():
    check(1, 5, 10)


def nothing_to_use():
    check(2, 2, 0)


def without_arguments():
    with netbox("producer_consumer") as program:
        program.finish(rest=r"(.*\n){12}6 made and used\n")


run(one_and_one, many_producers, many_consumers, nothing_to_use,
    without_arguments)
