# SPDX-License-Identifier: BSD-2-Clause
"""producer: queue.Queue without a bound grows when the producer is faster; with --slots it blocks the producer.

The producer sleeps, as if it waited for a network. The consumer hashes, which lets go of the interpreter's lock: two
threads that compute in Python would take turns, and the producer would be as slow as its consumer.
"""
import hashlib
import queue

import truth
from truth import MS

args = truth.lesson(__doc__, items=80, slots=truth.Number(0, 0, 10000))
items = queue.Queue(args.slots)
longest = 0
PIECE = bytes(1 << 18)


def produce():
    global longest
    for i in range(1, args.items + 1):
        truth.sleep(1 * MS)
        truth.mark("put", i)
        items.put(i)
        longest = max(longest, items.qsize())


def use_up():
    begin_ns, cpu_ns = truth.now_ns(), truth.time.thread_time_ns()
    used_ns = 0
    while used_ns < 4 * MS:
        hashlib.sha256(PIECE)
        used_ns = truth.time.thread_time_ns() - cpu_ns
    truth.span("running", begin_ns, truth.now_ns(), used_ns)


def consume():
    for _ in range(args.items):
        number = items.get()
        truth.mark("got", number)
        use_up()


truth.name("main")
truth.together(truth.thread("producer", produce), truth.thread("consumer", consume))
print(f"producer: at most {longest} items in the queue")
truth.count("longest-queue", longest)
truth.finish()
