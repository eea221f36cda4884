# SPDX-License-Identifier: BSD-2-Clause
"""start-methods: what fork, spawn and forkserver of multiprocessing cost, side by side."""
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


if __name__ == "__main__":
    args = truth.lesson(__doc__, each=3)
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
