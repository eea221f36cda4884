# SPDX-License-Identifier: BSD-2-Clause
"""isolation: a crash in a child process leaves its parent; a crash in a thread ends all threads of its process."""
import os
import resource
import signal

import truth
from truth import MS

truth.lesson(__doc__)


def crash():
    truth.burn(50 * MS)
    truth.end()
    os.kill(os.getpid(), signal.SIGSEGV)


def threads():
    def sleep_on():
        while True:
            truth.sleep(30 * MS)

    truth.together(*(truth.thread(f"thread-{i}", crash if i == 2 else sleep_on) for i in (1, 2, 3)))


resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
truth.name("parent")
first = truth.wait(truth.fork("crasher", crash))
truth.burn(50 * MS)
second = truth.wait(truth.fork("host", threads))
truth.burn(50 * MS)
print(f"isolation: the children ended with {first} and {second}, all threads with them; the parent goes on")
truth.finish()
