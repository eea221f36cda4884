# SPDX-License-Identifier: BSD-2-Clause
"""gil: CPython's own lock. Threads that compute never run at once, threads that sleep do, and so do processes."""
import multiprocessing
import time

import truth
from truth import MS


def compute(cpu_ns):
    truth.burn(cpu_ns)


def io():
    for _ in range(10):
        truth.burn(1 * MS)
        truth.sleep(20 * MS)


def timed(*started):
    begin = time.monotonic()
    for each in started:
        each.join()
    return time.monotonic() - begin


if __name__ == "__main__":
    args = truth.lesson(__doc__, seconds=0.3)
    truth.name("main")
    work_ns = int(args.seconds * 1e9)
    context = multiprocessing.get_context("fork")
    threads = timed(*(truth.thread(f"compute-{i}", compute, work_ns) for i in (1, 2)))
    ios = timed(*(truth.thread(f"io-{i}", io) for i in (1, 2)))
    children = [context.Process(target=truth.process, args=(f"process-{i}", compute, work_ns)) for i in (1, 2)]
    for child in children:
        child.start()
    processes = timed(*children)
    print(f"gil: two threads {threads:.2f} s, two that also sleep {ios:.2f} s, two processes {processes:.2f} s")
    truth.finish()
