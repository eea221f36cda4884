# SPDX-License-Identifier: BSD-2-Clause
"""lock: threads contend for one threading.Lock, and some sleep while they hold it."""
import random
import threading

import truth
from truth import MS

args = truth.lesson(__doc__, threads=4, rounds=30, seed=truth.Number(1, 0, 2**32))
shared = threading.Lock()


def work(number):
    chance = random.Random(args.seed * 100 + number)
    for _ in range(args.rounds):
        held_ns = truth.take(shared)
        (truth.sleep if chance.random() < 0.25 else truth.burn)(chance.randint(2 * MS, 6 * MS))
        truth.give(shared, held_ns)
        truth.burn(MS // 2)


truth.name("main")
truth.together(*(truth.thread(f"worker-{i}", work, i) for i in range(1, args.threads + 1)))
print(f"lock: {args.threads} threads took the lock {args.threads * args.rounds} times")
truth.finish()
