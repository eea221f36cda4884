# SPDX-License-Identifier: BSD-2-Clause
"""The numbers against independent witnesses: the kernel's own accounting and perf sched."""
import collections
import os
import re

from live import (CONCTRACE, check, finish, need_bpf, path, record, record_witnessed, report, run, skip, sums_hold,
                  workload)
from truth import Trace

need_bpf()
T = path("t.ctr")

# What the plain sum is allowed to be off by at each switch without the witness's word for it, on top: the run
# queue's clock is old by up to 8 us (p90, measured), and now and then by what a hypervisor takes, so that this
# holds for most tasks but not for all. See docs/architecture.md.
OLD_NS = 10_000
plain = []


def slack(ns):
    """0.2 % or 100 microseconds, whichever is more."""
    return max(100_000, ns // 500)


def witnessed(*command):
    """Records command beside the witness: the run, the report, and what the kernel charged each tid."""
    r, kernel = record_witnessed(T, *command, options=("-q",))
    return r, kernel and report(T), kernel


def charged(kernel):
    """What the kernel would have charged by a clock that is never old, on a core nobody steals from."""
    return kernel.sum + kernel.old + kernel.stolen


def whole_lives(rep, kernel):
    """Tasks born and ended in the trace: nothing that the kernel charged them is before or after it."""
    return [t for t in rep["tasks"] if t["begin_ns"] > rep["trace"]["begin_ns"] and t["exit_status"] is not None
            and t["tid"] in kernel]


def is_off(task, kernel, factor=1.0):
    """What we call unknown may have been running; only a switch that nobody was told makes it so."""
    ours, theirs = task["running_ns"] * factor, charged(kernel)
    unknown = task["unknown_ns"] if kernel.untold else 0
    return not ours - slack(kernel.sum) <= theirs <= ours + unknown + slack(kernel.sum)


def told_apart(task, kernel):
    """Whether the trace tells another time to be stolen than the witness read, but for what is told with the next one.

    The witness does not count what was stolen between switches that were not told.
    """
    return abs(task["stolen_ns"] - kernel.stolen) > max(50_000, kernel.stolen // 20) + kernel.untold_ns


def in_words(tasks, kernel):
    """For people: how far apart the plain sums are, and what is left of it."""
    if not tasks:
        return "no tasks"
    apart = [abs(t["running_ns"] - kernel[t["tid"]].sum) for t in tasks]
    left = [abs(t["running_ns"] - charged(kernel[t["tid"]])) for t in tasks]
    agree = sum(p <= slack(kernel[t["tid"]].sum) for t, p in zip(tasks, apart))
    return (f"plain sum: {agree} of {len(tasks)} tasks agree, at most {max(apart) / 1e3:.0f} us apart; "
            f"with old and stolen time: at most {max(left) / 1e3:.1f} us")


def compare(name, tasks, kernel):
    off = [(t, kernel[t["tid"]]) for t in tasks if is_off(t, kernel[t["tid"]])]
    print(f"# {name}: {in_words(tasks, kernel)}")
    plain.extend(plain_excess(t, kernel[t["tid"]]) for t in tasks)
    check(f"{name}: running time of every task equals the kernel's to 0.2 % or 100 us", tasks and not off, off)


def plain_excess(task, kernel):
    """How much further from the kernel's plain sum than allowed; at most 0 if it agrees."""
    return abs(task["running_ns"] - kernel.sum) - slack(kernel.sum) - (kernel.told + kernel.untold) * OLD_NS


r, rep, kernel = witnessed("true")
if rep is None:
    skip("running time equals the kernel's", r.stderr.strip())
    record(T, workload("fork"))

for name in ("lock", "pool", "fork") if rep else ():
    r, rep, kernel = witnessed(workload(name), "--truth", path("truth"))
    # Each thread's CPU time as it read it itself last (CLOCK_THREAD_CPUTIME_ID, which is what schedstat shows)
    # and its voluntary and involuntary switches (getrusage).
    usage = {int(tid): (int(cpu_ns), int(voluntary) + int(involuntary)) for _, tid, _, cpu_ns, voluntary, involuntary
             in (line.split() for line in open(path("truth"), encoding="ascii") if line.startswith("usage"))}
    tasks = [t for t in whole_lives(rep, kernel) if t["tid"] in usage]
    compare(name, tasks, kernel)
    others = [(t, kernel[t["tid"]].sum, usage[t["tid"]]) for t in tasks
              if not 0 <= kernel[t["tid"]].sum - usage[t["tid"]][0] <= max(1_000_000, slack(kernel[t["tid"]].sum))]
    stolen = [(t["tid"], t["stolen_ns"], kernel[t["tid"]]) for t in tasks if told_apart(t, kernel[t["tid"]])]
    check(f"{name}: what was stolen of every task is what the witness read", not stolen, stolen)
    check(f"{name}: the witness read what the thread itself read, and then its end", not others, others)
    missed = [(t["tid"], t["comm"]) for t in tasks if not (is_off(t, kernel[t["tid"]], 1.003) and
              is_off(t, kernel[t["tid"]], 0.997)) and kernel[t["tid"]].sum > 200_000_000 and not t["unknown_ns"]]
    check(f"{name}: 0.3 % more or less would be found", not missed, missed)
    mismatched = rep["trace"]["anomalies"]["switch_mismatch"]
    off = [(t["tid"], t["comm"], t["sched_ins"], kernel[t["tid"]]) for t in tasks
           if not -mismatched <= t["sched_ins"] - kernel[t["tid"]].switches <= 0]
    check(f"{name}: switches equal the kernel's, getrusage's", tasks and not off, off)
    less = [(t["tid"], t["comm"], t["sched_ins"], usage[t["tid"]][1]) for t in tasks
            if t["sched_ins"] < usage[t["tid"]][1] - mismatched]
    check(f"{name}: and are no fewer than the thread read itself", not less, less)
    check(f"{name}: every nanosecond is in one state", not sums_hold(rep), sums_hold(rep))
    check(f"{name}: nothing lost", rep["trace"]["lost_records"] == 0)

# A whole process tree, each of its many short processes, and their sum against getrusage(RUSAGE_CHILDREN).
script = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:]); "
          "u = resource.getrusage(resource.RUSAGE_CHILDREN); print(round((u.ru_utime + u.ru_stime) * 1e9))")
if rep:
    r, rep, kernel = witnessed("python3", "-c", script, "sh", "-c",
                               "for i in 1 2 3 4 5 6 7 8; do ls -lR /usr/include >/dev/null; done")
    born = whole_lives(rep, kernel)
    tree = [t for t in born if t["traced"] and t["comm"] in ("sh", "ls")]
    compare("a process tree", tree, kernel)
    sums = sum(kernel[t["tid"]].sum for t in tree)
    check("a process tree: the witness read what getrusage tells", abs(sums - int(r.stdout)) <= slack(sums),
          (sums, r.stdout))
    plain.sort()
    check("by the kernel's plain sum most agree, but for 10 us at each switch", plain[len(plain) // 2] <= 0, plain)

# The pipe's bytes are the file's.
a = run(CONCTRACE, "report", T)
b = run("sh", "-c", f"cat {T} | {CONCTRACE} report -")
check("report of a pipe equals report of the file", a.stdout == b.stdout and a.returncode == b.returncode == 0)

# perf, another tracer, sees the same switches at the same times.


def perf_switches(text):
    """Of each tid how often it left a core, and the spans from when it got one to when it left it.

    Leaving is what perf sees of every task; on some virtual machines it misses switches away from the idle task.
    """
    left, spans, since = collections.Counter(), collections.defaultdict(list), {}
    for s, ns, prev, after in re.findall(r"(\d+)\.(\d{9}):.*\bprev_pid=(\d+).*\bnext_pid=(\d+)", text):
        ts = int(s + ns)
        left[int(prev)] += 1
        if prev in since:
            spans[int(prev)].append((since.pop(prev), ts))
        since[after] = ts
    return left, spans


for name in ("pool", "lock"):
    perf = run("perf", "record", "-q", "-a", "-k", "CLOCK_MONOTONIC", "-m", "4096", "-e", "sched:sched_switch", "-o",
               path("perf.data"), "--", CONCTRACE, "record", "-q", "-o", T, workload(name), "--truth", path("truth"))
    if perf.returncode != 0:
        skip(f"{name}: perf agrees", "perf cannot record here: " + (perf.stderr.splitlines() or ["?"])[-1])
        continue
    left, spans = perf_switches(run("perf", "script", "--ns", "-i", path("perf.data"), "-F", "time,trace").stdout)
    tids = {t["tid"] for t in report(T)["tasks"] if t["traced"] and (t["comm"] or "").startswith("worker-")}
    trace = Trace(T, tids, 0, None)
    traced = [trace.tasks[tid] for tid in sorted(tids)]
    wrong = [(t["tid"], t["comm"], t["sched_ins"], left[t["tid"]], trace.untold,
              [l for l in open(path("truth"), encoding="ascii") if l.startswith("usage")]) for t in traced
             if abs(t["sched_ins"] - left[t["tid"]]) > trace.untold]
    check(f"{name}: perf sched counts the same switches, but for those the kernel told neither", traced and not wrong,
          wrong)
    told = [(t, sum(end - begin for begin, end in spans[t["tid"]]),
             sum(trace.time(t["tid"], begin, end)["running"] for begin, end in spans[t["tid"]])) for t in traced]
    apart = [abs(theirs - ours) for _, theirs, ours in told]
    seen_ns = sum(theirs for _, theirs, _ in told)
    print(f"# {name}: perf's {seen_ns / 1e6:.1f} ms on a core are ours but for "
          f"{max(apart, default=0) / 1e3:.1f} us of any task")
    wrong = [(t["tid"], t["comm"], theirs, ours) for (t, theirs, ours), ns in zip(told, apart) if ns > slack(theirs)]
    claim = f"{name}: and the same time on a core, to 0.2 % or 100 us"
    if seen_ns * 2 < sum(t["running_ns"] for t in traced):
        skip(claim, "perf saw less than half of it begin")
    else:
        check(claim, traced and not wrong, wrong)
os.sync()
finish()
