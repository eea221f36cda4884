# SPDX-License-Identifier: BSD-2-Clause
"""Claims of a trace against what a workload wrote down of itself: who did what, when, and waited for whom.

Nothing here needs a quiet machine: a thread may be without a core at any moment, and then the trace must say so.
Three things are excused, no more than something else says that they happened. The trace says unknown, or a state ends up
to UNTOLD_NS late: as often as it says that a switch was not told (anomalies). A thread had a core and the trace does not
know: as often as the witness says so. A thread seems to run while the host has
taken the core away: as long as /proc/stat says. A trace that says that records were lost is made again.
At the end the truth is damaged on purpose: every claim made before must then fail.
"""
import bisect
import collections
import os
import re
import shutil

from live import CONCTRACE, check, path, record, record_witnessed, report, run, skip, sums_hold, workload

US, MS = 1_000, 1_000_000
# What a thread does of its own between two readings of the clock, in or around one call: 5 to 200 us measured.
SLACK_NS = 1 * MS
# Who took no longer than this may have found the lock free, or the pipe full, before it blocked.
SHORT_NS = 200 * US
WORK_NS = 500 * US  # of less than what Trace.running allows for, a claim would say nothing
STALE_NS = 20 * US  # the kernel's count is off at each switch: test_accounting.py says why
# The witness's program runs behind ours at the same switch: 0.1 us later, 0.9 us on average in the worst of 70 threads.
BETWEEN_NS = 1 * US
# The time of a switch that was not told comes from the run queue's clock, older than ours: by up to 24 us, measured.
UNTOLD_NS = 100 * US
# Kind of the wait in the truth: reason in the trace.
WAITS = {"sleep": "sleep", "lock-wait": "lock", "pipe-wait": "pipe", "child-wait": "child", "read-wait": "lock",
         "lock-given-up": "lock", "cond-wait": "condition", "join-wait": "join", "pipe-full": "pipe",
         "socket-wait": "socket", "poll-wait": "poll", "barrier-wait": "barrier", "pylock-wait": "semaphore", "flock-wait": "file"}
MARKS = ("fork", "exit", "coroutine-switch", "usage", "put", "got", "ended", "began")  # one moment, not two

Fact = collections.namedtuple("Fact", "kind tid begin end args")
Interval = collections.namedtuple("Interval", "tid begin end state why by what")


def read_facts(file):
    facts = []
    for line in open(file, encoding="ascii"):
        kind, *f = line.rstrip("\n").split("\t")
        if kind.startswith("#"):
            continue
        if kind == "task":
            facts.append(Fact(kind, int(f[0]), None, None, (int(f[1]), f[2])))
            continue
        if kind == "count":
            facts.append(Fact(kind, int(f[0]), None, None, (f[2], int(f[3]))))
            continue
        last = 1 if kind in MARKS else 2
        args = tuple(int(a, 0) for a in f[last + 1:])
        facts.append(Fact(kind, int(f[0]), int(f[1]), int(f[last]) or None, args))  # None: it had no end
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
        begin_ns, end_ns = (int(t.replace(".", "")) for t in (begin, end))
        thing = "".join(w.partition("=")[2] + " " for w in rest if w.startswith(("uaddr=", "object=")))
        rows[tid].append(Interval(tid, begin_ns, end_ns, state, why, by, thing + what[:-1]))
    return rows


class Trace:
    """The report of a trace, and the intervals of the tasks with those tids.

    stolen_ns: by the host meanwhile. kernel: what the kernel charged each task, by the witness; None without one.
    """

    def __init__(self, file, tids, stolen_ns, kernel):
        self.stolen_ns, self.kernel = stolen_ns, kernel or {}
        self.report = report(file)
        self.tasks = {t["tid"]: t for t in self.report["tasks"] if t["traced"] and t["tid"] in tids}
        self.rows = read_intervals(file, tids)
        self.begins = {tid: [iv.begin for iv in rows] for tid, rows in self.rows.items()}
        self.away = collections.defaultdict(set)  # untold_in
        self.damaged = False  # whether it is compared with a truth that is
        anomalies = self.report["trace"]["anomalies"]
        self.untold = anomalies["switch_untold"] + anomalies["switch_mismatch"]
        self.lost = self.report["trace"]["lost_records"]

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

    def untold_in(self, tid, ts):
        """Whether tid may have had a core during its interval around ts, as the witness says that it had one untold.

        That is so of no more intervals than the witness counts times, and of none but those that the truth showed: what
        is damaged shows no others.
        """
        begins, found = self.begins[tid], self.away[tid]
        begin = begins[max(0, bisect.bisect_right(begins, ts) - 1)]
        if tid in self.kernel and not self.damaged and len(found) < self.kernel[tid].untold:
            found.add(begin)
        return begin in found

    def lacks_ns(self, tid):
        """What the kernel's count of tid lacks, as the witness says; less than 0: has too much."""
        return self.kernel[tid].old + self.kernel[tid].stolen if tid in self.kernel else 0

    def running(self, tid, begin, end, cpu_ns, life=False):
        """Whether tid ran for cpu_ns, as the kernel counts it: as Claim.see takes it.

        life: all its life but its end, of which the witness knows what the kernel's count lacks. A part of it lacks no
        more, but for what another part has too much.
        """
        spent = self.time(tid, begin, end)
        switches = sum(iv.state == "running" for iv in self.within(tid, begin, end))
        slack_ns, same, lacks_ns = max(100 * US, cpu_ns // 500), True, 0
        if life and tid in self.kernel:
            k, after_ns = self.kernel[tid], self.time(tid, end, self.rows[tid][-1].end)["running"]
            same = -SLACK_NS <= cpu_ns + after_ns - k.sum <= SLACK_NS + k.stolen  # what it read itself, and its end
            cpu_ns = k.sum + k.old + k.stolen - after_ns
            slack_ns += switches * BETWEEN_NS
        else:
            slack_ns += switches * STALE_NS
            lacks_ns = self.lacks_ns(tid)
        more_ns = max(0, spent["running"] - slack_ns - cpu_ns - max(0, lacks_ns))
        # What it ran after or before a switch that nobody was told of, by the witness's word.
        hidden_ns = self.kernel[tid].untold_ns if tid in self.kernel else 0
        less_ns = max(0, cpu_ns - spent["running"] - spent["unknown"] - slack_ns - max(0, -lacks_ns) - hidden_ns)
        detail = (tid, begin, end, cpu_ns, switches, lacks_ns, spent, self.kernel.get(tid))
        # The host may have taken the core between our reading of the clock and the witness's, at one switch.
        return {"true": same and more_ns == less_ns == 0, "stolen_ns": max(more_ns, less_ns if life else 0),
                "also": same and (life or less_ns == 0), "detail": detail}

    def nothing_but(self, tid, begin, end, why=None, spun_ns=0):
        """Whether tid was blocked for that reason or ready without a core, but for SLACK_NS: as Claim.see takes it.

        A page that had to be fetched first (fault) is of its own doing too.
        """
        spent = self.time(tid, begin, end)
        own_ns = spent["running"] + spent["fault"]
        whole = begin <= end == begin + own_ns + spent["runnable"] + spent[why]
        more_ns = max(0, own_ns - spun_ns - SLACK_NS)
        return {"true": whole and more_ns == 0, "stolen_ns": more_ns if whole else 0,
                "unknown": spent["unknown"] > 0, "detail": (tid, begin, end, why, spent, spun_ns)}


class Claim:
    """A sentence, how often it was tested, how often it would have been found wrong, and where it did not hold."""

    def __init__(self, trace, text, share=1.0, least=1):
        self.trace, self.text, self.share, self.least = trace, text, share, least
        self.seen, self.telling, self.excused, self.faults, self.stolen_ns = 0, 0, 0, [], trace.stolen_ns

    def see(self, true, detail, unknown=False, stolen_ns=0, also=True, tells=1):
        """unknown: the trace does not know; stolen_ns: the host may have taken the core for so long.

        tells: how likely it would be found wrong."""
        self.seen += 1
        self.telling += tells
        if true and also:
            return
        if unknown and self.excused < self.trace.untold:
            self.excused += 1
        elif also and 0 < stolen_ns <= self.stolen_ns:
            self.excused += 1
            self.stolen_ns -= stolen_ns
        else:
            self.faults.append(detail)

    def holds(self):
        return self.seen >= self.least and len(self.faults) <= (1 - self.share) * self.seen

    def __str__(self):
        percent = 100 * (self.seen - len(self.faults)) / max(1, self.seen)
        return f"{self.text} ({percent:.4g} % of {self.seen}{f', {self.excused} excused' if self.excused else ''})"


def of(facts, *kinds):
    return [f for f in facts if f.kind in kinds]


def names(facts, trace):
    claim = Claim(trace, "every thread is there, of its process and by its name")
    for f in of(facts, "task"):
        task = trace.tasks.get(f.tid)
        claim.see(task and (task["tgid"], task["comm"]) == f.args, (f, task))
    return claim


def moments(facts, trace):
    """Who reads the clock runs. Of a switch that was not told it may do so several times too early."""
    claim = Claim(trace, "at each moment it wrote down a thread was running", 0.999)
    early = {}  # of each thread, when it did so last
    for f in facts:
        for ts in {f.begin, f.end} - {None}:
            near = trace.within(f.tid, ts - UNTOLD_NS, ts + UNTOLD_NS)
            states = [iv.state for iv in near if iv.begin <= ts < iv.end]
            true = states == ["running"] or abs(ts - early.get(f.tid, 0)) < UNTOLD_NS or trace.untold_in(f.tid, ts)
            unknown = {iv.state for iv in near} & {"running", "unknown"}
            claim.see(true, (f, ts, near), unknown)
            if not true and unknown:
                early[f.tid] = ts
    return claim


WORK = "work is running, as long as the kernel says"


def burns(facts, trace):
    claim = Claim(trace, WORK, 0.98, least=0)
    for f in of(facts, "running"):
        if f.args[0] >= WORK_NS + 2 * abs(trace.lacks_ns(f.tid)):
            claim.see(**trace.running(f.tid, f.begin, f.end, f.args[0]))
    return claim


def usages(facts, trace):
    """COMMAND itself was there before the trace; its children were not."""
    found = [f for f in of(facts, "usage") if trace.tasks[f.tid]["begin_ns"] != trace.report["trace"]["begin_ns"]]
    claims = (Claim(trace, "it ran as long as the kernel says", least=len(found)),
              Claim(trace, "it blocked as often as the kernel says", least=len(found)))
    for f in found:
        rows = trace.within(f.tid, 0, f.begin)
        claims[0].see(**trace.running(f.tid, 0, f.begin, f.args[0], life=True))
        # The first state off the core tells: a thread woken on its way off is runnable at once.
        left = collections.Counter(b.why or b.state for a, b in zip(rows, rows[1:]) if a.state == "running")
        own = sum(left.values()) - left["preempted"] - left["yielded"] - left["unknown"]
        claims[1].see(own <= f.args[1] <= own + left["unknown"], (f, left))
    return claims


def spun(facts, trace, f):
    """How long who waits for a PI lock ran while its owner ran, too: the kernel lets it (kernel/locking/rtmutex.c,
    rtmutex_spin_on_owner). What is given back belongs to the next one at once, who may not have run yet."""
    spans, last = [], f.begin
    for begin, end, tid in sorted((h.begin, h.end, h.tid) for h in of(facts, "lock-held") if h.args[0] == f.args[0]):
        spans.append((max(f.begin, min(begin, last)), min(f.end, end), tid))
        last = end
    mine = [(iv.begin, iv.end) for iv in trace.within(f.tid, f.begin, f.end) if iv.state == "running"]
    both = 0
    for begin, end, tid in spans:
        for iv in trace.within(tid, begin, end) if begin < end and tid != f.tid else ():
            if iv.state == "running":
                both += sum(max(0, min(end, iv.end, b) - max(begin, iv.begin, a)) for a, b in mine)
    return both


def must_block(trace, f, spun_ns=0):
    """Whether a wait took so long that it cannot but have blocked, as far as the trace knows where it was else."""
    spent = trace.time(f.tid, f.begin, f.end)
    # A call that took long need not have waited: a read took 283 us without, once. How often it blocked the kernel
    # tells (usages).
    own_ns = spun_ns + min(spent["running"] - spun_ns, SLACK_NS // 2)
    return f.end - f.begin - spent["runnable"] - spent["unknown"] - own_ns > SHORT_NS


def covered(facts, trace, kind, what=lambda f: "", spins=False):
    """A wait is blocked for its reason, or ready without a core, but for the way in and out.

    spins: or runs, while who has what it waits for runs as well. If the host takes the core between the arming of a
    timer and the sleep, it is over before it began: nothing was blocked. The shorter a wait,
    the less it tells: it would hold nearly everywhere.
    """
    why = WAITS[kind]
    claim = Claim(trace, f"each {kind} is blocked on {why}")
    for f in of(facts, kind):
        found = trace.blocked(f.tid, f.begin, f.end, why)
        inside = all(f.begin <= iv.begin and iv.end <= f.end + UNTOLD_NS for iv in found)
        inside = inside and all(iv.what.startswith(what(f)) for iv in found)
        spun_ns = spun(facts, trace, f) if spins else 0
        told = trace.nothing_but(f.tid, f.begin, f.end, why, spun_ns)
        claim.see(**told, also=inside and (found or told["stolen_ns"] or not must_block(trace, f, spun_ns)),
                  tells=min(1, (f.end - f.begin) / (2 * SLACK_NS)))
    return claim


def enclosed(facts, trace, kind):
    """Each interval of the trace blocked for that reason, with the wait it lies in, or None.

    An interval that ends late may seem to lie in the wait before its own, too.
    """
    waits = {tid: sorted(f for f in of(facts, kind) if f.tid == tid) for tid in {f.tid for f in facts}}
    for tid, found in waits.items():
        begins = [f.begin for f in found]
        for iv in trace.rows[tid]:
            if (iv.state, iv.why) == ("blocked", WAITS[kind]):
                at = bisect.bisect_right(begins, iv.begin) - 1
                inside = at >= 0 and iv.begin <= found[at].end and iv.end <= found[at].end + UNTOLD_NS
                yield iv, found[at] if inside else None


def invented(facts, trace, kind):
    claim = Claim(trace, f"nobody is blocked on {WAITS[kind]} but in a {kind}", least=0)
    for iv, wait in enclosed(facts, trace, kind):
        claim.see(wait and iv.end <= wait.end, (iv, wait), wait)
    return claim


def waits(facts, trace, kind, what=lambda f: ""):
    return covered(facts, trace, kind, what), invented(facts, trace, kind)


def timers(facts, trace):
    """A sleep that was cut off by the end of its task is none."""
    claim = Claim(trace, "a sleep is ended by no thread")
    last = {f.tid: f.end for f in sorted(of(facts, "sleep"))}
    for iv, wait in enclosed(facts, trace, "sleep"):
        if wait or iv.begin < last.get(iv.tid, 0):
            claim.see(wait and iv.by is None or trace.untold_in(iv.tid, iv.begin), (wait, iv))
    return claim


def forks(facts, trace):
    """fork() returned in the parent after it made the child, and in between the parent did nothing else."""
    claims = (Claim(trace, "each fork is there: child, parent, time"),
              Claim(trace, "each child begins as new, by its parent"))
    for f in of(facts, "fork"):
        child = trace.tasks[f.args[0]]
        claims[0].see(**trace.nothing_but(f.tid, child["begin_ns"], f.begin), also=child["parent_tid"] == f.tid)
        first = trace.rows[f.args[0]][0]
        claims[1].see(first[3:6] == ("runnable", "new", f.tid), (f, first), first.state == "unknown")
    return claims


def exits(facts, trace):
    claim = Claim(trace, "each child ends when and as it says")
    for f in of(facts, "exit"):
        task = trace.tasks[f.tid]
        claim.see(**trace.nothing_but(f.tid, f.begin, task["end_ns"], "other"), also=task["exit_status"] == f.args[0])
    return claim


def reaped(facts, trace):
    """Only if several ended before the parent had a core again it may have been woken by another one."""
    claim = Claim(trace, "a child that ends wakes its parent", least=0)
    ends = {f.args[0]: trace.tasks[f.args[0]]["end_ns"] - SLACK_NS  # it is told before its last switch
            for f in of(facts, "ended") if f.args[0] in trace.tasks}
    ends.update((f.tid, f.begin) for f in of(facts, "exit"))
    for iv, wait in enclosed(facts, trace, "child-wait"):
        if not wait:
            continue  # posix_spawn(3) waits for its child too
        both = ends.get(iv.by, wait.end) < iv.end and ends.get(wait.args[0], wait.end) < wait.end
        thread = iv.by in trace.tasks and trace.tasks[iv.by]["tgid"] == wait.args[0]  # its last one
        claim.see(iv.by == wait.args[0] or thread or both, (wait, iv))
    return claim


def family(facts, trace):
    return (*forks(facts, trace), exits(facts, trace), *waits(facts, trace, "child-wait"), reaped(facts, trace))


def held_by(facts):
    """Each wait for a lock, with who held it from when to when, and these ends alone."""
    held = {f.args[0]: [] for f in of(facts, "lock-wait", "lock-held")}
    for f in of(facts, "lock-held"):
        held[f.args[0]].append((f.begin, f.end, f.tid))
    for spans in held.values():
        spans.sort()
    ends = {uaddr: [end for _, end, _ in spans] for uaddr, spans in held.items()}
    for f in of(facts, "lock-wait"):
        yield f, held[f.args[0]], ends[f.args[0]]


def did_nothing(acts, begin, end):
    """Whether nothing began between: acts are the begins of what a thread wrote down."""
    at = bisect.bisect_right(acts, begin)
    return at == len(acts) or acts[at] >= end


def holders(facts, trace, spins=False):
    """Each time somebody blocks for a lock it names who held it then, and who wakes it had just given it back.

    Who holds it writes down less than the whole time: between two holds the one before has not given it back yet, or
    the next one has it already. Named by inference it may also be who woke the waiter. Who gave it back may be late
    with its waking, so that another one had the lock meanwhile: then it did nothing else since. spins: as in covered().
    Who came back to its core untold is told to be woken before it blocked, and by nobody after: as often as that happened.
    """
    least = sum(must_block(trace, f, spun(facts, trace, f) if spins else 0) for f in of(facts, "lock-wait"))
    owners = Claim(trace, "a lock's owner is who holds it", least=least)
    wakers = Claim(trace, "who ends a wait for a lock is who released it", least=least)
    acts = collections.defaultdict(list)
    for f in facts:
        if f.begin:
            acts[f.tid].append(f.begin)
    for begins in acts.values():
        begins.sort()
    for f, held, ends in held_by(facts):
        for iv in trace.blocked(f.tid, f.begin, f.end, "lock"):
            at = bisect.bisect_right(ends, iv.begin)
            alone = at < len(held) and held[at][0] <= iv.begin
            may = {h[2] for h in held[at:at + 1] + (held[at - 1:at] if at and not alone else [])}
            name = re.search(r" held by tid (\d+)(, inferred)?", iv.what)
            if name and name[2]:
                may |= {h[2] for h in held[at:bisect.bisect_right(ends, iv.end) + 1] if h[0] <= iv.end}
            owners.see(name and int(name[1]) in may, (iv, may), iv.by is None)
            at = bisect.bisect_right(ends, iv.end)
            released = next((h[1] for h in reversed(held[:at]) if h[2] == iv.by), None)
            wakers.see(released and did_nothing(acts[iv.by], released, iv.end), (iv, held[max(0, at - 1)]), iv.by is None)
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


def compare(facts, trace, claims_of):
    if {f.tid for f in facts} - trace.tasks.keys():
        return (names(facts, trace),)  # who is not there cannot be compared
    return (names(facts, trace), moments(facts, trace), *usages(facts, trace), *claims_of(facts, trace))


def off(off_ns):
    """Makes of a truth what another clock would have it."""
    return lambda facts: [f._replace(begin=f.begin and f.begin + off_ns, end=f.end and f.end + off_ns) for f in facts]


def exchanged(facts):
    """The truth with each thread taken for the next one."""
    tids = sorted({f.tid for f in facts})
    after = dict(zip(tids, tids[1:] + tids[:1]))
    return [f._replace(tid=after[f.tid], args=tuple(after.get(a, a) for a in f.args)) for f in facts]


def miscounted(facts):
    """The truth of threads that blocked a thousand times more."""
    return [f._replace(args=(f.args[0], f.args[1] + 1000, *f.args[2:])) if f.kind == "usage" else f for f in facts]


# Most claims fail by the first. Who waits for most of its life, or takes turns of 5 ms, did some ms later the same again.
DAMAGES = (off(10 * MS), off(-10 * MS), exchanged, miscounted, off(7 * MS), off(-23 * MS), off(37 * MS))


def consistent(trace):
    """A list of what the intervals and the report tell differently."""
    wrong = []
    for tid, task in trace.tasks.items():
        rows = trace.rows[tid]
        spent = trace.time(tid, task["begin_ns"], task["end_ns"])
        theirs = {"running": task["running_ns"], "runnable": task["runnable_ns"], "unknown": task["unknown_ns"],
                  **task["blocked_ns"]}
        holes = [(a, b) for a, b in zip(rows, rows[1:]) if a.end != b.begin]
        if holes or spent != {state: ns for state, ns in theirs.items() if ns}:
            wrong.append((tid, holes, spent, theirs))
    return wrong


def stolen():
    """Clock ticks that the host gave to others, of all cores: proc(5)."""
    with open("/proc/stat", encoding="ascii") as f:
        return int(f.readline().split()[8])


def traced(name, command, adapt):
    """What the workload wrote down and the trace of the same run, None if records were lost three times."""
    for _ in range(3):
        before = stolen()
        result, kernel = record_witnessed(path("t.ctr"), *command, "--truth", path("truth"))
        if kernel is None:
            result = record(path("t.ctr"), *command, "--truth", path("truth"))
        ticks = stolen() - before + os.cpu_count()  # a part of a tick is not told
        with open(path("truth"), encoding="ascii") as f:
            check(f"{name}: ends well and wrote down all", result.returncode == 0 and "no room" not in f.read(), result)
        facts = adapt(read_facts(path("truth")))
        tids = {f.tid for f in facts} | {f.args[0] for f in of(facts, "fork")}
        trace = Trace(path("t.ctr"), tids, ticks * 1000 * MS // os.sysconf("SC_CLK_TCK"), kernel)
        if trace.lost == 0:
            return facts, trace
    return None


def test(claims_of, *options):
    name = claims_of.__name__
    prove(name, (workload(name), *options), claims_of)


def keep(name):
    """What failed, for a look at it: in the directory KEEP of the environment."""
    if os.environ.get("KEEP"):
        for file in ("t.ctr", "truth"):
            shutil.copy(path(file), os.path.join(os.environ["KEEP"], f"{name.replace(' ', '')}.{file}"))


FEW = 6


def prove(name, command, claims_of, adapt=lambda facts: facts):
    """Runs command traced and tests the claims. Returns its facts and trace, None if it cannot be traced here."""
    found = traced(name, command, adapt)
    if not found:
        skip(f"{name}: trace and truth agree", "too much else goes on here: records were lost in each of three traces")
        return None
    facts, trace = found
    claims = compare(facts, trace, claims_of)
    for claim in claims:
        check(f"{name}: {claim}", claim.holds(), claim.faults[:3])
    if not all(claim.holds() for claim in claims):
        keep(name)
    wrong = sums_hold(trace.report) + consistent(trace)
    check(f"{name}: every nanosecond is in one state, the same in report and intervals", not wrong, wrong)
    if len({f.tid for f in facts}) < 2:
        return facts, trace  # nobody to be exchanged with
    # Of 724 claims of one or two facts, in all lessons and twins, one held of each damaged truth: two threads that take
    # turns at the same work may have done alike much of it, if what they did is all that is claimed. So did now and then
    # the four of the lesson gil.
    deaf = {claim.text for claim in claims if claim.telling >= (FEW if claim.text == WORK else 1)}
    trace.damaged = True
    for damage in DAMAGES:
        if deaf:
            deaf &= {claim.text for claim in compare(damage(facts), trace, claims_of) if claim.holds() and claim.seen}
    check(f"{name}: each claim fails on a truth that is some 10 ms off, miscounted, or of exchanged threads", not deaf, deaf)
    return facts, trace
