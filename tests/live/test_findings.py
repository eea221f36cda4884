# SPDX-License-Identifier: BSD-2-Clause
"""Each lesson raises the finding that it is about; its cure does not. Severities depend on the machine, these do not."""
from live import check, finish, need_bpf, path, record, report, skip, workload

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

need_bpf()
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
