# SPDX-License-Identifier: BSD-2-Clause
"""forkjoin: a short and a long worker; who waits for both waits for the long one.

Processes: of threads that compute, the short one would delay the long one, as the interpreter's lock lets one run at a time.
"""
import truth


def short(dur_ns):
    truth.burn(dur_ns // 100 * args.short)


def long(dur_ns):
    truth.burn(dur_ns * 3 // 10)
    truth.sleep(dur_ns // 5)
    truth.burn(dur_ns // 5)


args = truth.lesson(__doc__, seconds=1.0, short=truth.Number(5, 0, 1000))
truth.name("main")
dur_ns = int(args.seconds * 1e9)
truth.burn(dur_ns // 10)
for child in [truth.fork("worker-1", short, dur_ns), truth.fork("worker-2", long, dur_ns)]:
    truth.wait(child)
truth.burn(dur_ns // 5)
truth.finish()
