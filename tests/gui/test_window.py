# SPDX-License-Identifier: BSD-2-Clause
"""The real window under Xvfb, driven by xdotool as a hand would, looked at by screenshots."""
import hashlib
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"))
from live import BUILD, CONCTRACE, check, display, finish, need_bpf, path, press, reachable, record, run, skip, until, window, workload

for tool in ("Xvfb", "xdotool", "import"):
    if not shutil.which(tool):
        skip("window", f"{tool} is not installed")
        finish()

server, env = display("1280x720")


def shot(name):
    file = path(name + ".png")
    run("import", "-window", "root", file, env=env)
    with open(file, "rb") as f:
        return hashlib.sha1(f.read()).hexdigest()


def colours(name):
    """How many different colours a screenshot has: an empty window has few."""
    return int(run("identify", "-format", "%k", path(name + ".png")).stdout or 0)


def changes(act, name):
    """Whether the picture differs after the act."""
    before = shot(name + "-before")
    act()
    return until(lambda: shot(name) != before, 5.0)


def key(*keys):
    run("xdotool", "key", "--window", window(env), *keys, env=env)


check("Xvfb answers", until(lambda: run("xdotool", "getdisplaygeometry", env=env).returncode == 0))

# Replay.
need_bpf()
T = path("t.ctr")
record(T, workload("pool"), options=("-q",))
viewer = subprocess.Popen([os.path.join(BUILD, "conctrace-view"), T], env=env)
check("the window opens", until(lambda: window(env)))
check("and draws the trace", until(lambda: shot("open") and colours("open") > 40, 5.0), colours("open"))
run("xdotool", "mousemove", "640", "300", env=env)
time.sleep(0.3)
check("W zooms in", changes(lambda: key("w"), "zoom"))
check("D pans", changes(lambda: key("d"), "pan"))
check("0 shows all again", changes(lambda: key("0"), "all"))
check("? shows the help", changes(lambda: key("question"), "help"))
check("Escape closes it", changes(lambda: key("Escape"), "nohelp"))
check("a click selects", changes(lambda: run("xdotool", "mousemove", "500", "260", "click", "1", env=env), "select"))
check("Ctrl+wheel zooms at the mouse",
      changes(lambda: run("xdotool", "keydown", "ctrl", "click", "4", "keyup", "ctrl", env=env), "wheel"))
press(env, "ctrl+q")
check("Ctrl+Q ends it with status 0", until(lambda: viewer.poll() is not None) and viewer.returncode == 0, viewer.poll())
if viewer.poll() is None:
    viewer.kill()

# Live.
live = subprocess.Popen([CONCTRACE, "-o", path("live.ctr"), workload("pool")], env=env, stdout=subprocess.DEVNULL,
                        stderr=subprocess.PIPE, text=True)
check("a live window opens while COMMAND runs", until(lambda: window(env)))
until(lambda: shot("live-1") and colours("live-1") > 40)
first = shot("live-1")
check("the live picture moves", until(lambda: shot("live-2") != first, 10.0))
check("it shows what COMMAND does", colours("live-2") > 40, colours("live-2"))
ended = until(lambda: not run("pgrep", "-P", live.pid, "-f", "^" + workload("pool")).stdout, 120.0)
check("the window stays after COMMAND has ended", ended and window(env), (ended, live.poll()))
press(env, "ctrl+q")
check("closing it ends conctrace with COMMAND's status", until(lambda: live.poll() is not None) and live.returncode == 0,
      live.poll())
if live.poll() is None:
    live.kill()

# Closing the window early leaves COMMAND running and the file whole.
live = subprocess.Popen([CONCTRACE, "-q", "-o", path("early.ctr"), workload("pool")], env=env,
                        stdout=subprocess.PIPE, text=True)
until(lambda: window(env))
until(lambda: shot("early") and colours("early") > 40)
press(env, "ctrl+q")
out, _ = live.communicate(timeout=30)
check("closing the window early leaves COMMAND running to its end", "jobs done" in out and live.returncode == 0, out)
info = run(CONCTRACE, "info", path("early.ctr"))
check("and the file whole", info.returncode == 0 and "unfinished" not in info.stdout, info)

# The viewer runs as the user behind sudo.
sudo = dict(env, SUDO_UID="1000", SUDO_GID="1000")
conctrace, _, pool = reachable(CONCTRACE, os.path.join(BUILD, "conctrace-view"), workload("pool"))
live = subprocess.Popen([conctrace, "-q", "-o", path("sudo.ctr"), pool], env=sudo,
                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
check("the window opens for the user behind sudo", until(lambda: window(env)))
viewers = run("pgrep", "-P", live.pid, "-f", "conctrace-view").stdout.split()
check("and belongs to that user", viewers and all(os.stat(f"/proc/{pid}").st_uid == 1000 for pid in viewers), viewers)
press(env, "ctrl+q")
live.communicate(timeout=30)

server.terminate()
server.wait()
if os.environ.get("KEEP_SHOTS"):
    for name in ("open", "help", "select", "live-1", "live-2"):
        shutil.copy(path(name + ".png"), os.environ["KEEP_SHOTS"])
finish()
