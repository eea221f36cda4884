# SPDX-License-Identifier: BSD-2-Clause
"""What a lesson says after its run, held against its trace: the numbers, and what they are numbers of.

The numbers are computed once more, from report --json and dump --intervals, and must be the same to the last digit. And
whoever is said to wait must be said to wait for what the trace says that they waited for most: in a twin a wait for the
interpreter's lock is none for the lesson's, and in any lesson a sleep is no wait.
"""
import collections
import fnmatch
import re

from live import CONCTRACE, run
from truth import UNTOLD_NS

MS = 1_000_000
NOT_WAITS = ("stopped", "fault", "other", "sleep")  # begin and end of a task, pages, and what it does on purpose
Wait = collections.namedtuple("Wait", "tid begin ns state why by what kind cpu")
GIL = re.compile(r"(lock|condition) GIL( |$)")
BRACES = re.compile(r"\{([^}]*)\}")


def duration(ns):
    """Three digits and a unit, as userspace/base/duration.c has it."""
    for unit, name in ((10**9, "s"), (10**6, "ms"), (10**3, "µs")):
        if ns >= unit - unit // 2000:
            for below, digits in ((10, 2), (100, 1)):
                if ns < unit * below - unit // (2 * 10**digits):
                    tenths = (ns + unit // (2 * 10**digits)) * 10**digits // unit
                    return f"{tenths // 10**digits}.{tenths % 10**digits:0{digits}} {name}"
            return f"{(ns + unit // 2) // unit} {name}"
    return f"{ns} ns"


class Absent(Exception):
    """The trace has nothing that the number could be of."""


class Numbers:
    """The answers to the braces of userspace/cmd/seen.h from a trace's report and intervals."""

    def __init__(self, file, report):
        self.marks = report["marks"] if "marks" in report else []
        self.tasks = {t["tid"]: t for t in report["tasks"] if t["traced"]}
        self.rows = [row for row in map(self.read, run(CONCTRACE, "dump", "--intervals", file).stdout.splitlines()) if row]
        self.last = 0

    def read(self, line):
        head, _, what = line.partition(" (")
        begin, end, who, state, *rest = head.split()
        tid = int(who[4:]) if who.startswith("tid=") else None
        if tid not in self.tasks:
            return None
        fields = dict(word.split("=", 1) for word in rest if "=" in word)
        begin_ns, end_ns = (int(t.replace(".", "")) for t in (begin, end))
        why = rest[0] if rest and "=" not in rest[0] else None
        what = re.sub(r" held by tid.*", "", what[:-1]) if "sync" in fields or "object" in fields else ""
        what = what if "sync" in fields else what.rpartition(" ")[0]  # of a file also what is done with it
        return Wait(tid, begin_ns, end_ns - begin_ns, state, why, int(fields.get("by", 0)), what, fields.get("kind", ""),
                    fields.get("cpu"))

    def who(self, words):
        """The tasks that a pattern means."""
        pattern, _, part = words.partition("/")
        found = {tid: t for tid, t in self.tasks.items() if fnmatch.fnmatchcase(t["comm"], pattern)
                 and (part != "first" or tid == t["tgid"])}
        if not found:
            raise Absent(words)
        return found

    def waits(self, states, who):
        """The intervals that a STATE means, of those."""
        states, _, part = states.partition("/")
        states, tids = states.split(","), self.who(who)
        gil = "gil" in states
        if gil and not any(GIL.match(row.what) for row in self.rows):
            raise Absent("GIL")
        found = [row for row in self.rows if row.tid in tids and (
            row.state in states or row.state == "blocked" and (row.why in states or gil and GIL.match(row.what)))]
        if part == "shared":
            return [row for row in found if row.kind.startswith("shared-")]
        return [row for row in found if row.what == self.longest(found)] if part == "one" else found

    @staticmethod
    def longest(rows):
        """Where they waited longest together."""
        places = collections.Counter()
        for row in rows:
            if row.what:
                places[row.what] += row.ns
        return places.most_common(1)[0][0] if places else None

    def count(self, nr):
        self.last = nr
        return str(nr)

    def regions(self, name, who, kind="region"):
        found = [r for r in self.marks if r["kind"] == kind and r["tid"] in self.who(who) and fnmatch.fnmatchcase(r["name"], name)]
        if not found:
            raise Absent(name)
        return found

    def overlap(self, who):
        """How long one of them ran, how long two did, how many at most."""
        tids = self.who(who)
        steps = sorted(step for row in self.rows if row.tid in tids and row.state == "running"
                       for step in ((row.begin, 1), (row.begin + row.ns, -1)))
        one = two = now = last = most = 0
        for ts, by in steps:
            one += (ts - last) * (now >= 1)
            two += (ts - last) * (now >= 2)
            now, last = now + by, ts
            most = max(most, now)
        return one, two, most

    def answer(self, words):
        """What must stand in place of the braces; None: the report does not have it."""
        kind, *args = words.split()
        if kind == "s":
            return "" if self.last == 1 else "s"
        if kind == "one":
            return args[self.last != 1]
        if kind in ("time", "count", "mean", "max", "share"):
            spent = [row.ns for row in self.waits(*args)]
            lives = sum(t["end_ns"] - t["begin_ns"] for t in self.who(args[1]).values())
            return {"time": lambda: duration(sum(spent)), "count": lambda: self.count(len(spent)),
                    "mean": lambda: duration(sum(spent) // max(1, len(spent))), "max": lambda: duration(max(spent, default=0)),
                    "share": lambda: f"{100.0 * sum(spent) / lives:.1f} %"}[kind]()
        if kind == "object":
            found = self.longest(self.waits(*args))
            if not found:
                raise Absent(words)
            return found
        if kind == "regions":
            return self.count(sum(r["count"] for r in self.regions(*args)))
        if kind == "region":
            return None if self.regions(*args) else ""
        if kind == "highest":
            return self.count(max(r["highest"] for r in self.regions(*args, kind="counter")))
        if kind == "turns":
            return self.count(sum(r["count"] for r in self.regions("*", *args, kind="coroutine")))
        return self.of_tasks(kind, *args)

    def of_tasks(self, kind, *args):
        tasks = self.who(args[0])
        begins, ends = ([t[key] for t in tasks.values()] for key in ("begin_ns", "end_ns"))
        one, two, most = self.overlap(args[0])
        if kind in ("migrations", "preemptions"):
            return self.count(sum(t[kind] for t in tasks.values()))
        if kind == "wakes":
            return self.count(sum(row.state == "blocked" and row.by in tasks and row.tid in self.who(args[1])
                                  for row in self.rows))
        return {"tasks": lambda: self.count(len(tasks)), "span": lambda: duration(max(ends) - min(begins)),
                "life": lambda: duration((sum(ends) - sum(begins)) // len(tasks)), "most": lambda: self.count(most),
                "overlap": lambda: f"{100.0 * two / max(1, one):.1f} %",
                "cores": lambda: self.count(len({row.cpu for row in self.rows
                                                 if row.tid in tasks and row.state == "running"}))}[kind]()


def pattern(text, numbers):
    """What must be said, as a regular expression, without the sentences about what is not there."""
    said = []
    for sentence in re.split(r"(?<=\.)\s+(?![^{]*\})", text.strip()):
        numbers.last = 0
        parts = BRACES.split(sentence)
        try:
            for i in range(1, len(parts), 2):
                parts[i] = numbers.answer(parts[i])
        except Absent:
            continue
        said.append("".join(".+?" if part is None else re.escape(part) for part in parts))
    return " ".join(said)


def missed(numbers, who, asked):
    """For what those tasks waited more than twice as long as for what is asked, but for the GIL and what is no wait for
    others; None: for nothing that is long."""
    spent = collections.Counter()
    for row in numbers.rows:
        if row.state == "blocked" and row.tid in numbers.who(who) and row.why not in NOT_WAITS and not GIL.match(row.what):
            spent[row.why] += row.ns
    why, ns = spent.most_common(1)[0] if spent else (None, 0)
    return why if ns > 10 * MS and ns > 2 * sum(spent[each] for each in asked) else None


def false(text, numbers):
    """What the sentences ask for that is not what these tasks do, as a list; empty if they are about the right thing."""
    asked, wrong = collections.defaultdict(set), []
    for words in BRACES.findall(text):
        kind, *args = words.split()
        if kind not in ("time", "count", "mean", "max", "share", "object"):
            continue
        try:
            waits = [row for row in numbers.waits(*args) if row.state == "blocked"]
        except Absent:
            continue
        states = set(args[0].partition("/")[0].split(","))
        if states <= {"running", "runnable"}:
            continue
        asked[args[1]] |= states
        if not states & {"gil", "blocked"} and any(GIL.match(row.what) for row in waits):
            wrong.append(f"{{{words}}} counts waits for the GIL")
        if "blocked" in states and any(row.why == "sleep" for row in waits):
            wrong.append(f"{{{words}}} counts sleeps")
    for who, states in asked.items():
        why = missed(numbers, who, states)
        if why and states - {"gil", "sleep", "blocked"}:
            wrong.append(f"{who} waited for {why}, and is asked for {', '.join(sorted(states))}")
    return wrong


# In a program's own truth: its waits for a lock, of which sentences say "waited ... for the lock".
LOCK_WAITS = {"lock-wait": "lock", "pylock-wait": "semaphore", "flock-wait": "file"}
FOR_LOCKS = re.compile(r"waited \{time (\S+) (\S+)\} for (?:the )?locks?")


def untrue(text, numbers, facts):
    """Where a time said to be spent waiting for a lock is not that of the waits which the program wrote down."""
    wrong = []
    for states, who in FOR_LOCKS.findall(text):
        spans = [f for f in facts if f.kind in LOCK_WAITS and f.tid in numbers.who(who)]
        if not spans:
            continue
        true = sum(row.ns for f in spans for row in numbers.rows if row.tid == f.tid and row.why == LOCK_WAITS[f.kind]
                   and f.end and f.begin - UNTOLD_NS <= row.begin < f.end)
        told = sum(row.ns for row in numbers.waits(states, who))
        if abs(told - true) > true // 100:
            wrong.append(f"{who}: told {duration(told)}, waited {duration(true)}")
    return wrong
