"""What tasks of asyncio cost: see threads.lua, whose works these are, and
which prints the same."""

import asyncio
import sys
import time

WAVE = 100  # tasks between two waits for all of them


async def spawn(count):
    ran = 0

    async def run():
        nonlocal ran
        ran += 1

    for _ in range(count // WAVE):
        tasks = [asyncio.create_task(run()) for _ in range(WAVE)]
        for task in tasks:
            await task
    assert ran == count // WAVE * WAVE


async def queue(count):
    items = asyncio.Queue(1)

    async def take():
        total = 0
        for _ in range(count):
            total += await items.get()
        return total

    taker = asyncio.create_task(take())
    for item in range(1, count + 1):
        await items.put(item)
    assert await taker == count * (count + 1) // 2


async def lock(count):
    held = asyncio.Lock()
    passed = 0

    async def take():
        nonlocal passed
        for _ in range(count // 2):
            async with held:
                passed += 1

    await held.acquire()
    tasks = [asyncio.create_task(take()) for _ in range(2)]
    await asyncio.sleep(0)
    held.release()
    for task in tasks:
        await task
    assert passed == count // 2 * 2


async def event(count):
    events = [asyncio.Event(), asyncio.Event()]
    passed = 0

    async def answer():
        nonlocal passed
        for _ in range(count // 2):
            await events[1].wait()
            events[1].clear()
            passed += 1
            events[0].set()

    other = asyncio.create_task(answer())
    for _ in range(count // 2):
        events[1].set()
        await events[0].wait()
        events[0].clear()
        passed += 1
    await other
    assert passed == count // 2 * 2


def memory():
    with open("/proc/self/status", encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file)
    return int(fields["VmRSS"].split()[0]) * 1024


async def waiting(count):
    go_on = asyncio.Event()
    woken = 0

    async def wait():
        nonlocal woken
        await go_on.wait()
        woken += 1

    tasks = [None] * count
    before = memory()
    for i in range(count):
        tasks[i] = asyncio.create_task(wait())
    await asyncio.sleep(0)
    print("rss", (memory() - before) / count)
    go_on.set()
    for task in tasks:
        await task
    assert woken == count


def main(name, count):
    work = globals()[name]
    if name != "waiting":
        asyncio.run(work(count // 4))
    start = time.process_time_ns()
    asyncio.run(work(count))
    print("cpu", (time.process_time_ns() - start) / count)


main(sys.argv[1], int(sys.argv[2]))
