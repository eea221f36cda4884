# SPDX-License-Identifier: BSD-2-Clause
"""optimistic: try again if the record changed meanwhile, beside taking a lock: burnt time against waiting time.

Python has no compare-and-swap. Here it is the making of a file: who makes that of the next version, which only one can
(O_EXCL), has changed the record. Processes, so that two can compute at once.
"""
import multiprocessing
import os
import random
import tempfile

import truth
from truth import MS


def be_pessimist(number):
    chance = random.Random(number)
    for _ in range(args.changes):
        record = chance.randrange(args.records)
        held_ns = truth.take(locks[record])
        truth.burn(MS)
        versions[record] += 1
        truth.give(locks[record], held_ns)


def swap(record, version):
    """Whether it was still that version: then it is the next one now."""
    try:
        os.close(os.open(f"{folder}/{record}.{version + 1}", os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    versions[record] = version + 1
    return True


def be_optimist(number):
    chance = random.Random(number)
    retries = 0
    for _ in range(args.changes):
        record = chance.randrange(args.records)
        version = versions[record]
        truth.burn(MS)
        while not swap(record, version):
            retries += 1
            version = versions[record]
            truth.burn(MS)
    truth.count("retries", retries)


def together(name, work):
    begin_ns = truth.now_ns()
    for child in [truth.fork(f"{name}-{i}", work, i) for i in range(1, args.workers + 1)]:
        truth.wait(child)
    return (truth.now_ns() - begin_ns) / 1e9


args = truth.lesson(__doc__, workers=4, records=1, changes=50)
truth.name("main")
context = multiprocessing.get_context("fork")
locks = [context.Lock() for _ in range(args.records)]
versions = context.RawArray("Q", args.records)
with tempfile.TemporaryDirectory() as folder:
    pessimists = together("pessimist", be_pessimist)
    optimists = together("optimist", be_optimist)
truth.count("lost", 2 * args.workers * args.changes - sum(versions))
print(f"optimistic: pessimists {pessimists:.2f} s, optimists {optimists:.2f} s")
truth.finish()
