# SPDX-License-Identifier: BSD-2-Clause
"""lostwake: a notify that comes before the wait is lost; testing and waiting under one lock is the cure."""
import threading

import truth
from truth import MS

args = truth.lesson(__doc__, cure=("no", "yes"), time_out=0.5)
happened = threading.Condition()
# Else it would depend on who gets a core when. Nobody is woken by the latter, or it would look like the notify.
has_looked = threading.Event()
has_happened = is_done = False


def wait():
    if args.cure == "yes":
        with happened:
            has_looked.set()
            in_time = happened.wait_for(lambda: is_done, args.time_out)
    elif not is_done:
        has_looked.set()
        truth.sleep(50 * MS)
        while not has_happened:  # in between it happens
            truth.sleep(50 * MS)
        with happened:
            in_time = happened.wait(args.time_out)
    truth.count("in-time", int(in_time))


def signal():
    global is_done, has_happened
    has_looked.wait()
    truth.sleep(20 * MS)
    with happened:
        is_done = True
        happened.notify()
    has_happened = True


truth.name("main")
truth.together(truth.thread("waiter", wait), truth.thread("signaller", signal))
print("lostwake: over")
truth.finish()
