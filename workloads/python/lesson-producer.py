# SPDX-License-Identifier: BSD-2-Clause
"""producer: queue.Queue without a bound grows when the producer is faster; with --slots it blocks the producer."""
import queue

import truth
from truth import MS

args = truth.lesson(__doc__, items=80, slots=truth.Number(0, 0, 10000))
items = queue.Queue(args.slots)
longest = 0


def produce():
    global longest
    for i in range(1, args.items + 1):
        truth.sleep(1 * MS)
        items.put(i)
        truth.mark("put", i)
        longest = max(longest, items.qsize())


def consume():
    for _ in range(args.items):
        number = items.get()
        truth.mark("got", number)
        truth.burn(4 * MS)


truth.name("main")
truth.together(truth.thread("producer", produce), truth.thread("consumer", consume))
print(f"producer: at most {longest} items in the queue")
truth.count("longest-queue", longest)
truth.finish()
