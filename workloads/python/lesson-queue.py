# SPDX-License-Identifier: BSD-2-Clause
"""queue: a bounded multiprocessing.Queue: put blocks when it is full, get when it is empty, or gives up in time."""
import multiprocessing
import queue

import truth
from truth import MS


def produce(items, numbers):
    for number in numbers:
        truth.burn(2 * MS)
        items.put(number)
        truth.mark("put", number)


def consume(items):
    while True:
        try:
            number = items.get(timeout=0.01)
        except queue.Empty:
            continue
        if number is None:
            return
        truth.mark("got", number)
        truth.burn(4 * MS)


if __name__ == "__main__":
    args = truth.lesson(__doc__, items=60, slots=4)
    truth.name("main")
    context = multiprocessing.get_context("fork")
    items = context.Queue(args.slots)
    producers = [context.Process(target=truth.process, args=(f"producer-{i}", produce, items,
                                 range(i, args.items + 1, 2))) for i in (1, 2)]
    consumers = [context.Process(target=truth.process, args=(f"consumer-{i}", consume, items)) for i in (1, 2)]
    for process in producers + consumers:
        process.start()
    for process in producers:
        process.join()
    for _ in consumers:
        items.put(None)
    for process in consumers:
        process.join()
    print(f"queue: {args.items} items went through {args.slots} slots")
    truth.finish()
