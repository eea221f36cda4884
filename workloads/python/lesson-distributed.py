# SPDX-License-Identifier: BSD-2-Clause
"""distributed: a BaseManager with task and result queues on a TCP port with a key; workers come, die, are replaced."""
import multiprocessing
import os
import queue
import threading
from multiprocessing.managers import BaseManager

import truth
from truth import MS


DIED = 0  # what comes instead of a task's number


class Manager(BaseManager):
    pass


def work(number, address, key):
    truth.name(f"worker-{number}")
    manager = Manager(address, key)
    manager.connect()
    tasks, results = manager.tasks(), manager.results()
    while True:
        task, dies = tasks.get()
        if task is None:
            break
        begin_ns = truth.now_ns()
        truth.burn(15 * MS)
        if dies:
            os._exit(9)
        truth.span("job", begin_ns, truth.now_ns(), task, 0)
        results.put(task)
    truth.end()


def watch(number, address, key):
    """Starts a worker and tells of its death: one that was told to end tells nothing."""
    worker = context.Process(target=work, args=(number, address, key))
    worker.start()
    worker.join()
    if worker.exitcode:
        manager = Manager(address, key)
        manager.connect()
        manager.results().put(DIED)


if __name__ == "__main__":
    args = truth.lesson(__doc__, workers=2, tasks=12)
    truth.name("manager")
    key = os.urandom(16)
    todo, done = queue.Queue(), queue.Queue()
    Manager.register("tasks", callable=lambda: todo)
    Manager.register("results", callable=lambda: done)
    context = multiprocessing.get_context("fork")
    server = Manager(("127.0.0.1", 0), key, ctx=context)
    server.start(initializer=truth.name, initargs=("server",))
    tasks, results = server.tasks(), server.results()
    missing, deaths, started = set(range(1, args.tasks + 1)), 0, 0
    for task in sorted(missing):
        tasks.put((task, task == 5))
    while missing:
        while started < args.workers + deaths:
            started += 1
            truth.thread(f"watcher-{started}", watch, started, server.address, key)
        task = results.get()
        if task == DIED:
            deaths += 1
            for task in sorted(missing):  # one of them was in the dead one's hand: nothing is lost
                tasks.put((task, False))
        elif task in missing:
            missing.remove(task)
            truth.mark("got", task)
    for _ in range(args.workers):
        tasks.put((None, False))
    truth.together(*(t for t in threading.enumerate() if t.name.startswith("watcher")))
    server.shutdown()
    print(f"distributed: {args.tasks} tasks done by {started} workers, of whom {deaths} died")
    truth.count("deaths", deaths)
    truth.finish()
