# SPDX-License-Identifier: BSD-2-Clause
"""start-methods: what fork, spawn and forkserver of multiprocessing cost, side by side."""
import mmap
import multiprocessing
import statistics
import time

import truth
from truth import MS

METHODS = {"fork": "forked", "spawn": "spawned", "forkserver": "served"}


def work(name, pipe):
    began_ns = time.monotonic_ns()
    truth.name(name)
    pipe.send(began_ns)
    truth.burn(1 * MS)


def grow(nr_mb):
    """In small pages, as most programs have it: a huge one costs a fork no more than a small one."""
    if not nr_mb:
        return None
    memory = mmap.mmap(-1, nr_mb << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    try:
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    except OSError:
        pass  # a kernel without them needs no advice
    for _ in range(nr_mb):
        memory.write(bytes(range(256)) * 4096)
    return memory


if __name__ == "__main__":
    args = truth.lesson(__doc__, each=3, mb=truth.Number(0, 0, 4096))
    memory = grow(args.mb)  # kept to the end
    truth.name("parent")
    for method, prefix in METHODS.items():
        context = multiprocessing.get_context(method)
        took_ns = []
        for i in range(1, args.each + 1):
            mine, its = context.Pipe(duplex=False)
            begin_ns = time.monotonic_ns()
            process = context.Process(target=work, args=(f"{prefix}-{i}", its))
            process.start()
            its.close()
            took_ns.append(mine.recv() - begin_ns)
            process.join()
        print(f"start-methods: {method:10} {statistics.median(took_ns) / 1e6:8.2f} ms to the first moment")
    truth.finish()
