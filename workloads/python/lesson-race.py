# SPDX-License-Identifier: BSD-2-Clause
"""race: two threads change one balance; between reading and writing it the other one may come in.

CPython's lock is let go of at calls and at the end of loops, so `balance += 1` alone rarely fails: here a call stands
between the two, as in most real code.
"""
import sys
import threading

import truth
from truth import MS

args = truth.lesson(__doc__, lock=("no", "yes"))
balance = 0
sums = [0, 0]
guard = threading.Lock()


def add(value, by):
    return value + by


def update(by):
    global balance
    before = balance
    balance = add(before, by)


def work(index, by):
    begin_ns, cpu_ns = truth.now_ns(), truth.time.thread_time_ns()
    while truth.time.thread_time_ns() - cpu_ns < 200 * MS:
        held_ns = truth.take(guard) if args.lock == "yes" else 0
        for _ in range(500):
            update(by)
        sums[index] += 500 * by
        if held_ns:
            truth.give(guard, held_ns)
    truth.span("job", begin_ns, truth.now_ns(), index, 0)


sys.setswitchinterval(0.0005)
truth.name("main")
truth.together(truth.thread("adder", work, 0, 1), truth.thread("taker", work, 1, -1))
print(f"race: the balance is {balance}, wrong by {balance - sum(sums)}")
truth.count("wrong-by", abs(balance - sum(sums)))
truth.finish()
