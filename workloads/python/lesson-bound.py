# SPDX-License-Identifier: BSD-2-Clause
"""bound: the same computing on one core and on all, and mostly waiting, by threads and by processes.

Threads compute on one core and wait there, then processes do the same work on all cores: computing threads would take
turns anywhere, as the interpreter's lock has it (--as threads shows that), and waiting ones need no core of their own.
"""
import multiprocessing
import os

import truth
from truth import MS

NR_EACH = 2


def compute():
    truth.burn(120 * MS)


def wait_mostly():
    for _ in range(12):
        truth.burn(MS // 2)
        truth.sleep(10 * MS)


def by_threads(name, work):
    truth.together(*(truth.thread(f"{name}-{i}", work) for i in range(1, NR_EACH + 1)))


def by_processes(name, work):
    children = [context.Process(target=truth.process, args=(f"{name}-{i}", work)) for i in range(1, NR_EACH + 1)]
    for child in children:
        child.start()
    for child in children:
        child.join()


if __name__ == "__main__":
    args = truth.lesson(__doc__, **{"as": ("both", "threads", "processes")})
    threads, processes = {"both": (by_threads, by_processes), "threads": (by_threads, by_threads),
                          "processes": (by_processes, by_processes)}[getattr(args, "as")]
    truth.name("main")
    cores = os.sched_getaffinity(0)
    context = multiprocessing.get_context("fork")
    os.sched_setaffinity(0, {min(cores)})
    threads("shared", compute)
    threads("io", wait_mostly)
    os.sched_setaffinity(0, cores)
    processes("apart", compute)
    processes("waiting", wait_mostly)
    print("bound: computed and waited on one core, and apart")
    truth.finish()
