# SPDX-License-Identifier: BSD-2-Clause
"""starvation: readers share a lock, and always one of them has it; a writer wants it.

The standard library has no such lock: here the first reader takes the room and the last one leaves it (Courtois, Heymans
and Parnas, 1971); with --prefer writer all go through a turnstile, in which a writer may stand.
"""
import threading

import truth
from truth import MS


class Room:
    def __init__(self):
        self.room, self.counting, self.turnstile = (threading.Lock() for _ in range(3))
        self.readers = 0

    def begin_read(self):
        if args.prefer == "writer":
            truth.take(self.turnstile)
            self.turnstile.release()
        with self.counting:
            self.readers += 1
            if self.readers == 1:
                truth.take(self.room)

    def end_read(self):
        with self.counting:
            self.readers -= 1
            if self.readers == 0:
                self.room.release()

    def begin_write(self):
        if args.prefer == "writer":
            truth.take(self.turnstile)
        truth.take(self.room)

    def end_write(self):
        self.room.release()
        if args.prefer == "writer":
            self.turnstile.release()


def read(number):
    """Each stays for longer than the time until the next one comes."""
    truth.sleep(number * 4 * MS // args.readers)
    while truth.now_ns() < until_ns:
        room.begin_read()
        truth.burn(MS // 20)
        truth.sleep(4 * MS)
        room.end_read()


def write():
    truth.sleep(20 * MS)
    begin_ns = truth.now_ns()
    while True:
        room.begin_write()
        writes.append(truth.now_ns() - begin_ns)
        truth.burn(MS)
        room.end_write()
        truth.sleep(10 * MS)
        if truth.now_ns() >= until_ns:
            break


args = truth.lesson(__doc__, readers=4, prefer=("reader", "writer"), seconds=0.6)
truth.name("main")
room, writes = Room(), []
until_ns = truth.now_ns() + int(args.seconds * 1e9)
truth.together(truth.thread("writer", write), *(truth.thread(f"reader-{i}", read, i)
                                                for i in range(1, args.readers + 1)))
truth.count("writes", len(writes))
print(f"starvation: the writer wrote {len(writes)} times, the first time after {writes[0] / MS:.0f} ms")
truth.finish()
