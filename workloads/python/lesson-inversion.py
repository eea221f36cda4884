# SPDX-License-Identifier: BSD-2-Clause
"""inversion: on one core, low holds a lock that high wants, and middle, which wants nothing of them, computes.

Processes, as threads of one priority or another would still take turns under the interpreter's lock. Python's locks have
no owner, so no one can inherit a priority: the cure here is the ceiling, who takes the lock has high's priority meanwhile.
"""
import multiprocessing
import os

import truth
from truth import MS

PRIORITIES = {"low": (10, 19), "middle": (20, 0), "high": (30, 0), "main": (40, 0)}  # or niceness


def become(name):
    """False: no right to real-time priorities here."""
    priority, nice = PRIORITIES[name]
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except PermissionError:
        if nice > os.nice(0):  # up again is forbidden, too
            os.nice(nice - os.nice(0))
        return False
    return True


def low(lock, has_lock):
    become("low")
    held_ns = truth.take(lock)
    if args.cure == "yes":
        become("high")
    has_lock.release()
    truth.burn(80 * MS)
    truth.give(lock, held_ns)
    become("low")


def high(lock):
    become("high")
    held_ns = truth.take(lock)
    truth.burn(MS)
    truth.give(lock, held_ns)


def middle():
    become("middle")
    truth.burn(int(args.seconds * 1e9))


args = truth.lesson(__doc__, cure=("no", "yes"), seconds=0.3)
truth.name("main")
context = multiprocessing.get_context("fork")
lock, has_lock = context.Lock(), context.Semaphore(0)
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
real_time = become("main")
if not real_time:
    print("inversion: no right to real-time priorities here: niceness instead")
children = [truth.fork("low", low, lock, has_lock)]
has_lock.acquire()
children.append(truth.fork("high", high, lock))
truth.sleep(10 * MS)
children.append(truth.fork("middle", middle))
for child in children:
    truth.wait(child)
truth.count("real-time", int(real_time))
print(f"inversion: {'who has the lock has the highest priority' if args.cure == 'yes' else 'a plain lock'}")
truth.finish()
