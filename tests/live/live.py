# SPDX-License-Identifier: BSD-2-Clause
"""What the live tests share: running conctrace, reading its report, saying ok or not ok."""
import atexit
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it, and so would COMMAND

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, sys.argv[1] if len(sys.argv) > 1 else "build")
CONCTRACE = os.path.join(BUILD, "conctrace")
WORKLOADS = os.path.join(BUILD, "workloads")
AREA = os.path.splitext(os.path.basename(sys.argv[0]))[0]
DIR = tempfile.mkdtemp(prefix="conctrace-test-")
os.chmod(DIR, 0o777)
atexit.register(shutil.rmtree, DIR, ignore_errors=True)
failed = False
for name in ("SUDO_UID", "SUDO_GID", "SUDO_USER"):  # sudo make check: who COMMAND runs as is said by each test
    os.environ.pop(name, None)


def check(claim, true, detail=""):
    """One line per claim; detail explains a failure."""
    global failed
    if not true:
        failed = True
        if detail != "":
            print("   ", str(detail)[:2000])
    print(("ok" if true else "not ok"), f"{AREA}: {claim}", flush=True)


def skip(claim, reason):
    print(f"skip {AREA}: {claim} # {reason}", flush=True)


def finish():
    sys.exit(1 if failed else 0)


def path(name):
    return os.path.join(DIR, name)


def reachable(*programs):
    """Copies of programs that every user can reach, which those of a clone below /root are not; their paths."""
    return [shutil.copy(program, DIR) for program in programs]


def run(*args, **kw):
    """Runs a program; the result has returncode, stdout, stderr as text."""
    kw.setdefault("timeout", 120)
    kw.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([str(a) for a in args], capture_output=True, text=True, errors="replace", **kw)


def until(what, timeout=30.0):
    """Asks again and again until what() is true; the result says whether it became so."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.02)
    return False


def record(file, *command, options=(), **kw):
    return run(CONCTRACE, "record", "-o", file, *options, "--", *command, **kw)


# What the kernel charged a task, and why that is not the time from switch to switch: witness.bpf.c.
Kernel = collections.namedtuple("Kernel", "sum old stolen told untold untold_ns switches")


def record_witnessed(file, *command, options=(), **kw):
    """As record, beside the witness. What the kernel charged, by tid; without a witness None, and stderr says why."""
    witness = os.path.join(BUILD, "tests", "witness")
    if not os.path.exists(witness):
        return subprocess.CompletedProcess(witness, 125, "", f"{witness} is not built: make witness"), None
    result = run(witness, path("witness"), CONCTRACE, "record", "-o", file, *options, "--", *command, **kw)
    if result.returncode == 125:  # its own status
        return result, None
    with open(path("witness"), encoding="ascii") as f:
        lines = [[int(word) for word in line.split()] for line in f]
    return result, {tid: Kernel(*rest) for tid, *rest in lines}


def report(file, *options):
    result = run(CONCTRACE, "report", file, "--json", "--all", *options)
    if result.returncode != 0:
        raise RuntimeError(f"report failed: {result.stderr}")
    return json.loads(result.stdout)


def workload(name):
    return os.path.join(WORKLOADS, name)


def tasks_of(rep, comm):
    """The recorded program's tasks of that name; others on the machine may have the same one."""
    return [t for t in rep["tasks"] if t["traced"] and t["comm"] == comm]


def sums_hold(rep):
    """The promise in numbers: a list of what does not add up, empty if all does."""
    wrong = []
    for t in rep["tasks"]:
        total = t["running_ns"] + t["runnable_ns"] + t["unknown_ns"] + sum(t["blocked_ns"].values())
        if total != t["end_ns"] - t["begin_ns"]:
            wrong.append((t["tid"], t["comm"], total, t["end_ns"] - t["begin_ns"]))
    whole = rep["trace"]["end_ns"] - rep["trace"]["begin_ns"]
    for c in rep["cpus"]:
        if c["busy_ns"] + c["idle_ns"] + c["unknown_ns"] != whole:
            wrong.append(("cpu", c["cpu"], c, whole))
    return wrong


def display(size="1280x800"):
    """A virtual display of its own number: the server, and the environment to use it. It goes on when its last window
    has closed: one that begins anew then turns away or ends whoever comes meanwhile."""
    read_end, write_end = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write_end), "-screen", "0", f"{size}x24", "-nolisten", "tcp",
                               "-ac", "-noreset"], pass_fds=[write_end], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(server.kill)  # also when the tests are skipped or fail
    os.close(write_end)
    with os.fdopen(read_end) as number:
        env = dict(os.environ, DISPLAY=":" + number.readline().strip(), SDL_RENDER_DRIVER="software")
    env.pop("WAYLAND_DISPLAY", None)
    return server, env


def window(env):
    """The viewer's window on that display, or None."""
    found = run("xdotool", "search", "--onlyvisible", "--name", "conctrace", env=env).stdout.split()
    return found[0] if found else None


def press(env, *keys):
    """Keys of the keyboard, for the window that has the focus, once it has. With --window xdotool sends them to the
    window itself as soon as it has no focus: of a key that closes it the release would never come, and it would be
    down in the next window."""
    until(lambda: window(env) and run("xdotool", "getwindowfocus", env=env).stdout.strip() == window(env))
    run("xdotool", "key", *keys, env=env)


def need_bpf():
    """Skips everything, with the reason, where this machine cannot record."""
    doctor = run(CONCTRACE, "doctor")
    if doctor.returncode != 0:
        rows = [line.split(None, 2) for line in doctor.stdout.splitlines() if line.startswith("NO ")]
        skip("all", ": ".join(rows[0][1:]) if rows else "conctrace doctor failed")
        finish()
