# SPDX-License-Identifier: BSD-2-Clause
"""rlock: threading.RLock lets its owner in again, and counts how deep."""
import threading

import truth
from truth import MS

args = truth.lesson(__doc__, threads=3, rounds=10, depth=5)
lock = threading.RLock()


def go_down(level):
    with lock:
        truth.burn(MS)
        if level > 1:
            go_down(level - 1)


def work():
    for _ in range(args.rounds):
        held_ns = truth.take(lock)
        go_down(args.depth - 1)
        truth.give(lock, held_ns)
        truth.burn(MS)


truth.name("main")
truth.together(*(truth.thread(f"walker-{i}", work) for i in range(1, args.threads + 1)))
print(f"rlock: {args.threads * args.rounds} times {args.depth} levels deep")
truth.finish()
