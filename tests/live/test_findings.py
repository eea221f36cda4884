# SPDX-License-Identifier: BSD-2-Clause
"""Each lesson raises the finding that it is about; its cure does not. Severities depend on the machine, these do not.
What others took of the cores is counted once more, from the intervals, while others take them."""
import os
import subprocess

from live import CONCTRACE, check, finish, need_bpf, path, record, report, run, skip, workload

# Lesson, options, what must be told, what must not.
CASES = [
    ("inversion", [], ["priority-inversion"], ["deadlock", "lock-starvation"]),
    ("inversion", ["--cure=yes"], [], ["priority-inversion", "deadlock"]),
    ("herd", [], ["thundering-herd"], ["deadlock", "lost-wake"]),
    ("lostwake", [], ["time-out-waited"], ["deadlock", "thundering-herd"]),
    ("lostwake", ["--cure=yes"], [], ["time-out-waited", "lost-wake", "deadlock"]),
    ("starvation", [], ["lock-wait"], ["deadlock", "lock-serialises"]),
    ("convoy", [], ["lock-serialises", "lock-held-off-core"], ["deadlock", "lock-starvation", "thundering-herd"]),
    ("pingpong", [], ["ping-pong"], ["deadlock", "thundering-herd", "migration-storm"]),
    ("daemon", [], ["killed-with-parent"], ["deadlock"]),
    ("barrier", [], [], ["deadlock", "thundering-herd", "lost-wake", "lock-starvation", "pool-too-large"]),
    ("forkjoin", [], [], ["deadlock", "lock-serialises", "thundering-herd", "ping-pong", "killed-with-parent"]),
]


def taken(file, rep):
    """While no core was idle and a traced task could have run: what untraced tasks had of the cores, and what all had."""
    traced = {t["tid"] for t in rep["tasks"] if t["traced"]}
    steps = []
    for line in run(CONCTRACE, "dump", "--intervals", file).stdout.splitlines():
        begin, end, who, state, *rest = line.split()
        begin_ns, end_ns = (int(t.replace(".", "")) for t in (begin, end))
        if who.startswith("cpu=") and state != "gap":
            steps.append((begin_ns, who, int(rest[0][4:]) if state == "running" else state))
        elif who.startswith("tid=") and int(who[4:]) in traced and state == "runnable":
            steps += (begin_ns, "waits", 1), (end_ns, "waits", -1)
    cores, waits, last, others, busy = dict.fromkeys(range(rep["trace"]["nr_cpus"])), 0, 0, 0, 0
    for ts, who, what in sorted(steps, key=lambda step: step[0]):
        if waits and "idle" not in cores.values():
            has = [tid for tid in cores.values() if isinstance(tid, int)]
            busy += (ts - last) * len(has)
            others += (ts - last) * len([tid for tid in has if tid not in traced])
        last = ts
        if who == "waits":
            waits += what
        else:
            cores[int(who[4:])] = what
    return others, busy


def test_taken():
    hogs = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(os.cpu_count())]
    record(path("t.ctr"), workload("pool"))
    for hog in hogs:
        hog.kill()
        hog.wait()
    rep = report(path("t.ctr"))
    told = [(f["evidence"]["others_ns"], f["evidence"]["cores_ns"]) for f in rep["findings"]
            if f["id"] == "preempted-by-others"]
    counted = taken(path("t.ctr"), rep)
    # When a task left that was away untold is known only when it is back, too late for who counts as it goes.
    untold = sum(rep["trace"]["anomalies"][name] for name in ("switch_untold", "switch_mismatch"))
    off_ns = max((abs(a - b) for a, b in zip(*told, counted)), default=None) if len(told) == 1 else None
    check("what others took is what the intervals say, to 50 us for each switch that was not told",
          off_ns is not None and off_ns <= 50_000 * untold, (told, counted, rep["trace"]["anomalies"]))


def test_all():
    """Of a whole machine, too, who is more urgent than whom is known."""
    record(path("a.ctr"), workload("inversion"), options=("-a",))
    rep = report(path("a.ctr"))
    comm = {t["tid"]: t["comm"] for t in rep["tasks"]}
    found = [f for f in rep["findings"] if f["id"] == "priority-inversion" and "high" in [comm.get(t) for t in f["tids"]]]
    check("inversion recorded with -a raises priority-inversion", found, [f["text"] for f in rep["findings"]])


need_bpf()
test_taken()
test_all()
for lesson, options, must, must_not in CASES:
    name = " ".join([lesson, *options])
    for _ in range(3):  # a busy machine may lose records
        result = record(path("f.ctr"), workload(lesson), *options)
        if result.returncode != 0 or report(path("f.ctr"), "--only", "trace")["trace"]["lost_records"] == 0:
            break
    if result.returncode != 0:
        check(f"{name} is recorded", False, result.stderr)
        continue
    if lesson == "inversion" and options and "niceness" in result.stdout + result.stderr:
        skip(name, "no right to real-time priorities")
        continue
    rep = report(path("f.ctr"), "--only", "findings,trace")
    told = {f["id"]: f["text"] for f in rep["findings"]}
    for claim in must:
        check(f"{name} raises {claim}", claim in told, told)
    wrong = {i: told[i] for i in must_not if i in told}
    check(f"{name} raises nothing that it is not about", not wrong, wrong)
    for f in rep["findings"]:
        if not rep["trace"]["begin_ns"] <= f["begin_ns"] <= f["end_ns"] <= rep["trace"]["end_ns"]:
            check(f"{name}: {f['id']} lies within the trace", False, f)
finish()
