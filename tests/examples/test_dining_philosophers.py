"""dining_philosophers: to the deadlock, which names the cycle; without it."""
from program import netbox, run

NAMES = ("Aristotle", "Kant", "Spinoza", "Marx", "Russell")


def left_fork_first():
    lines = ["netbox: deadlock: .*\n",
             "cycle: thread 'Aristotle' waits for a lock held by "
             + ", which waits for a lock held by ".join(
                 f"thread '{name}'" for name in (*NAMES[1:], NAMES[0])) + "\n"]
    for name, holder in zip(NAMES, (*NAMES[1:], NAMES[0])):
        lines.append(rf"thread '{name}' \(spawned at \S+:\d+\) waits for a "
                     rf"lock held by thread '{holder}'\n"
                     r"stack traceback:\n(\t.*\n)+")
    with netbox("dining_philosophers") as program:
        program.finish(status=1, stderr="".join(lines))


def in_order():
    with netbox("dining_philosophers", "order") as program:
        program.finish(rest=r"(\w+ (eats|has had enough)\n){20}")
        for name in NAMES:
            assert program.seen.count(name + " eats\n") == 3, program
            assert program.seen.count(name + " has had enough\n") == 1, program


run(left_fork_first, in_order)
