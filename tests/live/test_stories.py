# SPDX-License-Identifier: BSD-2-Clause
"""What the sentences about waits say, against what the threads wrote down.

`report --only waits` names who held the lock, one after the other, what they did meanwhile, and who ended the wait. The
threads of the lessons know when each had its lock and slept, and which child or thread they waited for. The names are
taken from the sentence itself. At the end they are shifted by one on purpose: then the claims must fail.
"""
import collections
import json
import re

from live import CONCTRACE, check, finish, need_bpf, path, record, report, run, workload

SLACK_NS = 100_000    # between a thread's reading of the clock and its call, with a switch in between
SURE, RULED = 0.99, 0.95  # of the time of the parts that are measured, and inferred

Fact = collections.namedtuple("Fact", "kind tid begin end args")


def read_truth(file):
    facts = []
    for line in open(file, encoding="ascii"):
        kind, *f = line.rstrip("\n").split("\t")
        if not kind.startswith("#") and len(f) >= 3 and all(w.lstrip("-").isdigit() for w in f[:3]):
            facts.append(Fact(kind, int(f[0]), int(f[1]), int(f[2]), f[3:]))
    return facts


def overlap(begin, end, facts, slack=0):
    return sum(max(0, min(end, f.end + slack) - max(begin, f.begin - slack)) for f in facts)


def lesson(name, *args):
    """The waits that the report tells, and the truth."""
    truth, file = path("truth"), path("t.ctr")
    for _ in range(3):
        result = record(file, workload(name), *args, "--truth", truth)
        if result.returncode == 0 and report(file)["trace"]["lost_records"] == 0:
            break
    told = json.loads(run(CONCTRACE, "report", "--only", "waits", "--json", file).stdout)["waits"]
    text = run(CONCTRACE, "report", "--only", "waits", file).stdout
    return told, read_truth(truth), text


def holders(text):
    """The tids that a sentence says held the lock, in its order."""
    return [int(tid) for tid in re.findall(r"(?:held by|then by) \S+ (\d+)", text)]


def judge(waits, facts, rename):
    """Time of the parts, and how much of it the one named had the lock; names that are not in the parts."""
    n = collections.Counter()
    for w in waits:
        named = [rename(t) for t in holders(w["text"])]
        parts = [dict(p, tid=rename(p["tid"])) for p in w["parts"] if p["tid"]]
        if len(parts) <= 3:
            n["other names"] += named != [p["tid"] for p in parts]
        for p in parts:
            begin, end = p["begin_ns"], p["end_ns"]
            held = [f for f in facts if f.kind == "lock-held" and f.tid == p["tid"]]
            what = "measured" if p["measured_ns"] == end - begin else "inferred"
            n[what] += end - begin
            n[what + " right"] += min(end - begin, overlap(begin, end, held, SLACK_NS))
            slept = overlap(begin, end, [f for f in facts if f.kind == "sleep" and f.tid == p["tid"]])
            n["parts"] += 1
            n["sleeps wrong"] += p["blocked_ns"] > slept + SLACK_NS or \
                p["blocked_ns"] + p["runnable_ns"] + p["running_ns"] + SLACK_NS < slept
            n["does not add up"] += p["running_ns"] + p["runnable_ns"] + p["blocked_ns"] + p["unknown_ns"] != end - begin
    return n


def is_right(n):
    return n["measured right"] >= SURE * n["measured"] > 0 and n["inferred right"] >= RULED * n["inferred"]


def test_holders(name, *args):
    told, facts, text = lesson(name, *args)
    waits = [w for w in told if w["reason"] == "lock"]
    title = " ".join((name, *args))
    n = judge(waits, facts, lambda tid: tid)
    check(f"{title}: ten waits are told", len(waits) == 10, len(waits))
    check(f"{title}: they are the text's, word for word", all(w["text"] in text for w in waits), text)
    check(f"{title}: who is named had the lock then", is_right(n), dict(n))
    check(f"{title}: the sentence names whom the parts name", n["other names"] == 0, waits)
    check(f"{title}: who slept with it in hand is said to", n["sleeps wrong"] <= 0.02 * n["parts"], dict(n))
    check(f"{title}: what they did adds up", n["does not add up"] == 0, dict(n))
    truth = [f for f in facts if f.kind == "lock-wait"]
    missing = [w for w in waits if overlap(w["begin_ns"], w["end_ns"], [f for f in truth if f.tid == w["tid"]], SLACK_NS) <
               0.98 * (w["end_ns"] - w["begin_ns"])]
    check(f"{title}: the threads waited then, as they say", not missing, missing)
    tids = sorted({f.tid for f in facts if f.kind == "lock-held"})
    shifted = dict(zip(tids, tids[1:] + tids[:1]))
    check(f"{title}: with shifted names it would be wrong", not is_right(judge(waits, facts, lambda t: shifted.get(t, 0))))


def test_ends(name, reason, kind, *args):
    """Waits for the end of a child or a thread name it."""
    told, facts, _ = lesson(name, *args)
    waits = [w for w in told if w["reason"] == reason and w["bond"] == "end"]
    truth = [f for f in facts if f.kind == kind]
    wrong = []
    for w in waits:
        true = {int(f.args[0]) for f in truth if f.tid == w["tid"] and overlap(w["begin_ns"], w["end_ns"], [f]) > 0}
        named = re.search(r"for the end of (?:child )?\S+ (\d+)", w["text"])
        if not named or int(named.group(1)) not in true or w["parts"][0]["tid"] not in true:
            wrong.append((w, true))
    check(f"{name}: waits for a {reason} are told", len(waits) > 0, told)
    check(f"{name}: each names whose end it waited for", not wrong, wrong)


need_bpf()
test_holders("mutex", "--threads=4", "--rounds=60", "--hold-us=2000")
test_holders("mutex", "--kind=robust", "--threads=4", "--rounds=40", "--hold-us=2000")
test_holders("lock", "--rounds=60")
test_ends("fork", "child", "child-wait")
test_ends("threads", "join", "join-wait")
finish()
