# SPDX-License-Identifier: BSD-2-Clause
"""The right panel of a real window: a wait that is selected by keys is told in sentences, at two sizes of the window,
and everything it says is there to be read: the panel has the colours of its states."""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"))
from live import BUILD, ROOT, check, display, finish, need_bpf, path, record, run, skip, workload

for tool in ("Xvfb", "convert"):
    if not shutil.which(tool):
        skip("inspector", f"{tool} is not installed")
        finish()

server, env = display("1600x900")
TRACE = os.path.join(ROOT, "tests/golden/waits/the-holder-and-what-it-did-are-told/trace.txt")
SELECT = "wait-end\nwait-still\nkey /\ntype worker-3\nkey Return\nwait-still\n"
EXPECTED = """worker-3 · tid 103
  waited 3.21 ms for lock balance_lock,
  held by worker-2 102 (measured),
  which ran 2.10 ms on CPU 1,
  then was preempted 1.10 ms by manager 109,
  then ran 10.0 µs on CPU 1;
  released to it by worker-2 102
  from: 0.001 000 s
  to: 0.004 210 s
  lasted: 3.21 ms
  then: ready 40.0 µs, CPU 0
  system call: futex
"""


def view(trace, size, script, name):
    """What the script prints; a screenshot is left behind."""
    file = path(name + ".script")
    with open(file, "w", encoding="utf-8") as f:
        f.write(f"{script}wait-still\ntell\nscreenshot {path(name + '.png')}\nwait 0.2\nquit\n")
    return run(os.path.join(BUILD, "conctrace-view"), "--size", size, "--script", file, trace, env=env).stdout


def has_colour(name, colour, box):
    """Whether a part of the screenshot has it."""
    text = run("convert", path(name + ".png"), "-crop", box, "+repage", "-unique-colors", "txt:-").stdout
    return colour.upper() in text.upper()


def is_purple(name, x, y):
    """Whether a pixel has clearly more red and blue than green."""
    text = run("convert", path(name + ".png"), "-crop", f"1x1+{x}+{y}", "+repage", "-depth", "8", "txt:-").stdout
    red, green, blue = (int(text.split("#")[2][i:i + 2], 16) for i in (0, 2, 4))
    return min(red, blue) > green + 20


for size, panel in (("1280x720", "320x660+960+50"), ("1600x900", "320x840+1280+50")):
    out = view(TRACE, size, SELECT + "next\nnext\n", size)
    check(f"{size}: a wait is told in sentences", out == EXPECTED, out)
    check(f"{size}: and drawn, in the colour of being ready without a core", has_colour(size, "#F0B429", panel))

SAID = os.path.join(ROOT, "tests/golden/viz/what-a-thread-says-stands-below-it/trace.txt")
REGION = """number · region of work · tid 100
  lasted 1.00 ms
  1.00 ms of it on a core
  from: 0.002 000 s
  to: 0.003 000 s
  lasted: 1.00 ms
  running: 100.0 %    1.00 ms
"""
out = view(SAID, "1280x720", "wait-end\nkey /\ntype numb\nkey Return\n", "said")
check("a region is found by its name and told", out == REGION, out)
check("and drawn with a frame and its colour", has_colour("said", "#FFFFFF", "712x80+248+180") and is_purple("said", 350, 239))
out = view(SAID, "1280x720", "wait-end\nwait-still\nclick 500 276\n", "counter")
check("a click where a counter stays as it is tells its value and how long it had it, and its range", """\
queued · counter of work · tid 100
  was -5 for 4.00 ms
  told at: 0.003 000 s
  value: -5
  whole run: -5 to 13
  told: 3 times
""" == out, out)
check("which is drawn with a frame around it", has_colour("counter", "#FFFFFF", "230x40+430+258"))
out = view(SAID, "1280x720", "wait-end\nwait-still\nclick 500 276\nnext\nwait-still\n", "counter")
check("the next one is the value after it", "was 12 for 2.02 ms" in out and "before: -5" in out, out)

need_bpf()
FILE = path("t.ctr")
record(FILE, workload("lock"), "--rounds", "40", options=("-q",))
told = view(FILE, "1280x720", SELECT.replace("worker-3", "worker-2") + "next\n" * 12, "lock")
check("of a real trace, too", "worker-2 · tid" in told and "  from: " in told, told)

server.terminate()
server.wait()
if os.environ.get("KEEP_SHOTS"):
    for shot in ("1280x720", "1600x900", "lock", "said"):
        shutil.copy(path(shot + ".png"), os.environ["KEEP_SHOTS"])
finish()
