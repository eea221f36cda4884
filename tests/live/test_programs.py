# SPDX-License-Identifier: BSD-2-Clause
"""Programs nobody wrote for us: nothing lost, everything adds up, and the picture fits what they are."""
import shutil

from live import check, finish, need_bpf, path, record, report, skip, sums_hold

need_bpf()
T = path("t.ctr")

SOURCE = path("big.c")
with open(SOURCE, "w", encoding="ascii") as f:
    for i in range(400):
        f.write(f"int f{i}(int x) {{ int s = 0; for (int i = 0; i < x; i++) s += i * {i}; return s; }}\n")

THREADS = """
import threading, time, queue
q = queue.Queue(4)
def produce():
    for i in range(200): q.put(i); time.sleep(0.0005)
    q.put(None)
def consume():
    while q.get() is not None: sum(range(2000))
ts = [threading.Thread(target=produce), threading.Thread(target=consume)]
[t.start() for t in ts]; [t.join() for t in ts]
"""

MULTI = """
import multiprocessing as mp
def f(x): return sum(range(x))
if __name__ == "__main__":
    with mp.Pool(3) as p: print(sum(p.map(f, range(20000, 20100))))
"""

PROGRAMS = {
    "python3 threads": (["python3", "-c", THREADS], 3),
    "python3 multiprocessing": (["python3", "-c", MULTI], 4),
    "gcc": (["gcc", "-O2", "-c", SOURCE, "-o", path("big.o")], 2),
    "stress-ng futex": (["stress-ng", "--quiet", "--futex", "2", "-t", "1"], 3),
    "stress-ng pipe": (["stress-ng", "--quiet", "--pipe", "2", "-t", "1"], 3),
    "stress-ng switch": (["stress-ng", "--quiet", "--switch", "2", "-t", "1"], 3),
    "stress-ng fork": (["stress-ng", "--quiet", "--fork", "2", "-t", "1"], 10),
    "hackbench": (["perf", "bench", "sched", "messaging", "-l", "100"], 100),
}

for name, (command, at_least) in PROGRAMS.items():
    if not shutil.which(command[0]):
        skip(name, f"{command[0]} is not installed")
        continue
    r = record(T, *command)
    if r.returncode != 0:
        check(f"{name}: ends well", False, r)
        continue
    rep = report(T)
    traced = [t for t in rep["tasks"] if t["traced"] and t["running_ns"] > 0]
    check(f"{name}: nothing lost", rep["trace"]["lost_records"] == 0, r.stderr)
    check(f"{name}: every nanosecond is in one state", not sums_hold(rep), sums_hold(rep)[:5])
    check(f"{name}: its tasks are there", len(traced) >= at_least, len(traced))
    own = [t for t in rep["tasks"] if t["traced"] and t["exit_status"] is not None]
    off = sum(sum(t["blocked_ns"].values()) for t in own)
    unknown = sum(t["unknown_ns"] for t in own)
    little = unknown <= 0.01 * (off + sum(t["running_ns"] for t in own))
    if not little and rep["trace"]["anomalies"]["switch_mismatch"]:
        skip(f"{name}: at most 1 % of its time is unknown", "this kernel hides switches to the idle task from tracers")
    else:
        check(f"{name}: at most 1 % of its time is unknown", little, (unknown, off))
finish()
