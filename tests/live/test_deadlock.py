# SPDX-License-Identifier: BSD-2-Clause
"""Deadlocks: told within a second of forming, by attaching later and in the report; nothing else is called one."""
import fcntl
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import termios
import time

from live import BUILD, CONCTRACE, DIR, check, finish, need_bpf, path, report, run, skip, workload

need_bpf()
T, TRUTH = path("t.ctr"), path("truth")
TOLD = re.compile(r"^conctrace: (Deadlock|Stall|.* has exited)", re.M)
IDS = ("deadlock", "owner-exited", "stall")
# How many tasks are named as part of it, and as what the report knows it.
KINDS = {
    "two": (2, "deadlock"),
    "five": (5, "deadlock"),
    "self": (1, "deadlock"),
    "shared": (2, "deadlock"),
    "died": (1, "owner-exited"),
}


def found(trace):
    return [f for f in report(trace)["findings"] if f["id"] in IDS]


def watched(*args):
    """Runs to the end; the time of the first line that tells of a standstill, and all that was said."""
    at, said = None, []
    with subprocess.Popen([str(a) for a in args], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, errors="replace") as proc:
        for line in proc.stderr:
            if at is None and TOLD.match(line):
                at = time.monotonic_ns()
            said.append(line)
    return at, "".join(said), proc.returncode


def facts(name):
    with open(TRUTH, encoding="ascii") as f:
        return [line.split() for line in f if line.startswith(name + "\t")]


def takers():
    return {int(f[1]) for f in facts("lock-wait")}


def live(kind, tasks, key):
    at, said, _ = watched(CONCTRACE, "record", "-o", T, workload("deadlock"), f"--kind={kind}", "--seconds=2",
                          f"--truth={TRUTH}")
    formed = max(int(f[2]) for f in facts("lock-wait"))
    late_ms = (at - formed) / 1e6 if at else None
    check(f"{kind}: told within a second of forming", at and 0 < late_ms <= 1000, (late_ms, said))
    check(f"{kind}: every waiter and lock is named",
          all(str(tid) in said for tid in takers()) and all(f[4] in said for f in facts("lock-wait")), said)
    check(f"{kind}: told once", len(TOLD.findall(said)) == 1, said)
    in_report = found(T)
    check(f"{kind}: the report tells it, from when it formed",
          [f["id"] for f in in_report] == [key] and len(in_report[0]["tids"]) == tasks
          and set(in_report[0]["tids"]) <= takers() and abs(in_report[0]["begin_ns"] - formed) < 20_000_000,
          (formed, in_report))
    if key == "deadlock":
        of_locks(kind, tasks)
    replay = run(CONCTRACE, "watch", T)
    check(f"{kind}: replay tells the same", len(TOLD.findall(replay.stdout)) == 1, replay)


def of_locks(kind, tasks):
    """Who has each lock, though that processes share one is told only while it is waited for."""
    data = report(T)
    locks = [lock for lock in data["locks"] if lock["wait_ns"] > 1e9 and lock["waiters"] and lock["is_lock"]]
    held = [{h["tid"] for h in lock["holders"] if h["waited_on_ns"] > 0.9 * lock["wait_ns"]} for lock in locks]
    check(f"{kind}: who has the locks is known", len(locks) == tasks and all(len(tids) == 1 for tids in held)
          and set().union(*held) <= takers(), data["locks"])
    check(f"{kind}: nothing else is told of them",
          not [f for f in data["findings"] if f["id"].startswith("lock-")], data["findings"])


def attached(kind, tasks, key):
    """Later: -p follows the processes, too, that it has forked before."""
    with subprocess.Popen([workload("deadlock"), f"--kind={kind}", "--seconds=0"], start_new_session=True) as proc:
        time.sleep(0.5)
        begin = time.monotonic_ns()
        whom = ["-p", proc.pid]
        at, said, _ = watched(CONCTRACE, "record", "-o", T, *whom, "-d", "1s")
        members = run("ps", "-s", proc.pid, "-L", "-o", "lwp=").stdout.split()
        os.killpg(proc.pid, signal.SIGKILL)
    check(f"{kind}: told when attaching later", at and at - begin < 2e9, said)
    ours = [f for f in found(T) if {str(tid) for tid in f["tids"]} <= set(members)]
    check(f"{kind}: and in the report", [f["id"] for f in ours] == [key] and len(ours[0]["tids"]) == tasks,
          (members, found(T)))


def stop_and_kill():
    command = [workload("deadlock"), "--kind=two", "--seconds=30"]
    with subprocess.Popen([CONCTRACE, "record", "-o", T, "--on-deadlock=stop", *command], stderr=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, text=True) as proc:
        stopped = None
        for line in proc.stderr:
            stopped = re.search(r"process (\d+) is stopped", line)
            if stopped:
                break
        pid = int(stopped.group(1)) if stopped else 0
        state = run("ps", "-o", "stat=,comm=", "-p", pid).stdout
        check("stop: the process is stopped for a debugger", state.startswith("T"), state)
        if pid:
            os.kill(pid, signal.SIGKILL)
        proc.communicate(timeout=20)
    check("stop: and conctrace ends as it ends", proc.returncode == -signal.SIGKILL, proc.returncode)
    begin = time.monotonic()
    at, said, status = watched(CONCTRACE, "record", "-o", T, "--on-deadlock=kill", *command)
    check("kill: it is asked to end, and that is the status",
          at and status == -signal.SIGTERM and time.monotonic() - begin < 5, (status, said))
    at, said, status = watched(CONCTRACE, "record", "-o", T, "--on-deadlock=kill", workload("deadlock"),
                               "--kind=shared", "--seconds=30")
    check("kill: of two processes that end when asked none is told to be killed",
          at and said.count("is asked to end") == 2 and "is killed" not in said, said)
    deaf = "trap '' TERM; exec " + " ".join(command)
    begin = time.monotonic()
    at, said, status = watched(CONCTRACE, "record", "-o", T, "--on-deadlock=kill", "sh", "-c", deaf)
    check("kill: who does not listen is killed",
          at and status == -signal.SIGKILL and "is killed" in said and time.monotonic() - begin < 8, (status, said))
    at, said, _ = watched(CONCTRACE, "record", "-o", T, "--on-deadlock=off", workload("deadlock"), "--kind=two",
                          "--seconds=1")
    check("off: nobody watches", at is None, said)


def on_a_terminal():
    """The timeline on the terminal says so itself, above its lanes; the watcher's words stand with what COMMAND writes."""
    pid, fd = pty.fork()
    if pid == 0:
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            os.environ.pop(name, None)
        os.environ["TERM"] = "xterm-256color"
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 40, 150, 0, 0))
        os.execv(CONCTRACE, [CONCTRACE, "-o", T, workload("deadlock"), "--kind=two", "--seconds=2"])
    text = b""
    try:
        while part := os.read(fd, 65536):
            text += part
    except OSError:
        pass
    os.close(fd)
    os.waitpid(pid, 0)
    text = text.decode(errors="replace")
    live = text[:text.find(" ENDED ")]
    check("a live terminal shows it", re.search("(?<!conctrace: )Deadlock: 2 threads", live), text[-3000:])
    check("and it is told at once", "conctrace: Deadlock: 2 threads" in live, text[-3000:])


STALL = """
import threading, time
a, b = threading.Lock(), threading.Lock()
def take(x, y):
    with x:
        time.sleep(0.1)
        y.acquire()
ts = [threading.Thread(target=take, args=locks) for locks in ((a, b), (b, a))]
[t.start() for t in ts]; [t.join() for t in ts]
"""


def stalled():
    """Python's locks are semaphores and have no owner: that nothing can go on is certain all the same."""
    with open(path("said"), "w+", encoding="utf-8") as f:  # a pipe would not end before COMMAND
        subprocess.run([CONCTRACE, "record", "-o", T, "-d", "6500ms", "python3", "-c", STALL], stderr=f,
                       stdin=subprocess.DEVNULL, check=False, timeout=60)
        f.seek(0)
        said = f.read()
    tids = {t["tid"] for t in report(T)["tasks"] if t["traced"]}
    check("locks without owners: the stall is told, with every thread",
          said.count("Stall") == 1 and len(tids) == 3 and all(str(tid) in said for tid in tids), said)
    in_report = found(T)
    check("and in the report", [f["id"] for f in in_report] == ["stall"] and set(in_report[0]["tids"]) == tids, in_report)
    os.kill(min(tids), signal.SIGKILL)


PYTHON = """
import threading, queue, time
lock, q, cond, sem = threading.Lock(), queue.Queue(4), threading.Condition(), threading.Semaphore(2)
def work():
    for i in range(300):
        with lock: sum(range(200))
        with sem: time.sleep(0.0005)
        q.put(i); q.get()
ts = [threading.Thread(target=work) for _ in range(6)]
[t.start() for t in ts]; [t.join() for t in ts]
"""
# A server without work: its threads wait on a condition, and for longer than a stall takes.
IDLE = """
import threading, select, socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
e = threading.Event()
for _ in range(4): threading.Thread(target=e.wait, daemon=True).start()
select.select([s], [], [], 6.5)
"""
# Buffers as small as can be: records are lost, and what is not known is no deadlock.
LOSSES = ["-b", "64K"]
CALM = {
    "python3 threads": ["python3", "-c", PYTHON],
    "an idle server": ["python3", "-c", IDLE],
    "make -j": ["make", "-s", "-j4", "-C", os.path.dirname(BUILD), f"B={DIR}/make",
                *[f"{DIR}/make/userspace/base/{name}.o" for name in ("bytes", "duration", "err", "mem", "table")]],
    "a pipeline": ["sh", "-c", "seq 300000 | sort -R | sort | tail -1"],
    "deadlock ordered": [workload("deadlock"), "--kind=ordered"],
    "deadlock trylock": [workload("deadlock"), "--kind=trylock"],
    "deadlock timeout": [workload("deadlock"), "--kind=timeout"],
}
for lesson in sorted(os.listdir(os.path.dirname(workload("x")))):
    if os.path.isfile(workload(lesson)) and os.access(workload(lesson), os.X_OK) and lesson != "deadlock":
        CALM[f"workload {lesson}"] = [workload(lesson)]
for stress in ("futex", "sem", "pipe", "sock", "switch", "mutex"):
    CALM[f"stress-ng {stress}"] = ["stress-ng", "--quiet", f"--{stress}", "2", "-t", "1"]


def calm(name, command, options=()):
    if not shutil.which(command[0]):
        skip(name, f"{command[0]} is not installed")
        return
    at, said, _ = watched(CONCTRACE, "record", "-o", T, *options, *command)
    check(f"{name}: no standstill is told", at is None and not found(T), (said, found(T)))


for one, what in KINDS.items():
    live(one, *what)
    attached(one, *what)
stop_and_kill()
on_a_terminal()
stalled()
for one, what in CALM.items():
    calm(one, what)
calm("contended locks, with losses", ["stress-ng", "--quiet", "--mutex", "4", "--pipe", "2", "-t", "2"], LOSSES)
finish()
