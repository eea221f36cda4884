# SPDX-License-Identifier: BSD-2-Clause
"""queue: a bounded multiprocessing.Queue: put blocks when it is full, get when it is empty, or gives up in time.

The consumers come late: not before a put has given up."""
import multiprocessing
import queue

import truth


def produce(items, numbers):
    for number in numbers:
        truth.burn(args.put_us * 1000)
        truth.mark("put", number)
        while not in_time(items, number):
            given_up.set()


def in_time(items, number):
    try:
        items.put(number, timeout=0.01)
    except queue.Full:
        truth.count("put-gave-up", number)
        return False
    return True


def consume(items):
    while True:
        try:
            number = items.get(timeout=0.01)
        except queue.Empty:
            continue
        if number is None:
            return
        truth.mark("got", number)
        truth.burn(args.get_us * 1000)


if __name__ == "__main__":
    args = truth.lesson(__doc__, items=60, slots=4, put_us=2000, get_us=4000)
    truth.name("main")
    context = multiprocessing.get_context("fork")
    items, given_up = context.Queue(args.slots), context.Event()
    producers = [context.Process(target=truth.process, args=(f"producer-{i}", produce, items,
                                 range(i, args.items + 1, 2))) for i in (1, 2)]
    consumers = [context.Process(target=truth.process, args=(f"consumer-{i}", consume, items)) for i in (1, 2)]
    for process in producers:
        process.start()
    if args.items > args.slots:
        given_up.wait(1)
    for process in consumers:
        process.start()
    for process in producers:
        process.join()
    for _ in consumers:
        items.put(None)
    for process in consumers:
        process.join()
    print(f"queue: {args.items} items went through {args.slots} slots")
    truth.finish()
