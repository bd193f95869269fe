"""What threads of Python cost: see netbox/work.lua, whose works these are,
and which prints the same."""

import queue as queues
import sys
import threading
import time

WAVE = 100  # threads between two rounds of joins


def spawn(count):
    ran = 0

    def run():
        nonlocal ran
        ran += 1

    for _ in range(count // WAVE):
        threads = [threading.Thread(target=run) for _ in range(WAVE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert ran == count // WAVE * WAVE


def hand_over(count):
    items = queues.Queue(1)
    total = 0

    def take():
        nonlocal total
        for _ in range(count):
            total += items.get()

    taker = threading.Thread(target=take)
    taker.start()
    for item in range(1, count + 1):
        items.put(item)
    taker.join()
    assert total == count * (count + 1) // 2


def queue(count):
    there, back = queues.Queue(), queues.Queue()

    def answer():
        for _ in range(count):
            back.put(there.get())

    other = threading.Thread(target=answer)
    other.start()
    total = 0
    for item in range(1, count + 1):
        there.put(item)
        total += back.get()
    other.join()
    assert total == count * (count + 1) // 2


def event(count):
    events = [threading.Event(), threading.Event()]
    passed = 0

    def answer():
        nonlocal passed
        for _ in range(count // 2):
            events[1].wait()
            events[1].clear()
            passed += 1
            events[0].set()

    other = threading.Thread(target=answer)
    other.start()
    for _ in range(count // 2):
        events[1].set()
        events[0].wait()
        events[0].clear()
        passed += 1
    other.join()
    assert passed == count // 2 * 2


def memory():
    with open("/proc/self/status", encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file)
    return int(fields["VmRSS"].split()[0]) * 1024


def waiting(count):
    waits = threading.Semaphore(0)
    total = []

    def wait(items):
        waits.release()
        total.append(items.get())

    before = memory()
    own = [queues.Queue() for _ in range(count)]
    threads = [threading.Thread(target=wait, args=(own[i],))
               for i in range(count)]
    for thread in threads:
        thread.start()
    for _ in threads:
        waits.acquire()
    print("rss", (memory() - before) / count)
    for i, items in enumerate(own):
        items.put(i + 1)
    for thread in threads:
        thread.join()
    assert sum(total) == count * (count + 1) // 2


def sleepers(count):
    woken = []

    def nap(i):
        time.sleep((1 + i % 50) / 1000)
        woken.append(i)

    threads = [threading.Thread(target=nap, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(woken) == count


WORKS = {
    "spawn": spawn, "pass": hand_over, "queue": queue, "event": event,
    "waiting": waiting, "sleepers": sleepers,
}


def main(name, count):
    work = WORKS[name]
    if name not in ("waiting", "sleepers"):
        work(count // 4)
    start = time.process_time_ns()
    work(count)
    print("cpu", (time.process_time_ns() - start) / count)


main(sys.argv[1], int(sys.argv[2]))
