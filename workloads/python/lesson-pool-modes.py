# SPDX-License-Identifier: BSD-2-Clause
"""pool-modes: apply, apply_async, map in chunks, map_async, imap, terminate, and workers replaced after some tasks."""
import multiprocessing
import multiprocessing.util
import time

import truth
from truth import MS

MODES = ("map", "apply", "async", "map-async", "imap", "terminate", "recycle")


def begin(counter):
    with counter.get_lock():
        counter.value += 1
        truth.name(f"worker-{counter.value}")
    multiprocessing.util.Finalize(None, truth.end, exitpriority=10)


def job(number):
    begin_ns = truth.now_ns()
    truth.burn(10 * MS)
    truth.span("job", begin_ns, truth.now_ns(), number, 0)
    return number


def slowly(numbers):
    for number in numbers:
        time.sleep(0.008)
        yield number


def run(pool, mode, numbers, chunk):
    if mode == "apply":
        return [pool.apply(job, (i,)) for i in numbers]
    if mode in ("async", "recycle"):
        return [r.get() for r in [pool.apply_async(job, (i,)) for i in numbers]]
    if mode == "map-async":
        all_of_them = pool.map_async(job, numbers, chunksize=chunk)
        truth.burn(len(numbers) * 10 * MS // args.workers // 2)  # work of its own meanwhile
        return all_of_them.get()
    if mode == "imap":
        return list(pool.imap(job, slowly(numbers)))
    if mode == "terminate":
        done = pool.imap_unordered(job, numbers)
        half = [next(done) for _ in range(len(numbers) // 2)]
        pool.terminate()
        return half
    return pool.map(job, numbers, chunksize=chunk)


if __name__ == "__main__":
    args = truth.lesson(__doc__, mode=MODES, workers=3, tasks=48, chunk=4, max_tasks=4)
    truth.name("manager")
    context = multiprocessing.get_context("fork")
    with context.Pool(args.workers, begin, (context.Value("i", 0),),
                      args.max_tasks if args.mode == "recycle" else None) as pool:
        done = run(pool, args.mode, range(1, args.tasks + 1), args.chunk)
        pool.close()
        pool.join()
    print(f"pool-modes: {args.mode}: {len(done)} of {args.tasks} jobs done")
    truth.finish()
