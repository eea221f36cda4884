# SPDX-License-Identifier: BSD-2-Clause
"""oversubscription: four processes for each core; each waits for a core most of the time."""
import multiprocessing
import os

import truth
from truth import MS

if __name__ == "__main__":
    truth.lesson(__doc__)
    truth.name("main")
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=truth.process, args=(f"worker-{i + 1}", truth.burn, 100 * MS))
                for i in range(4 * len(os.sched_getaffinity(0)))]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print(f"oversubscription: {len(children)} processes")
    truth.finish()
