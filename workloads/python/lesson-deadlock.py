# SPDX-License-Identifier: BSD-2-Clause
"""deadlock: two threads take two locks in opposite order; or in the same order, or with a time-out (the cures)."""
import os
import threading

import truth
from truth import MS

args = truth.lesson(__doc__, kind=("two", "ordered", "timeout"), seconds=0.8)
locks = [threading.Lock(), threading.Lock()]
both = threading.Barrier(2)


def hang(first, second):
    with first:
        both.wait()
        second.acquire()


def ordered(first, second):
    first, second = sorted((first, second), key=id)
    for _ in range(20):
        one_ns = truth.take(first)
        truth.burn(MS)
        two_ns = truth.take(second)
        truth.burn(MS)
        truth.give(second, two_ns)
        truth.give(first, one_ns)


def timeout(first, second):
    done = 0
    while done < 20:
        with first:
            truth.burn(MS)
            if second.acquire(timeout=0.002 if first is locks[0] else 0.004):
                truth.burn(MS)
                second.release()
                done += 1


truth.name("main")
work = {"two": hang, "ordered": ordered, "timeout": timeout}[args.kind]
takers = [truth.thread(f"taker-{i + 1}", work, locks[i], locks[1 - i], daemon=True) for i in (0, 1)]
if args.kind == "two":
    truth.sleep(int(args.seconds * 1e9))
    print("deadlock: both still wait; the process ends with them", flush=True)
    truth.finish()
    os._exit(0)
truth.together(*takers)
print(f"deadlock: cured ({args.kind})")
truth.finish()
