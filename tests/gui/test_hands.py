# SPDX-License-Identifier: BSD-2-Clause
"""Every act of the help page, done with keys and mouse in a real window under Xvfb. The window says after
each act how it then looks (script word echo); the list of acts is read from viz/action.h, so that one
without a test fails here."""
import os
import re
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"))
from live import BUILD, ROOT, check, display, finish, need_bpf, path, press, record, run, skip, until, window, workload

for tool in ("Xvfb", "xdotool"):
    if not shutil.which(tool):
        skip("hands", f"{tool} is not installed")
        finish()
need_bpf()

server, env = display("1400x900")

ACTS = {word: keys.split() for word, keys in
        re.findall(r'X\(\w+, "([^"]*)", "([^"]*)",', open(os.path.join(ROOT, "viz/action.h")).read())}
MOUSE = re.findall(r'\{"([^"]*)", "[^"]*"\}',
                   re.search(r"mouse_help\[\]\[2\] = \{(.*?)\};", open(os.path.join(ROOT, "viz/panel_over.c")).read(),
                             re.S).group(1))
NAMES = {",": "comma", ".": "period", "[": "bracketleft", "]": "bracketright", "/": "slash", ";": "semicolon",
         "-": "minus", "=": "equal", "PageUp": "Prior", "PageDown": "Next", "Backspace": "BackSpace",
         "Space": "space", "Ctrl": "ctrl", "Shift": "shift"}
driven, mouse_driven = set(), set()


class Viewer:
    """A window whose acts are told line by line."""

    def __init__(self, *args):
        script = path("echo.script")
        with open(script, "w") as f:
            f.write("wait-end\nwait-still\necho\nstate\n")
        self.lines = []
        self.process = subprocess.Popen([os.path.join(BUILD, "conctrace-view"), "--size", "1280x720",
                                         "--script", script, *args], env=env, text=True,
                                        stdout=subprocess.PIPE, cwd=os.path.dirname(path("x")))
        threading.Thread(target=self.read, daemon=True).start()
        self.window = None
        until(self.find)
        check("the window opens and says how it looks", until(lambda: self.lines), self.lines)

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def find(self):
        self.window = window(env)
        return self.window

    def state(self, line=None):
        """The last line as a dictionary; act: the word of the act."""
        line = line or self.lines[-1]
        act, _, rest = line.partition(": ") if ": " in line.split("=")[0] else ("", "", line)
        out = dict(re.findall(r"(\w+)=(\S+)", rest.partition(" message=")[0]))
        return dict(out, act=act, message=rest.partition(" message=")[2])

    def do(self, *xdotool):
        """What the window says after these hands; None: nothing."""
        n = len(self.lines)
        run("xdotool", *xdotool, env=env)
        until(lambda: len(self.lines) > n, 5.0)
        time.sleep(0.05)
        return self.state() if len(self.lines) > n else None

    def key(self, key):
        parts = [NAMES.get(p, p) for p in (key.split("+") if key != "+" else [key])]
        if len(parts[-1]) == 1:
            parts[-1] = parts[-1].lower()
        return self.do("key", "--window", self.window, "+".join(parts))

    def act(self, word, claim, differs):
        """Each key of the act does it; differs(before, after) says whether it had its effect."""
        for key in ACTS[word]:
            before = self.state()
            after = self.key(key)
            good = after is not None and after["act"] == word and differs(before, after)
            check(f"{key}: {claim}", good, (word, before, after))
        driven.add(word)

    def quiet(self, *keys):
        """Keys that go into an entry: no act is told."""
        run("xdotool", "key", "--window", self.window, *keys, env=env)
        time.sleep(0.15)

    def type(self, text):
        run("xdotool", "type", "--window", self.window, "--delay", "5", text, env=env)
        time.sleep(0.15)

    def move(self, x, y):
        run("xdotool", "mousemove", "--window", self.window, x, y, env=env)
        time.sleep(0.08)


def span(s):
    return int(s["span"])


def begin(s):
    return int(s["begin"])


def moved(name, sign):
    return lambda a, b: (int(b[name]) - int(a[name])) * sign > 0


def is_now(name, value):
    return lambda a, b: b[name] == str(value)


def toggles(name):
    return lambda a, b: a[name] != b[name]


T = path("t.ctr")
record(T, workload("lock"), options=("-q",))
v = Viewer(T)
v.move(640, 290)

# Time.
v.act("zoom-in", "zooms in", moved("span", -1))
v.act("zoom-out", "zooms out", moved("span", 1))
for _ in range(6):
    v.key("W")
v.act("pan-left", "goes earlier", moved("begin", -1))
v.act("pan-right", "goes later", moved("begin", 1))
v.act("begin", "goes to the begin", is_now("begin", 0))
v.act("follow", "goes to the end", moved("begin", 1))
v.act("all", "shows the whole trace", is_now("begin", 0))
for k in ("W", "D", "W"):
    time.sleep(0.7)  # what a hand does without a pause is one step
    v.key(k)
v.act("undo", "brings the view before back", lambda a, b: (begin(a), span(a)) != (begin(b), span(b)))
v.act("redo", "brings the later one back", lambda a, b: (begin(a), span(a)) != (begin(b), span(b)))
v.key("0")
v.act("play", "plays", is_now("playing", 1))
v.act("faster", "tells the speed", lambda a, b: "real time" in b["message"])
v.act("slower", "tells the speed", lambda a, b: "real time" in b["message"])
v.key("Space")
v.key("Escape")

# Selection.
v.act("next", "selects on the lane under the mouse", lambda a, b: b["selected"].startswith("2:"))
v.act("next", "goes on", toggles("selected"))
v.act("previous", "goes back", toggles("selected"))
before = v.state()
v.act("fit", "fits the selection", moved("span", -1))
v.act("fit", "and its surroundings", moved("span", 1))


def lane(s):
    return s["selected"].split(":")[1]


for _ in range(60):  # until there is a wait that another thread ended; a preemption has no waker
    before = v.key(".")
    woken_by = v.key("[")
    if lane(woken_by) == lane(before):
        continue
    woke = v.key("]")
    if lane(woke) != lane(woken_by):
        break
driven.update(("waker", "wakee"))
check("[: goes to who woke it, on another lane", woken_by["act"] == "waker" and lane(woken_by) != lane(before) and
      woken_by["selected"].startswith("2:"), (before, woken_by))
check("]: goes to whom it woke", woke["act"] == "wakee" and lane(woke) != lane(woken_by), (woken_by, woke))
v.act("clear", "clears the selection", is_now("selected", "0:0:0"))

# Find.
v.act("search", "opens the search", is_now("entry", 1))
v.type("worker")
v.quiet("Return")
v.act("find-next", "goes to the next match", lambda a, b: int(b["found"]) >= 4 and a["at"] != b["at"])
v.act("find-previous", "goes to the one before", lambda a, b: b["at"] == "0")
v.key("Escape")
check("Escape ends the search", v.state()["found"] == "0", v.state())
for k in ACTS["palette"]:
    s = v.key(k)
    check(f"{k}: opens the palette", s and s["act"] == "palette" and s["entry"] == "2", s)
    v.quiet("Escape")
driven.add("palette")
v.key("Ctrl+P")
v.type("light")
s = v.do("key", "--window", v.window, "Return")
check("what is chosen in the palette is done", s and s["act"] == "theme" and s["theme"] == "light", s)

# Marks and cursors.
v.key("0")
v.move(500, 290)
v.act("mark", "sets a mark", moved("marks", 1))
v.move(900, 290)
v.act("note", "asks for words", is_now("entry", 4))
v.type("Here WASD are letters")
v.quiet("Return")
check("the mark is kept beside the trace with its words", "Here WASD are letters" in open(T + ".marks").read())
v.act("previous-mark", "selects the mark before the middle", toggles("selected"))
v.act("next-mark", "and the next one", toggles("selected"))
v.act("unmark", "removes one", moved("marks", -1))
v.key("Delete")
check("without marks there is no file", not os.path.exists(T + ".marks"))
v.key("0")
v.move(400, 290)
v.act("cursor-a", "sets cursor A", is_now("a", 1))
v.move(800, 290)
v.act("cursor-b", "sets cursor B", is_now("b", 1))
v.act("cursor-b", "and takes it away where it stands", is_now("b", 0))
v.key("Escape")
v.key("Escape")

# Lanes. The third worker's lane is under the mouse.
v.move(640, 318)
v.act("pin", "pins the lane", is_now("pinned", 1))
v.move(640, 138)
v.act("pin", "and lets it go", is_now("pinned", 0))
v.move(640, 318)
v.act("hide", "hides the lane", is_now("hidden", 1))
v.act("show-hidden", "shows it again", is_now("hidden", 0))
v.act("lane-up", "moves it up", lambda a, b: "first" not in b["message"])
v.move(640, 294)
v.act("lane-down", "moves it down", lambda a, b: "last" not in b["message"])
v.act("fold", "folds the process", moved("rows", -1))
v.move(640, 222)
v.act("fold", "and opens it", moved("rows", 1))
v.act("fold-all", "folds all", moved("rows", -1))
v.act("fold-all", "and opens them", moved("rows", 1))
v.act("locks", "hides the lanes of locks", moved("rows", -1))
v.act("locks", "and shows them", moved("rows", 1))
v.act("all-tasks", "shows the others, too", moved("rows", 1))
v.act("scroll-down", "scrolls down", moved("scroll", 1))
v.act("scroll-up", "scrolls up", moved("scroll", -1))
v.act("page-down", "a page down", moved("scroll", 1))
v.act("page-up", "a page up", moved("scroll", -1))
v.key("T")

# Tables.
v.act("table", "folds the tables", is_now("table", 0))
v.act("table", "and opens them", is_now("table", 1))
v.act("next-tab", "shows the next table", lambda a, b: int(b["tab"]) == (int(a["tab"]) + 1) % 5)
v.act("previous-tab", "and the one before", lambda a, b: int(a["tab"]) == (int(b["tab"]) + 1) % 5)
while v.state()["tab"] != "1":
    v.key("Tab")
v.act("sort", "sorts by the next column", toggles("sort"))
v.act("reverse", "and the other way round", toggles("order"))
v.act("filter", "asks for letters", is_now("entry", 3))
v.type("worker-3")
v.quiet("Return")
v.act("next-row", "shows the row's lane", lambda a, b: b["tabrows"] == "1" and b["selected"].startswith("5:"))
v.act("previous-row", "and the row before", lambda a, b: b["selected"].startswith("5:"))
v.key("Escape")
v.key("Escape")

# View.
v.act("inspector", "folds the inspector", is_now("inspector", 0))
v.key("I")
v.act("arrows", "takes the arrows away", lambda a, b: b["message"].startswith("no arrows"))
v.act("arrows", "and brings them back", lambda a, b: b["message"].startswith("arrows"))
v.act("critical", "draws the critical path", is_now("path", 1))
v.key("K")
v.act("color", "colours by process", is_now("color", 1))
v.act("color", "then by state", is_now("color", 2))
v.key("C")
v.act("bigger", "makes text bigger", lambda a, b: float(b["text"]) > float(a["text"]))
v.act("smaller", "makes it smaller", lambda a, b: float(b["text"]) < float(a["text"]))
v.key("Ctrl+-")
v.act("normal-size", "brings it back", is_now("text", "1.00"))
v.act("theme", "changes the theme", toggles("theme"))
v.act("help", "shows and closes the help", toggles("help"))
v.act("picture", "saves a picture", lambda a, b: True)
check("and there it is", until(lambda: os.path.exists(path("conctrace-1.png")), 5.0) and
      open(path("conctrace-1.png"), "rb").read(4) == b"\x89PNG")

# Mouse. Each is told by the act that follows, which changes nothing itself: text in its normal size.


def after_mouse(*xdotool):
    run("xdotool", *xdotool, env=env)
    time.sleep(0.25)
    v.key("Ctrl+0")
    return v.state()


def drag(x0, y0, x1, y1, button="1", mod=None):
    cmd = ["mousemove", "--window", v.window, x0, y0]
    cmd += ["keydown", mod] if mod else []
    cmd += ["mousedown", button]
    for k in (1, 2, 3):
        cmd += ["mousemove", "--window", v.window, int(x0 + (x1 - x0) * k / 3), int(y0 + (y1 - y0) * k / 3),
                "sleep", "0.05"]
    cmd += ["mouseup", button]
    cmd += ["keyup", mod] if mod else []
    return after_mouse(*[str(c) for c in cmd])


def mouse(name, claim, good, detail):
    mouse_driven.add(name)
    check(f"{name}: {claim}", good, detail)


v.key("Escape")
v.key("0")
v.move(640, 290)
a = v.state()
b = after_mouse("keydown", "ctrl", "click", "4", "keyup", "ctrl")
mouse("Ctrl+wheel", "zooms at the mouse", span(b) < span(a), (a, b))
a, b = b, after_mouse("keydown", "shift", "click", "5", "keyup", "shift")
mouse("Shift+wheel", "pans", begin(b) != begin(a) and span(a) == span(b), (a, b))
v.key("T")
a, b = v.state(), after_mouse("click", "5")
mouse("wheel", "scrolls the lanes", int(b["scroll"]) > int(a["scroll"]), (a, b))
x, y = int(a["bar"].split(":")[0]), int(b["bar"].split(":")[1])
a, b = b, drag(x, y, x, y + 40)
mouse("drag the bar", "scrolls the lanes", int(b["scroll"]) > int(a["scroll"]) and b["range"] == a["range"], (a, b))
v.key("T")
v.key("0")
b = after_mouse("mousemove", "--window", v.window, "500", "270", "click", "1")
mouse("click", "selects", b["selected"].startswith("2:"), b)
a, b = b, after_mouse("mousemove", "--window", v.window, "520", "246", "click", "--repeat", "2", "--delay", "60", "1")
mouse("double click", "fits the interval", b["selected"] != a["selected"] and begin(a) != begin(b), (a, b))
v.key("Escape")
v.key("0")
b = drag(400, 300, 700, 300)
mouse("drag", "selects a range", int(b["range"]) > 0, b)
v.act("loop", "repeats the range", is_now("loop", 1))
v.act("loop", "and ends", is_now("loop", 0))
a = v.state()
b = drag(400, 300, 700, 300, button="2")
mouse("middle or Ctrl drag", "zooms to the range (middle)", span(b) < span(a), (a, b))
a, b = b, drag(400, 300, 700, 300, mod="ctrl")
mouse("middle or Ctrl drag", "zooms to the range (Ctrl)", span(b) < span(a), (a, b))
a, b = b, drag(400, 300, 700, 300, button="3")
mouse("right or Shift drag", "moves the view (right)", begin(b) < begin(a) and span(a) == span(b), (a, b))
a, b = b, drag(700, 300, 400, 300, mod="shift")
mouse("right or Shift drag", "moves the view (Shift)", begin(b) > begin(a) and span(a) == span(b), (a, b))
a, b = b, drag(300, 70, 800, 70)
mouse("drag above", "moves the window on the whole run", begin(b) > begin(a) and span(a) == span(b), (a, b))
v.key("0")
a, b = v.state(), drag(60, 270, 60, 345)
mouse("drag a name", "moves the lane", b["order"] is not None and b["moves"] != a["moves"], (a, b))
v.key("Space")
v.key("Space")
a, b = v.state(), drag(400, 112, 700, 112)
mouse("drag the ruler", "moves the playhead", b["playhead"] != a["playhead"] and b["range"] == "0", (a, b))
v.key("Escape")
while v.state()["tab"] != "1":
    v.key("Tab")
a = v.state()
b = after_mouse("mousemove", "--window", v.window, "60", a["headings"], "click", "1")
mouse("click a heading", "sorts by it", b["sort"] == "0" and a["sort"] != "0", (a, b))
run("xdotool", "mousemove", "--window", v.window, "60", str(int(a["headings"]) + 22), "click", "1", env=env)
time.sleep(0.2)
v.key("Ctrl+0")
check("a click on a row shows its lane", v.state()["selected"].startswith("5:"), v.state())

# The end.
driven.add("quit")
press(env, "ctrl+q")
check("Ctrl+Q: ends with status 0", until(lambda: v.process.poll() is not None) and v.process.returncode == 0,
      v.process.poll())
if v.process.poll() is None:
    v.process.kill()
server.terminate()
server.wait()

check("every act of the list was done", set(ACTS) == driven, (set(ACTS) - driven, driven - set(ACTS)))
check("every line of the help about the mouse was done, but for fingers (tests/unit/test_hands.c)",
      set(MOUSE) - {"pinch", "one finger"} == mouse_driven, (set(MOUSE) - mouse_driven, mouse_driven - set(MOUSE)))
page = open(os.path.join(ROOT, "man/conctrace-view.1")).read().replace("\\-", "-").replace("\\&", "")
missing = [w for w, keys in ACTS.items()
           for k in keys if k.replace("Shift+/", "?").replace("Shift+;", ":").replace("Return", "Enter") not in page]
check("the man page has their keys", not missing, missing)
finish()
