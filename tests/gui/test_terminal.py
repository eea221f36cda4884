# SPDX-License-Identifier: BSD-2-Clause
"""The viewer on the whole screen of a terminal, driven through tmux: the window's keys, a mouse, another size,
and the screen left as it was found, whatever ends it."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"))
from live import BUILD, CONCTRACE, check, finish, need_bpf, path, record, run, skip, until, workload

if not shutil.which("tmux"):
    skip("terminal", "tmux is not installed")
    finish()
need_bpf()

VIEW = os.path.join(BUILD, "conctrace-view")
env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "NO_COLOR", "COLORTERM")}
env["LC_ALL"] = "C.UTF-8"
socket = path("tmux")


def tmux(*args):
    return run("tmux", "-S", socket, "-f", "/dev/null", *args, env=env)


def screen(*options):
    return tmux("capture-pane", "-p", *options, "-t", "t").stdout


def shows(text, timeout=10.0):
    return until(lambda: text in screen(), timeout)


def last_line():
    return (screen().rstrip("\n").splitlines() or [""])[-1]


def keys(*names):
    tmux("send-keys", "-t", "t", *names)


def start(command):
    keys("-l", command + "\n")


def changes(*names):
    before = screen()
    keys(*names)
    return until(lambda: screen() != before, 5.0)


T = path("t.ctr")
record(T, workload("lock"), options=("-q",))
tmux("new-session", "-d", "-s", "t", "-x", "100", "-y", "28", "env PS1='ready$ ' sh")
check("a shell waits in the terminal", shows("ready$"), screen())
start("stty -a > " + path("before") + "; echo here it was")
shows("here it was")
start(f"{VIEW} --term {T}; echo status $?")
check("the whole screen is the timeline", shows("worker-4") and "here it was" not in screen(), screen())
check("in colours", re.search(r"\x1b\[[0-9;]*38;", screen("-e")), screen("-e")[:500])
check("W zooms", changes("w") and changes("w"), screen())
check("D pans", changes("d"), screen())
check("Ctrl+Z goes back", changes("C-z"), screen())
check("0 shows all", changes("0"), screen())
check(". selects a first interval and says what it is", changes("."), screen())
check("in words on the last line", until(lambda: re.search(r"\w+ · tid \d+", last_line())), screen())
check(". goes on", changes("."), screen())
keys("Escape")
time.sleep(0.2)
keys("/")
check("/ asks what to search for", shows("search: _"), screen())
keys("-l", "worker-3")
check("letters are typed, not done", shows("search: worker-3_"), screen())
keys("Enter")
check("Enter goes there", until(lambda: "search:" not in screen()), screen())
keys("Escape")
keys("Escape")
check("? shows the help", changes("?") and shows("Keys and mouse"), screen())
check("which scrolls", changes("PPage") or changes("NPage"), screen())
keys("Escape")
check("Escape closes it", until(lambda: "Keys and mouse" not in screen()), screen())
check("Ctrl+P opens the palette", changes("C-p") and shows("earlier"), screen())
keys("-l", "open or fold the tables")
keys("Enter")
check("what is chosen is done: the tables are there", shows("Critical path"), screen())
keys("b")
check("a mouse wheel with Ctrl zooms", changes("-l", "\x1b[<80;60;8M"), screen())
keys("0")
time.sleep(0.3)
keys("-l", "\x1b[<0;60;8M\x1b[<0;60;8m")
check("a click selects", until(lambda: "worker-1 · tid" in last_line()), screen())
keys("Escape")
tmux("resize-window", "-t", "t", "-x", "70", "-y", "20")
check("another size is taken at once", until(lambda: len(screen().rstrip("\n").splitlines()) >= 19) and
      shows("worker-1") and max(map(len, screen().splitlines())) <= 70, screen())
for columns, rows in ((80, 24), (200, 50)):
    tmux("resize-window", "-t", "t", "-x", str(columns), "-y", str(rows))
    check(f"{columns} x {rows}: the first line says how to get help and how to play", until(
        lambda: re.search(r"Space play  \? help\s*$", screen().splitlines()[0]) and shows("worker-4")), screen())
    check(f"{columns} x {rows}: the last line tells what the fills mean",
          "running" in last_line() and "ready" in last_line() and max(map(len, screen().splitlines())) <= columns, screen())
    keys("?")
    check(f"{columns} x {rows}: no line of the help page is cut", shows("Keys and mouse") and "\u2026" not in screen(),
          screen())
    keys("Escape")
    until(lambda: "Keys and mouse" not in screen())
tmux("resize-window", "-t", "t", "-x", "100", "-y", "28")
keys("0")
until(lambda: len(screen().rstrip("\n").splitlines()) == 28)
time.sleep(0.3)
before = screen()
keys("Space")
for n in range(60):  # while it plays: every one of these is a signal
    tmux("resize-window", "-t", "t", "-x", str(1 + n * 7 % 190), "-y", str(1 + n * 5 % 60))
keys("Escape")  # the playhead
tmux("resize-window", "-t", "t", "-x", "100", "-y", "28")
keys("0")
check("sixty sizes in a row, down to one cell, leave the picture as it was", until(lambda: screen() == before, 5.0),
      screen() + before)
keys("i")
keys("i")
check("where there is no room for the inspector it is said", shows("it takes 120 columns or 30 lines"), screen())
keys("Escape")
for columns, rows, where in ((130, 28, "at the right"), (100, 34, "below the lanes")):
    tmux("resize-window", "-t", "t", "-x", str(columns), "-y", str(rows))
    check(f"{columns} x {rows}: the inspector is {where}, first with the whole run", shows("whole run") and
          until(lambda: re.search(r"records +[0-9,]+", screen())), screen())
    check("threads and all", until(lambda: re.search(r"█ worker-4 +\S", screen())), screen())
    keys("/")
    shows("search: _")
    keys("-l", "worker-2")
    keys("Enter")
    until(lambda: "search:" not in screen())
    keys(".")  # an interval of it
    check("an interval's sentences stand there", until(lambda: re.search(r"worker-2 tid \d+", screen())) and
          until(lambda: re.search(r"(ran|waited|was ready|slept) [0-9.]+ \w+", screen())), screen())
    check("and then numbers", re.search(r"from +[0-9. ]+ s\b", screen()) and
          re.search(r"lasted +[0-9.]+ \w+$", screen(), re.M), screen())
    check("the last line is still the legend", until(lambda: "running" in last_line()), screen())
    check("no line is wider than the terminal", max(map(len, screen().splitlines())) <= columns, screen())
    keys("i")
    check("I folds it: the last line has the sentence", until(lambda: re.search(r"worker-2 · tid \d+", last_line())),
          screen())
    keys("i")
    check("and opens it", until(lambda: re.search(r"worker-2 tid \d+", screen())), screen())
    keys("Escape")
    keys("Escape")
    keys("0")
tmux("resize-window", "-t", "t", "-x", "100", "-y", "28")
keys("C-q")
check("Ctrl+Q ends it with status 0", shows("status 0"), screen())
check("and the screen is as it was", "here it was" in screen() and "worker-4" not in screen(), screen())


def same_settings():
    """Asked more than once: tmux takes a moment to tell the terminal its new size."""
    for _ in range(6):
        if os.path.exists(path("after")):
            os.unlink(path("after"))
        start("stty -a > " + path("after"))
        if until(lambda: os.path.exists(path("after")) and
                 open(path("before")).read() == open(path("after")).read(), 1.0):
            return True
    return False


check("settings and all", same_settings(), run("diff", path("before"), path("after")).stdout + screen())


def ended_by(sig, name):
    start(f"{VIEW} --term {T}; echo status $?")
    if not shows("worker-4"):
        check(f"{name}: it had begun", False, screen())
    pid = run("pgrep", "-f", f"^{VIEW} --term {T}").stdout.split()[0]
    os.kill(int(pid), sig)
    check(f"{name} leaves the screen as it was", shows(f"status {128 + sig}") and "worker-4" not in screen(), screen())
    check(f"{name} leaves the settings as they were", same_settings())
    start("clear; echo here it was")
    shows("here it was")


ended_by(signal.SIGTERM, "SIGTERM")
ended_by(signal.SIGHUP, "SIGHUP")
ended_by(signal.SIGQUIT, "SIGQUIT")
ended_by(signal.SIGSEGV, "a crash")

# Stopped and let go on, as Ctrl+Z does where it is no key.
start(f"{VIEW} --term {T}; echo status $?")
shows("worker-4")
pid = int(run("pgrep", "-f", f"^{VIEW} --term {T}").stdout.split()[0])
os.kill(pid, signal.SIGTSTP)
check("a stop leaves the screen as it was", shows("Stopped") and "worker-4" not in screen(), screen())
check("and the settings", same_settings())
start("fg")
check("fg brings the timeline back", shows("worker-4") and "Stopped" not in screen(), screen())
check("with its keys", changes("w"), screen())
keys("C-q")
shows("status 0")
check("and then all is as it was", same_settings())

# The terminal's own ground decides about the colours.
for ground, colour in (("white", "38;2;27;33;41"), ("black", "38;2;223;228;234")):
    tmux("set", "-g", "window-style", f"bg={ground}")
    tmux("set", "-ga", "terminal-overrides", ",*:Tc")
    start(f"clear; COLORTERM=truecolor {VIEW} --term {T}")
    shows("worker-4")
    check(f"on {ground} the words can be read", until(lambda: colour in screen("-e"), 5.0), screen("-e")[:300])
    keys("C-q")
    until(lambda: "worker-4" not in screen())
tmux("set", "-g", "window-style", "default")
start("clear; echo here it was")
shows("here it was")

# Colours as the terminal has them.
for what, setting, expect, forbid in (("24 bits", "COLORTERM=truecolor TERM=xterm", "38;2;", None),
                                      ("256", "TERM=xterm-256color", "38;5;", "38;2;"),
                                      ("16", "TERM=xterm", "\x1b[0;3", "38;"),
                                      ("none", "NO_COLOR=1 TERM=xterm-256color", "worker", "\x1b[0;"),
                                      ("a terminal's none", "TERM=vt100", "worker", "\x1b[")):
    out = subprocess.run(["script", "-qec", f"{setting} {VIEW} --term --once {T}", "/dev/null"], env=env,
                         capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60).stdout
    good = expect in out and (forbid is None or forbid not in out)
    check(f"{what} colours where the terminal has so many", good, out[:400])
for coding, ascii_only in (("C", True), ("C.UTF-8", False), ("xx_YY.utf8", False), ("xx_YY", True)):
    out = subprocess.run(["script", "-qec", f"LC_ALL={coding} TERM=xterm {VIEW} --term --once {T}", "/dev/null"],
                         env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60).stdout
    check(f"characters as the locale {coding} has them", "worker-4" in out and out.isascii() == ascii_only, out[:400])
out = subprocess.run(["script", "-qec", f"TERM=dumb {VIEW} --term {T}", "/dev/null"], env=env, capture_output=True,
                     text=True, stdin=subprocess.DEVNULL, timeout=60).stdout
check("a dumb terminal is told in plain lines, once", "worker-4" in out and "\x1b" not in out, out[:400])
out = subprocess.run(["script", "-qec", f"{CONCTRACE} record -q -o - -- {workload('lock')} 2>/dev/null | TERM=dumb "
                      f"{VIEW} --term --live -", "/dev/null"], env=env, capture_output=True, text=True,
                     stdin=subprocess.DEVNULL, timeout=60).stdout
check("a live trace too, at its end", out.count("worker-4 ") == 1 and "\x1b" not in out, out[:400])

# Live, where there is no display: the view of a pipe.
start("clear")
start(f"{CONCTRACE} record -q -o - -- sh -c '{workload('lock')} >/dev/null 2>&1; exit 3' | {CONCTRACE} view -; "
      "echo over $?")
check("without a display a pipe is viewed in the terminal, live", shows("LIVE") and shows("worker-4"), screen())
before = screen()
check("it moves by itself", until(lambda: screen() != before, 3.0))
keys("Space")
check("Space freezes it", shows("FROZEN"), screen())
keys("End")
check("End follows again", shows("LIVE"), screen())
check("the end is announced with its status", shows("status 3 after", 30.0), screen())
keys("C-q")
check("and the shell is back", shows("over 0"), screen())
tmux("kill-server")
finish()
