# SPDX-License-Identifier: BSD-2-Clause
"""distributed: a BaseManager with task and result queues on a TCP port with a key; workers come, die, are replaced."""
import multiprocessing
import os
import queue
from multiprocessing.managers import BaseManager

import truth
from truth import MS


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
    missing, deaths, started, workers = set(range(1, args.tasks + 1)), 0, 0, []
    for task in sorted(missing):
        tasks.put((task, task == 5))
    while missing:
        died = [w for w in workers if w.exitcode]
        deaths += len(died)
        workers = [w for w in workers if w not in died]
        while len(workers) < args.workers:
            started += 1
            workers.append(context.Process(target=work, args=(started, server.address, key)))
            workers[-1].start()
        for task in sorted(missing) if died else ():  # one of them was in the dead one's hand: nothing is lost
            tasks.put((task, False))
        try:
            task = results.get(timeout=0.1)
        except queue.Empty:
            continue
        if task in missing:
            missing.remove(task)
            truth.mark("got", task)
    for _ in workers:
        tasks.put((None, False))
    for worker in workers:
        worker.join()
    server.shutdown()
    print(f"distributed: {args.tasks} tasks done by {started} workers, of whom {deaths} died")
    truth.count("deaths", deaths)
    truth.finish()
