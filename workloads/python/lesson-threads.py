# SPDX-License-Identifier: BSD-2-Clause
"""threads: threading.Thread: start, join, names, shared memory, and a daemon that ends with the process."""
import truth
from truth import MS

args = truth.lesson(__doc__, threads=4)
results = []


def work(number):
    """The third has ended when it is joined, the other ones end one after the other."""
    truth.burn((1, 4, 1, 7)[(number - 1) % 4] * 20 * MS)
    truth.sleep(20 * MS)
    results.append(number)


def serve():
    while True:
        truth.sleep(20 * MS)


truth.name("main")
truth.thread("daemon", serve, daemon=True)
truth.together(*(truth.thread(f"worker-{i}", work, i) for i in range(1, args.threads + 1)))
print(f"threads: {args.threads} joined, sum of what they left {sum(results)}")
truth.finish()
