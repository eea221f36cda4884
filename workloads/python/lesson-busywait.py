# SPDX-License-Identifier: BSD-2-Clause
"""busywait: one thread asks again and again whether it has happened, the other waits for threading.Event.

First it asks without a pause, then it sleeps for 200 us in between.
"""
import threading
import time

import truth
from truth import MS

truth.lesson(__doc__)


def spin(event):
    while not event.is_set():
        pass


def poll(event):
    while not event.is_set():
        time.sleep(0.0002)


def happen(event):
    truth.sleep(300 * MS)
    event.set()


truth.name("main")
for name, ask in (("spinner", spin), ("poller", poll)):
    event = threading.Event()
    truth.together(truth.thread(name, ask, event), truth.thread("sleeper", event.wait), truth.thread("event", happen, event))
print("busywait: it happened after 300 ms, twice")
truth.finish()
