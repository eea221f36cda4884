# SPDX-License-Identifier: BSD-2-Clause
"""mutex: threads or processes share one lock of a kind that the standard library has.

All of threading's locks, and multiprocessing's, are semaphores to the kernel: nobody's, so the trace knows who ended a
wait, but not who held the lock. --kind file is a lock on a file, which the kernel itself keeps: fcntl.flock().
"""
import fcntl
import multiprocessing
import random
import tempfile
import threading

import truth
from truth import MS


class FileLock:
    """Each process opens the file itself: the lock is of the opening."""

    def __init__(self, name):
        self.file = open(name, "rb")

    def acquire(self, blocking=True):
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | (0 if blocking else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def release(self):
        fcntl.flock(self.file, fcntl.LOCK_UN)


def work(number, shared, name):
    chance = random.Random(args.seed * 100 + number)
    lock = FileLock(name) if args.kind == "file" else shared
    for _ in range(args.rounds):
        held_ns = truth.take(lock, WAITS.get(args.kind, "pylock-wait"))
        (truth.sleep if chance.random() < 0.25 else truth.burn)(chance.randint(1 * MS, 3 * MS))
        truth.give(lock, held_ns)
        truth.burn(MS // 4)


KINDS = {"lock": threading.Lock, "rlock": threading.RLock, "semaphore": threading.Semaphore,
         "shared": multiprocessing.Lock, "file": lambda: None}
WAITS = {"file": "flock-wait"}
args = truth.lesson(__doc__, kind=tuple(KINDS), workers=4, rounds=60, seed=truth.Number(1, 0, 2**32))
truth.name("main")
with tempfile.NamedTemporaryFile() as file:
    shared = KINDS[args.kind]()
    if args.kind in ("shared", "file"):
        for child in [truth.fork(f"worker-{i}", work, i, shared, file.name) for i in range(1, args.workers + 1)]:
            truth.wait(child)
    else:
        truth.together(*(truth.thread(f"worker-{i}", work, i, shared, file.name)
                         for i in range(1, args.workers + 1)))
print(f"mutex: {args.workers} workers took a lock of the kind {args.kind} {args.workers * args.rounds} times")
truth.finish()
