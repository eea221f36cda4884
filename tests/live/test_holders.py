# SPDX-License-Identifier: BSD-2-Clause
"""Who holds a lock: the trace against what the threads wrote down, for each kind of lock.

A wait names who had the lock when it began. That is right if the thread held it then, as it says itself; of a lock
that is handed over by its own rules (pi, rwlock) also if it was the next to hold it. A wait for readers names nobody.
At the end the names are shifted by one on purpose: the claims must then fail.
"""
import bisect
import collections
import os
import random
import re

from live import CONCTRACE, check, finish, need_bpf, path, record, report, run, workload

SLACK_NS = 100_000  # between a thread's reading of the clock and the lock, with a switch in between
LONG_NS = 300_000   # shorter ones may have found the lock free before they slept

Held = collections.namedtuple("Held", "begin end tid shared")
Wait = collections.namedtuple("Wait", "begin end tid holder inferred kind")
KINDS = {"normal": "mutex", "recursive": "recursive-mutex", "errorcheck": "errorcheck-mutex", "pi": "PI-mutex",
         "robust": "robust-mutex", "shared": "shared-mutex", "rwlock": "rwlock"}


def read_truth(file):
    """Spans held, waits, the address."""
    held, waits, uaddr = [], [], None
    for line in open(file, encoding="ascii"):
        kind, *f = line.rstrip("\n").split("\t")
        if kind in ("lock-held", "read-held"):
            held.append(Held(int(f[1]), int(f[2]), int(f[0]), kind == "read-held"))
            uaddr = int(f[3], 0)
        elif kind in ("lock-wait", "read-wait"):
            waits.append((int(f[0]), int(f[1]), int(f[2])))
    return sorted(held), waits, uaddr


def read_trace(file, uaddr):
    """The waits for that lock, and who held it from when to when, since it was told whose memory it is in.

    Until then each process's lock is one of its own: nobody's in it tells what another one does with it meanwhile.
    """
    waits, holds = [], []
    dump = run(CONCTRACE, "dump", file).stdout
    told = max((int(at.replace(".", "")) for at in re.findall(r"^(\S+) cpu=\d+ shared tid=", dump, re.M)), default=0)
    for line in run(CONCTRACE, "dump", "--intervals", file).stdout.splitlines():
        words = line.partition(" (")[0].split()
        values = dict(w.split("=", 1) for w in words if "=" in w)
        if int(values.get("uaddr", "0"), 0) != uaddr:
            continue
        begin, end = (int(w.replace(".", "")) for w in words[:2])
        if "held" in words and begin >= told:
            holds.append((begin, end, int(values["tid"]), "inferred" not in words))
        elif "held" not in words and "lock" in words:
            name = values.get("holder", "")
            waits.append(Wait(begin, end, int(values["tid"]), int(name.rstrip("?!") or 0), name.endswith("?"),
                              values["kind"]))
    return waits, holds


def granted(held, waits):
    """The spans, each of those alone and waited for from the end of the one before: then it was handed over."""
    begins = {(tid, end): begin for tid, begin, end in waits}
    spans, last = [], 0
    for h in held:
        waited = begins.get((h.tid, h.begin), h.begin)
        spans.append(h._replace(begin=min(h.begin, max(last, waited))) if not h.shared else h)
        last = max(last, h.end)
    return spans


class Spans:
    """Who held it around a moment."""

    def __init__(self, spans):
        self.spans = sorted(spans)
        self.begins = [s.begin for s in self.spans]
        self.longest = max(s.end - s.begin for s in self.spans)

    def near(self, begin, end):
        first = bisect.bisect_left(self.begins, begin - self.longest - SLACK_NS)
        last = bisect.bisect_right(self.begins, end + SLACK_NS)
        return [s for s in self.spans[first:last] if s.end + SLACK_NS >= begin]


def judge(waits, holds, spans):
    """Counts of waits by what their names are worth, and time of the holds that is wrong."""
    n = collections.Counter()
    for w in waits:
        there = [s for s in spans.near(w.begin, w.begin) if s.tid != w.tid]
        what = "inferred" if w.inferred else "measured"
        if not w.holder:
            alone = any(not s.shared and s.begin <= w.begin <= s.end for s in there)
            n["unnamed" if alone else "readers" if there else "nobody"] += 1
        else:
            n[what + (" right" if any(s.tid == w.holder for s in there) else " wrong")] += 1
    for begin, end, tid, measured in holds:
        mine = sum(max(0, min(end, s.end + SLACK_NS) - max(begin, s.begin - SLACK_NS))
                   for s in spans.near(begin, end) if s.tid == tid)
        n["measured ns" if measured else "inferred ns"] += end - begin
        n["measured wrong ns" if measured else "inferred wrong ns"] += max(0, end - begin - mine)
    return n


def is_right(n):
    named = n["measured right"] + n["measured wrong"] + n["inferred right"] + n["inferred wrong"]
    return {
        "every holder marked as measured is right": n["measured wrong"] == 0 < n["measured right"],
        "the holder is right in 99 % of the waits": n["measured right"] + n["inferred right"] >=
        0.99 * (named + n["unnamed"]),
        "nobody holds it while the trace says so of another": n["measured wrong ns"] <= 0.001 * n["measured ns"] and
        n["inferred wrong ns"] <= 0.01 * max(1, n["inferred ns"]),
    }


def run_mutex(kind, threads, rounds, hold_us, seed):
    truth, file = path("truth"), path("t.ctr")
    for _ in range(3):
        result = record(file, workload("mutex"), f"--kind={kind}", "--threads", threads, "--rounds", rounds,
                        "--hold-us", hold_us, "--seed", seed, "--truth", truth)
        if result.returncode == 0 and report(file)["trace"]["lost_records"] == 0:
            break
    held, truth_waits, uaddr = read_truth(truth)
    waits, holds = read_trace(file, uaddr)
    return held, truth_waits, waits, holds


def test_mutex(kind, threads, rounds, hold_us, seed=1):
    held, truth_waits, waits, holds = run_mutex(kind, threads, rounds, hold_us, seed)
    spans = Spans(granted(held, truth_waits) if kind in ("pi", "rwlock") else held)
    name = f"{kind}, {threads} threads, {hold_us} us"
    n = judge(waits, holds, spans)
    for claim, holds_true in is_right(n).items():
        check(f"{name}: {claim}", holds_true, dict(n))
    told = collections.defaultdict(list)
    for w in waits:
        told[w.tid].append(w)
    long = [w for w in truth_waits if w[2] - w[1] > LONG_NS]
    missing = [w for w in long if not any(t.begin < w[2] and t.end > w[1] for t in told[w[0]])]
    check(f"{name}: every long wait is in the trace", len(missing) <= 0.01 * len(long), missing[:3])
    if kind != "shared":
        kinds = collections.Counter(w.kind for w in waits)
        right = sum(nr for what, nr in kinds.items() if what.replace("shared-", "") == KINDS[kind])
        check(f"{name}: it is called a {KINDS[kind]}", right >= 0.95 * len(waits), dict(kinds))
    tids = sorted({h.tid for h in held})
    shifted = {tid: tids[(i + 1) % len(tids)] for i, tid in enumerate(tids)}
    wrong = judge([w._replace(holder=shifted.get(w.holder, 0)) for w in waits],
                  [(b, e, shifted.get(t, 0), m) for b, e, t, m in holds], spans)
    check(f"{name}: with shifted names no claim holds", not any(list(is_right(wrong).values())[:2]),
          dict(wrong))


PYTHON = {
    "Lock": ("semaphore", "l = threading.Lock()\ndef f():\n    for _ in range(20):\n        with l: time.sleep(0.002)"),
    "RLock": ("semaphore", "l = threading.RLock()\ndef f():\n    for _ in range(20):\n        with l: time.sleep(0.002)"),
    "Semaphore": ("semaphore", "l = threading.Semaphore(2)\ndef f():\n    for _ in range(20):\n"
                  "        with l: time.sleep(0.002)"),
    "Barrier": ("semaphore", "b = threading.Barrier(4)\ndef f():\n    for i in range(20):\n"
                "        time.sleep(0.001); b.wait()"),
    "Queue": ("semaphore", "import queue\nq = queue.Queue()\nq.put(0)\ndef f():\n    for i in range(20):\n"
              "        i = q.get(); time.sleep(0.002); q.put(i)"),
    "Condition": ("semaphore", "c = threading.Condition()\nt = [0]\ndef f():\n    for i in range(10):\n        with c:\n"
                  "            t[0] += 1; c.notify_all(); c.wait(0.01)"),
}
MAIN = "\nimport threading, time\nts = [threading.Thread(target=f) for _ in range(4)]\n" \
       "[t.start() for t in ts]\n[t.join() for t in ts]\n"


def test_python(name):
    reason, body = PYTHON[name]
    script, file = path("s.py"), path("t.ctr")
    open(script, "w", encoding="ascii").write("import threading, time\n" + body + MAIN)
    result = record(file, "python3", script)
    check(f"python3 {name}: recorded", result.returncode == 0, result.stderr)
    blocked = collections.Counter()
    for t in report(file)["tasks"]:
        if t["traced"] and t["tid"] != t["tgid"]:
            blocked.update(t["blocked_ns"])
            blocked["unknown"] += t["unknown_ns"]
    whole = sum(blocked.values())
    check(f"python3 {name}: waits for a {reason}", blocked[reason] > 0, dict(blocked))
    check(f"python3 {name}: 99 % of the time off the core has a reason",
          blocked["unknown"] + blocked["other"] <= 0.01 * whole, dict(blocked))


need_bpf()
random.seed(os.getpid())
for lock in KINDS:
    test_mutex(lock, 4, *((2000, 300) if lock == "rwlock" else (100, 2000)), random.randrange(1000))
for nr in (2, 8, 16):
    test_mutex("normal", nr, 1600 // nr // nr + 50, 300, random.randrange(1000))
test_mutex("rwlock", 8, 700, 300, random.randrange(1000))
for what in PYTHON:
    test_python(what)
finish()
