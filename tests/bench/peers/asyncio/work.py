"""What tasks of asyncio cost: see netbox/work.lua, whose works these are,
and which prints the same."""

import asyncio
import sys
import time

try:
    import uvloop
    uvloop.install()
except ImportError:
    pass

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


async def hand_over(count):
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


async def queue(count):
    there, back = asyncio.Queue(1), asyncio.Queue(1)

    async def answer():
        for _ in range(count):
            await back.put(await there.get())

    other = asyncio.create_task(answer())
    total = 0
    for item in range(1, count + 1):
        await there.put(item)
        total += await back.get()
    await other
    assert total == count * (count + 1) // 2


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
    total = 0

    async def wait(items):
        nonlocal total
        item = await items.get()
        total += item

    queues = [None] * count
    tasks = [None] * count
    before = memory()
    for i in range(count):
        queues[i] = asyncio.Queue()
        tasks[i] = asyncio.create_task(wait(queues[i]))
    await asyncio.sleep(0)
    print("rss", (memory() - before) / count)
    for i, items in enumerate(queues):
        await items.put(i + 1)
    for task in tasks:
        await task
    assert total == count * (count + 1) // 2


async def sleepers(count):
    woken = 0

    async def nap(i):
        nonlocal woken
        await asyncio.sleep((1 + i % 50) / 1000)
        woken += 1

    await asyncio.gather(*(nap(i) for i in range(count)))
    assert woken == count


async def timers(count):
    fired = []
    loop = asyncio.get_running_loop()
    for _ in range(count):
        loop.call_later(5, fired.append, True).cancel()
    assert not fired


WORKS = {
    "spawn": spawn, "pass": hand_over, "queue": queue, "lock": lock,
    "event": event, "waiting": waiting, "sleepers": sleepers,
    "timers": timers,
}


def main(name, count):
    work = WORKS[name]
    if name not in ("waiting", "sleepers"):
        asyncio.run(work(count // 4))
    start = time.process_time_ns()
    asyncio.run(work(count))
    print("cpu", (time.process_time_ns() - start) / count)


main(sys.argv[1], int(sys.argv[2]))
