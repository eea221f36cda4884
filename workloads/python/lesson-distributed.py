# SPDX-License-Identifier: BSD-2-Clause
"""distributed: a BaseManager with tasks and results on a TCP port with a key; workers come, die, are replaced.

Workers are programs of their own: this one with --worker and --port, the key in the environment. The line printed
first starts one more. The server keeps who took which task: of one that died, that task alone is given out again.
--dies N says which task kills who first does it, 0: none; --die-every N: so does each N-th.
"""
import multiprocessing
import os
import queue
import secrets
import shlex
import subprocess
import sys
import threading
import time
from multiprocessing.managers import BaseManager

import truth
from truth import MS, Number

KEY = "CONCTRACE_LESSON_KEY"
DIED = 9  # what a worker that a task killed ends with


class Tasks:
    """In the server, which has a thread for each connection."""

    def __init__(self):
        self.todo, self.in_hand, self.sweeper = queue.Queue(), {}, None

    def put(self, task):
        self.todo.put(task)
        if not self.sweeper:
            self.sweeper = threading.Thread(target=self.sweep, daemon=True)
            self.sweeper.start()

    def sweep(self):
        """Nobody watches who came by himself."""
        while True:
            time.sleep(1)
            self.give_back()

    def take(self, worker):
        """Waits for one; None: there will be no more, for anybody."""
        task = self.todo.get()
        if task is None:
            self.todo.put(None)
        else:
            self.in_hand[worker] = threading.current_thread(), task
        return task

    def done(self, worker):
        del self.in_hand[worker]

    def give_back(self, worker=None):
        """What that one, or all who are not connected any more, had in hand; it kills nobody again."""
        for each, (thread, task) in list(self.in_hand.items()):
            if (each == worker or not thread.is_alive()) and self.in_hand.pop(each, None):
                self.todo.put((task[0], False))


class Manager(BaseManager):
    pass


def work(number, port, key):
    truth.name(f"worker-{number}")
    Manager.register("tasks")
    Manager.register("results")
    manager = Manager(("127.0.0.1", port), key)
    try:
        manager.connect()
    except (OSError, multiprocessing.AuthenticationError) as error:
        sys.exit(f"distributed: worker {number} is turned away: {error}")
    tasks, results = manager.tasks(), manager.results()
    try:
        while task := tasks.take(number):
            begin_ns = truth.now_ns()
            truth.burn(15 * MS)
            truth.span("job", begin_ns, truth.now_ns(), task[0], 0)
            if task[1]:
                truth.end()
                os._exit(DIED)
            tasks.done(number)
            results.put((number, task[0]))
    except (EOFError, ConnectionError):
        pass  # all is done
    truth.finish()


def watch(number, port, results):
    """One more worker, as a program of its own; tells how it ended, if not well."""
    command = [sys.executable, os.path.abspath(__file__), f"--worker={number}", f"--port={port}"]
    status = subprocess.run(command + [f"--truth={args.truth}"] * bool(args.truth), check=False).returncode
    if status:
        results.put((number, None))


def manage(port, tasks, results):
    """Until all is done. Returns how many workers were started, how many died, how many others worked, too."""
    started, deaths, missing, others = 0, 0, set(range(1, args.tasks + 1)), set()
    while missing:
        while started < args.workers + deaths:
            started += 1
            truth.thread(f"watcher-{started}", watch, started, port, results)
        number, task = results.get()
        if task is None:
            deaths += 1
            tasks.give_back(number)
        else:
            missing.remove(task)
            truth.mark("got", task)
            others |= {number} - set(range(1, started + 1))
    tasks.put(None)
    truth.together(*(t for t in threading.enumerate() if t.name.startswith("watcher")))
    return started, deaths, len(others)


def main():
    truth.name("manager")
    key = os.environ.setdefault(KEY, secrets.token_hex(16))
    offered, done = Tasks(), queue.Queue()
    Manager.register("tasks", callable=lambda: offered)
    Manager.register("results", callable=lambda: done)
    server = Manager(("127.0.0.1", args.port), key.encode(), ctx=multiprocessing.get_context("fork"))
    server.start(initializer=truth.name, initargs=("server",))
    port = server.address[1]
    print(f"distributed: one more worker: {KEY}={key} {PYTHON} --worker=100 --port={port}", flush=True)
    tasks = server.tasks()
    for task in range(1, args.tasks + 1):
        tasks.put((task, task == args.dies or args.die_every > 0 and task % args.die_every == 0))
    started, deaths, others = manage(port, tasks, server.results())
    server.shutdown()
    print(f"distributed: {args.tasks} tasks done by {started} workers, of whom {deaths} died, and {others} more that came")
    truth.count("deaths", deaths)
    truth.finish()


if __name__ == "__main__":
    PYTHON = f"{shlex.quote(sys.executable)} {shlex.quote(os.path.abspath(__file__))}"
    args = truth.lesson(__doc__, joins="worker", workers=2, tasks=12, dies=Number(5, 0, 10**6), die_every=Number(0, 0, 10**6),
                        worker=Number(0, 0, 10000), port=Number(0, 0, 65535))
    if args.worker:
        work(args.worker, args.port, os.environ.get(KEY, "").encode())
    else:
        main()
