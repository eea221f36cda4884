# SPDX-License-Identifier: BSD-2-Clause
"""busywait: one thread asks again and again whether it has happened, the other waits for threading.Event."""
import threading

import truth
from truth import MS

truth.lesson(__doc__)
event = threading.Event()


def spin():
    while not event.is_set():
        pass


def happen():
    truth.sleep(300 * MS)
    event.set()


truth.name("main")
truth.together(truth.thread("spinner", spin), truth.thread("sleeper", event.wait), truth.thread("event", happen))
print("busywait: it happened after 300 ms")
truth.finish()
