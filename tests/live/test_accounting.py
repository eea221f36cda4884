# SPDX-License-Identifier: BSD-2-Clause
"""The numbers against independent witnesses: the kernel's own accounting and perf sched."""
import collections
import os
import re
import subprocess

from live import (CONCTRACE, check, finish, need_bpf, path, record, report, run, skip, sums_hold, workload)

need_bpf()
T = path("t.ctr")


STALE_NS = 60_000


def agrees(running_ns, unknown_ns, theirs_ns, switches):
    """Within 0.2 % or 100 microseconds, whichever is more; what we call unknown may have been running.

    The kernel charges a task from and until the last time that the run queue's clock was read, which
    after a wakeup is the wakeup, not the switch (rq_clock_skip_update() in wakeup_preempt()): up to 77
    microseconds at a switch, measured beside the probes. What a hypervisor stole it does not charge at
    all; that is not allowed for here, see below.
    """
    slack = max(100_000, theirs_ns // 500) + switches * STALE_NS
    return running_ns - slack <= theirs_ns <= running_ns + unknown_ns + slack


# Each thread's CPU time as the kernel counts it (CLOCK_THREAD_CPUTIME_ID, the sum_exec_runtime that
# /proc/TID/schedstat shows), and its voluntary and involuntary switches (getrusage).
def compare(rep, truth):
    """Threads whose running time differs, whose switches differ, and how many were compared."""
    by_tid = {t["tid"]: t for t in rep["tasks"]}
    usage = [line.split() for line in open(truth, encoding="ascii") if line.startswith("usage")]
    mismatched = rep["trace"]["anomalies"]["switch_mismatch"]
    far, off, compared = [], [], 0
    for _, tid, _, cpu_ns, voluntary, involuntary in usage:
        ours, cpu_ns, switches = by_tid[int(tid)], int(cpu_ns), int(voluntary) + int(involuntary)
        if ours["tid"] == ours["tgid"] and str(ours["parent_tid"]) not in [u[1] for u in usage]:
            continue  # the first one goes on after its last fact: it writes the truth file
        if not agrees(ours["running_ns"], ours["unknown_ns"], cpu_ns, ours["sched_ins"]):
            far.append((tid, ours["comm"], ours["running_ns"], ours["unknown_ns"], cpu_ns, ours["sched_ins"]))
        if not -mismatched <= ours["sched_ins"] - switches <= 2:
            off.append((tid, ours["comm"], ours["sched_ins"], switches))
        compared += 1
    return far, off, compared


for name in ("lock", "pool", "fork"):
    # What a hypervisor steals, the kernel does not charge: a run it disturbed is made again, twice at most.
    for _ in range(3):
        record(T, workload(name), "--truth", path("truth"))
        rep = report(T)
        far, off, compared = compare(rep, path("truth"))
        if not far:
            break
    check(f"{name}: running time equals the kernel's", compared and not far, far)
    check(f"{name}: switches equal getrusage's", compared and not off, off)
    check(f"{name}: every nanosecond is in one state", not sums_hold(rep), sums_hold(rep))
    check(f"{name}: nothing lost", rep["trace"]["lost_records"] == 0)

# A whole process tree against getrusage(RUSAGE_CHILDREN).
script = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:]); "
          "u = resource.getrusage(resource.RUSAGE_CHILDREN); print(round((u.ru_utime + u.ru_stime) * 1e9))")
for _ in range(3):
    r = record(T, "python3", "-c", script, "sh", "-c",
               "for i in 1 2 3 4 5 6 7 8; do ls -lR /usr/include >/dev/null; done")
    tree = [t for t in report(T)["tasks"] if t["comm"] in ("sh", "ls") and t["exit_status"] is not None]
    ours, unknown = sum(t["running_ns"] for t in tree), sum(t["unknown_ns"] for t in tree)
    same = agrees(ours, unknown, int(r.stdout), sum(t["sched_ins"] for t in tree))
    if same:
        break
check("a process tree: running time equals getrusage's", same, (ours, unknown, r.stdout))

# The pipe's bytes are the file's.
a = run(CONCTRACE, "report", T)
b = run("sh", "-c", f"cat {T} | {CONCTRACE} report -")
check("report of a pipe equals report of the file", a.stdout == b.stdout and a.returncode == b.returncode == 0)

# perf sched counts the same switches.
perf = run("perf", "record", "-q", "-a", "-m", "4096", "-e", "sched:sched_switch", "-o", path("perf.data"), "--", CONCTRACE, "record",
           "-q", "-o", T, workload("pool"), "--truth", path("truth"))
if perf.returncode != 0:
    skip("perf sched agrees", "perf cannot record here: " + (perf.stderr.splitlines() or ["?"])[-1])
else:
    text = run("perf", "script", "-i", path("perf.data"), "-F", "trace").stdout
    # Switches out: a task that ended left its core as often as it came. Leaving is what perf sees of every
    # task; on some virtual machines it misses switches away from the idle task.
    counts = collections.Counter(int(m) for m in re.findall(r"prev_pid=(\d+)", text))
    rep = report(T)
    traced = [t for t in rep["tasks"] if (t["comm"] or "").startswith("worker-")]
    untold = rep["trace"]["anomalies"]["switch_untold"] + rep["trace"]["anomalies"]["switch_mismatch"]
    wrong = [(t["tid"], t["comm"], t["sched_ins"], counts[t["tid"]], untold,
              [l for l in open(path("truth"), encoding="ascii") if l.startswith("usage")]) for t in traced
             if abs(t["sched_ins"] - counts[t["tid"]]) > untold]
    check("perf sched counts the same switches, but for those the kernel told neither", traced and not wrong, wrong)
os.sync()
finish()
