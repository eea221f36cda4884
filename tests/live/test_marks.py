# SPDX-License-Identifier: BSD-2-Clause
"""What programs say of themselves: every coroutine switch, mark and USDT probe is in the trace, as
the program itself counted them, and none besides."""
import collections
import html
import os
import re
import shutil
import subprocess
import sys
import time

from live import BUILD, CONCTRACE, ROOT, check, finish, need_bpf, path, record, report, run, skip, workload

PYTHON = "/usr/bin/python3"


def facts(file):
    with open(file, encoding="utf-8") as f:
        return [line.rstrip("\n").split("\t") for line in f if not line.startswith("#")]


def rows(rep, kind):
    return [r for r in rep.get("marks", []) if r["kind"] == kind]


def dumped(file, kind):
    """The records of that type, each as a dict of its words."""
    out = run(CONCTRACE, "dump", file).stdout
    return [dict(word.split("=", 1) for word in line.split() if "=" in word)
            for line in out.splitlines() if re.match(rf"\S+ cpu=\d+ {kind} ", line)]


def coroutines():
    file, truth = path("coroutines.ctr"), path("coroutines.truth")
    for _ in range(6):  # until every switch of the thread was told: what it ran in others is no coroutine's
        result = record(file, workload("coroutines"), "--switches", 10000, "--work-us", 20, "--truth", truth,
                        options=("--coroutines",))
        untold = report(file)["trace"]["anomalies"]["switch_untold"]
        if not untold:
            break
    switches = [f for f in facts(truth) if f[0] == "coroutine-switch"]
    seen = dumped(file, "coroutine")
    check("each of ten thousand switches is recorded, no other",
          result.returncode == 0 and len(switches) == 10000 == len(seen), (len(seen), result.stderr))
    ids = {}
    wrong = [(f, s) for f, s in zip(switches, seen)
             if ids.setdefault(f[3], s["from"]) != s["from"] or ids.setdefault(f[4], s["id"]) != s["id"]
             or f[1] != s["tid"]]
    check("in their order, from whom to whom", not wrong and len(set(ids.values())) == len(ids) == 9, wrong[:3])
    rep = report(file)
    table = rows(rep, "coroutine")
    count = collections.Counter(f[4] for f in switches)
    check("the report counts the switches to each coroutine",
          {r["id"]: r["count"] for r in table} == {int(ids[n], 16): c for n, c in count.items()}, table)
    thread = next(t for t in rep["tasks"] if t["comm"] == "coroutines")
    ran = sum(r["running_ns"] for r in table)
    if untold:
        skip("what the coroutines ran is what their thread ran", "this machine hides switches from tracers")
    else:
        check("what the coroutines ran is what their thread ran", 0 <= thread["running_ns"] - ran < 0.03 * ran,
              (ran, thread["running_ns"]))
    whole = (rep["trace"]["end_ns"] - rep["trace"]["begin_ns"]) // 2
    halves = [rows(report(file, *w), "coroutine") for w in (("--to", f"{whole}ns"), ("--from", f"{whole}ns"))]
    check("two halves of the trace have as many as the whole",
          sum(r["count"] for half in halves for r in half) == 10000, halves)


def said_within(file, begin, end):
    """By the records alone: how many regions of each name and thread go on between these times; what the counter was."""
    names = {n["key"]: n["text"].strip('"') for n in re.finditer(r"kind=17 (?P<key>key=\w+) text=(?P<text>\".*\"|\w+)",
                                                                 run(CONCTRACE, "dump", file).stdout)}
    regions, stacks, told = collections.Counter(), collections.defaultdict(list), collections.defaultdict(list)
    for line in run(CONCTRACE, "dump", file).stdout.splitlines():
        mark = re.match(r"(\d+)\.(\d+) cpu=\d+ mark tid=(\d+) kind=(\d) probe=0 name=(\w+) value=(-?\d+)", line)
        if not mark:
            continue
        ts, tid = int(mark[1] + mark[2]), mark[3]
        if mark[4] == "0":
            stacks[tid].append((ts, names["key=" + mark[5]]))
        elif mark[4] == "1":
            since, name = stacks[tid].pop()
            regions[name, tid] += since < end and ts > begin
        elif mark[4] == "3":
            told[tid].append((ts, int(mark[6])))
    # Drawn from the nanosecond before it was told.
    values = [value for each in told.values() for (since, value), (until, _) in zip(each, [*each[1:], (end + 1, None)])
              if since - 1 < end and until - 1 > begin]
    return +regions, sorted(values)


def pictured(file):
    """The densest part of the trace, so wide that nothing is merged."""
    zero = report(file)["trace"]["begin_ns"]
    times = [int(a + b) for a, b in re.findall(r"^(\d+)\.(\d+) cpu=\d+ mark ", run(CONCTRACE, "dump", file).stdout, re.M)]
    length, begin = min((times[i + 200] - times[i], times[i]) for i in range(len(times) - 200))
    end = begin + length
    svg = run(CONCTRACE, "picture", file, "-o", path("marks.svg"), "--size", "9000x600", "--lanes", "tasks",
              "--from", f"{begin - zero}ns", "--to", f"{end - zero}ns")
    with open(path("marks.svg"), encoding="utf-8") as f:
        titles = html.unescape("\n".join(re.findall(r"<title>(.*)</title>", f.read())))
    regions, values = said_within(file, begin, end)
    drawn = collections.Counter(re.findall(r"^(.+) · region of worker-\d · tid (\d+): lasted", titles, re.M))
    check("a picture has each region of its time, with name and thread, and no other", drawn == regions and len(drawn) > 2,
          (drawn, regions, svg.stderr))
    told = sorted(int(v) for v in re.findall(r"^orders left · counter of worker-\d · tid \d+: was (\d+) for ", titles, re.M))
    check("and each value that the counter had", told == values and len(told) > 5, (told, values))


def marks():
    file, truth = path("marks.ctr"), path("marks.truth")
    result = record(file, workload("marks"), "--orders", 400, "--work-us", 20, "--truth", truth)
    told = collections.Counter()
    for f in facts(truth):
        if f[0] == "count":
            told[f[3], f[1]] += int(f[4])
    rep = report(file)
    seen = {(n, tid): c for (kind, n, tid), c in
            {(r["kind"], r["name"], str(r["tid"])): r["count"] for r in rep["marks"]}.items()}
    for name, counted in (("parse", "parse"), ("price", "price"), ("looked up again", "again"),
                          ("look up", "again"), ("orders left", "values")):
        want = {tid: c for (n, tid), c in told.items() if n == counted and c}
        check(f"'{name}' is recorded as often as each thread made it",
              result.returncode == 0 and {t: c for (n, t), c in seen.items() if n == name} == want,
              (want, seen, result.stderr))
    values = [int(m["value"]) for m in dumped(file, "mark") if m["kind"] == "3"]
    check("the counter has each value once, in order", values == list(range(399, -1, -1)), values[:20])
    switches = sum(r["count"] for r in rows(rep, "coroutine"))
    names = {r["name"] for r in rows(rep, "coroutine")}
    check("a scheduler's own coroutines have their names and turns",
          switches == 400 and names == {"odd orders", "even orders"}, (switches, names))
    regions = {r["name"]: r for r in rows(rep, "region")}
    check("a region lasts no longer than the one around it",
          regions["look up"]["total_ns"] <= regions["price"]["total_ns"]
          and all(r["running_ns"] <= r["total_ns"] and r["cut"] == 0 for r in regions.values()), regions)
    pictured(file)
    # The variable is called shelf, too: only a record that says that the program gave it (flag 1) shows that it did.
    told = [n for n in dumped(file, "name") if n["text"] == "shelf"]
    given = [n for n in told if int(n.get("flags", "0"), 0) & 1]
    check("the lock has the name that the program gives it", len(given) == 1, told)
    silent = path("silent.ctr")
    record(silent, workload("marks"), "--orders", 10, options=("--no-marks",))
    check("with --no-marks there are none", "marks" not in report(silent))


# A coroutine and a mutex that are called A, B, A; the mutex is waited for under each name. One name lies 64 KiB from
# whatever else is read, on a page that nobody touched. What is told are global variables: the compiler, where it may,
# hands over their place in the program, and no probe is attached to such a mark.
RENAMED = r"""
#include <conctrace.h>
#include <pthread.h>
#include <unistd.h>
static const char far_away[65536] = {1}, far_name[65536] __attribute__((aligned(65536))) = "far away";
static const char *const names[] = {"A", "B", "A"};
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, *volatile global_mutex = &mutex;
static volatile long global_value = 5, global_id = 7;
static const char *volatile global_name = far_name;
static void *wait_for(void *m) { pthread_mutex_lock(m); pthread_mutex_unlock(m); return NULL; }
int main(void)
{
	CONCTRACE_COROUTINE(global_id, global_name);
	CONCTRACE_COUNTER("global", global_value);
	for (int i = 0; i < 3; i++) {
		pthread_t thread;
		CONCTRACE_COROUTINE(8, names[i]);
		CONCTRACE_LOCK(global_mutex, names[i]);
		pthread_mutex_lock(&mutex);
		pthread_create(&thread, NULL, wait_for, &mutex);
		usleep(20000);
		pthread_mutex_unlock(&mutex);
		pthread_join(thread, NULL);
	}
	CONCTRACE_COROUTINE(0, NULL);
	return far_away[0] != 1;
}
"""


def names():
    source, program, file = path("renamed.c"), path("renamed"), path("renamed.ctr")
    with open(source, "w", encoding="ascii") as f:
        f.write(RENAMED)
    built = run("cc", "-O2", "-I", os.path.join(ROOT, "include"), source, "-o", program, "-pthread")
    result = record(file, program)
    # A reader of a file knows all names ahead, one of a stream as they are told.
    with open(path("renamed.txt"), "w", encoding="utf-8") as f:
        f.write(run(CONCTRACE, "dump", file).stdout)
    for how, rep in (("a file", report(file)), ("a stream", report(path("renamed.txt")))):
        seen = {r["name"]: (r["id"], r["count"]) for r in rows(rep, "coroutine")}
        check(f"what a coroutine is called holds until it is called otherwise: {how}",
              seen == {"A": (8, 2), "B": (8, 1), "far away": (7, 1)}, (seen, built.stderr, result.stderr))
        seen = [(r["name"], r["lowest"], r["highest"]) for r in rows(rep, "counter")]
        check(f"a global variable's value is told: {how}", seen == [("global", 5, 5)], (seen, result.stderr))
        seen = sorted((lock["name"], lock["waits"]) for lock in rep["locks"] if lock["kind"] == "mutex")
        check(f"and so does a lock's name: {how}", seen == [("A", 1), ("A", 1), ("B", 1)], seen)


def million():
    file = path("million.ctr")
    result = record(file, workload("marks"), "--loop", 1000000)
    rep = report(file)
    check("a million marks in a row are a million in the trace, none lost",
          [r["count"] for r in rows(rep, "instant")] == [1000000] and rep["trace"]["lost_records"] == 0,
          (rep.get("marks"), result.stderr))
    bare = [float(re.search(r"marks, (-?[0-9.]+) ns", run(workload("marks"), "--loop", 100000000).stdout)[1])
            for _ in range(3)]
    check("one that nobody records costs a nanosecond at most", min(bare) <= 1, bare)


def usdt():
    file = path("python.ctr")
    code = "def kiwi(x): return -x\nsorted(range(1000), key=kiwi)"
    # CPython 3.11 reaches function__entry only while somebody has its lines: perf stat counts the same.
    options = ("--usdt", "python:function__entry", "--usdt", "python:line", "--usdt", "python:function__return")
    result = record(file, PYTHON, "-c", code, options=options)
    if "has no USDT probe" in result.stderr:
        skip("calls of Python's functions", "this python3 has no USDT probes")
        return
    table = rows(report(file), "instant")
    for probe in ("function__entry", "function__return"):
        called = sum(r["count"] for r in table if r["name"] == f"python:{probe} kiwi")
        check(f"python:{probe} is recorded for each call of a function, with its name", called == 1000, called)
    result = record(path("none.ctr"), PYTHON, "-c", "1", options=("--usdt", "python:nothing"))
    check("a probe that the program has not is one sentence that names those it has",
          result.returncode == 1 and "python:function__entry" in result.stderr
          and result.stderr.count("\n") == 1, result.stderr)


USDT = r"""
#include <string.h>
#include <sys/mman.h>
#include <sys/sdt.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	char text[] = "hello", second[] = "other";
	char *absent = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (long v = 100000; v < 100005; v++) {
		DTRACE_PROBE2(my, value_text, v, text);
		DTRACE_PROBE2(my, text_value, text, v);
		DTRACE_PROBE2(my, two_texts, text, second);
		DTRACE_PROBE3(my, value_two_texts, v, text, second);
		DTRACE_PROBE2(my, two_values, v, 7L);
		DTRACE_PROBE2(my, absent, v, absent);
	}
	return argv[argc] != 0;
}
"""


def usdt_arguments():
    """Which argument names it and which is its value, whatever their order."""
    with open(path("u.c"), "w", encoding="ascii") as f:
        f.write(USDT)
    built = run("gcc", "-O1", path("u.c"), "-o", path("u"))
    if built.returncode != 0:
        skip("the arguments of a USDT probe", "no gcc, or no sys/sdt.h")
        return
    probes = ("value_text", "text_value", "two_texts", "value_two_texts", "two_values", "absent")
    file, numbers = path("u.ctr"), [str(v) for v in range(100000, 100005)]
    result = record(file, path("u"), options=[word for p in probes for word in ("--usdt", "my:" + p)])
    named = dumped(file, "name")
    called = {n["key"]: n["text"] for n in named}
    seen = {p: [] for p in probes}
    for mark in dumped(file, "mark"):
        seen[probes[int(mark["probe"]) - 1]].append((called.get(mark["name"], ""), mark["value"]))
    check("a probe's value is its last argument that is no text, whatever their order",
          seen["value_text"] == seen["text_value"] == [("hello", n) for n in numbers], (seen, named, result.stderr))
    check("of two texts the last is its name, and neither is a value",
          seen["two_texts"] == [("other", "0")] * 5
          and seen["value_two_texts"] == [("other", n) for n in numbers], (seen, named))
    check("of two values the last one counts", seen["two_values"] == [("", "7")] * 5, seen)
    check("a text that is not in memory is no value", seen["absent"] == [("", n) for n in numbers], seen)


def attached():
    """A process that runs already, and leaves regions whose begin nobody saw."""
    file = path("attached.ctr")
    child = subprocess.Popen([workload("marks"), "--orders", "1000000", "--work-us", "500"], stdout=subprocess.DEVNULL)
    time.sleep(0.3)
    result = run(CONCTRACE, "record", "-o", file, "-p", child.pid, "--duration", "500ms")
    alive = child.poll() is None
    child.kill()
    child.wait()
    rep = report(file)
    regions = {r["name"]: r["count"] for r in rows(rep, "region")}
    check("marks of a process that runs already are recorded, and it goes on",
          alive and regions.get("parse", 0) > 10 and abs(regions["parse"] - regions.get("price", 0)) <= 80,
          (regions, result.stderr))


def header():
    source = path("h.c")
    with open(source, "w", encoding="ascii") as f:
        f.write('#include "conctrace.h"\nint main(void)\n{\n\tint n = 1;\n\tCONCTRACE_REGION("main");\n'
                '\tCONCTRACE_BEGIN("a");\n\tCONCTRACE_COUNTER("n", n);\n\tCONCTRACE_INSTANT("i");\n'
                '\tCONCTRACE_COROUTINE(&n, "c");\n\tCONCTRACE_COROUTINE(0, 0);\n\tCONCTRACE_LOCK(&n, "l");\n\tCONCTRACE_END();\n\treturn 0;\n}\n')
    for compiler, flags in (("gcc", "-std=c89"), ("gcc", "-std=c99"), ("gcc", "-std=gnu11"), ("clang", "-std=c11"),
                            ("g++", "-std=c++98"), ("g++", "-std=c++11"), ("clang++", "-std=c++98")):
        if not shutil.which(compiler):
            skip(f"conctrace.h with {compiler} {flags}", "not installed")
            continue
        for off in ((), ("-DCONCTRACE_OFF",)):
            lang = ("-x", "c++") if "+" in compiler else ()
            result = run(compiler, flags, "-Wall", "-Wextra", "-Werror", "-O2", *off, "-I",
                         os.path.join(ROOT, "include"), *lang, source, "-o", path("h"))
            check(f"conctrace.h has no warning: {' '.join((compiler, flags, *off))}",
                  result.returncode == 0, result.stderr)


need_bpf()
coroutines()
marks()
names()
million()
usdt()
usdt_arguments()
attached()
header()
finish()
