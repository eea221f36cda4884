# SPDX-License-Identifier: BSD-2-Clause
"""bound: the same computing on one core, by threads and by processes on all, and mostly waiting."""
import multiprocessing
import os

import truth
from truth import MS


def io():
    for _ in range(12):
        truth.burn(MS // 2)
        truth.sleep(10 * MS)


if __name__ == "__main__":
    truth.lesson(__doc__)
    truth.name("main")
    cores = os.sched_getaffinity(0)
    context = multiprocessing.get_context("fork")
    os.sched_setaffinity(0, {min(cores)})
    for name, work in (("shared", lambda: truth.burn(120 * MS)), ("io", io)):
        truth.together(*(truth.thread(f"{name}-{i}", work) for i in (1, 2)))
    os.sched_setaffinity(0, cores)
    children = [context.Process(target=truth.process, args=(f"apart-{i}", truth.burn, 120 * MS)) for i in (1, 2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print("bound: done on one core, waiting, and apart")
    truth.finish()
