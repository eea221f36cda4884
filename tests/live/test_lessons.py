# SPDX-License-Identifier: BSD-2-Clause
"""Every lesson: its trace agrees with what it wrote down of itself. A lesson is a row of LESSONS.

What its facts allow is claimed of every lesson: who was there, ran, slept, waited for which lock, child, thread, pipe,
was made by whom and ended when. A row adds what only that lesson shows. truth.py says how a claim is tested.
"""
import bisect
import collections
import os
import re
import subprocess
import sys

from live import CONCTRACE, WORKLOADS, check, finish, need_bpf, path, run, skip, workload
from seen import Numbers, false, pattern, untrue
from truth import (MS, SLACK_NS, WAITS, Claim, burns, covered, exits, forks, holders, invented, of, prove, read_facts,
                   reaped, timers, traced)

PYTHON3 = "/usr/bin/python3"
CORES = len(os.sched_getaffinity(0))
# Within such a wait a thread may also wait for that; in Python within any for the interpreter's own lock.
PYTHON = ("condition", "lock", "once")
ALSO = {"cond-wait": ("lock",), "pipe-full": (), "join-wait": ("other",), "read-wait": ("condition",), "barrier-wait": (), "pylock-wait": PYTHON}


def waited(facts, trace, kind, also):
    """A wait is blocked for its reason or for what belongs to it, or ready without a core; of one that is no longer
    than what a thread may do of its own in it nothing is claimed."""
    long = [f for f in of(facts, kind) if f.end - f.begin > SLACK_NS]
    claim = Claim(trace, f"each {kind} is blocked on {WAITS[kind]}", least=min(1, len(long)))
    for f in long:
        spent = trace.time(f.tid, f.begin, f.end)
        for why in set(also) - {WAITS[kind]}:
            spent[WAITS[kind]] += spent[why]
        own_ns = spent["running"] + spent["fault"]
        whole = f.end - f.begin == own_ns + spent["runnable"] + spent[WAITS[kind]]
        claim.see(whole and own_ns <= SLACK_NS, (f, spent), spent["unknown"] > 0,
                  max(0, own_ns - SLACK_NS) if whole else 0)
    return claim


def endless(facts, trace):
    """Who waits for ever does so in the trace, to its end or its own."""
    claim = Claim(trace, "a wait for a lock that has no end has none in the trace")
    for f in facts:
        if f.kind in ("lock-wait", "pylock-wait") and f.end is None:
            end, why = trace.tasks[f.tid]["end_ns"], WAITS[f.kind]
            spent = trace.time(f.tid, f.begin, end)
            own_ns = spent["running"] + spent["fault"]
            claim.see(own_ns + spent["runnable"] < 100 * MS < spent[why] and abs(own_ns + spent["runnable"]
                      + spent[why] - (end - f.begin)) < MS, (f, spent), spent["unknown"] > 0)
    return claim


def ended(facts, trace):
    """What its parent was told of a child's end is what the report says of it."""
    claim = Claim(trace, "each child has the status or the signal that its parent was told")
    for f in of(facts, "ended"):
        task, status = trace.tasks.get(f.args[0]), f.args[1]
        if task:
            was = task["exit_status"] if task["exit_signal"] is None else 128 + task["exit_signal"]
            claim.see(was == status and task["end_ns"] <= f.begin + SLACK_NS, (f, task))
    return claim


def jobs(facts, trace):
    """Who works on a job runs or waits for a core, and for nothing else."""
    claim = Claim(trace, "each job is work from its begin to its end")
    for f in of(facts, "job"):
        claim.see(**worked(trace, f))
    return (claim,)


def marked(facts, trace):
    """The program says in the trace which job it does: so many regions, and of whom."""
    told = collections.Counter({(r["tid"], r["name"]): r["count"] for r in trace.report.get("marks", [])
                                if r["kind"] == "region"})
    done = collections.Counter((f.tid, f"job {f.args[0]}") for f in of(facts, "job"))
    claim = Claim(trace, "each job is a region of its worker, called by its number")
    for each in told | done:
        claim.see(told[each] == done[each], (each, told[each], done[each]))
    return (claim,)


def worked(trace, f):
    spent = trace.time(f.tid, f.begin, f.end)
    off = f.end - f.begin - spent["running"] - spent["runnable"] - spent["unknown"] - spent["fault"]
    return {"true": off == 0, "detail": (f, spent), "unknown": spent["unknown"] > 0}


def usual(facts, trace, strict, python=False):
    """What is claimed of any lesson, from its facts alone; strict: kinds of waits of which it wrote down all."""
    whole = [f for f in facts if f.end or not f.begin]
    kinds = {f.kind for f in whole}
    claims = []
    if "running" in kinds:
        claims.append(burns(whole, trace))
    if "fork" in kinds:
        claims.extend(forks(whole, trace))
    if "exit" in kinds:
        claims.append(exits(whole, trace))
    if "fork" in kinds and "child-wait" in kinds:
        claims.append(reaped(whole, trace))
    if "ended" in kinds:
        claims.append(ended(whole, trace))
    if "sleep" in kinds:
        claims.append(timers(whole, trace))
    for kind in kinds & WAITS.keys():
        also = PYTHON if python else ALSO.get(kind)
        claims.append(covered(whole, trace, kind, spins=kind == "lock-wait" and "spins" in strict) if also is None else
                      waited(whole, trace, kind, also))
        if kind in strict:
            claims.append(invented(whole, trace, kind))
    if len(whole) < len(facts):
        claims.append(endless(facts, trace))
    return claims


def owners(facts, trace, spins=False):
    return holders([f for f in facts if f.end or f.kind not in ("lock-wait", "lock-held")], trace, spins)


def spinning_owners(facts, trace):
    return owners(facts, trace, spins=True)


def alone(facts, trace):
    """While one has its turn no other one of the same number runs, but to look whether it may."""
    claim = Claim(trace, "nobody else runs while one has its turn", 0.97)
    tids = collections.defaultdict(set)
    for f in of(facts, "turn"):
        tids[f.args[0]].add(f.tid)
    for f in of(facts, "turn"):
        others = sum(trace.time(tid, f.begin, f.end)["running"] for tid in tids[f.args[0]] - {f.tid})
        claim.see(others <= SLACK_NS + (f.end - f.begin) // 20, (f, others))
    return (claim,)


def overlap(trace, tids):
    """Of the time one of them ran, the part in which two or more did."""
    steps = sorted((ts, by) for tid in tids for iv in trace.rows[tid] if iv.state == "running"
                   for ts, by in ((iv.begin, 1), (iv.end, -1)))
    one = two = now = last = 0
    for ts, by in steps:
        one += (ts - last) * (now >= 1)
        two += (ts - last) * (now >= 2)
        now, last = now + by, ts
    return two / max(1, one)


def named(facts, prefix):
    return [f.tid for f in of(facts, "task") if f.args[1].startswith(prefix)]


def counters(trace):
    return [r for r in trace.report.get("marks", []) if r["kind"] == "counter"]


def counted(facts, name):
    return sum(f.args[1] for f in of(facts, "count") if f.args[0] == name)


# What a lesson wrote down must itself be as the lesson says: sentence and whether it holds.

def nothing_lost(facts, trace):
    put, got = (sorted(f.args[0] for f in of(facts, kind) if f.args[0]) for kind in ("put", "got"))
    yield "each item was got once, after it was put", put == got and len(set(put)) == len(put) and all(
        min(g.begin for g in of(facts, "got") if g.args == p.args) > p.begin for p in of(facts, "put") if p.args[0])


def gave_up(facts, trace):
    """The consumers come when it has happened, or after a second."""
    told = sum(r["count"] for r in trace.report["marks"] if (r["kind"], r["name"]) == ("instant", "gave up"))
    yield "a put to the full queue gave up, and says so in the trace", told == counted(facts, "put-time-outs") > 0


def twin_gave_up(facts, trace):
    yield "a put to the full queue gave up", counted(facts, "put-gave-up") > 0


def wrong_balance(facts, trace):
    if overlap(trace, named(facts, "adder") + named(facts, "taker")) > 0.01:
        yield "both ran at once, and the balance is wrong", counted(facts, "wrong-by") > 0


def right_balance(facts, trace):
    yield "the balance is right", counted(facts, "wrong-by") == 0
    yield "and was at the end of each turn", {(r["name"], r["lowest"], r["highest"]) for r in counters(trace)} == {("wrong by", 0, 0)}
    yield "they never hold the lock at once", overlap_of_spans(of(facts, "lock-held")) == 0


def overlap_of_spans(spans):
    spans = sorted((f.begin, f.end) for f in spans)
    return sum(max(0, a[1] - b[0]) for a, b in zip(spans, spans[1:]))


def right_balance_only(facts, trace):
    yield "the balance is right", counted(facts, "wrong-by") == 0


def gil_threads(facts, trace):
    yield "threads overlap by less than 2 %", overlap(trace, named(facts, "compute")) < 0.02


def gil_overlap(facts, trace):
    yield from gil_threads(facts, trace)
    yield "turns do not overlap", overlap_of_spans(f for f in of(facts, "turn") if f.tid in named(facts, "compute")) == 0


def twice(facts, trace):
    """What fork() returned, in both, is who they are; and a child's memory is a copy."""
    tgids = {f.tid: f.args[0] for f in of(facts, "task")}
    told = collections.Counter((f.tid, f.args[1]) for f in of(facts, "count") if f.args[0] == "fork-returned")
    children = {f.args[0]: f.tid for f in of(facts, "fork")}
    yield "fork() returns the child's number in the parent, 0 in the child", told == collections.Counter(
        [(parent, child) for child, parent in children.items()] + [(child, 0) for child in children])
    yield "each child calls itself what its parent was told", len(children) > 2 and all(
        tgids[child] == child and trace.tasks[child]["parent_tid"] == parent for child, parent in children.items())
    mine = {f.tid: f.args[1] for f in of(facts, "count") if f.args[0] == "mine"}
    parent = named(facts, "parent")[0]
    yield "what a child writes, its parent does not see", mine.keys() == children.keys() | {parent} and mine[parent] == 0 \
        and all(mine[child] > 0 for child in children)


def full_grown(facts, trace):
    """Measured: 17.9 ms, and 0.1 ms by the server."""
    yield "the parent has the memory that was asked for", 1000 <= counted(facts, "resident-mb") < 1100
    yield "to fork it costs thrice what forking the server does", counted(facts, "fork") > 3 * counted(facts, "forkserver")


def small(facts, trace):
    yield "the parent is small", counted(facts, "resident-mb") < 16
    yield "to fork it does not cost thrice what forking the server does", \
        counted(facts, "fork") < 3 * counted(facts, "forkserver")


def four_ends(facts, trace):
    yield "they end with 7, SIGTERM, SIGKILL and 3", sorted(f.args[1] for f in of(facts, "ended")) == [3, 7, 137, 143]
    yield "one is alive, one is not", counted(facts, "alive") == 1


def four_programs(facts, trace):
    yield "they end with 0, 3, 127 and SIGKILL", [f.args[1] for f in of(facts, "ended")] == [0, 3, 127, 137]
    yield "19 bytes came through the pipe", counted(facts, "bytes") == 19


def all_done(facts, trace):
    nr = sorted(f.args[0] for f in of(facts, "got"))
    yield "each task was done once", nr == list(range(1, len(nr) + 1)) and len(of(facts, "job")) == len(nr)
    yield "tasks of the dead were given out again", len(of(facts, "put")) >= len(nr) + counted(facts, "deaths") > len(nr)
    yield "the wrong key was refused", counted(facts, "refused") == 1


def one_waits(facts, trace):
    """Of N workers, job N + 1 waits for the first to be done; and no more than that one is handed out."""
    jobs, workers = sorted(of(facts, "job"), key=lambda f: f.args[0]), len(named(facts, "worker"))
    ends = sorted(f.end for f in jobs)
    yield "job N + 1 begins when the first of N is done, and was handed out before", len(jobs) > workers and all(
        f.begin >= ends[i] and (i or f.args[1] < ends[i]) for i, f in enumerate(jobs[workers:]))
    yield "one is queued at most, and at times", [(r["name"], r["lowest"], r["highest"]) for r in counters(trace)] == [("queued", 0, 1)]


def all_results(facts, trace):
    """Each job's result is how many primes there are up to a hundred times its number: the initializer's table."""
    done = counted(facts, "done")
    primes = [n for n in range(2, 100 * done + 1) if all(n % k for k in range(2, int(n ** 0.5) + 1))]
    yield "all was done, and each result is right", done >= 24 and counted(facts, "sum") == sum(
        bisect.bisect_right(primes, 100 * i) for i in range(1, done + 1))
    first = {r["tid"] for r in trace.report["marks"] if (r["kind"], r["name"], r["count"]) == ("region", "initializer", 1)}
    yield "each worker ran an initializer, once", first == set(named(facts, "worker"))


def works_too(facts, trace):
    manager, last = named(facts, "manager")[0], max(f.end for f in of(facts, "job"))
    own = [f for f in of(facts, "running") if f.tid == manager]
    yield "the manager has work of its own while its workers work", len(own) == 1 and own[0].begin < last and any(
        f.begin < own[0].end for f in of(facts, "job"))


def one_at_a_time(facts, trace):
    yield "jobs never overlap", overlap_of_spans(of(facts, "job")) == 0


def in_vain(facts, trace):
    yield "each item woke all, and all but one for nothing", counted(facts, "in-vain") > 0


def not_in_vain(facts, trace):
    yield "nobody woke for nothing", counted(facts, "in-vain") == 0


def alternate(facts, trace):
    yield "ping and pong hardly overlap", overlap(trace, named(facts, "p")) < 0.15


def none_lost(facts, trace):
    yield "no change is lost", counted(facts, "lost") == 0


def retried(facts, trace):
    yield "optimists tried again", counted(facts, "retries") > 0


def one_core(facts, trace):
    yield "on one core they never run at once", overlap(trace, named(facts, "shared")) < 0.01


def crashed(facts, trace):
    yield "both children ended by SIGSEGV", [f.args[1] for f in of(facts, "ended")] == [139, 139]
    ends = [trace.tasks[tid]["end_ns"] for tid in named(facts, "thread")]
    yield "three threads ended together", len(ends) == 3 and max(ends) - min(ends) < 500 * MS


def went_with_boss(facts, trace):
    boss, heir = (trace.tasks[named(facts, name)[0]]["end_ns"] for name in ("boss", "heir"))
    ends = [trace.tasks[tid]["end_ns"] for tid in named(facts, "daemon")]
    yield "daemons end with their boss, its heir later", all(0 < e - boss < 500 * MS for e in ends) and heir > max(ends)
    yield "two were killed", counted(facts, "killed") == 2


def inverted(facts, trace):
    high, middle = named(facts, "high")[0], named(facts, "middle")[0]
    if counted(facts, "real-time"):
        waits = trace.time(high, 0, trace.tasks[high]["end_ns"])["lock"]
        yield "high waits for as long as middle runs", waits > trace.tasks[middle]["running_ns"]


def cured(facts, trace):
    high, middle = (named(facts, name)[0] for name in ("high", "middle"))
    if counted(facts, "real-time"):
        yield "high ends before middle", trace.tasks[high]["end_ns"] < trace.tasks[middle]["end_ns"]


def bounded(facts, trace):
    yield "the queue never held more than 4", counted(facts, "longest-queue") <= 4 and all(
        r["highest"] <= 4 for r in counters(trace) if r["name"] == "queued")


def grown(facts, trace):
    """Measured: 112 of 150, and 60 of the twin's 80: an item is made four times as fast as it is used up."""
    yield "a third of all items, or more, were in the queue at once", \
        3 * counted(facts, "longest-queue") > len(of(facts, "put")) > 50


def straggler(facts, trace):
    """Nobody who waits at the barrier is released before the straggler came."""
    claim = Claim(trace, "who waits at the barrier is let go by the last one to come")
    steps = collections.defaultdict(list)
    for tid in {f.tid for f in of(facts, "barrier-wait")}:
        for i, f in enumerate(f for f in of(facts, "barrier-wait") if f.tid == tid):
            steps[i].append(f)
    for waits in steps.values():
        last = max(waits, key=lambda f: f.begin)
        for f in waits:
            for iv in trace.blocked(f.tid, f.begin, f.end, "barrier"):
                claim.see(iv.by == last.tid or iv.end < last.begin, (f, iv, last))
    return (claim,)


def never_in_time(facts, trace):
    yield "the signal was lost", counted(facts, "in-time") == 0


def in_time(facts, trace):
    yield "the signal was not lost", counted(facts, "in-time") == 1


def spins(facts, trace):
    """Who spins runs or would; who waits is blocked."""
    claim = Claim(trace, "the spinner is never blocked")
    for f in of(facts, "job"):
        spent = trace.time(f.tid, f.begin, f.end)
        claim.see(f.end - f.begin == spent["running"] + spent["runnable"], (f, spent), spent["unknown"] > 0)
    return (claim,)


def processes_overlap(facts, trace):
    """None: not to be seen, as others had the cores, or there is only one."""
    tids = named(facts, "process")
    waited_ns, ran_ns = (sum(trace.tasks[tid][key] for tid in tids) for key in ("runnable_ns", "running_ns"))
    alone = CORES >= 2 and waited_ns < ran_ns / 20
    yield "processes overlap by more than 80 %", overlap(trace, tids) > 0.8 if alone else None


def named_gil(facts, trace):
    """CPython's lock lies where collect/cpython.c says in these versions, whatever their last number."""
    if run(PYTHON3, "-V").stdout.split()[1].rsplit(".", 1)[0] in ("3.8", "3.9", "3.10", "3.11"):
        found = collections.Counter(re.sub(r" \(lib.*", "", iv.what.partition(" ")[2]) for tid in named(facts, "compute")
                                    for iv in trace.rows[tid] if iv.why in ("condition", "lock"))
        yield "each wait of a thread is at the GIL, by name", found and all(
            re.match(r"(condition|lock) GIL", what) for what in found) and found["condition GIL"] > 10


def without_programs(facts):
    """The caller's facts: its children became other programs, which do as they like."""
    caller = named(facts, "caller")
    return [f for f in facts if f.tid in caller]


# raises: the findings of a run with those options, None: without any, the lesson's own.
Row = collections.namedtuple("Row", "name options strict claims facts adapt raises",
                             defaults=((), (), (), (), lambda facts: facts, None))
TURNS = "no-parallelism>1"
HELD = "lock-serialises lock-held-off-core convoy no-parallelism?"
LESSONS = (
    Row("fork", (), ("child-wait", "sleep"), (), (twice,)),
    Row("pool", (), ("child-wait",), (jobs, marked), (one_waits,)),
    Row("lock", (), ("lock-wait", "sleep"), (owners,)),
    Row("forkjoin", (), ("join-wait", "sleep")),
    Row("coroutines"),
    Row("marks"),
    Row("mutex", (), ("sleep", "lock-wait"), (owners,)),
    *(Row("mutex", (f"--kind={kind}",), ("sleep", "lock-wait"), (owners,), raises=HELD)
      for kind in ("recursive", "errorcheck", "robust")),
    Row("mutex", ("--kind=pi",), ("sleep", "lock-wait", "spins"), (spinning_owners,), raises=HELD),
    Row("mutex", ("--kind=shared",), ("sleep", "child-wait"), raises=HELD),
    Row("mutex", ("--kind=rwlock",), ("sleep",), raises="lock-serialises lock-held-off-core? oversubscription<4"),
    Row("deadlock", (), ("sleep",)),
    Row("deadlock", ("--kind=five", "--seconds", 0.3), ("sleep",), raises="deadlock oversubscription?"),
    Row("deadlock", ("--kind=shared", "--seconds", 0.3), ("sleep",), raises="deadlock"),
    Row("deadlock", ("--kind=self", "--seconds", 0.3), ("sleep",), raises="deadlock"),
    Row("deadlock", ("--kind=died", "--seconds", 0.3), ("sleep",), raises="owner-exited lock-serialises"),
    Row("deadlock", ("--kind=ordered",), ("sleep",), raises="lock-serialises"),
    Row("deadlock", ("--kind=trylock",), ("sleep",), raises="lock-wait?"),
    Row("deadlock", ("--kind=timeout",), ("sleep",), raises="lock-serialises lock-held-off-core"),
    Row("race", (), (), (), (wrong_balance,)),
    # Nothing is done without the lock: who gets it is chance, and so is who finds that out.
    Row("race", ("--lock=yes",), ("lock-wait",), (owners,), (right_balance,),
        raises="lock-serialises? lock-wait? lock-starvation? lock-held-off-core? spurious-wakes? convoy? unbalanced?"
        " no-parallelism?"),
    Row("rlock", (), ("lock-wait",), (owners,)),
    Row("gil", (), ("sleep",), (alone,), (gil_overlap, processes_overlap)),
    Row("queue", (), (), (), (nothing_lost, gave_up)),
    Row("queue", ("--items", 60, "--put-us", 6000, "--get-us", 1000), (), (), (nothing_lost,), raises="oversubscription<3"),
    Row("pipe", (), ("sleep",)),
    Row("process", (), ("child-wait",), (), (four_ends,)),
    Row("subprocess", (), ("child-wait",), (), (four_programs,), without_programs),
    Row("start-methods"),
    Row("start-methods", ("--mb", 1000), (), (), (full_grown,)),
    Row("start-methods", ("--mb", 0), (), (), (small,)),
    Row("pool-modes", (), (), (jobs,), (all_results,)),
    *(Row("pool-modes", (f"--mode={mode}", "--tasks", 24), (), (jobs,), raises="oversubscription<4 unbalanced?") for mode in
      ("map", "terminate", "recycle")),
    Row("pool-modes", ("--mode=async", "--tasks", 24), (), (jobs,), (all_results,), raises="oversubscription<4 unbalanced?"),
    Row("pool-modes", ("--mode=map-async", "--tasks", 24), (), (jobs,), (all_results, works_too),
        raises="oversubscription<4 unbalanced?"),
    Row("pool-modes", ("--mode=imap", "--tasks", 24), (), (jobs,)),
    Row("pool-modes", ("--mode=apply", "--tasks", 24), (), (jobs,), (one_at_a_time,)),
    Row("distributed", (), (), (jobs,), (all_done,)),
    Row("isolation", (), (), (), (crashed,)),
    Row("daemon", (), (), (), (went_with_boss,)),
    Row("optimistic", (), ("lock-wait",), (owners,), (none_lost, retried)),
    Row("bound", (), ("sleep",), (), (one_core,)),
    Row("bound", ("--as=processes",), ("sleep",), (), (one_core,)),
    Row("convoy", (), ("lock-wait", "sleep"), (owners,)),
    Row("herd", (), (), (), (in_vain, nothing_lost)),
    Row("herd", ("--wake=one",), (), (), (not_in_vain, nothing_lost), raises=TURNS),
    Row("inversion", (), ("lock-wait", "sleep"), (), (inverted,)),
    Row("inversion", ("--cure=yes",), ("lock-wait", "sleep"), (), (cured,), raises="lock-wait starvation"),
    Row("pingpong", (), ("pipe-wait",), (), (alternate,)),
    Row("oversubscription"),
    Row("producer", (), (), (), (nothing_lost, grown)),
    Row("producer", ("--slots", 4), (), (), (nothing_lost, bounded)),
    Row("barrier", (), ("barrier-wait",), (straggler,)),
    Row("starvation", (), ("sleep",)),
    Row("starvation", ("--prefer=writer",), ("sleep",), raises="lock-serialises convoy?"),
    Row("lostwake", (), ("sleep",), (), (never_in_time,)),
    Row("lostwake", ("--time-out", 5, "--cure=yes"), ("sleep",), (), (in_time,), raises="no-parallelism?"),
    Row("busywait", (), ("sleep",), (spins,)),
    Row("threads", (), ("join-wait",)),
)


def turns_anywhere(facts, trace):
    yield "computing threads overlap by less than 2 % on all cores", overlap(trace, named(facts, "apart")) < 0.02


def thrice_killed(facts, trace):
    yield "one is alive before the kill", counted(facts, "alive") == 1


def all_got(facts, trace):
    nr = sorted(f.args[0] for f in of(facts, "got"))
    yield "each task was done, one worker died", nr == list(range(1, len(nr) + 1)) and counted(facts, "deaths") == 1
    times = collections.Counter(f.args[0] for f in of(facts, "job"))
    again = [task for task, n in times.items() if n != 1]
    yield "each task was worked on once, but for that of the dead", sorted(times) == nr and again == [5] and times[5] == 2


def short_lives(facts, trace):
    lives = collections.Counter(f.tid for f in of(facts, "job"))
    yield "no worker does more than two of the twelve tasks", sum(lives.values()) == 12 and max(lives.values()) <= 2


# Findings that tasks of others make, where they take the cores: no more of these is excused than the trace shows of that.
BY_OTHERS = {"preempted-by-others", "preempted-by", "oversubscription", "run-queue-outlier", "starvation", "unbalanced",
             "lock-held-off-core", "lock-serialises", "lock-starvation"}
# Findings that are about who has a core meanwhile, or whether one is idle: missing where others had the cores.
WITHOUT_OTHERS = {"no-parallelism", "oversubscription", "unbalanced", "pool-saturated", "convoy"}


def described(about):
    """Of each lesson what it says about that, its lines together."""
    found = {}
    with open(os.path.join(WORKLOADS, "lessons.txt"), encoding="utf-8") as file:
        for line in file:
            key, text = line.rstrip("\n").split("\t", 1)
            if key == "lesson":
                name = text
                found[name] = ""
            elif key == about:
                found[name] += text + " " * (about in ("seen", "twin-seen"))
    return found


def expected():
    """Of each lesson the findings that it says it raises."""
    return described("expect")


def on_this_machine(expect):
    """Those that must be raised here, and those that may."""
    must, may = set(), set()
    for id, than, cores in re.findall(r"([a-z-]+)([?<>]?)(\d*)", expect):
        here = {"": True, "?": False, "<": CORES < int(cores or 0), ">": CORES > int(cores or 0)}[than]
        (must if here else may).add(id)
    return must, may


def others(trace):
    """How long an untraced task had a core while a traced one could have run, and the untraced ones' part of the cores.

    What the trace does not know may have been that; the recorder is one of them.
    """
    traced = {t["tid"] for t in trace.report["tasks"] if t["traced"]}
    steps, ran = [], 0
    for line in run(CONCTRACE, "dump", "--intervals", path("t.ctr")).stdout.splitlines():
        begin, end, who, state = line.split(None, 4)[:4]
        begin_ns, end_ns = (int(t.replace(".", "")) for t in (begin, end))
        if who.startswith("tid=") and int(who[4:]) in traced:
            side = "waits" if state in ("runnable", "unknown") else None
        elif who.startswith("tid="):
            side = "has" if state == "running" else None
            ran += (end_ns - begin_ns) * (state == "running")
        else:
            side = "has" if state == "unknown" else None
        if side:
            steps += ((begin_ns, side, 1), (end_ns, side, -1))
    now, taken, last = collections.Counter(), 0, 0
    for ts, side, by in sorted(steps):
        taken += (ts - last) * (now["waits"] > 0 and now["has"] > 0)
        now[side] += by
        last = ts
    wall = trace.report["trace"]["end_ns"] - trace.report["trace"]["begin_ns"]
    return taken / wall, ran / wall / CORES


def judged(trace, expect, python):
    """Which of the findings that must be raised are not, which are that may not be, and what else is to be known."""
    raised = collections.Counter()
    for f in trace.report["findings"]:
        raised[f["id"]] = max(raised[f["id"]], f["severity"])
    taken, theirs = others(trace)
    wall = trace.report["trace"]["end_ns"] - trace.report["trace"]["begin_ns"]
    steps = [(row["comm"], f"{row['share']:.1%}") for row in trace.report["critical_path"][:3]]
    detail = (dict(raised), f"others had {theirs:.1%} of the cores, {taken:.1%} of the time beside one that could have run",
              trace.report["trace"]["anomalies"], f"{wall / 1e9:.2f} s, on the critical path {steps}")
    must, may = on_this_machine(expect)
    may |= must | ({"no-parallelism"} if python else set())  # CPython's threads take turns, whatever else they do
    if theirs > 0.1:
        must -= WITHOUT_OTHERS
    more = {id for id, severity in raised.items() if severity > 0.05 + (id in BY_OTHERS) * taken} - may
    return must - raised.keys(), more, detail


def findings(name, trace, expect, python, again):
    """Who gets a core or a lock first is chance, and a finding is a threshold: a run that surprises is said, and two
    more decide."""
    runs = [judged(trace, expect, python)]
    if runs[0][0] or runs[0][1]:
        print(f"# {name}: missing {runs[0][0] or 'none'}, more {runs[0][1] or 'none'}: {runs[0][2]}")
        runs += [judged(found[1], expect, python) for found in (again() for _ in range(2)) if found]
    must = on_this_machine(expect)[0]
    for claim, at in ((f"its findings are raised: {', '.join(sorted(must)) or 'none must be'}", 0),
                      ("and no others of more than 5 %", 1)):
        wrong = [run for run in runs if run[at]]
        check(f"{name}: {claim}", len(wrong) * 2 < len(runs), wrong)


TWINS = (
    Row("fork", facts=(twice,), raises="oversubscription<4"),
    Row("process", facts=(thrice_killed,)),
    Row("start-methods"),
    Row("subprocess"),
    Row("pool", claims=(jobs,)),
    *(Row("pool-modes", ("--mode", mode, "--tasks", 12), claims=(jobs,), raises="oversubscription<4")
      for mode in ("map", "async", "map-async", "recycle")),
    # A worker is often done before the next task is asked for.
    Row("pool-modes", ("--mode", "imap", "--tasks", 12), claims=(jobs,), raises="oversubscription?"),
    # Who of several workers on two cores gets how many of so few tasks is chance; so is how far each is when it is ended.
    Row("pool-modes", ("--mode", "recycle", "--tasks", 12, "--max-tasks", 2), facts=(short_lives,), claims=(jobs,),
        raises="oversubscription<4 unbalanced?"),
    Row("pool-modes", ("--mode", "terminate", "--tasks", 24), raises="oversubscription<4 unbalanced?"),
    Row("pool-modes", ("--mode", "apply", "--tasks", 12), claims=(jobs,)),
    Row("pipe"),
    # Who waits for an item waits with the lock of the queue's end in hand: multiprocessing.Queue.get().
    Row("queue", facts=(nothing_lost, twin_gave_up), raises="oversubscription<4 lock-held-off-core?"),
    # A new connection takes 40 ms (two writes, then a read: tcp(7), TCP_NODELAY), in which cores idle; and two of the
    # server's threads, the one that accepts and the manager's, wait at locks of threading, nameless and made anew.
    Row("distributed", facts=(all_got,), raises="pool-saturated?"),
    Row("distributed", ("--tasks", 60), facts=(all_got,), raises="pool-saturated?"),
    Row("isolation", facts=(crashed,)),
    Row("daemon"),
    Row("threads", raises=TURNS + " unbalanced?"),  # their work is 1, 4, 1 and 7
    Row("forkjoin"),
    Row("race", raises=TURNS),
    Row("race", ("--lock", "yes"), facts=(right_balance_only,), raises="ping-pong?"),
    Row("lock", raises=TURNS),
    Row("rlock", raises=TURNS),
    *(Row("mutex", ("--kind", kind), raises=TURNS) for kind in ("lock", "rlock")),
    Row("mutex", ("--kind", "semaphore"), raises=TURNS),
    *(Row("mutex", ("--kind", kind)) for kind in ("shared", "file")),
    # Whose lock of Python's it is the kernel does not know, so there is no cycle, but waits that have no end.
    Row("deadlock"),
    *(Row("deadlock", ("--kind", kind, "--seconds", 0.3)) for kind in ("five", "shared", "self", "died")),
    Row("deadlock", ("--kind", "ordered")),
    Row("deadlock", ("--kind", "trylock")),
    Row("deadlock", ("--kind", "timeout"), raises="time-out-waited"),  # that is the cure
    Row("optimistic", facts=(none_lost, retried), raises="oversubscription<4 unbalanced?"),
    Row("gil", facts=(gil_threads, named_gil, processes_overlap), raises=TURNS),
    Row("coroutines", raises="ping-pong " + TURNS),
    Row("bound", facts=(one_core,), raises=TURNS),
    Row("bound", ("--as", "threads"), facts=(one_core, turns_anywhere), raises=TURNS),
    Row("convoy", raises=TURNS),
    Row("herd", facts=(in_vain,)),
    Row("inversion", raises="starvation"),
    Row("inversion", ("--cure", "yes"), facts=(cured,), raises="starvation"),
    Row("pingpong", raises="ping-pong " + TURNS),
    Row("oversubscription", raises="oversubscription serial-start?"),
    Row("producer", facts=(nothing_lost, grown)),
    Row("barrier"),
    Row("starvation"),
    Row("starvation", ("--prefer", "writer")),
    Row("lostwake", facts=(never_in_time,), raises="time-out-waited"),
    Row("busywait", raises="busy-waiting"),
)


def twin(name):
    return os.path.join(WORKLOADS, "python", f"lesson-{name}.py")


def said(name, row, python, facts, trace):
    """Afterwards the lesson says what was seen: these are the numbers, and they are of what it says they are of."""
    text = python and described("twin-seen").get(row.name) or described("seen")[row.name]
    seen = run(CONCTRACE, "workloads", *(["--python"] * python), "--read", path("t.ctr"), row.name)
    told = " ".join(seen.stdout.partition("Seen in this run\n")[2].split())
    numbers = Numbers(path("t.ctr"), trace.report)
    must = pattern(text, numbers)
    check(f"{name}: what was seen is said in the trace's numbers", seen.returncode == (not must) and re.match(must, told),
          (must, seen))
    if row.options:
        return  # the same sentences, of waits that may not happen then
    wrong = false(text, numbers) + untrue(text, numbers, facts)
    check(f"{name}: and they are of what its threads did", not wrong, wrong)


def test(row, python=False):
    name = " ".join(("python " * python + row.name, *map(str, row.options)))

    def claims(facts, trace):
        return (*usual(facts, trace, row.strict, python), *(c for f in row.claims for c in f(facts, trace)))

    command = (*((PYTHON3, twin(row.name)) if python else (workload(row.name),)), *row.options)
    found = prove(name, command, claims, row.adapt)
    if found:
        said(name, row, python, *found)
    for rule in row.facts if found else ():
        for sentence, holds in rule(*found):
            if holds is None:
                skip(f"{name}: {sentence}", "others had the cores, or there is only one")
            else:
                check(f"{name}: {sentence}", holds)
    if found:
        expect = row.raises or "" if python or row.options else named_by[row.name]
        findings(name, found[1], expect, python, lambda: traced(name, command, row.adapt))


def command():
    """conctrace workloads itself: its list, a lesson, its twin."""
    names = set(expected())
    told = {line.split()[0] for line in run(CONCTRACE, "workloads").stdout.splitlines() if line.startswith("  ")}
    check("workloads: lists every lesson", told == names and len(names) > 30, told ^ names)
    for options in ((), ("--python",)):
        r = run(CONCTRACE, "workloads", *options, "--no-view", "-o", path("w.ctr"), "lostwake")
        check(f"workloads {' '.join(options)}: says what to look for, and what was seen", r.returncode == 0
              and "Look for" in r.stderr and "The waiter was blocked" in r.stdout, r)
    for name, options in (("marks", ("--loop", "1000")), ("convoy", ("--sleep-us", "0"))):
        r = run(CONCTRACE, "workloads", "--no-view", "-o", path("x.ctr"), name, *options)
        check(f"workloads: {name} {' '.join(options)} says nothing of who is not there", r.returncode == 0
              and ("Seen in this run" in r.stdout) == (name == "convoy") and "no task" not in r.stderr, r)
    r = run(CONCTRACE, "workloads", "nonsense")
    check("workloads: a lesson that is not there is one sentence", r.returncode == 2 and r.stderr.count("\n") == 1, r)
    r = run(CONCTRACE, "workloads", "--read", path("w.ctr"), "lostwake", "--python")
    check("workloads: its own options stand behind NAME, too", r.returncode == 0 and "The waiter was blocked" in r.stdout, r)
    for bad in (("lostwake", "--nope"), ("lostwake", "--time-out", "x"), ("pool", "--python", "--workers", "0"),
                ("marks", "--python")):
        r = run(CONCTRACE, "workloads", "--no-view", "-o", path("none.ctr"), *bad)
        check(f"workloads: {' '.join(bad)} is one sentence, and nothing is recorded", r.returncode in (1, 2)
              and r.stderr.count("\n") == 1 and not r.stdout and not os.path.exists(path("none.ctr")), r)
    for file, words in ((path("w.ctr"), "no task in this trace is called worker-*"), ("/none", "cannot open /none")):
        r = run(CONCTRACE, "workloads", "--read", file, "pool")
        check(f"workloads: --read says that {words.split('/')[0].strip()}, and nothing else", r.returncode == 1
              and not r.stdout and r.stderr.count("\n") == 1 and words in r.stderr, r)


def one_more(what, *manager):
    """A worker that somebody starts by the line that the manager prints first works, too; with a wrong key it does not."""
    told = path("joined")
    with subprocess.Popen([*manager, "--workers", "1", "--tasks", "120", "--truth", told], text=True,
                          env={**os.environ, "CONCTRACE_LESSON_KEY": "12,34"}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as p:
        line = p.stdout.readline().partition("one more worker: ")[2]
        wrong = run("sh", "-c", line.replace("=12,34", "=12,35"))
        right = run("sh", "-c", line)
        said = p.stdout.read()
    facts = read_facts(told)
    got = sorted(f.args[0] for f in of(facts, "got"))
    check(f"workloads: {what} lets one more worker in, with its key alone",
          p.returncode == right.returncode == 0 and wrong.returncode == 1 and got == list(range(1, 121))
          and (len({f.tid for f in of(facts, "job")}) == 2 or "and 1 more that came" in said), (right, wrong, said))


def told_next():
    """What each lesson, and its twin, says to try next is a command line that is taken; so is what to look for."""
    twins = described("twin-next")
    for name, text in described("next").items():
        check_next(name, text, False)
        if os.path.exists(twin(name)):
            check_next(name, twins[name] or text.replace("conctrace workloads ", "conctrace workloads --python "), True)
    looks = described("twin-look")
    for name, text in described("look").items():
        for python, said in ((False, text), (True, looks[name] or text)):
            if os.path.exists(program := twin(name) if python else workload(name)):
                found = [run(*[PYTHON3] * python, program, option, "--check").returncode == 0
                         for option in re.findall(r"--[a-z-]+=[a-z0-9]+", said)]
                check(f"workloads: what {'python ' * python}{name} says to look for are options of it", all(found), said)


def check_next(name, text, python):
    commands, found = re.findall(r"`([^`]*)`", text), []
    last = name
    for words in (c.split() for c in commands):
        if words[:3] == ["sudo", "taskset", "-c"]:
            del words[1:4]
        if words[:3] == ["sudo", "conctrace", "workloads"]:
            python = "--python" in words
            last, *options = [word for word in words[3:] if word != "--python"]
        elif words[0].startswith("--"):
            options = words  # then with these
        else:
            options = ["not a command line"]
        r = run(*(PYTHON3, twin(last)) if python else (workload(last),), *options, "--check")
        found.append(r.returncode == 0)
    check(f"workloads: what {'python ' * python}{name} says to try next is a command", found and all(found), text)


need_bpf()
if len(sys.argv) < 3:
    command()
    told_next()
    one_more("distributed", workload("distributed"), "--die-every", "0")
    if os.access(PYTHON3, os.X_OK):
        one_more("its twin", PYTHON3, os.path.join(WORKLOADS, "python", "lesson-distributed.py"), "--dies", "0")
named_by = expected()
for lesson in LESSONS:
    if len(sys.argv) < 3 or lesson.name in sys.argv[2:]:
        test(lesson)
for lesson in TWINS if os.access(PYTHON3, os.X_OK) else ():
    if len(sys.argv) < 3 or lesson.name in sys.argv[2:]:
        test(lesson, True)
finish()
