# SPDX-License-Identifier: BSD-2-Clause
"""COMMAND behaves as without conctrace: status, signal, input, output, folder, user."""
import os
import signal
import subprocess
import time

from live import CONCTRACE, DIR, check, finish, need_bpf, path, record, report, run

need_bpf()
T = path("t.ctr")

for command in (["true"], ["false"], ["sh", "-c", "exit 42"], ["sh", "-c", "kill -9 $$"],
                ["sh", "-c", "kill -TERM $$"], ["sh", "-c", "kill -INT $$"],
                ["sh", "-c", "echo out; echo err >&2; cat"],
                ["python3", "-c", "import sys, os; print(sys.argv, os.getcwd())", "--", "-x", "a b"],
                ["gcc", "-c", "/nonexistent.c"]):
    plain = run(*command, cwd=DIR)
    traced = record(T, *command, options=("-q",), cwd=DIR)
    check(f"as without conctrace: {' '.join(command)}",
          (plain.returncode, plain.stdout, plain.stderr) == (traced.returncode, traced.stdout, traced.stderr),
          (plain, traced))

fed = run(CONCTRACE, "record", "-q", "-o", T, "sh", "-c", "cat; tty", stdin=None, input="through\n")
check("COMMAND reads conctrace's standard input", fed.stdout.startswith("through\n"), fed)

piped = run("sh", "-c", f"{CONCTRACE} record -q -o - echo talk | {CONCTRACE} info -")
check("a trace on standard output is not mixed with COMMAND's", "talk" in piped.stderr
      and "nothing lost, late or damaged" in piped.stdout, piped)

with open(T, "rb") as f:
    before = f.read()
check("COMMAND that does not exist: 127", record(T, "no-such-program").returncode == 127)
check("COMMAND that is not executable: 126", record(T, "/etc/passwd").returncode == 126)
with open(T, "rb") as f:
    check("and the trace that was there is kept", f.read() == before)
check("and none is made where none was",
      record(path("none.ctr"), "no-such-program").returncode == 127 and not os.path.exists(path("none.ctr")))
with open(T, "ab") as f:
    f.write(bytes(1 << 20))
check("a shorter trace leaves nothing of a longer one", record(T, "true").returncode == 0
      and "whole       yes" in run(CONCTRACE, "info", T).stdout and os.path.getsize(T) < 1 << 20)
check("usage: 2", run(CONCTRACE, "record").returncode == 2)
check("--no-view is of a live run alone: 2", run(CONCTRACE, "record", "--no-view", "true").returncode == 2)
for both in (["-a", "-p", "1"], ["-p", "1", "-p", str(os.getpid())]):
    r = run(CONCTRACE, "record", "-o", T, "-d", "100ms", *both)
    check(f"what cannot be traced together: 2 and a sentence ({' '.join(both[:3])})",
          r.returncode == 2 and both[-1] in r.stderr + "1" and "-p" in r.stderr, r)
typed = run("script", "-qec", f"{CONCTRACE} record -o - true", "/dev/null")
check("a trace is not written to a terminal: 2", typed.returncode == 2 and "terminal" in typed.stdout, typed)
closed = run("sh", "-c", f"{CONCTRACE} record -o - touch {path('ran')} >&-")
check("a trace for a standard output that is closed: one sentence, COMMAND does not run",
      closed.returncode == 1 and "cannot write standard output" in closed.stderr and not os.path.exists(path("ran")), closed)
check("every subcommand tells the version", all(run(CONCTRACE, sub, "--version").stdout == "conctrace 0.1\n"
      for sub in ("record", "view", "report", "picture", "dump", "watch", "info", "doctor", "workloads")))
check("an unknown option: 2", run(CONCTRACE, "record", "--nope", "true").returncode == 2)

record(T, "true")
mine = next(t for t in report(T)["tasks"] if t["traced"])
check("until it is let go COMMAND is stopped, and waits for nothing", mine["blocked_ns"]["stopped"] > 0
      and mine["blocked_ns"]["pipe"] == 0, mine["blocked_ns"])

# The user behind sudo.
env = dict(os.environ, SUDO_UID="1000", SUDO_GID="1000")
owned = path("owned.ctr")
none = run(CONCTRACE, "record", "-q", "-o", owned, "no-such-program", env=env)
check("a file of that user is not left behind, either", none.returncode in (126, 127) and not os.path.exists(owned), none)
who = run(CONCTRACE, "record", "-q", "-o", owned, "sh", "-c", "id -u; id -g; id -G", env=env)
check("COMMAND runs as the user behind sudo", who.stdout.split()[:2] == ["1000", "1000"], who)
check("COMMAND does not keep root's groups", "0" not in who.stdout.split(), who)
check("the file belongs to that user", (os.stat(owned).st_uid, os.stat(owned).st_gid) == (1000, 1000))
home = run(CONCTRACE, "record", "-q", "-o", path("nobody.ctr"), "--user", "nobody", "sh", "-c", "id -un; echo $HOME $USER")
check("--user chooses another user", home.stdout.split() == ["nobody", "/nonexistent", "nobody"], home)
nemo = run(CONCTRACE, "record", "-o", T, "--user", "nemo", "true")
check("an unknown user is told: 2", "no user is called" in nemo.stderr and nemo.returncode == 2, nemo)

proc = subprocess.Popen([CONCTRACE, "record", "-q", "-o", path("drop.ctr"), "sleep", "30"], env=env)
for _ in range(200):
    time.sleep(0.02)
    with open(f"/proc/{proc.pid}/status", encoding="ascii") as f:
        uids = [l.split()[1:] for l in f if l.startswith("Uid:")][0]
    if uids[0] == "1000":
        break
check("conctrace itself gives up root's rights", uids == ["1000"] * 4, uids)
proc.send_signal(signal.SIGINT)
check("a signal for conctrace reaches COMMAND", proc.wait(10) == -signal.SIGINT, proc.returncode)

# The second Ctrl-C ends the recording; COMMAND, which ignores it, goes on.
proc = subprocess.Popen([CONCTRACE, "record", "-q", "-o", T, "sh", "-c", "trap '' INT; sleep 3; sleep 0.1"],
                        start_new_session=True)
time.sleep(1.0)
proc.send_signal(signal.SIGINT)
time.sleep(0.3)
check("one Ctrl-C ends nothing that ignores it", proc.poll() is None)
proc.send_signal(signal.SIGINT)
check("a second Ctrl-C ends the recording", proc.wait(10) == 0, proc.returncode)
check("and the file is whole", run(CONCTRACE, "info", T).returncode == 0)

begin = time.monotonic()
limited = run(CONCTRACE, "record", "-q", "-o", T, "-a", "--duration", "300ms")
check("--duration ends a recording in time", limited.returncode == 0 and 0.3 <= time.monotonic() - begin < 3, limited)
left = record(T, "sh", "-c", "sleep 2 >/dev/null 2>&1 & exit 5")
check("COMMAND that leaves children behind: its status, and a word about them",
      left.returncode == 5 and "go on" in left.stderr, left)

# A file that is still being written is followed to its end, not only read as far as it is.
grow = path("grow.ctr")
proc = subprocess.Popen([CONCTRACE, "record", "-q", "-o", grow, "sh", "-c", "sleep 2.5; exit 7"])
while not os.path.exists(grow) or os.path.getsize(grow) < 2500:
    time.sleep(0.02)
begin = time.monotonic()
follow = run(CONCTRACE, "view", "--term", "--live", grow, timeout=30)
check("view --live follows a file that grows to its end",
      follow.returncode == 0 and "exit 7" in follow.stdout and time.monotonic() - begin > 1, follow)
proc.wait()
finish()
