#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes docs/lessons/NAME.md and NAME.png from runs made now. usage: docs/lessons.py [BUILD [NAME...]]

The words are the lessons' own: workloads/NAME.c begins with the idea, and says to --describe what to look for. Of some
runs the one is kept in which others on this machine took the cores for the shortest time.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, sys.argv[1] if len(sys.argv) > 1 else "build")
CONCTRACE = os.path.join(BUILD, "conctrace")
PAGES = os.path.join(ROOT, "docs", "lessons")
TRIES = 3


def first_in_line():
    """In a scheduling group of its own, from which others hardly get a core: sched(7), autogroup."""
    child = os.fork()
    if child:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    os.setsid()
    try:
        with open("/proc/self/autogroup", "w", encoding="ascii") as file:
            file.write("-20")
    except OSError:
        pass


def described():
    lessons, chapter = [], ""
    with open(os.path.join(BUILD, "workloads", "lessons.txt"), encoding="utf-8") as file:
        for line in file:
            key, text = line.rstrip("\n").split("\t", 1)
            if key == "chapter":
                chapter = text
            elif key == "lesson":
                lessons.append({"lesson": text, "chapter": chapter})
            else:
                lessons[-1][key] = f"{lessons[-1].get(key, '')} {text.strip()}".strip()
    return lessons


def idea(name):
    """The program's opening comment, up to what to look for."""
    with open(os.path.join(ROOT, "workloads", f"{name}.c"), encoding="utf-8") as file:
        comment = re.search(r"\n/\*\n(.*?)\*/", file.read(), re.S).group(1)
    text = " ".join(line.strip(" *") for line in comment.splitlines())
    text = re.sub(r"^[\w-]+: ", "", text).split("What to look for:")
    return [p.strip()[0].upper() + p.strip()[1:] for p in text[0].split("What it shows:")]


def twin(name):
    """What is said below the page: how to run the twin, and where it differs, as its own second paragraph has it."""
    path = os.path.join(ROOT, "workloads", "python", f"lesson-{name}.py")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        _, *more = re.search(r'"""(.*?)"""', file.read(), re.S).group(1).strip().split("\n\n")
    return [f"**In Python.** `sudo conctrace workloads --python {name}`" + "".join(
        "\n\n" + " ".join(text.split()) for text in more), ""]


def run(*args):
    return subprocess.run([CONCTRACE, *args], capture_output=True, text=True, check=False, cwd=BUILD)


def record(lesson, dir):
    """The best of some traces, what was seen in it, and its findings."""
    best = None
    for i in range(TRIES):
        trace = os.path.join(dir, f"{i}.ctr")
        result = run("record", "-q", *lesson.get("record", "").split(), "-o", trace, "--", f"workloads/{lesson['lesson']}")
        if result.returncode != 0:
            raise RuntimeError(result.stderr)
        report = json.loads(run("report", trace, "--json").stdout)
        others = [f["severity"] for f in report["findings"] if f["id"].startswith("preempted")]
        if best is None or sum(others) < best[0]:
            seen = run("workloads", "--read", trace, lesson["lesson"]).stdout.split("Seen in this run\n")[1]
            best = (sum(others), trace, seen, report["findings"])
        if sum(others) < 0.02:
            break
    return best


def picture(lesson, trace):
    part = lesson.get("window", "").split()
    result = run("picture", trace, "-o", os.path.join(PAGES, lesson["lesson"] + ".png"), "--size", "1100x620+",
                 *lesson.get("picture", "").split(), *(("--from", part[0], "--to", part[1]) if part else ()))
    if result.returncode != 0:
        raise RuntimeError(result.stderr)


def page(lesson, seen, findings):
    name = lesson["lesson"]
    told = re.split(r"\nFINDINGS|Nothing stands out", seen)[0]
    named = [f["id"] for f in findings if f["id"] in re.findall(r"[a-z-]+", lesson.get("expect", ""))]
    lines = [f"# {name}: {lesson['title']}", "", *(p + "\n" for p in idea(name)), f"    sudo conctrace workloads {name}",
             "", f"![timeline of {name}]({name}.png)", "", f"**Look for.** {lesson['look']}", "",
             f"**Seen in the run of the picture.** {' '.join(told.split())}", ""]
    if named:
        lines += ["**Its findings.** " + ", ".join(f"[{id}](../findings.md#{id})" for id in dict.fromkeys(named)) + ".", ""]
    lines += [f"**Try next.** {lesson['next']}", ""]
    if "cores" in lesson:
        lines += [f"Needs {lesson['cores']} cores to be seen; on one, the lesson says so.", ""]
    lines += twin(name)
    with open(os.path.join(PAGES, f"{name}.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


def index(lessons):
    lines = ["# Lessons", "", "Each is a small program, run traced by `sudo conctrace workloads NAME`.",
             "`sudo conctrace workloads --all` runs all of them here and writes a page of what this machine showed.", ""]
    chapter = ""
    for lesson in lessons:
        if lesson["chapter"] != chapter:
            chapter = lesson["chapter"]
            lines += ["", f"## {chapter}", ""]
        lines.append(f"- [{lesson['lesson']}]({lesson['lesson']}.md): {lesson['title']}")
    with open(os.path.join(PAGES, "README.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def main():
    first_in_line()
    os.makedirs(PAGES, exist_ok=True)
    lessons = described()
    for lesson in lessons:
        if len(sys.argv) > 2 and lesson["lesson"] not in sys.argv[2:]:
            continue
        with tempfile.TemporaryDirectory() as dir:
            others, trace, seen, findings = record(lesson, dir)
            picture(lesson, trace)
        page(lesson, seen, findings)
        print(f"{lesson['lesson']}: others {100 * others:.0f} %,", *(f"{f['id']} {100 * f['severity']:.0f}" for f in findings))
        sys.stdout.flush()
    index(lessons)


main()
