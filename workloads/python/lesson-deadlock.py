# SPDX-License-Identifier: BSD-2-Clause
"""deadlock: threads or processes take two locks each, every one in another order, and none can go on; or the cures.

Locks of Python are semaphores to the kernel: nobody's, so the waits that never end are in the trace, but no holder.
"""
import multiprocessing
import os
import random
import signal
import threading

import truth
from truth import MS

HANGS = {"two": 2, "five": 5, "shared": 2, "self": 1, "died": 3}
CURES = ("ordered", "trylock", "timeout")
ROUNDS = 20


def wait_for_ever(lock):
    """The wait that does not end is recorded before it begins, with no end: 0."""
    truth.span("pylock-wait", truth.now_ns(), 0, id(lock))
    if args.kind == "shared":
        truth.end()  # it will be killed
    lock.acquire()


def get_stuck(first, second):
    """Takes its first lock, waits until all have theirs, then wants its neighbour's."""
    first.acquire()
    truth.burn(5 * MS)
    all_have.wait()
    wait_for_ever(second)


def die(lock):
    """Ends with the lock in its hand."""
    lock.acquire()
    truth.burn(5 * MS)


def ordered(first, second, _number):
    first, second = sorted((first, second), key=id)
    for _ in range(ROUNDS):
        one_ns = truth.take(first)
        truth.burn(MS)
        two_ns = truth.take(second)
        truth.burn(MS)
        truth.give(second, two_ns)
        truth.give(first, one_ns)


def trylock(first, second, number):
    """Gives the first one back if the second one is taken, and tries again a little later."""
    chance, done = random.Random(number), 0
    while done < ROUNDS:
        one_ns = truth.take(first)
        truth.burn(MS)
        if second.acquire(False):
            truth.burn(MS)
            second.release()
            done += 1
        truth.give(first, one_ns)
        truth.sleep(chance.randint(MS // 4, 2 * MS))  # of different length, or it would be a livelock


def timeout(first, second, number):
    """The same, but waits for the second one for a while."""
    done = 0
    while done < ROUNDS:
        with first:
            truth.burn(MS)
            if second.acquire(timeout=0.002 * number):
                truth.burn(MS)
                second.release()
                done += 1


def start():
    """Those who hang: their pids, where they are processes."""
    nr = HANGS[args.kind]
    if args.kind == "died":
        truth.together(truth.thread("taker-1", die, locks[0]))
        for i in range(2, nr + 1):
            truth.thread(f"taker-{i}", wait_for_ever, locks[0], daemon=True)
        return []
    name = "philosopher" if args.kind == "five" else "taker"
    pairs = [(f"{name}-{i + 1}", locks[i], locks[(i + 1) % nr]) for i in range(nr)]
    if args.kind == "shared":
        return [truth.fork(name, get_stuck, *pair) for name, *pair in pairs]
    for name, *pair in pairs:
        truth.thread(name, get_stuck, *pair, daemon=True)
    return []


args = truth.lesson(__doc__, kind=(*HANGS, *CURES), seconds=0.8)
made_of = multiprocessing.get_context("fork") if args.kind == "shared" else threading
locks = [made_of.Lock() for _ in range(max(HANGS.values()))]
all_have = made_of.Barrier(HANGS.get(args.kind, 1))
truth.name("main")
if args.kind in HANGS:
    children = start()
    truth.sleep(int(args.seconds * 1e9))
    print(f"deadlock: {args.kind}: they still wait; the process ends with them", flush=True)
    for child in children:
        os.kill(child, signal.SIGKILL)
        truth.wait(child)
    truth.finish()
    os._exit(0)
work = {"ordered": ordered, "trylock": trylock, "timeout": timeout}[args.kind]
truth.together(*(truth.thread(f"taker-{i + 1}", work, locks[i], locks[1 - i], i + 1) for i in (0, 1)))
print(f"deadlock: cured ({args.kind})")
truth.finish()
