# SPDX-License-Identifier: BSD-2-Clause
"""Every expected mishap gets one sentence and the right status, and nothing recorded is lost."""
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import time

from live import (BUILD, CONCTRACE, ROOT, check, finish, need_bpf, path, record, report, run, skip, sums_hold, until,
                  workload)

T = path("t.ctr")


def one_sentence(result, *words):
    lines = [l for l in result.stderr.splitlines() if l.strip()]
    return len(lines) == 1 and lines[0].startswith("conctrace") and all(w in lines[0] for w in words)


# Reading.
for name, content in (("empty", b""), ("text", b"hello world\n" * 20), ("elf", open(CONCTRACE, "rb").read(4096)),
                      ("perf", b"PERFILE2" + bytes(200)), ("zeros", bytes(4096))):
    with open(path(name), "wb") as f:
        f.write(content)
    for sub in ("report", "dump", "info"):
        r = run(CONCTRACE, sub, path(name))
        check(f"{sub} of a foreign file ({name}) is one sentence", r.returncode == 1 and one_sentence(r, name), r)
for sub in ("report", "dump", "info"):
    r = run(CONCTRACE, sub, path("not-there"))
    check(f"{sub} of a missing file is one sentence", r.returncode == 1 and one_sentence(r, "not-there"), r)
    check(f"{sub} without a file: usage", run(CONCTRACE, sub).returncode == 2)
TEXT = os.path.join(ROOT, "tests", "golden", "info", "tells-how-whole-the-trace-is", "trace.txt")
for words in (["doctor"], ["workloads"], ["--help"], ["record", "--help"], ["info", TEXT], ["report", TEXT], ["dump", TEXT],
              ["watch", os.path.join(ROOT, "tests", "golden", "findings", "deadlock", "ring.txt")],
              ["view", "--term", "--once", TEXT], ["picture", "-o", "-", TEXT]):
    with open("/dev/full", "w", encoding="ascii") as full:
        r = subprocess.run([CONCTRACE, *words], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, text=True)
    check(f"{words[0]} that cannot be written is one sentence", r.returncode == 1 and one_sentence(r, "cannot write"), r)
for option, word in ((("-p", "4294967297"), "4294967297"), (("-p", "1x"), "1x"), (("-p", "-1"), "-1"), (("-p", ""), "number"),
                     (("-b", "17592186044417M"), "64K"), (("-b", "-18446744073709486080"), "64K"), (("-b", "65M"), "64M")):
    r = run(CONCTRACE, "record", "-o", T, "--duration", "1ms", *option)
    check(f"record {' '.join(option)} is refused", r.returncode == 2 and word in r.stderr.split("\n")[0], r)
env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}

need_bpf()

# A viewer that takes nothing, of a trace longer than the pipe: found out while the tests below run.
stuck = path("stuck")
os.mkdir(stuck)
shutil.copy(CONCTRACE, stuck)
with open(os.path.join(stuck, "conctrace-view"), "w", encoding="ascii") as f:
    f.write(f"#!/bin/sh\necho $$ >{path('stuck-pid')}\nexec sleep 100\n")
os.chmod(os.path.join(stuck, "conctrace-view"), 0o755)
slow = subprocess.Popen([os.path.join(stuck, "conctrace"), "-o", path("slow.ctr"), "perf", "bench", "sched", "pipe", "-l", "250000"],
                        env=dict(env, DISPLAY=":nobody"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

# Rights.
unprivileged = run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", CONCTRACE, "record", "-o",
                   path("u.ctr"), "touch", path("ran"))
check("without rights: one sentence that says what is needed",
      unprivileged.returncode == 1 and one_sentence(unprivileged, "CAP_BPF", "sudo"), unprivileged)
check("and COMMAND did not run, no file was made", not os.path.exists(path("ran")) and not os.path.exists(path("u.ctr")))

doctor = run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", CONCTRACE, "doctor", "--json")
checks = {c["what"]: c for c in json.loads(doctor.stdout)["checks"]}
check("the doctor does not tell what it has no rights to know", checks["rights"]["ok"] is False and
      all(checks[w]["ok"] is None for w in ("task storage", "buffers", "probes", "futex calls")), doctor)

# A container: the probes see other numbers than it does.
space = ("unshare", "--pid", "--fork", "--mount-proc", CONCTRACE)
if run(*space, "--version").returncode == 0:
    for words in (["touch", path("ran")], ["-p", "1"], ["-a", "-d", "1ms"]):
        r = run(*space, "record", "-o", path("space.ctr"), *words)
        check(f"in a PID namespace: one sentence that says what to do (record {words[0]})",
              r.returncode == 1 and one_sentence(r, "container", "--pid=host"), r)
    check("COMMAND did not run there, and no file was made",
          not os.path.exists(path("ran")) and not os.path.exists(path("space.ctr")))
    r = run(*space, "doctor")
    check("the doctor says there that it cannot record", r.returncode == 1 and "This machine can record" not in r.stdout
          and [l for l in r.stdout.splitlines() if l.startswith("NO")][:1] == [l for l in r.stdout.splitlines() if "--pid=host" in l], r)
else:
    skip("in a PID namespace", "unshare(1) cannot make one here")

# Outputs.
r = record("/nonexistent/t.ctr", "touch", path("ran"))
check("an output that cannot be made", r.returncode == 1 and one_sentence(r, "/nonexistent/t.ctr"), r)
check("and COMMAND did not run", not os.path.exists(path("ran")))
r = record("/dev/full", "touch", path("ran"))
check("a disk that is full already: one sentence, COMMAND does not run",
      r.returncode == 1 and one_sentence(r, "/dev/full", "No space") and not os.path.exists(path("ran")), r)
small = path("small")
os.mkdir(small)
if run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small).returncode == 0:
    r = record(small + "/t.ctr", "sh", "-c", "perf bench sched pipe -l 50000 >/dev/null; touch " + path("ran"))
    check("a disk that fills: one sentence", r.returncode == 1 and one_sentence(r, "t.ctr", "No space"), r)
    check("COMMAND ran to its end", os.path.exists(path("ran")))
    cut = report(small + "/t.ctr")
    check("and what was written opens, and says that it is not whole",
          cut["trace"]["nr_records"] > 0 and cut["trace"]["unfinished"] and not sums_hold(cut), cut["trace"])
    with open(small + "/fill", "wb", buffering=0) as f:
        try:
            f.write(bytes(1 << 20))
        except OSError:
            pass
    r = run(CONCTRACE, "picture", TEXT, "-o", small + "/t.png")
    check("a picture on a full disk: one sentence, and no part of it",
          r.returncode == 1 and one_sentence(r, "t.png", "No space") and not os.path.exists(small + "/t.png"), r)
    run("umount", small)
else:
    skip("a disk that fills", "tmpfs cannot be mounted here")
r = run("sh", "-c", f"{CONCTRACE} record -o - sh -c 'sleep 0.5; echo done >&2' | head -c 100 >/dev/null")
check("the pipe's reader is gone: one sentence, COMMAND goes on",
      "done" in r.stderr and len(r.stderr.splitlines()) == 2, r)

# Readers that are slow to come, or stuck.
def stalled():
    """A recording to a pipe of one page that nobody reads, the reader's end, and that it writes there."""
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
    proc = subprocess.Popen([CONCTRACE, "record", "-q", "-D", "off", "-o", "-", "-a"], stdout=write_end,
                            stderr=subprocess.PIPE, text=True)
    os.close(write_end)
    until(lambda: select.select([read_end], [], [], 0)[0])
    return proc, read_end


proc, end = stalled()
proc.send_signal(signal.SIGINT)
with open(path("late.ctr"), "wb") as f:
    while piece := os.read(end, 65536):
        f.write(piece)
os.close(end)
check("interrupted once, a recording whose reader is slow is whole", proc.wait(20) == 0
      and not report(path("late.ctr"))["trace"]["unfinished"], proc.stderr.read())
proc, end = stalled()
until(lambda: proc.send_signal(signal.SIGTERM) or proc.poll() is not None)
said = proc.communicate(timeout=20)[1]
os.close(end)
check("interrupted twice, one whose reader takes nothing ends: one sentence", proc.returncode == 1
      and len(said.splitlines()) == 1 and "standard output: its reader takes nothing" in said, (proc.returncode, said))

fifo = path("fifo")
os.mkfifo(fifo)
words = [CONCTRACE, "record", "-o", fifo, "sh", "-c", f"touch {path('read')}; exit 3"]
proc = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
line = proc.stderr.readline()
check("a FIFO without a reader is waited for, which is said", f"waiting for a reader of {fifo}" in line and proc.poll() is None, line)
proc.send_signal(signal.SIGTERM)
said = proc.communicate(timeout=20)[1]
check("until it is interrupted: COMMAND does not run", proc.returncode == 1 and len(said.splitlines()) == 1
      and fifo in said and not os.path.exists(path("read")), (proc.returncode, said))
proc = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
proc.stderr.readline()
r = run(CONCTRACE, "info", fifo)
check("and its reader gets the trace", proc.wait(20) == 3 and r.returncode == 0 and "no end" not in r.stdout and "cut" not in r.stdout, r)

r = record(path("red\033[31m.ctr"), "true")
check("a name of a file steers no terminal", r.returncode == 0 and "red?[31m.ctr" in r.stderr and "\033" not in r.stderr, r)

# COMMAND cannot run: why, and as a shell says it in its status.
record(T, "true")
with open(path("script"), "w", encoding="ascii") as f:
    f.write("#!/no/such/interpreter -x\n")
os.chmod(path("script"), 0o755)
for what, command, status, *words in (
        ("a script whose interpreter is not there", path("script"), 127, "script", "/no/such/interpreter"),
        ("a directory", "/tmp", 126, "directory"),
        ("no name", "", 127, "COMMAND"),
        ("what is not executable", "/etc/passwd", 126, "chmod"),
        ("a trace", T, 126, "conctrace view " + T),
        ("what is not there", "/tmp/no-such-program", 127, "no such program")):
    r = record(path("none.ctr"), command)
    check(f"COMMAND is {what}", r.returncode == status and one_sentence(r, *words), r)
r = run(CONCTRACE, "record", "-o", T, "--duration", "0", "true")
check("a duration of nothing is wrong usage", r.returncode == 2 and "longer than 0" in r.stderr, r)
r = record(T, "sh", "-c", f"sleep 30 >/dev/null 2>&1 & echo $! >{path('left')}")
with open(path("left"), encoding="ascii") as f:
    left = f.read().strip()
check("who goes on is said, with the number that record -p wants",
      "1 of its tasks goes on" in r.stderr and f"record -p {left} follows it" in r.stderr, r)
os.kill(int(left), signal.SIGKILL)

# Processes.
r = run(CONCTRACE, "record", "-o", T, "-p", "4194303")
check("-p of a pid that nobody has", r.returncode == 1 and one_sentence(r, "4194303"), r)
with subprocess.Popen(["true"]) as zombie:
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    r = run(CONCTRACE, "record", "-o", T, "-p", zombie.pid, "-d", "5s")
    check("-p of a zombie: one sentence", r.returncode == 1 and one_sentence(r, str(zombie.pid), "already ended"), r)
sleeper = subprocess.Popen(["sleep", "2"])  # longer than it takes to begin, on a busy machine, too
r = run(CONCTRACE, "record", "-o", T, "-p", sleeper.pid)
sleeper.wait()
check("-p of a process that ends meanwhile: the recording ends with it, and says so",
      r.returncode == 0 and f"process {sleeper.pid} has ended" in r.stderr, r)
rep = report(T)
check("and what it did is there", any(t["tid"] == sleeper.pid for t in rep["tasks"]), rep["tasks"])
r = record(T, "true")
check("COMMAND that ends at once leaves a whole trace", r.returncode == 0 and not sums_hold(report(T)), r)

# A trace cut anywhere, and a recorder killed at ten moments.
whole = path("whole.ctr")
record(whole, workload("fork"), "--help")
data = open(whole, "rb").read()
bad = []
for cut in range(0, len(data), max(1, len(data) // 40)):
    with open(T, "wb") as f:
        f.write(data[:cut])
    r = run(CONCTRACE, "report", T)
    if r.returncode not in (0, 1) or (r.returncode == 1 and not one_sentence(r)):
        bad.append((cut, r))
check("a trace cut anywhere opens or says why not", not bad, bad)
bad = []
for i in range(10):
    if os.path.exists(T):
        os.unlink(T)
    proc = subprocess.Popen([CONCTRACE, "record", "-q", "-o", T, workload("lock")], stdout=subprocess.DEVNULL)
    end = time.monotonic() + 20
    while time.monotonic() < end and not (os.path.exists(T) and os.path.getsize(T) > 2500):
        time.sleep(0.01)  # the header and the first chunk: the recording has begun
    time.sleep(0.13 * i)
    proc.send_signal(signal.SIGKILL)
    proc.wait()
    run("pkill", "-9", "-f", workload("lock"))
    try:
        rep = report(T)
        if sums_hold(rep) or rep["trace"]["nr_records"] == 0:
            bad.append((i, rep["trace"], sums_hold(rep)))
    except RuntimeError as e:
        bad.append((i, e))
check("killed at ten moments, each trace opens and adds up", not bad, bad)

# Viewers.
said = ""
while "viewer" not in said and (line := slow.stderr.readline()):
    said += line
os.kill(int(open(path("stuck-pid"), encoding="ascii").read()), signal.SIGKILL)  # its window is closed
said += slow.communicate(timeout=60)[1]
check("a viewer that takes nothing: one sentence, and the trace is whole",
      slow.returncode == 0 and len([l for l in said.splitlines() if "viewer" in l and "slow.ctr" in l]) == 1
      and not report(path("slow.ctr"))["trace"]["unfinished"], said)
os.unlink(path("stuck-pid"))
proc = subprocess.Popen([os.path.join(stuck, "conctrace"), "-o", path("killed.ctr"), "sh", "-c",
                         f"until [ -e {path('go')} ]; do sleep 0.05; done"],
                        env=dict(env, DISPLAY=":nobody"), stderr=subprocess.PIPE, text=True)
until(lambda: os.path.exists(path("stuck-pid")) and os.path.getsize(path("stuck-pid")) > 0)
until(lambda: run("pgrep", "-P", proc.pid, "-f", "^conctrace watch").stdout)
for name, pid in (("viewer", open(path("stuck-pid"), encoding="ascii").read()),
                  ("watcher", run("pgrep", "-P", proc.pid, "-f", "^conctrace watch").stdout)):
    os.kill(int(pid), signal.SIGKILL)
    line = proc.stderr.readline()
    check(f"a {name} that is killed is said", f"the {name} was killed" in line, line)
open(path("go"), "w", encoding="ascii").close()
said = proc.communicate(timeout=20)[1]
check("and the recording goes on", proc.returncode == 0 and not report(path("killed.ctr"))["trace"]["unfinished"], said)
r = run(CONCTRACE, "-q", "-o", T, "sh", "-c", "exit 4", env=dict(env, DISPLAY=":987"))
if "no SDL2" in r.stderr:
    skip("a display that is not there", "built without SDL2")
else:
    check("a display that is not there: one sentence that says what to do, COMMAND runs",
          r.returncode == 4 and one_sentence(r, "recording goes on", "DISPLAY"), r)
os.chmod(stuck, 0o700)
r = run(os.path.join(stuck, "conctrace"), "-q", "-o", path("sudo.ctr"), "true",
        env=dict(env, DISPLAY=":nobody", SUDO_UID="1000", SUDO_GID="1000"))
check("a viewer that the user may not run: one sentence, COMMAND runs",
      r.returncode == 0 and one_sentence(r, "viewer", "1000", "Permission denied"), r)

# Execs that change rights.
su = record(T, "setpriv", "--reuid=65534", "--clear-groups", "id", "-u")
check("COMMAND that changes its user is traced on", su.stdout.strip() == "65534" and su.returncode == 0, su)
r = run(os.path.join(BUILD, "conctrace-view"), T, env=env, timeout=10)
check("the viewer without a display: one sentence", r.returncode == 1 and one_sentence(r, "display"), r)
finish()
