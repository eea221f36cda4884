# SPDX-License-Identifier: BSD-2-Clause
"""barrier: threading.Barrier: everybody waits for the straggler at the end of each step."""
import threading

import truth
from truth import MS

args = truth.lesson(__doc__, threads=3, steps=15, slower=truth.Number(5, 1, 100))
barrier = threading.Barrier(args.threads + 1)


def work(dur_ns):
    for _ in range(args.steps):
        truth.sleep(dur_ns)  # sleeps, so that the interpreter's lock is not what they wait for
        barrier.wait()


truth.name("main")
truth.together(truth.thread("straggler", work, args.slower * 5 * MS), *(truth.thread(f"worker-{i}", work, 5 * MS)
                                                         for i in range(1, args.threads + 1)))
print(f"barrier: {args.steps} steps")
truth.finish()
