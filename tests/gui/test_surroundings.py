# SPDX-License-Identifier: BSD-2-Clause
"""What a real window meets around it: any size at any moment, dense displays, no display, files that are cut,
damaged, empty or none, readers and writers of its pipe that go away, and the end of what is played."""
import os
import re
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"))
from live import BUILD, CONCTRACE, check, display, finish, need_bpf, path, press, record, run, skip, until, window, workload

for tool in ("Xvfb", "xdotool", "xprop"):
    if not shutil.which(tool):
        skip("surroundings", f"{tool} is not installed")
        finish()
need_bpf()

VIEW = os.path.join(BUILD, "conctrace-view")


class Viewer:
    """A window that tells after each act how it looks."""

    def __init__(self, env, *args, script="wait-end\nwait-still\necho\nstate\n", **kw):
        with open(path("script"), "w") as f:
            f.write(script)
        self.env, self.lines = env, []
        self.process = subprocess.Popen([VIEW, "--script", path("script"), *args], env=env, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)
        threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, "")),
                         daemon=True).start()
        until(lambda: self.lines or self.process.poll() is not None)
        if not self.lines:
            check("the viewer says how it looks", False, (args, self.process.poll(), self.process.stderr.read()
                                                         if self.process.poll() is not None else "it hangs"))
            self.process.kill()
            finish()

    def key(self, *names):
        n = len(self.lines)
        run("xdotool", "key", "--window", window(self.env), *names, env=self.env)
        until(lambda: len(self.lines) >= n + len(names), 5.0)
        return self.lines[-1]

    def close(self):
        self.process.terminate()  # as a session's end does; Ctrl+Q is tried in test_hands
        ended = until(lambda: self.process.poll() is not None, 10.0)
        if not ended:
            self.process.kill()
        return self.process.wait()


def number(line, name):
    return int(re.search(rf"\b{name}=(-?\d+)", line).group(1))


def what_is_shown(line):
    return re.search(r"begin=.*?scroll=\d+", line).group(0)


T = path("t.ctr")
record(T, workload("lock"), options=("-q",))
server, env = display("1600x1000")

# Any size. There is no window manager here that would keep it from being smaller than it wants.
v = Viewer(env, "--size", "1280x720", T)
first = what_is_shown(v.lines[0])
for w, h in ((320, 200), (1, 1), (1, 600), (600, 1), (2, 2), (160, 90), (481, 241), (1600, 1000), (999, 519), (1280, 720)):
    run("xdotool", "windowsize", window(env), w, h, env=env)
    run("xdotool", "mousemove", "--window", window(env), w // 2, h // 2, env=env)
    time.sleep(0.1)
    if v.process.poll() is not None:
        break
check("the window can have any size, down to a point", v.process.poll() is None, v.process.returncode)
line = v.key("ctrl+0")
check("and shows what it showed", what_is_shown(line) == first, (first, line))
for n in range(40):  # while it plays
    if n % 10 == 0:
        v.key("space")
    run("xdotool", "windowsize", window(env), 300 + n * 30, 900 - n * 20, env=env)
check("it is resized while it moves", v.process.poll() is None and "message=" in v.key("Escape"), v.lines[-1])
run("xdotool", "windowsize", window(env), 520, 240, env=env)
time.sleep(0.2)
line = v.key("ctrl+f")
check("Ctrl+F where there is no room for what it asks says so", "entry=0" in line and "no room for the tables" in line,
      line)
line = v.key("i", "i")
check("so does I", "no room for the inspector" in line, line)

# What is played, to its end.
run("xdotool", "windowsize", window(env), 1280, 720, env=env)
v.key("0", "Home", "w", "w", "Home")
line = v.key("space")
check("Space plays", number(line, "playing") == 1, line)
line = v.key("space")
at = number(line, "playhead")
time.sleep(0.3)
line = v.key("ctrl+0")
check("and pauses: the playhead stays where it is", number(line, "playing") == 0 and at > 0 and
      number(line, "playhead") == at, (at, line))
v.key("space")
for _ in range(9):
    line = v.key("equal")
check("= plays faster", any(re.search(r"faster: .*message=\d+ × real time", l) for l in v.lines[-9:]), line)
ended = until(lambda: "playing=0" in v.key("ctrl+0"), 10.0)
line = v.lines[-1]
length = number(v.key("0"), "span")
check("the end of the trace is told", ended and any("end of the trace" in l for l in v.lines) or
      "playhead=-1" in line, v.lines[-4:])
check("and nothing behind it was shown", number(line, "begin") + number(line, "span") <= length, (line, length))
check("it closes", v.close() == 0)
v = Viewer(env, "--critical", T)
line = v.lines[0]
check("--critical begins with the path drawn and its table open", number(line, "path") == 1 and
      number(line, "table") == 1 and number(line, "tab") == 3 and number(line, "tabrows") > 1, line)
line = v.key("k")
check("K takes the path away again", number(line, "path") == 0, line)
v.close()

# Files that are not what they should be.
data = open(T, "rb").read()
middle = len(data) // 2
for name, content, words in (("cut", data[:middle], "the file is cut"), ("cut header", data[:40], "the file is cut"),
                             ("damaged", data[:middle] + bytes(b ^ 0x5a for b in data[middle:middle + 64]) +
                              data[middle + 64:], "the file is damaged")):
    with open(path(name), "wb") as f:
        f.write(content)
    v = Viewer(env, path(name))
    check(f"{name}: what is sound is shown", (number(v.lines[0], "records") > 100) == (len(content) > 40), v.lines)
    check("and the window says so", words in v.lines[0], v.lines)
    check("also in a terminal", name[:3] in run(VIEW, "--term", "--once", "--width", "140", path(name))
          .stdout.splitlines()[0])
    v.close()
for name, content in (("nothing", b""), ("words", b"hello\n"), ("noise", os.urandom(5000))):
    with open(path(name), "wb") as f:
        f.write(content)
    result = run(VIEW, path(name), env=env, timeout=20)
    check(f"{name}: no window, one sentence, status 1", result.returncode == 1 and
          len(result.stderr.splitlines()) == 1 and result.stderr.startswith("conctrace-view: "), result)
record(path("idle.ctr"), "sleep", "0.3", options=("-q",))
v = Viewer(env, path("idle.ctr"))
check("a trace in which hardly anything ran is shown", number(v.lines[0], "rows") > 2, v.lines)
check("every key does no harm there", "message=" in v.key("period", "bracketleft", "f", "k", "r", "n", "ctrl+0"))
v.close()

# A display that is dense, or none.
v = Viewer(env, "--size", "1590x990", T)
small = v.lines[0]
v.close()
run("xprop", "-root", "-f", "RESOURCE_MANAGER", "8s", "-set", "RESOURCE_MANAGER", "Xft.dpi:\t144\n", env=env)
v = Viewer(env, "--size", "1590x990", T)
check("where the desktop's dots are finer all is drawn larger", "scale=1.00" in small and "scale=1.50" in v.lines[0],
      (small, v.lines[0]))
v.close()
run("xprop", "-root", "-remove", "RESOURCE_MANAGER", env=env)
nowhere = {k: val for k, val in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
result = run(VIEW, T, env=nowhere, start_new_session=True)
check("without display and terminal: one sentence that says what to do", result.returncode == 1 and
      "DISPLAY" in result.stderr and len(result.stderr.splitlines()) == 1, result)
result = run(VIEW, T, env=dict(nowhere, DISPLAY=":987"))
check("a display that is not there too", result.returncode == 1 and len(result.stderr.splitlines()) == 1, result)


# The reader of a pipe goes away, in three ways: COMMAND must not notice.
def piped(ends, claim):
    done, end = path("done"), path("end")
    for file in (done, end):
        if os.path.exists(file):
            os.unlink(file)
    command = f"until [ -e {end} ]; do sleep 0.1; done; echo > {done}"
    recorder = subprocess.Popen([CONCTRACE, "record", "-q", "-o", "-", "--", "sh", "-c", command],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    viewer = subprocess.Popen([VIEW, "-"], env=env, stdin=recorder.stdout, stderr=subprocess.PIPE, text=True)
    recorder.stdout.close()
    opened = until(lambda: window(env))
    time.sleep(0.4)
    ends(viewer)
    gone = until(lambda: viewer.poll() is not None)
    check(f"{claim}: the viewer is gone while COMMAND runs", opened and gone and not os.path.exists(done))
    open(end, "w").close()
    recorder.wait(timeout=30)
    check("COMMAND came to its end", os.path.exists(done))
    errors = recorder.stderr.read()
    check("and the recorder says in one sentence that nobody listens", len(errors.splitlines()) == 1 and
          "reader is gone" in errors, errors)
    return viewer.stderr.read()


piped(lambda viewer: press(env, "ctrl+q"), "a window closed on a pipe")
piped(lambda viewer: viewer.kill(), "a viewer killed on a pipe")


def kill_server(viewer):
    server.kill()
    server.wait()


errors = piped(kill_server, "an X server that dies")
check("the viewer dies with one sentence", len(errors.splitlines()) == 1, errors)

# A deadlock is told while it forms: before COMMAND has ended.
server, env = display()
recorder = subprocess.Popen([CONCTRACE, "record", "-q", "-o", "-", "--", workload("deadlock")], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)
v = Viewer(env, "-", script="wait-records 20\necho\nstate\n", stdin=recorder.stdout)
recorder.stdout.close()
told = until(lambda: re.search(r"live .* tab=0 tabrows=[1-9]", v.key("ctrl+0")), 10.0)
check("a deadlock is a finding while it lasts", told, v.lines[-3:])
recorder.wait(timeout=60)
check("the end of COMMAND is told", until(lambda: "has ended with status" in v.key("Escape"), 5.0), v.lines[-1])
time.sleep(0.5)
check("the window stays", v.process.poll() is None)
v.close()
server.terminate()
server.wait()
finish()
