# SPDX-License-Identifier: BSD-2-Clause
"""process: start, is_alive, join, terminate, kill and exitcode of multiprocessing.Process."""
import multiprocessing
import signal
import time

import truth
from truth import MS

args = truth.lesson(__doc__, seconds=truth.Number(0.3, 0.01, 60.0))


def work():
    truth.process("worker", truth.burn, int(args.seconds * 500 * MS))
    raise SystemExit(7)


def sleep_on():
    truth.name("asked")
    time.sleep(60)


def be_stubborn():
    truth.name("stubborn")
    signal.signal(signal.SIGTERM, lambda *_: None)
    ready.set()
    time.sleep(60)


if __name__ == "__main__":
    truth.name("parent")
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    worker, asked, stubborn = (context.Process(target=t) for t in (work, sleep_on, be_stubborn))
    for process in (worker, asked, stubborn):
        process.start()
    worker.join()
    ready.wait()
    asked.terminate()
    stubborn.terminate()
    asked.join()
    truth.sleep(int(args.seconds * 333 * MS))
    alive = stubborn.is_alive()
    stubborn.kill()
    stubborn.join()
    print(f"process: exit codes {worker.exitcode}, {asked.exitcode}, {stubborn.exitcode}; "
          f"the stubborn one was {'alive' if alive else 'gone'} before the kill")
    truth.count("alive", int(alive))
    truth.finish()
