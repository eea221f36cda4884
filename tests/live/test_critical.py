# SPDX-License-Identifier: BSD-2-Clause
"""The critical path of forkjoin against the one that follows from what the lesson wrote down of itself.

By hand: from the end backwards it is main until worker-2 ended, worker-2 until it was made, and main before. On it are
all of main's work and of worker-2's and its sleep; worker-1 and main's waiting are not. How long each waited for a core
is the machine's business: what is worked and slept is compared, and the sum with the whole run.
"""
from live import CONCTRACE, check, finish, need_bpf, path, record, report, run, workload

MS = 1_000_000
# The clock that the lesson reads is read before and after the work itself; a switch moves the kernel's count of
# running time by tens of microseconds (test_accounting.py).
SLACK_NS = 5 * MS


def facts_of(file):
    facts = [line.rstrip("\n").split("\t") for line in open(file, encoding="ascii") if line[0] != "#"]
    tids = {f[3]: int(f[1]) for f in facts if f[0] == "task"}
    burnt = {name: sum(int(f[4]) for f in facts if f[0] == "running" and int(f[1]) == tid)
             for name, tid in tids.items()}
    slept = sum(int(f[3]) - int(f[2]) for f in facts if f[0] == "sleep")
    return facts, tids, burnt, slept


need_bpf()
file, truth = path("forkjoin.ctr"), path("truth")
for _ in range(3):  # a busy machine may lose records
    result = record(file, workload("forkjoin"), "--seconds", "1", "--truth", truth)
    if result.returncode != 0 or report(file, "--only", "trace")["trace"]["lost_records"] == 0:
        break
check("forkjoin is recorded", result.returncode == 0, result.stderr)
facts, tids, burnt, slept = facts_of(truth)
rep = report(file, "--only", "critical,trace")
rows = {r["tid"]: r for r in rep["critical_path"]}
wall = rep["trace"]["end_ns"] - rep["trace"]["begin_ns"]
total = sum(r["total_ns"] for r in rows.values())
check("the path adds up to the wall time exactly", total == wall, (total, wall))
for r in rows.values():
    parts = r["running_ns"] + r["runnable_ns"] + r["unknown_ns"] + sum(r["blocked_ns"].values())
    check("each row is the sum of its parts", parts == r["total_ns"], r)
main, short, long = (rows.get(tids[n]) for n in ("main", "worker-1", "worker-2"))
check("worker-1 is not on the path", short is None, short)
check("all of worker-2's work is on it", long and abs(long["running_ns"] - burnt["worker-2"]) < SLACK_NS, (long, burnt))
check("worker-2's sleep is on it", long and abs(long["blocked_ns"]["sleep"] - slept) < SLACK_NS, (long, slept))
# The loader and exec are main's work too, but not a fact.
check("all of main's work is on it", main and burnt["main"] - MS <= main["running_ns"] < burnt["main"] + 30 * MS,
      (main, burnt))
check("main's waiting is not", main and main["blocked_ns"]["join"] == 0 and main["blocked_ns"]["condition"] == 0, main)

marks = rep["critical_marks"]
holes = [(a, b) for a, b in zip(marks, marks[1:]) if a["end_ns"] != b["begin_ns"]]
check("marks follow each other without a hole", not holes, holes)
ended = max(int(f[3]) for f in facts if f[0] == "running" and int(f[1]) == tids["worker-2"])
with_long = [m for m in marks if m["tid"] == tids["worker-2"]]
joined = [f for f in facts if f[0] == "join-wait" and int(f[4]) == tids["worker-2"]][0]
check("one mark is worker-2's, up to the end of its work or a little later",
      len(with_long) == 1 and ended <= with_long[0]["end_ns"] <= int(joined[3]), (with_long, ended, joined))

# A part of the run, and another thread: begun and ended where asked.
part = report(file, "--only", "critical,trace", "--from", "300ms", "--to", "500ms")
total = sum(r["total_ns"] for r in part["critical_path"])
check("the path of a part adds up to that part", total == 200 * MS, total)
other = report(file, "--only", "critical,trace", "--task", str(tids["worker-1"]))
rows = {r["tid"]: r for r in other["critical_path"]}
mine = rows.get(tids["worker-1"])
check("the path of worker-1 is its own work, and main's before it",
      mine and abs(mine["running_ns"] - burnt["worker-1"]) < SLACK_NS and tids["worker-2"] not in rows, rows)
check("and adds up to the wall time", sum(r["total_ns"] for r in rows.values()) == wall, rows)
none = run(CONCTRACE, "report", file, "--task", "4999999")
check("a task that is not in the trace is one sentence", none.returncode == 1 and "no task 4999999" in none.stderr, none.stderr)
finish()
