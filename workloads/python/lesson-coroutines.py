# SPDX-License-Identifier: BSD-2-Clause
"""coroutines: switches between generators, between asyncio tasks, and between threads, and their cost."""
import asyncio
import threading
import time

import truth

args = truth.lesson(__doc__, switches=20000)


def numbers():
    i = 0
    while True:
        yield i
        i += 1


def generators():
    made = [numbers() for _ in range(8)]
    for i in range(args.switches // 2):
        next(made[i % 8])


def tasks():
    async def one():
        for _ in range(args.switches // 16):
            await asyncio.sleep(0)

    async def all_of_them():
        await asyncio.gather(*(one() for _ in range(8)))

    asyncio.run(all_of_them())


turns = [threading.Semaphore(1), threading.Semaphore(0)]


def play(mine):
    for _ in range(args.switches // 20):
        turns[mine].acquire()
        turns[1 - mine].release()


def cost(nr, *started):
    begin = time.monotonic()
    truth.together(*started)
    return (time.monotonic() - begin) / nr * 1e9


truth.name("main")
a = cost(args.switches, truth.thread("generators", generators))
b = cost(args.switches, truth.thread("tasks", tasks))
c = cost(args.switches // 10, truth.thread("ping", play, 0), truth.thread("pong", play, 1))
print(f"coroutines: per switch, generators {a:.0f} ns, asyncio tasks {b:.0f} ns, threads {c:.0f} ns")
truth.finish()
