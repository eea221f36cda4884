# SPDX-License-Identifier: BSD-2-Clause
"""oversubscription: four processes for each core; each waits for a core most of the time."""
import multiprocessing
import os

import truth
from truth import MS

if __name__ == "__main__":
    args = truth.lesson(__doc__, per_core=truth.Number(4, 1, 64))
    truth.name("main")
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=truth.process, args=(f"worker-{i + 1}", truth.burn, 100 * MS))
                for i in range(args.per_core * len(os.sched_getaffinity(0)))]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print(f"oversubscription: {len(children)} processes")
    truth.finish()
