# SPDX-License-Identifier: BSD-2-Clause
"""convoy: one thread sleeps with the lock in its hand, now and then, and all the others line up behind it."""
import threading

import truth
from truth import MS

args = truth.lesson(__doc__, threads=5, rounds=60, sleep_us=truth.Number(30000, 0, 1000000))
lock = threading.Lock()


def work(number):
    for i in range(1, args.rounds + 1):
        held_ns = truth.take(lock)
        truth.burn(MS // 10)
        if number == 1 and args.sleep_us and i % 15 == 0:
            truth.sleep(args.sleep_us * 1000)
        truth.give(lock, held_ns)
        truth.burn(MS // 2)


truth.name("main")
truth.together(*(truth.thread(f"worker-{i}", work, i) for i in range(1, args.threads + 1)))
print(f"convoy: {args.threads * args.rounds} turns with the lock")
truth.finish()
