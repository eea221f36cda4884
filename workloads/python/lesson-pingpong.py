# SPDX-License-Identifier: BSD-2-Clause
"""pingpong: two threads hand a token back and forth through two pipes."""
import os
import time

import truth

args = truth.lesson(__doc__, turns=3000, work_us=truth.Number(0, 0, 1000000))
pipes = [os.pipe(), os.pipe()]


def play(mine):
    for _ in range(args.turns):
        os.read(pipes[mine][0], 1)
        if args.work_us:
            truth.burn(args.work_us * 1000)
        os.write(pipes[1 - mine][1], b"x")


truth.name("main")
begin = time.monotonic()
os.write(pipes[0][1], b"x")
truth.together(truth.thread("ping", play, 0), truth.thread("pong", play, 1))
print(f"pingpong: {(time.monotonic() - begin) / 2 / args.turns * 1e6:.1f} us per turn")
truth.finish()
