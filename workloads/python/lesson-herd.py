# SPDX-License-Identifier: BSD-2-Clause
"""herd: threading.Condition.notify_all wakes all who wait for one item; notify wakes one."""
import threading

import truth
from truth import MS

args = truth.lesson(__doc__, threads=10, items=30, wake=("all", "one"))
more = threading.Condition()
there = taken = in_vain = 0
over = False


def take():
    global there, taken, in_vain
    with more:
        while not over:
            more.wait()
            if there:
                there -= 1
                taken += 1
                truth.mark("got", taken)
            elif not over:
                in_vain += 1


def give():
    global there, over
    for i in range(1, args.items + 1):
        truth.sleep(8 * MS)
        with more:
            there += 1
            truth.mark("put", i)
            (more.notify_all if args.wake == "all" else more.notify)()
    truth.sleep(20 * MS)
    with more:
        over = True
        more.notify_all()


truth.name("main")
truth.together(*(truth.thread(f"waiter-{i}", take) for i in range(1, args.threads + 1)), truth.thread("giver", give))
print(f"herd: {taken} items taken, {in_vain} times a thread woke for nothing")
truth.count("in-vain", in_vain)
truth.finish()
