# SPDX-License-Identifier: BSD-2-Clause
"""pool: multiprocessing.Pool with as many workers as cores; what is beyond them waits in the queue."""
import multiprocessing
import multiprocessing.util
import os

import truth
from truth import MS


def begin(counter):
    """The initializer."""
    with counter.get_lock():
        counter.value += 1
        truth.name(f"worker-{counter.value}")
    multiprocessing.util.Finalize(None, truth.end, exitpriority=10)


def job(number):
    begin_ns = truth.now_ns()
    truth.burn(40 * MS + 5 * MS * (number % 5))
    truth.span("job", begin_ns, truth.now_ns(), number, 0)
    return number


if __name__ == "__main__":
    args = truth.lesson(__doc__, workers=os.cpu_count(), tasks=16)
    truth.name("manager")
    context = multiprocessing.get_context("fork")
    with context.Pool(args.workers, begin, (context.Value("i", 0),)) as pool:
        results = [pool.apply_async(job, (i,)) for i in range(1, args.tasks + 1)]
        total = sum(result.get() for result in results)
        pool.close()
        pool.join()
    print(f"pool: {args.tasks} jobs done by {args.workers} workers, sum of their numbers {total}")
    truth.finish()
