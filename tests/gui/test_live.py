# SPDX-License-Identifier: BSD-2-Clause
"""A live window under Xvfb: frozen, looked around in and let go while recording goes on; and what becomes of
COMMAND and the file when the viewer is killed or the X server dies."""
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"))
from live import BUILD, CONCTRACE, check, display, finish, need_bpf, path, press, reachable, run, skip, until, window, workload

for tool in ("Xvfb", "xdotool"):
    if not shutil.which(tool):
        skip("live window", f"{tool} is not installed")
        finish()
need_bpf()


server, env = display()

# Hands on a live view of a pipe.
script = path("live.script")
with open(script, "w") as f:
    f.write("wait-records 50\necho\nstate\n")
record = subprocess.Popen([CONCTRACE, "record", "-q", "-o", "-", "--", "sh", "-c", workload("lock") + " >&2; exit 7"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
viewer = subprocess.Popen([os.path.join(BUILD, "conctrace-view"), "--script", script, "-"], stdin=record.stdout,
                          stdout=subprocess.PIPE, text=True, env=env)
record.stdout.close()
lines = []
threading.Thread(target=lambda: lines.extend(iter(viewer.stdout.readline, "")), daemon=True).start()


def key(name):
    n = len(lines)
    run("xdotool", "key", "--window", window(env), name, env=env)
    until(lambda: len(lines) > n, 5.0)
    return lines[-1] if len(lines) > n else ""


def number_of(line, name):
    return int(re.search(rf"\b{name}=(-?\d+)", line).group(1))


check("a pipe opens a live window", until(lambda: window(env)) and until(lambda: lines), lines)
check("which follows", lines and "live " in lines[0] and "following=1" in lines[0], lines)
line = key("space")
check("Space freezes it", "frozen=1" in line, line)
at, records = number_of(line, "begin"), number_of(line, "records")
time.sleep(0.6)
line = key("Escape")
check("frozen it stays while recording goes on", number_of(line, "begin") == at
      and number_of(line, "records") > records, (at, records, line))
line = key("w")
check("it can be zoomed meanwhile", number_of(line, "span") < 2000000000, line)
line = key("m")
check("and marked", number_of(line, "marks") == 1 and "pipe" in line, line)
line = key("End")
check("End follows again", "following=1" in line and "frozen=0" in line, line)
record.wait(timeout=60)
ended = until(lambda: "status 7" in key("Escape"), 5.0)
check("COMMAND's end is announced with its status and how long it took", ended and
      re.search(r"status 7 after [0-9.]+ s", lines[-1]), lines[-1])
check("what it was about stays", lines[-1].startswith("clear: ended "), lines[-1])
press(env, "ctrl+q")
check("and is closed by hand", until(lambda: viewer.poll() is not None) and viewer.returncode == 0)


def whole(file):
    info = run(CONCTRACE, "info", file)
    return info.returncode == 0 and "unfinished" not in info.stdout


# A live run's marks are kept beside its trace, and belong to whom it belongs.
T, MARKS = path("marked.ctr"), path("marked.ctr.marks")
with open(MARKS, "w", encoding="ascii") as f:
    f.write("77.5 of a trace before\n")
conctrace, _ = reachable(CONCTRACE, os.path.join(BUILD, "conctrace-view"))
live = subprocess.Popen([conctrace, "-q", "-o", T, "sleep", "60"], env=dict(env, SUDO_UID="65534", SUDO_GID="65534"),
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
until(lambda: window(env))
check("marks of a trace that is recorded over go with it", until(lambda: not os.path.exists(MARKS)))
begin = time.monotonic()
until(lambda: os.path.getsize(T) > 10000)
press(env, "m")
check("M in a live run is kept beside the trace", until(lambda: os.path.exists(MARKS)))
most = time.monotonic() - begin + 3
os.kill(int(run("pgrep", "-P", live.pid, "sleep").stdout.split()[0]), signal.SIGTERM)
until(lambda: whole(T))
press(env, "ctrl+q")
live.communicate(timeout=60)
with open(MARKS, encoding="ascii") as f:
    times = [line.split()[0] for line in f if not line.startswith("#")]
check("at its time", len(times) == 1 and 0 < float(times[0]) < most, (times, most))
check("and is the user's, as the trace is", {os.stat(T).st_uid, os.stat(MARKS).st_uid} == {65534}, os.stat(MARKS))
state = path("state.script")
with open(state, "w", encoding="ascii") as f:
    f.write("wait-records 10\nstate\nquit\n")
again = run(os.path.join(BUILD, "conctrace-view"), "--script", state, T, env=env)
check("and is there when the trace is opened", "marks=1" in again.stdout, again)

# The viewer is killed.
live = subprocess.Popen([CONCTRACE, "-q", "-o", path("killed.ctr"), workload("pool")], env=env,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
until(lambda: window(env))
viewers = run("pgrep", "-P", live.pid, "conctrace-view").stdout.split()
check("a live run has one viewer", len(viewers) == 1, viewers)
for pid in viewers:
    os.kill(int(pid), signal.SIGKILL)
out, errors = live.communicate(timeout=60)
check("killing the viewer leaves COMMAND running to its end", "jobs done" in out and live.returncode == 0,
      (out, errors))
check("and the file whole", whole(path("killed.ctr")))

# The X server dies.
live = subprocess.Popen([CONCTRACE, "-q", "-o", path("nox.ctr"), workload("pool")], env=env,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
until(lambda: window(env))
server.kill()
server.wait()
out, errors = live.communicate(timeout=60)
check("an X server that dies leaves COMMAND running to its end", "jobs done" in out and live.returncode == 0,
      (out, errors))
check("and the file whole", whole(path("nox.ctr")))
finish()
