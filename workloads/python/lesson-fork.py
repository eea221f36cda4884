# SPDX-License-Identifier: BSD-2-Clause
"""fork: a parent makes children with os.fork, which work, sleep and end; it waits for each."""
import truth
from truth import MS

args = truth.lesson(__doc__, children=3)


def child(number):
    truth.burn(150 * MS)
    truth.sleep(20 * MS * number)
    return 10 + number


truth.name("parent")
children = [truth.fork(f"child-{i}", child, i) for i in range(1, args.children + 1)]
print("fork: statuses", *(truth.wait(pid) for pid in children))
truth.finish()
