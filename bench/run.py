# SPDX-License-Identifier: BSD-2-Clause
"""Speed, size and memory against the targets and, in the same run, against other tracers.

Runs are paired and interleaved; medians and ratios are what counts, as machines are noisy.
usage: bench/run.py BUILD [ROUNDS]
"""
import ctypes
import json
import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, sys.argv[1] if len(sys.argv) > 1 else "build")
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 7
CONCTRACE = os.path.join(BUILD, "conctrace")
VIEW = os.path.join(BUILD, "conctrace-view")
DIR = tempfile.mkdtemp(prefix="conctrace-bench-")
PIPE = ["taskset", "-c", "0", "perf", "bench", "sched", "pipe", "-l", "100000"]
FUTEX = [os.path.join(BUILD, "bench", "futex_pingpong")]
HACKBENCH = ["perf", "bench", "sched", "messaging", "-l", "400"]


def file(name):
    return os.path.join(DIR, name)


def run(args, **kw):
    return subprocess.run(args, capture_output=True, text=True, errors="replace", check=False, **kw)


def bench_seconds(result):
    """What perf bench itself measured, so that start and stop of a recorder do not count."""
    found = re.search(r"Total time: ([0-9.]+)", result.stdout)
    if not found:
        raise SystemExit(f"perf bench failed: {result.stdout} {result.stderr}")
    return float(found.group(1))


def row(what, value, target="", holds=None):
    mark = "" if holds is None else ("ok" if holds else "MISSED")
    print(f"{what:<58} {value:>22}  {target:<14} {mark}", flush=True)


def totals(stderr):
    """Records, lost and KiB from the closing line of record."""
    found = re.search(r"(\d+) records, (\d+) lost; ([0-9.]+) KiB", stderr)
    return int(found.group(1)), int(found.group(2)), float(found.group(3)) * 1024


def works(prefix):
    return shutil.which(prefix[0]) is not None and run(prefix + ["true"]).returncode == 0


def slowdown(load, name, targets):
    """targets: by recorder, the most it may slow the load down."""
    recorders = {
        "plain": [],
        "conctrace": [CONCTRACE, "record", "-o", file("t.ctr"), "--"],
        "conctrace --futex=all": [CONCTRACE, "record", "--futex=all", "-o", file("a.ctr"), "--"],
        "perf sched record": ["perf", "sched", "record", "-q", "-o", file("perf.data"), "--"],
    }
    recorders["trace-cmd"] = ["trace-cmd", "record", "-q", "-o", file("trace.dat"), "-e", "sched_switch", "-e",
                              "sched_waking", "--"]
    for key in [key for key, prefix in recorders.items() if key != "plain" and not works(prefix)]:
        row(f"{name}: under {key}", "cannot record here")
        del recorders[key]
    seconds = {key: [] for key in recorders}
    bytes_per_record, lost = 0.0, 0
    for _ in range(4 * ROUNDS + 3):  # of 7, the median is off by 0.03 either way
        for key, prefix in recorders.items():
            result = run(prefix + load)
            seconds[key].append(bench_seconds(result))
            if key == "conctrace":
                records, gone, size = totals(result.stderr)
                bytes_per_record, lost = size / records, lost + gone
    plain = statistics.median(seconds["plain"])
    for key in recorders:
        ratio = statistics.median(t / p for t, p in zip(seconds[key], seconds["plain"]))
        if key == "plain":
            row(f"{name}: alone", f"{plain:.3f} s")
        elif key in targets:
            row(f"{name}: under {key}", f"{ratio:.2f} x", f"<= {targets[key]:.2f}", ratio <= targets[key])
        else:
            row(f"{name}: under {key}", f"{ratio:.2f} x")
    row(f"{name}: lost in {4 * ROUNDS + 3} runs", str(lost), "0", lost == 0)
    row(f"{name}: bytes per record", f"{bytes_per_record:.2f}", "<= 4", bytes_per_record <= 4)


def collector_share():
    shares = []
    for _ in range(ROUNDS):
        result = run([CONCTRACE, "record", "-o", file("t.ctr"), "--"] + PIPE)
        records, _, _ = totals(result.stderr)
        report = json.loads(run([CONCTRACE, "report", "--json", "--all", file("t.ctr")]).stdout)
        own = sum(t["running_ns"] for t in report["tasks"] if t["comm"] == "conctrace" and t["exit_status"] is None)
        shares.append(own / records * 500000 / 1e9 * 100)
    share = statistics.median(shares)
    row("collector: share of a core at 500,000 records/s", f"{share:.1f} %", "<= 4 %", share <= 4)


def big_trace():
    path = file("big.ctr")
    load = ["taskset", "-c", "0", "perf", "bench", "sched", "pipe", "-l", "1700000"]
    records, lost, size = totals(run([CONCTRACE, "record", "-o", path, "--"] + load).stderr)
    row("big trace: records, lost", f"{records}, {lost}")
    row("big trace: bytes per record", f"{size / records:.2f}", "<= 4", size / records <= 4)
    return path, records


def report_cost(path, records):
    seconds = []
    for _ in range(3):
        begin = time.monotonic()
        subprocess.run([CONCTRACE, "report", path], stdout=subprocess.DEVNULL, check=True)
        seconds.append(time.monotonic() - begin)
    pid = os.fork()
    if pid == 0:
        subprocess.run([CONCTRACE, "report", path], stdout=subprocess.DEVNULL, check=True)
        os._exit(0 if resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= 200 * 1024 else 1)
    fits = os.waitpid(pid, 0)[1] == 0
    per_five = statistics.median(seconds) * 5e6 / records
    row("report: 5 M records", f"{per_five:.2f} s", "<= 1.5 s", per_five <= 1.5)
    row("report: memory", "below" if fits else "above", "<= 200 MiB", fits)


def many_lanes():
    """About 80 tasks: at half scale more than 64 of their lanes are in sight."""
    path = file("lanes.ctr")
    run([CONCTRACE, "record", "-q", "-o", path, "--", "perf", "bench", "sched", "messaging", "-g", "2", "-l", "2000"])
    return path


def viewer_cost(*args):
    result = run([VIEW, "--bench", *args])
    for line in result.stdout.splitlines():
        print(line)
    if result.returncode != 0:
        print(result.stderr, end="")


def made_trace():
    """64 cores, 1000 threads, 10 M records: made up, the same every time."""
    path = file("made.ctr")
    subprocess.run([os.path.join(BUILD, "bench", "make_trace"), path], check=True)
    return path


STAMPS = """
import random, sys, time
choice, out, end = random.Random(1), open(sys.argv[1], "w"), time.monotonic() + 10
while time.monotonic() < end:
    time.sleep(choice.uniform(0.003, 0.02))
    out.write("%d\\n" % time.clock_gettime_ns(time.CLOCK_MONOTONIC))
    until = time.monotonic() + choice.uniform(0.0005, 0.006)
    while time.monotonic() < until:
        pass
"""


def xvfb():
    display = f":{600 + os.getpid() % 300}"
    server = subprocess.Popen(["Xvfb", display, "-screen", "0", "1920x1080x24", "-nolisten", "tcp"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1)
    return server, dict(os.environ, DISPLAY=display)


def event_to_pixel():
    """A process stamps its own events; the window tells when a frame with the event in it was shown."""
    if not shutil.which("Xvfb"):
        return
    server, env = xvfb()
    frames, stamps = file("frames"), file("stamps")
    recorder = subprocess.Popen([CONCTRACE, "record", "-q", "-o", "-", "--", sys.executable, "-c", STAMPS, stamps],
                                stdout=subprocess.PIPE)
    viewer = subprocess.Popen([VIEW, "--live", "--size", "1920x1080", "--frames", frames, "-"], env=env,
                              stdin=recorder.stdout)
    recorder.stdout.close()
    recorder.wait()
    time.sleep(1)
    for process in (viewer, server):
        process.terminate()
        process.wait()
    with open(frames, encoding="ascii") as lines:
        shown = [tuple(map(int, line.split()[:2])) for line in lines]
    with open(stamps, encoding="ascii") as lines:
        events = [int(line) for line in lines]
    events = [ns for ns in events if events[0] + 1500000000 < ns < events[-1] - 300000000]
    late = sorted(min((at for at, until in shown if until >= ns), default=ns + 10**10) - ns for ns in events)
    half, most = (late[len(late) * percent // 100] / 1e6 for percent in (50, 99))
    row(f"live: event to pixel, {len(late)} events, median and p99", f"{half:.0f}, {most:.0f} ms", "<= 50 ms", most <= 50)


class Hand:
    """Presses keys of a display, as XTest does it for xdotool, and knows when."""

    def __init__(self, display):
        self.x11, self.xtst = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        self.x11.XOpenDisplay.restype = self.x11.XStringToKeysym.restype = ctypes.c_ulong
        self.display = ctypes.c_void_p(self.x11.XOpenDisplay(display.encode()))

    def press(self, key):
        """The time at which it went down, CLOCK_MONOTONIC ns."""
        code = self.x11.XKeysymToKeycode(self.display, ctypes.c_ulong(self.x11.XStringToKeysym(key.encode())))
        at = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        for down in (1, 0):
            self.xtst.XTestFakeKeyEvent(self.display, code, down, ctypes.c_ulong(0))
        self.x11.XFlush(self.display)
        return at


def input_to_frame(path):
    """Keys that zoom and pan: from when one goes down to the frame with what it did, and frames in between without."""
    if not shutil.which("Xvfb"):
        return
    try:
        server, env = xvfb()
        hand = Hand(env["DISPLAY"])
    except OSError as error:
        row("input to frame", f"cannot press keys: {error}")
        return
    frames, choice = file("frames"), random.Random(1)
    viewer = subprocess.Popen([VIEW, "--size", "1920x1080", "--frames", frames, path], env=env)
    try:
        time.sleep(2)
        until_quiet(viewer.pid)
        run(["xdotool", "mousemove", "900", "500"], env=env)
        time.sleep(1)
        with open(frames, encoding="ascii") as lines:
            acts = int(lines.readlines()[-1].split()[2])
        pressed = []
        for key in choice.choices("wwwdas", k=400):
            pressed.append(hand.press(key))
            time.sleep(choice.uniform(0.02, 0.12))
        time.sleep(1)
    finally:
        for process in (viewer, server):
            process.terminate()
            process.wait()
    with open(frames, encoding="ascii") as lines:
        shown = [(int(at), int(nr)) for at, _, nr in (line.split() for line in lines)]
    late, between = [], []
    for nr, at in enumerate(pressed, acts + 1):
        after = [frame for frame in shown if frame[0] >= at]
        first = next((i for i, frame in enumerate(after) if frame[1] >= nr), None)
        late.append(after[first][0] - at if first is not None else 10**10)
        between.append(first if first is not None else len(after))
    late.sort()
    half, most = (late[len(late) * percent // 100] / 1e6 for percent in (50, 99))
    row(f"input to frame, {len(late)} keys, median and p99", f"{half:.1f}, {most:.1f} ms")
    row("input to frame: frames without it in between, at most", str(max(between)), "<= 1", max(between) <= 1)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def until_quiet(pid, timeout_s=240):
    """Waits until a process uses next to no time, five seconds in a row: others may keep it from what it has to do."""
    end, quiet = time.monotonic() + timeout_s, 0
    while time.monotonic() < end and quiet < 5:
        before = cpu_seconds(pid)
        time.sleep(1)
        quiet = quiet + 1 if cpu_seconds(pid) - before <= 0.02 else 0
    return quiet == 5


def window_cost(path):
    """The real window at 1080p, findings and all: memory, and what it costs when nothing moves."""
    if not shutil.which("Xvfb"):
        return
    server, env = xvfb()
    viewer = subprocess.Popen([VIEW, "--size", "1920x1080", path], env=env)
    try:
        time.sleep(2)
        quiet = until_quiet(viewer.pid)
        before, begin = cpu_seconds(viewer.pid), time.monotonic()
        time.sleep(10)
        share = (cpu_seconds(viewer.pid) - before) / (time.monotonic() - begin) * 100
        row("window: idle, of a core", f"{share:.1f} %", "<= 1 %", quiet and share <= 1)
        with open(f"/proc/{viewer.pid}/status", encoding="ascii") as status:
            text = status.read()
        now, most, files = (int(re.search(key + r":\s+(\d+)", text).group(1)) * 1024 / 1e6
                            for key in ("VmRSS", "VmHWM", "RssFile"))
        row("window: memory, at most, of it program and libraries", f"{now:.0f}, {most:.0f}, {files:.0f} MB",
            "<= 300 MB", now <= 300)
    finally:
        viewer.terminate()
        viewer.wait()
        server.terminate()
        server.wait()


def main():
    print(f"{'what':<58} {'measured':>22}  {'target':<14}")
    slowdown(PIPE, "pipe ping-pong, one core", {"conctrace": 1.20})
    slowdown(FUTEX, "futex ping-pong, one core", {"conctrace": 1.25, "conctrace --futex=all": 1.45})
    slowdown(HACKBENCH, "hackbench", {})
    collector_share()
    path, records = big_trace()
    report_cost(path, records)
    viewer_cost(path)
    viewer_cost("--scale", "0.5", many_lanes())
    made = made_trace()
    viewer_cost(made)
    window_cost(made)
    input_to_frame(made)
    event_to_pixel()
    shutil.rmtree(DIR)


main()
