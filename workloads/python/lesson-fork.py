# SPDX-License-Identifier: BSD-2-Clause
"""fork: a parent makes children with os.fork, which work, sleep and end; it waits for each.

os.fork returns twice: in the parent the child's number, in the child 0; and each has memory of its own from there on."""
import os

import truth
from truth import MS

args = truth.lesson(__doc__, children=3)


mine = 0  # in each process its own: what a child writes there its parent never sees


def child(number):
    global mine
    truth.count("fork-returned", 0)
    os.write(1, f"fork: in {os.getpid()} os.fork() returned 0, its parent is {os.getppid()}; {mine}, as there\n".encode())
    mine = number
    truth.burn(150 * MS)
    truth.sleep(20 * MS * number)
    truth.count("mine", mine)
    return 10 + number


truth.name("parent")
children = []
for i in range(1, args.children + 1):
    children.append(truth.fork(f"child-{i}", child, i))
    truth.count("fork-returned", children[-1])
    os.write(1, f"fork: in {os.getpid()} os.fork() returned {children[-1]}, its child\n".encode())
statuses = [truth.wait(pid) for pid in children]
truth.count("mine", mine)
print("fork: statuses", *statuses, f"each wrote its number, and here is still {mine}")
truth.finish()
