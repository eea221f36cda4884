# SPDX-License-Identifier: BSD-2-Clause
"""daemon: multiprocessing's daemon processes are terminated when their maker ends; it waits for the others."""
import multiprocessing
import time

import truth
from truth import MS


def sleep_on(number):
    truth.name(f"daemon-{number}")
    while True:
        time.sleep(0.03)


def outlive():
    def work():
        for _ in range(30):
            truth.sleep(10 * MS)
        truth.burn(50 * MS)

    truth.process("heir", work)


if __name__ == "__main__":
    truth.lesson(__doc__)
    truth.name("boss")
    context = multiprocessing.get_context("fork")
    for i in (1, 2):
        context.Process(target=sleep_on, args=(i,), daemon=True).start()
    context.Process(target=outlive).start()
    truth.burn(150 * MS)
    print("daemon: the boss ends now; its daemons are ended, its other child is waited for")
    truth.finish()
