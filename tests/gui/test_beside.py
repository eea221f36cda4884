# SPDX-License-Identifier: BSD-2-Clause
"""A live run without a display, in one terminal with what COMMAND writes: of that nothing is lost, the picture stands
below it and is whole at the end, the closing line comes last, and the terminal is left as it was found."""
import os
import re
import shutil
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"))
from live import CONCTRACE, DIR, check, finish, need_bpf, path, run, skip, until

if not shutil.which("tmux"):
    skip("beside", "tmux is not installed")
    finish()
need_bpf()

env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "NO_COLOR", "COLORTERM")}
env["LC_ALL"] = "C.UTF-8"


servers = 0  # one for each terminal: one that is told to end takes its time


def tmux(*args):
    return run("tmux", "-S", path(f"tmux-{servers}"), "-f", "/dev/null", *args, env=env, cwd=DIR)


def screen(*options):
    return tmux("capture-pane", "-p", *options, "-t", "t").stdout


def everything():
    """With what has scrolled away, without empty lines."""
    return [line.rstrip() for line in screen("-S", "-").splitlines() if line.strip()]


def keys(*names):
    tmux("send-keys", "-t", "t", *names)


def program(name, text):
    with open(path(name), "w", encoding="ascii") as f:
        f.write(text)
    return "sh " + path(name)


STTY = "stty -a | tail -n +2 > "  # the first line is the size


def start(command, columns=80, rows=24):
    """In a fresh terminal."""
    global servers
    tmux("kill-server")
    servers += 1
    tmux("new-session", "-d", "-s", "t", "-x", str(columns), "-y", str(rows), "env PS1='ready$ ' sh")
    until(lambda: "ready$" in screen())
    keys("-l", STTY + path("before") + "; " + command + "\n")


def shows(text, timeout=20.0):
    return until(lambda: text in screen(), timeout)


def ended(timeout=30.0):
    return until(lambda: screen().rstrip().endswith("\nready$"), timeout)


def left_as_found(claim):
    """The settings, and every row scrolls."""
    if os.path.exists(path("after")):
        os.unlink(path("after"))
    keys("-l", STTY + path("after") + "; clear; seq 200\n")
    rows = int(tmux("display-message", "-p", "-t", "t", "#{pane_height}").stdout)
    whole = until(lambda: screen().split() == [str(n) for n in range(202 - rows, 201)] + ["ready$"], 5.0)
    same = until(lambda: os.path.exists(path("after")) and open(path("before")).read() == open(path("after")).read(), 1)
    check(f"{claim}: the terminal is left as it was found", whole and same, screen() + run(
        "diff", path("before"), path("after")).stdout)


def numbers(lines):
    return [int(line.split()[1]) for line in lines if re.match(r"line \d+$", line)]


def told_in_order(claim, count):
    """All that was written, then one whole picture, then the closing line, and nothing else."""
    lines = everything()
    check(f"{claim}: no line of COMMAND is lost", numbers(lines) == list(range(1, count + 1)), "\n".join(lines))
    heads = [n for n, line in enumerate(lines) if re.search(r"\b(LIVE|FROZEN|ENDED)\b", line)]
    check(f"{claim}: one picture is left, that of the end", len(heads) == 1 and "ENDED" in lines[heads[0]],
          "\n".join(lines))
    if not heads:
        return
    picture = lines[heads[0]:-2]
    check(f"{claim}: and it is whole", any(l.startswith("CORES") for l in picture) and
          any(re.match(r" *sh +\d", l) for l in picture) and "running" in picture[-1], "\n".join(lines))
    check(f"{claim}: below what was written", not numbers(lines[heads[0]:]), "\n".join(lines))
    check(f"{claim}: where the trace is comes last", re.match(r"conctrace: .* records, .* in t\.ctr$", lines[-2]),
          "\n".join(lines))


def live(command):
    return f"{CONCTRACE} -o t.ctr {command}"


def has_picture():
    """The place of the picture, as long as there is a LIVE one."""
    return [n for n, line in enumerate(screen().splitlines()) if " LIVE " in line]


SOME = program("some.sh", "echo hello; sleep .6; for i in 1 2 3 4 5 6; do echo line $i; sleep .3; done\n")
start(live(SOME))
check("the picture comes", shows(" LIVE "), screen())
check("COMMAND writes above it", until(lambda: len(has_picture()) == 1 and "line 3" in screen()) and
      screen().index("hello") < screen().index("line 3") < screen().index(" LIVE "), screen())
check("it has the lower rows", screen().rstrip("\n").splitlines()[-1].startswith("██ running"), screen())
ended()
told_in_order("little output", 6)
check("little output: so is its beginning", "hello" in everything(), screen())
left_as_found("little output")

MUCH = program("much.sh", "i=0; while [ $i -lt 900 ]; do i=$((i+1)); echo line $i; [ $((i%30)) = 0 ] && sleep .1; done\n")
start(live(MUCH))
check("much output scrolls above the picture", until(lambda: has_picture() and "line " in screen().split(" LIVE ")[0]),
      screen())
ended()
told_in_order("much output", 900)
left_as_found("much output")

start(live(program("half.sh", "sleep 1; printf 'no end'\n")))
ended()
check("a last line without end stays", "no end" in everything() and " ENDED " in screen(), screen())

start(live(SOME), 80, 9)
seen = []
until(lambda: seen.append(has_picture()) or "line 6" in screen())
check("a small terminal has no picture before the end", not any(seen), screen())
ended()
told_in_order("a small terminal", 6)
left_as_found("a small terminal")

# Between two lines: a terminal of a new size has no region any more, and what comes at once is written into the picture.
start(live(program("slow.sh", "for i in 1 2 3 4 5 6 7 8 9; do echo line $i; sleep .7; done\n")), 100, 30)
until(has_picture)
for n, (columns, rows) in enumerate(((80, 24), (60, 40), (120, 20), (100, 8), (90, 28))):
    shows(f"line {n + 3}")
    tmux("resize-window", "-t", "t", "-x", str(columns), "-y", str(rows))
check("after other sizes the picture is there, once", until(lambda: len(has_picture()) == 1), screen())
ended()
told_in_order("other sizes", 9)
left_as_found("other sizes")

start(live("sh -c 'echo line 1; sleep 60'"))
shows(" LIVE ")
keys("C-c")
ended()
told_in_order("Ctrl+C", 1)
left_as_found("Ctrl+C")

start("stty tostop; " + STTY + path("before") + "; " + live(SOME))
check("stty tostop does not stop it", ended() and " ENDED " in screen(), screen())
told_in_order("stty tostop", 6)

# The job is stopped, and goes on.
start(live(SOME))
shows("line 2")
until(has_picture)
keys("C-z")
check("Ctrl+Z: the shell has the terminal, without a picture", shows("Stopped") and
      until(lambda: not has_picture() and "running" not in screen()), screen())
keys("-l", "seq 30\n")
check("and all its rows", until(lambda: screen().split()[-24:] == [str(n) for n in range(8, 31)] + ["ready$"], 5.0),
      screen())
keys("-l", "fg\n")
check("fg brings the picture back", until(lambda: has_picture() and "line 4" in screen()), screen())
ended()
check("and it comes to its end", " ENDED " in screen() and numbers(everything()) == [1, 2, 3, 4, 5, 6],
      screen("-S", "-"))

# The viewer is killed: what it left of the terminal is given back.
start(live(SOME))
until(has_picture)
viewers = run("pgrep", "-f", f"conctrace-view --live.*--term").stdout.split()
for pid in viewers:
    os.kill(int(pid), signal.SIGKILL)
check("the viewer was killed", ended() and viewers, viewers)
check("a killed viewer: no line of COMMAND is lost", numbers(everything()) == [1, 2, 3, 4, 5, 6], screen())
left_as_found("a killed viewer")

# Who takes the terminal for himself has it whole.
with open(path("full.py"), "w", encoding="ascii") as f:
    f.write("""import os, sys, termios, time, tty
old = termios.tcgetattr(0)
tty.setcbreak(0)
rows = os.get_terminal_size().lines
os.write(1, b"\\x1b[?1049h\\x1b[2J" + b"".join(b"\\x1b[%d;1Hrow %d" % (n + 1, n) for n in range(rows)))
time.sleep(2)
os.write(1, b"\\x1b[?1049l")
termios.tcsetattr(0, termios.TCSANOW, old)
""")
whole = [f"row {n}" for n in range(24)]
for name, text in (("at once", f"python3 {path('full.py')}; echo line 1; echo line 2\n"),
                   ("later", f"echo line 1; sleep 1.5; python3 {path('full.py')}; echo line 2; sleep .5\n")):
    start(live(program("full.sh", text)))
    if name == "later":
        check("later: there is a picture before it", until(has_picture), screen())
    check(f"{name}: who has the whole terminal is shown", shows("row 23"), screen())
    broken = []
    until(lambda: "row 0" not in screen() or screen().splitlines() != whole and broken.append(screen()), 5.0)
    check(f"{name}: and stays whole", len(broken) <= 1, "".join(broken[:1]))  # one: while it left
    ended()
    told_in_order(f"full screen {name}", 2)
    left_as_found(f"full screen {name}")
tmux("kill-server")
finish()
