# SPDX-License-Identifier: BSD-2-Clause
"""-p and -a: programs that run already, and what they fork from now on."""
import glob
import os
import re
import signal
import subprocess

from live import CONCTRACE, check, finish, need_bpf, path, report, run, skip, sums_hold, tasks_of, until

need_bpf()
T = path("t.ctr")

PROGRAM = """
import threading, time, subprocess, sys
lock = threading.Lock()
def work(n):
    while True:
        with lock: sum(range(50000))
        time.sleep(0.001)
for i in range(3): threading.Thread(target=work, args=(i,), daemon=True).start()
threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
while True: subprocess.run(["true"]); time.sleep(0.05)
"""
with subprocess.Popen(["python3", "-c", PROGRAM]) as proc:
    until(lambda: len(os.listdir(f"/proc/{proc.pid}/task")) == 5)
    r = run(CONCTRACE, "record", "-o", T, "-p", proc.pid, "--duration", "1s")
    alive = proc.poll() is None
    proc.kill()
rep = report(T)
mine = [t for t in rep["tasks"] if t["tgid"] == proc.pid]
check("-p leaves the process running", r.returncode == 0 and alive, r)
check("-p records every thread", len([t for t in mine if t["running_ns"] > 0]) >= 4, mine)
check("-p records what it forks", [t for t in tasks_of(rep, "true") if t["exit_status"] == 0])
check("-p: every nanosecond is in one state", not sums_hold(rep), sums_hold(rep))
# One that was on a run queue when it was found, or woken before that, is unknown until its first switch; later only
# hidden switches leave something open.
active, asleep = set(), set()
for line in run(CONCTRACE, "dump", T).stdout.splitlines():
    tids = {int(t) for t in re.findall(r" (?:tid|next_tid)=(\d+)", line)}
    if " task " in line and " state=R " not in line:
        asleep |= tids - active
    active |= tids
begin = rep["trace"]["begin_ns"]
unknown = [(int(t), int(b.replace(".", "")), int(e.replace(".", ""))) for b, e, t in re.findall(
    r"^(\S+) (\S+) tid=(\d+) unknown", run(CONCTRACE, "dump", "--intervals", T).stdout, re.M)]
threads = {t["tid"]: t["end_ns"] - t["begin_ns"] for t in mine}
check("-p: a thread that slept when recording began has its reason from then on",
      asleep & set(threads) and not [u for u in unknown if u[0] in threads and u[0] in asleep and u[1] == begin], unknown)
check("-p: what is unknown of a thread is before its first switch",
      all(sum(e - b for t, b, e in unknown if t == tid and b > begin) < 0.02 * ns for tid, ns in threads.items()),
      unknown)

# Who waits for any of several is told which one was ready, from the wait on in which it was found.
SEVERAL = """
import os, select, time
(r1, w1), (r2, w2) = os.pipe(), os.pipe()
parent = os.getpid()
if os.fork() == 0:
    while os.getppid() == parent:
        for pipe in (w1, w2):
            time.sleep(0.01)
            os.write(pipe, b"x")
    os._exit(0)
poll = select.poll()
poll.register(r1)
poll.register(r2)
while True:
    (fd, _), = poll.poll()
    os.read(fd, 1)
"""
with subprocess.Popen(["python3", "-c", SEVERAL]) as proc:
    several = path("several.ctr")
    run(CONCTRACE, "record", "-q", "-o", several, "-p", proc.pid, "--duration", "500ms")
    proc.kill()
ready, told = [], None
for line in run(CONCTRACE, "dump", several).stdout.splitlines():
    if " file tid=" in line:
        told = re.search(r" kind=2 object=(\w+)", line)
    elif f" waking tid={proc.pid} " in line:
        ready.append(told and told[1])
        told = None
check("-p: it is told each time which of two pipes was ready", len(ready) >= 10 and None not in ready and
      ready == [ready[i % 2] for i in range(len(ready))] and ready[0] != ready[1], ready)

FAMILY = """
import subprocess, time
child = subprocess.Popen(["sh", "-c", "sleep 20 & wait"])
time.sleep(20)
"""
with subprocess.Popen(["python3", "-c", FAMILY], start_new_session=True) as proc:
    until(lambda: "sleep" in run("ps", "-o", "comm=", "-s", proc.pid).stdout)
    run(CONCTRACE, "record", "-q", "-o", T, "-p", proc.pid, "--duration", "300ms")
    os.killpg(proc.pid, signal.SIGKILL)
traced = sorted(t["comm"] for t in report(T)["tasks"] if t["traced"])
check("-p records what the process forked before, and what that forked", traced == ["python3", "sh", "sleep"], traced)

with subprocess.Popen(["sleep", "20"]) as proc:
    until(lambda: run("ps", "-o", "comm=,s=", "-p", proc.pid).stdout.split() == ["sleep", "S"])
    run(CONCTRACE, "record", "-q", "-o", T, "-p", proc.pid, "--duration", "300ms")
    proc.kill()
rep = report(T)
sleeper = next(t for t in rep["tasks"] if t["tid"] == proc.pid)
check("a sleeper that never ran meanwhile slept all the time, and is known to sleep",
      sleeper["blocked_ns"]["sleep"] == sleeper["end_ns"] - sleeper["begin_ns"], sleeper)

r = run(CONCTRACE, "record", "-o", T, "-a", "--", "sh", "-c", "sleep 0.3; ls / >/dev/null")
rep = report(T)
busy = sum(c["busy_ns"] for c in rep["cpus"])
running = sum(t["running_ns"] for t in rep["tasks"])
check("-a: what the cores were busy with is what the tasks ran", busy == running, (busy, running))
check("-a: other tasks' wakings are there too",
      sum(t["wakeups"] for t in rep["tasks"] if t["comm"] not in ("sh", "ls", "sleep")) > 0)
whole = rep["trace"]["end_ns"] - rep["trace"]["begin_ns"]
if rep["trace"]["anomalies"]["switch_mismatch"]:
    skip("-a: at most 1 % of a core's time is unknown", "this kernel hides switches to the idle task from tracers")
else:
    check("-a: at most 1 % of a core's time is unknown", all(c["unknown_ns"] <= whole / 100 for c in rep["cpus"]),
          rep["cpus"])


def priorities():
    """What /proc says of each task, in the kernel's own scale: 120 is nice 0."""
    found = {}
    for stat in glob.glob("/proc/[0-9]*/task/[0-9]*/stat"):
        try:
            with open(stat, encoding="utf-8", errors="replace") as f:
                found[int(stat.split("/")[4])] = 100 + int(f.read().rpartition(")")[2].split()[15])
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


with subprocess.Popen(["nice", "-n", "7", "sleep", "30"]) as proc:
    until(lambda: priorities().get(proc.pid, 120) != 120)
    before = priorities()
    r = run(CONCTRACE, "record", "-o", T, "-a", "--duration", "300ms")
    after = priorities()
    proc.kill()
told = {int(tid): int(prio) for tid, prio in re.findall(r" prio (?:flags=\S+ )?tid=(\d+) .*new_prio=(-?\d+)",
                                                       run(CONCTRACE, "dump", T).stdout)}
wrong = {tid: (prio, told.get(tid, 120)) for tid, prio in before.items()
         if after.get(tid) == prio and told.get(tid, 120) != prio}
check("-a: each task has the priority that /proc tells, also one that only slept",
      r.returncode == 0 and not wrong and before[proc.pid] == told.get(proc.pid), (wrong, r.stderr))
finish()
