# SPDX-License-Identifier: BSD-2-Clause
"""COMMAND behaves as without conctrace: status, signal, input, output, folder, user."""
import os
import signal
import subprocess
import time

from live import CONCTRACE, DIR, check, finish, need_bpf, path, record, report, run, until

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

# Signals.
def begun(file, proc):
    """Whether it records: then COMMAND runs, and signals are taken."""
    return until(lambda: os.path.exists(file) and os.path.getsize(file) > 2500 or proc.poll() is not None) and proc.poll() is None


def signalled(proc, signo):
    """Sends it again and again until the process has ended; its status."""
    until(lambda: proc.send_signal(signo) or proc.poll() is not None)
    return proc.wait(10)


def oddly():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2, signal.SIGTERM})
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)


# Not by a shell: dash(1) empties its mask.
WORDS = ("python3", "-c", "import sys; sys.stdout.writelines(l for l in open('/proc/self/status') if l[:4] in ('SigB', 'SigI')); sys.exit(6)")
plain, traced = run(*WORDS, preexec_fn=oddly), record(T, *WORDS, options=("-q",), preexec_fn=oddly, timeout=20)
check("COMMAND begins with the signals blocked and ignored that it has without conctrace",
      traced.stdout == plain.stdout and ":\t0000000000000000" not in plain.stdout, (plain, traced))
check("its status is told where SIGCHLD was ignored", traced.returncode == 6, traced)

nohup = path("nohup.ctr")
proc = subprocess.Popen([CONCTRACE, "record", "-q", "-D", "off", "-o", nohup, "-a"],
                        preexec_fn=lambda: [signal.signal(s, signal.SIG_IGN) for s in (signal.SIGHUP, signal.SIGINT)])
check("what is ignored when it starts does not end a recording", begun(nohup, proc)
      and not proc.send_signal(signal.SIGHUP) and not proc.send_signal(signal.SIGINT) and not until(lambda: proc.poll() is not None, 0.5))
proc.send_signal(signal.SIGTERM)
check("SIGTERM does, and the file is whole", proc.wait(10) == 0 and not report(nohup)["trace"]["unfinished"])

for signo in (signal.SIGUSR1, signal.SIGALRM):
    ready = path(f"ready-{signo}")
    proc = subprocess.Popen([CONCTRACE, "record", "-q", "-o", path("usr.ctr"), "sh", "-c",
                             f"trap 'exit 9' {int(signo)}; touch {ready}; while :; do sleep 0.02; done"])
    until(lambda: os.path.exists(ready))
    proc.send_signal(signo)
    check(f"{signo.name} for conctrace reaches COMMAND", proc.wait(10) == 9, proc.returncode)

# A second Ctrl-C within a second ends the recording; COMMAND, which ignores it, goes on. A later one is COMMAND's.
heard = path("heard")
proc = subprocess.Popen([CONCTRACE, "record", "-o", path("ctrl.ctr"), "sh", "-c",
                         f"trap 'echo x >>{heard}' INT; echo x >{heard}; while :; do sleep 0.02; done"],
                        start_new_session=True, stderr=subprocess.PIPE, text=True)
until(lambda: os.path.exists(heard) and os.path.getsize(heard) == 2)
for times in (2, 3):
    proc.send_signal(signal.SIGINT)
    until(lambda: os.path.getsize(heard) == 2 * times)  # it is taken
    time.sleep(1.2)
check("two Ctrl-C, one long after the other, are COMMAND's", os.path.getsize(heard) == 6 and proc.poll() is None)
children = run("pgrep", "-P", proc.pid, "-x", "sh").stdout.split()
check("a second Ctrl-C within a second ends the recording", signalled(proc, signal.SIGINT) == 0, proc.returncode)
os.killpg(proc.pid, signal.SIGKILL)  # COMMAND, which has standard error, too
said = proc.stderr.read()
check("and that COMMAND goes on is said, with its number", children and f"(pid {children[0]}) goes on" in said, said)
check("and the file is whole", not report(path("ctrl.ctr"))["trace"]["unfinished"])
r = record(path("ctrl.ctr"), "sh", "-c", "exec sleep 1 >/dev/null 2>&1", options=("-d", "50ms"))
check("that COMMAND outlasts --duration is said", r.returncode == 0 and "goes on" in r.stderr, r)

# Two recordings to one file.
both = path("both.ctr")
proc = subprocess.Popen([CONCTRACE, "record", "-q", "-D", "off", "-o", both, "-a"])
started = begun(both, proc)
r = record(both, "touch", path("ran2"))
check("a file that another recording is being written to is refused: one sentence, COMMAND does not run", started
      and r.returncode == 1 and len(r.stderr.splitlines()) == 1 and "another recording" in r.stderr and not os.path.exists(path("ran2")), r)
proc.send_signal(signal.SIGINT)
check("and the other one becomes whole", proc.wait(10) == 0 and not report(both)["trace"]["unfinished"])

begin = time.monotonic()
limited = run(CONCTRACE, "record", "-q", "-o", T, "-a", "--duration", "300ms")
check("--duration ends a recording in time", limited.returncode == 0 and 0.3 <= time.monotonic() - begin < 3, limited)
left = record(T, "sh", "-c", "sleep 2 >/dev/null 2>&1 & exit 5")
check("COMMAND that leaves children behind: its status, and a word about them",
      left.returncode == 5 and "goes on" in left.stderr, left)

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
