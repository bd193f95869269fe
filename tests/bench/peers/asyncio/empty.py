"""A program that has nothing to do but a loop: what starting it costs."""

import asyncio

try:
    import uvloop
    uvloop.install()
except ImportError:
    pass


async def main():
    pass


asyncio.run(main())
