# SPDX-License-Identifier: BSD-2-Clause
"""The trace against what each bundled workload wrote down of itself: who did what, when, and waited for whom.

Nothing here needs a quiet machine: a thread may be without a core at any moment, and then the trace must say so.
Where the trace says unknown a difference is excused, as often as the trace itself says that it was not told all
(anomalies). At the end the truth is damaged on purpose: every claim made before must then fail.
"""
import bisect
import collections

from live import CONCTRACE, check, finish, need_bpf, path, record, report, run, sums_hold, workload

US, MS = 1_000, 1_000_000
# What a thread does between reading the clock and entering the kernel, or after it left: 10 to 100 us measured.
SLACK_NS = 1 * MS
# Thread that were off their core no longer than this may have found the lock free before they blocked.
SHORT_NS = 200 * US
STALE_NS = 20 * US  # per switch: why, says test_accounting.py
# Kind of the wait in the truth: reason in the trace.
WAITS = {"sleep": "sleep", "lock-wait": "lock", "pipe-wait": "pipe", "child-wait": "child"}
MARKS = ("fork", "exit", "coroutine-switch", "usage")  # one moment, not two

Fact = collections.namedtuple("Fact", "kind tid begin end args")
Interval = collections.namedtuple("Interval", "begin end state why by what")


def read_facts(file):
    facts = []
    for line in open(file, encoding="ascii"):
        kind, *f = line.rstrip("\n").split("\t")
        if kind.startswith("#"):
            continue
        if kind == "task":
            facts.append(Fact(kind, int(f[0]), None, None, (int(f[1]), f[2])))
            continue
        last = 1 if kind in MARKS else 2
        args = tuple(int(a, 0) for a in f[last + 1:])
        facts.append(Fact(kind, int(f[0]), int(f[1]), int(f[last]), args))
    return facts


def read_intervals(file, tids):
    rows = {tid: [] for tid in tids}
    for line in run(CONCTRACE, "dump", "--intervals", file).stdout.splitlines():
        head, _, what = line.partition(" (")
        begin, end, who, state, *rest = head.split()
        tid = int(who[4:]) if who.startswith("tid=") else None
        if tid not in rows:
            continue
        why = rest[0] if rest and "=" not in rest[0] else None
        by = next((int(w[3:]) for w in rest if w.startswith("by=")), None)
        rows[tid].append(Interval(int(begin.replace(".", "")), int(end.replace(".", "")), state, why, by, what[:-1]))
    return rows


class Trace:
    """The report of a trace, and the intervals of the tasks with those tids."""

    def __init__(self, file, tids):
        self.report = report(file)
        self.tasks = {t["tid"]: t for t in self.report["tasks"] if t["traced"] and t["tid"] in tids}
        self.rows = read_intervals(file, tids)
        self.begins = {tid: [iv.begin for iv in rows] for tid, rows in self.rows.items()}
        anomalies = self.report["trace"]["anomalies"]
        self.untold = anomalies["switch_untold"] + anomalies["switch_mismatch"]

    def within(self, tid, begin, end):
        """The intervals of tid that share a moment with [begin, end]."""
        first = bisect.bisect_right(self.begins[tid], begin) - 1
        return [iv for iv in self.rows[tid][max(0, first):bisect.bisect_right(self.begins[tid], end)] if iv.end > begin]

    def blocked(self, tid, begin, end, why):
        return [iv for iv in self.within(tid, begin, end) if (iv.state, iv.why) == ("blocked", why)]

    def time(self, tid, begin, end):
        """Time of tid in each state or, blocked, for each reason within [begin, end)."""
        spent = collections.Counter()
        for iv in self.within(tid, begin, end):
            spent[iv.why if iv.state == "blocked" else iv.state] += min(end, iv.end) - max(begin, iv.begin)
        return spent


class Claim:
    """A sentence, how often it was tested, and where it did not hold."""

    def __init__(self, trace, text, share=1.0, least=1):
        self.trace, self.text, self.share, self.least = trace, text, share, least
        self.seen, self.excused, self.faults = 0, 0, []

    def see(self, true, detail, unknown=False):
        self.seen += 1
        if not true and unknown and self.excused < self.trace.untold:
            self.excused += 1
        elif not true:
            self.faults.append(detail)

    def holds(self):
        return self.seen >= self.least and len(self.faults) <= (1 - self.share) * self.seen

    def __str__(self):
        percent = 100 * (self.seen - len(self.faults)) / max(1, self.seen)
        return f"{self.text} ({percent:.4g} % of {self.seen}{f', {self.excused} unknown' if self.excused else ''})"


def of(facts, *kinds):
    return [f for f in facts if f.kind in kinds]


def names(facts, trace):
    claim = Claim(trace, "every thread is there, of its process and by its name")
    for f in of(facts, "task"):
        task = trace.tasks.get(f.tid)
        claim.see(task and (task["tgid"], task["comm"]) == f.args, (f, task))
    return claim


def moments(facts, trace):
    """Who reads the clock runs."""
    claim = Claim(trace, "at each moment it wrote down a thread was running", share=0.999)
    for f in facts:
        for ts in {f.begin, f.end} - {None}:
            states = [iv.state for iv in trace.within(f.tid, ts, ts)]
            claim.see(states == ["running"], (f, ts, states), "unknown" in states)
    return claim


def burns(facts, trace):
    """A burn took as much of a core as the kernel says, but for what its clock is late at each switch."""
    claim = Claim(trace, "work is running, as long as the kernel says")
    for f in of(facts, "running"):
        spent = trace.time(f.tid, f.begin, f.end)
        switches = len(trace.within(f.tid, f.begin, f.end))
        slack = max(100 * US, f.args[0] // 500) + switches * STALE_NS
        true = spent["running"] - slack <= f.args[0] <= spent["running"] + spent["unknown"] + slack
        claim.see(true, (f, spent, switches))
    return claim


def usages(facts, trace):
    claims = (Claim(trace, "it ran as long as the kernel says"), Claim(trace, "it blocked as often as the kernel says"))
    for f in of(facts, "usage"):
        task = trace.tasks[f.tid]
        rows = trace.within(f.tid, 0, f.begin)
        if rows[0].why != "new":
            continue  # COMMAND itself was there before the trace
        spent, switches = trace.time(f.tid, 0, f.begin), len(rows)
        slack = max(100 * US, f.args[0] // 500) + switches * STALE_NS
        true = spent["running"] - slack <= f.args[0] <= spent["running"] + spent["unknown"] + slack
        claims[0].see(true, (f, spent, switches))
        # The first state off the core tells: a thread woken on its way off is runnable at once.
        left = collections.Counter(b.why or b.state for a, b in zip(rows, rows[1:]) if a.state == "running")
        unknown = left["unknown"]
        own = sum(left.values()) - left["preempted"] - left["yielded"] - unknown
        claims[1].see(own <= f.args[1] <= own + unknown, (f, left, task["comm"]))
    return claims


def covered(facts, trace, kind, what=lambda f: ""):
    """A wait is blocked for its reason or ready without a core, but for the way in and out."""
    why = WAITS[kind]
    claim = Claim(trace, f"each {kind} is blocked on {why}")
    for f in of(facts, kind):
        spent, found = trace.time(f.tid, f.begin, f.end), trace.blocked(f.tid, f.begin, f.end, why)
        off_ns = f.end - f.begin - spent["runnable"]
        inside = all(f.begin <= iv.begin and iv.end <= f.end and iv.what.startswith(what(f)) for iv in found)
        true = inside and (found or off_ns <= SHORT_NS) and off_ns - spent[why] <= SLACK_NS
        claim.see(true, (f, found, spent), spent["unknown"])
    return claim


def invented(facts, trace, kind):
    claim = Claim(trace, f"nobody is blocked on {WAITS[kind]} but in a {kind}")
    spans = {tid: sorted((f.begin, f.end) for f in of(facts, kind) if f.tid == tid) for tid in trace.rows}
    for tid, rows in trace.rows.items():
        for iv in rows:
            if (iv.state, iv.why) == ("blocked", WAITS[kind]):
                at = bisect.bisect_right(spans[tid], (iv.begin, iv.end)) - 1
                claim.see(at >= 0 and iv.end <= spans[tid][at][1], (tid, iv))
    return claim


def waits(facts, trace, kind, what=lambda f: ""):
    return covered(facts, trace, kind, what), invented(facts, trace, kind)


def timers(facts, trace):
    claim = Claim(trace, "a sleep is ended by no thread")
    for f in of(facts, "sleep"):
        for iv in trace.blocked(f.tid, f.begin, f.end, "sleep"):
            claim.see(iv.by is None and iv.begin >= f.begin and iv.end <= f.end, (f, iv))
    return claim


def forks(facts, trace):
    """fork() returned in the parent after it made the child, and in between the parent did nothing else."""
    claims = (Claim(trace, "each fork is there: child, parent, time"), Claim(trace, "each child begins as new, by its parent"))
    for f in of(facts, "fork"):
        child = trace.tasks[f.args[0]]
        spent = trace.time(f.tid, child["begin_ns"], f.begin)
        off_ns = f.begin - child["begin_ns"] - spent["runnable"]
        claims[0].see(child["parent_tid"] == f.tid and 0 <= off_ns <= SLACK_NS, (f, child, spent), spent["unknown"])
        first = trace.rows[f.args[0]][0]
        claims[1].see((first.state, first.why, first.by) == ("runnable", "new", f.tid), (f, first))
    return claims


def exits(facts, trace):
    claim = Claim(trace, "each child ends when and as it says")
    for f in of(facts, "exit"):
        task = trace.tasks[f.tid]
        spent = trace.time(f.tid, f.begin, task["end_ns"])
        off_ns = task["end_ns"] - f.begin - spent["runnable"]
        claim.see(task["exit_status"] == f.args[0] and 0 < off_ns <= 5 * MS, (f, task, spent))
    return claim


def reaped(facts, trace):
    """Only if several ended before the parent had a core again it may have been woken by another one."""
    claim = Claim(trace, "a child that ends wakes its parent")
    ends = {f.tid: f.begin for f in of(facts, "exit")}
    for f in of(facts, "child-wait"):
        for iv in trace.blocked(f.tid, f.begin, f.end, "child")[-1:]:
            both = iv.by in ends and ends[iv.by] < iv.end and ends.get(f.args[0], f.end) < f.end
            claim.see(iv.by == f.args[0] or both, (f, iv))
    return claim


def family(facts, trace):
    return (*forks(facts, trace), exits(facts, trace), *waits(facts, trace, "child-wait"), reaped(facts, trace))


def fork(facts, trace):
    return (*family(facts, trace), *waits(facts, trace, "sleep"), timers(facts, trace), burns(facts, trace))


def results(facts, trace):
    """Who wakes the manager has just finished a job and done nothing since but write its result."""
    claim = Claim(trace, "the manager is woken by the worker that has a result")
    manager = of(facts, "fork")[0].tid
    for f in of(facts, "pipe-wait"):
        for iv in trace.blocked(f.tid, f.begin, f.end, "pipe") if f.tid == manager else ():
            done = max((j.end for j in of(facts, "job") if j.tid == iv.by and j.end <= iv.end), default=0)
            spent = trace.time(iv.by, done, iv.end) if done else None
            claim.see(done and iv.end - done - spent["runnable"] <= SLACK_NS, (f, iv, spent))
    return claim


def workers(facts, trace):
    claim = Claim(trace, "a worker is woken by the manager, or by one that left jobs in the pipe")
    tids = {f.tid for f in of(facts, "task")}
    makers = {f.args[0]: f.tid for f in of(facts, "fork")}
    for f in of(facts, "pipe-wait"):
        for iv in trace.blocked(f.tid, f.begin, f.end, "pipe") if f.tid in makers else ():
            claim.see(iv.by in tids - {f.tid}, (f, iv))
    return claim


def pool(facts, trace):
    def pipe(f):
        return f"pipe {f.args[0]} read"

    return (*family(facts, trace), *waits(facts, trace, "pipe-wait", pipe), results(facts, trace), workers(facts, trace),
            burns(facts, trace))


def holders(facts, trace):
    """While nobody holds the lock by the truth it is between two hands: no claim is made then."""
    owners = Claim(trace, "a lock's owner is who holds it", 0.95, len(of(facts, "lock-wait")) // 2)
    wakers = Claim(trace, "who ends a wait for a lock is who released it", 0.90, len(of(facts, "lock-wait")) // 2)
    held = sorted((f.begin, f.end, f.tid) for f in of(facts, "lock-held"))
    ends = [end for _, end, _ in held]
    for f in of(facts, "lock-wait"):
        for iv in trace.blocked(f.tid, f.begin, f.end, "lock"):
            at = bisect.bisect_right(ends, iv.begin)
            if at < len(held) and held[at][0] <= iv.begin:
                owners.see(iv.what.endswith(f" held by tid {held[at][2]}"), (iv, held[at]))
            at = bisect.bisect_right(ends, iv.end)
            wakers.see(at > 0 and iv.by == held[at - 1][2], (iv, held[max(0, at - 1)]))
    return owners, wakers


def contended(facts, trace):
    """What the report says of the lock is what the intervals say, and nobody else is named as a holder."""
    claim = Claim(trace, "the report counts the lock's waits and names its holders")
    uaddr, members = of(facts, "lock-held")[0].args[0], {f.tid for f in of(facts, "lock-held")}
    found = [iv for f in of(facts, "lock-wait") for iv in trace.blocked(f.tid, f.begin, f.end, "lock")]
    tgids = {trace.tasks[tid]["tgid"] for tid in members}
    for lock in [k for k in trace.report["locks"] if k["uaddr"] == uaddr and k["tgid"] in tgids]:
        named = {h["tid"] for h in lock["holders"]}
        true = (lock["waits"] == len(found) and lock["wait_ns"] == sum(iv.end - iv.begin for iv in found)
                and named == members and 1 <= lock["max_waiters"] < len(members))
        claim.see(true, (lock, len(found), members))
    return claim


def lock(facts, trace):
    def mutex(f):
        return f"lock {f.args[0]:#x}"

    return (*waits(facts, trace, "lock-wait", mutex), *holders(facts, trace), contended(facts, trace),
            *waits(facts, trace, "sleep"), timers(facts, trace), burns(facts, trace))


def coroutines(facts, trace):
    """The kernel sees nothing of the switches inside a thread, and everything of those between two."""
    tid_of = {f.args[1]: f.tid for f in of(facts, "task")}
    inside, ping, pong = (tid_of[name] for name in ("coroutines", "ping", "pong"))
    switches = of(facts, "coroutine-switch")
    first, last = switches[0].begin, switches[-1].begin
    still = Claim(trace, f"{len(switches)} switches inside one thread: the kernel blocks it at most 5 times")
    left = [iv for iv in trace.within(inside, first, last) if iv.state == "blocked"]
    still.see({f.tid for f in switches} == {inside} and len(left) <= 5 < len(switches), left)
    busy = Claim(trace, "ping and pong switch in thousands of times")
    waited = {tid: trace.blocked(tid, 0, last + 10 ** 12, "condition") for tid in (ping, pong)}
    counts = [trace.tasks[tid]["sched_ins"] for tid in (ping, pong)], [len(w) for w in waited.values()]
    busy.see(min(counts[0]) >= len(switches) / 20 and sum(counts[1]) >= len(switches) / 4, counts)
    wakes = Claim(trace, "ping is woken by pong, and pong by ping", 0.99, len(switches) // 4)
    for tid, other in ((ping, pong), (pong, ping)):
        for iv in waited[tid]:
            wakes.see(iv.by == other, (tid, iv))
    return still, busy, wakes


def compare(facts, trace, claims_of):
    return (names(facts, trace), moments(facts, trace), *usages(facts, trace), *claims_of(facts, trace))


def late(facts):
    """The truth as another clock would have it."""
    return [f._replace(begin=f.begin and f.begin + 10 * MS, end=f.end and f.end + 10 * MS) for f in facts]


def exchanged(facts):
    """The truth with each thread taken for the next one."""
    tids = sorted({f.tid for f in facts})
    after = dict(zip(tids, tids[1:] + tids[:1]))
    return [f._replace(tid=after[f.tid], args=tuple(after.get(a, a) for a in f.args)) for f in facts]


def consistent(trace):
    """A list of what the intervals and the report tell differently."""
    wrong = [] if trace.report["trace"]["lost_records"] == 0 else [trace.report["trace"]]
    for tid, task in trace.tasks.items():
        rows = trace.rows[tid]
        spent = trace.time(tid, task["begin_ns"], task["end_ns"])
        theirs = {"running": task["running_ns"], "runnable": task["runnable_ns"], "unknown": task["unknown_ns"],
                  **task["blocked_ns"]}
        holes = [(a, b) for a, b in zip(rows, rows[1:]) if a.end != b.begin]
        if holes or spent != {k: v for k, v in theirs.items() if v} or sum(theirs.values()) != task["end_ns"] - task["begin_ns"]:
            wrong.append((tid, holes, spent, theirs))
    return wrong


need_bpf()
for claims_of, options in ((fork, ("--children", 4, "--seconds", 1)), (pool, ("--seconds", 1)), (lock, ("--rounds", 80)),
                           (coroutines, ("--switches", 10000))):
    name = claims_of.__name__
    result = record(path("t.ctr"), workload(name), *options, "--truth", path("truth"), kw=None) if False else \
        record(path("t.ctr"), workload(name), *options, "--truth", path("truth"))
    truth = read_facts(path("truth"))
    traced = Trace(path("t.ctr"), {f.tid for f in truth})
    check(f"{name}: ends well and wrote down all", result.returncode == 0 and "no room" not in open(path("truth")).read())
    for told in compare(truth, traced, claims_of):
        check(f"{name}: {told}", told.holds(), told.faults[:3])
    wrong = sums_hold(traced.report) + consistent(traced)
    check(f"{name}: every nanosecond is in one state, the same in report and intervals", not wrong, wrong)
    deaf = [[c for c in compare(damage(truth), traced, claims_of) if c.holds()] for damage in (late, exchanged)]
    both = {c.text for c in deaf[0]} & {c.text for c in deaf[1]}
    check(f"{name}: each claim fails on a truth 10 ms late, or with threads exchanged", not both, both)
finish()
