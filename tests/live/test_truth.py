# SPDX-License-Identifier: BSD-2-Clause
"""The trace against what the first workloads wrote down of themselves, in every detail (truth.py says how)."""
from live import finish, need_bpf
from truth import Claim, burns, contended, enclosed, family, holders, of, test, timers, waits


def fork(facts, trace):
    return (*family(facts, trace), *waits(facts, trace, "sleep"), timers(facts, trace), burns(facts, trace))


def results(facts, trace):
    """Who wakes the manager has just finished a job and done nothing since but write its result."""
    claim = Claim(trace, "the manager is woken by the worker that has a result")
    workers = {f.args[0] for f in of(facts, "fork")}
    for iv, wait in enclosed(facts, trace, "pipe-wait"):
        if iv.tid not in workers:
            done = max((j.end for j in of(facts, "job") if j.tid == iv.by and j.end <= iv.end), default=0)
            claim.see(**trace.nothing_but(iv.by or iv.tid, done, iv.end), also=wait)
    return claim


def handed_out(facts, trace):
    claim = Claim(trace, "a worker is woken by the manager, or by one that left jobs in the pipe", least=0)
    workers, tids = {f.args[0] for f in of(facts, "fork")}, {f.tid for f in facts}
    for iv, wait in enclosed(facts, trace, "pipe-wait"):
        if iv.tid in workers:
            claim.see(wait and iv.by in tids - {iv.tid}, (iv, wait))
    return claim


def pool(facts, trace):
    def pipe(f):
        return f"{f.args[0]} pipe "

    return (*family(facts, trace), *waits(facts, trace, "pipe-wait", pipe), results(facts, trace),
            handed_out(facts, trace), burns(facts, trace))


def lock(facts, trace):
    def mutex(f):
        return f"{f.args[0]:#x} lock "

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
    busy = Claim(trace, "ping and pong go through the kernel thousands of times")
    waits = {tid: [iv for iv in trace.rows[tid] if iv.state == "blocked"] for tid in (ping, pong)}
    ins = [trace.tasks[tid]["sched_ins"] for tid in waits]
    true = min(ins) >= len(switches) / 20 and sum(len(w) for w in waits.values()) >= len(switches) / 4
    busy.see(true, (ins, [len(w) for w in waits.values()]))
    wakes = Claim(trace, "ping waits on a condition for pong, and pong for ping", 0.98, len(switches) // 4)
    for tid, other in ((ping, pong), (pong, ping)):
        for iv in waits[tid]:
            wakes.see((iv.why, iv.by) == ("condition", other), iv, iv.why == "unknown")
    return still, busy, wakes


need_bpf()
test(fork, "--children", 4, "--seconds", 1)
test(pool, "--seconds", 1)
test(lock, "--rounds", 80)
test(coroutines, "--switches", 10000)
finish()
