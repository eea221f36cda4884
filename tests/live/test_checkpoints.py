# SPDX-License-Identifier: BSD-2-Clause
"""A recording has checkpoints, and who begins at one says what one says who begins at the beginning.

A trace that comes through a pipe is read from its beginning; so the same file, once by name and once
through a pipe, tells the two apart.
"""
import os
import random
import subprocess

from live import CONCTRACE, check, finish, need_bpf, path, record, report, run

need_bpf()

# Two processes that pass a byte to and fro: some million records in a few seconds, so that 1 % of the file has room for
# checkpoints that also name whatever else runs on the machine.
PING_PONG = """
import os
a, b = os.pipe(), os.pipe()
n = 500000
if os.fork() == 0:
    for _ in range(n):
        os.write(b[1], os.read(a[0], 1))
    os._exit(0)
for _ in range(n):
    os.write(a[1], b"x")
    os.read(b[0], 1)
os.wait()
"""
SHORT = "print(1)"


def facts(file):
    """What info says, by the first word of its lines."""
    lines = run(CONCTRACE, "info", file).stdout.splitlines()
    return {line.split()[0]: line[12:].strip() for line in lines if line}


def sections(file):
    """Bytes of all sections, by type."""
    sizes = {}
    with open(file, "rb") as f:
        data = f.read()
    at = 8
    while at + 24 <= len(data):
        size = 24 + (int.from_bytes(data[at + 8:at + 16], "little") + 7) // 8 * 8
        sizes[data[at:at + 4]] = sizes.get(data[at:at + 4], 0) + size
        at += size
    return sizes


trace = path("long.ctr")
result = record(trace, "python3", "-c", PING_PONG, options=("-a",), env=dict(os.environ, SUDO_UID="1000", SUDO_GID="1000"))
said = facts(trace)
nr_records = int(said["records"].split()[0])
check("a long recording has checkpoints", result.returncode == 0 and int(said["checkpoints"]) > 0, (result, said))
check("and is long enough to tell", nr_records > 500000 and int(said["chunks"]) > 5, said)
check("and is whole", "no end" not in said.get("not", "") and "damaged" not in said.get("not", ""), said)
check("they take about a hundredth of the file", sections(trace)[b"CKPT"] <= os.path.getsize(trace) * 0.012, sections(trace))
check("nothing is said of them where nobody looks", "checkpoint" not in result.stderr, result.stderr)

with open(trace, "rb") as f:
    data = f.read()


def without_checkpoints(of):
    """The same file, but no checkpoint holds: each has a byte of its state changed."""
    changed = bytearray(of)
    at = 8
    while at + 24 <= len(changed):
        if changed[at:at + 4] == b"CKPT":
            changed[at + 24 + 16] ^= 0xff
        at += 24 + (int.from_bytes(changed[at + 8:at + 16], "little") + 7) // 8 * 8
    return bytes(changed)


broken = path("broken.ctr")
with open(broken, "wb") as f:
    f.write(without_checkpoints(data))


def both_ways(*args):
    """What the command prints of the file, and of the same file read from the beginning."""
    first, second = run(CONCTRACE, *args, trace), run(CONCTRACE, *args, broken)
    return (first.returncode, first.stdout), (second.returncode, second.stdout.replace(broken, trace))


def piped_too(*args):
    """What the command prints of the file, and of the same bytes through a pipe."""
    by_name = run(CONCTRACE, *args, trace)
    piped = subprocess.run([CONCTRACE, *args, "-"], input=data, capture_output=True, timeout=120, check=False)
    return (by_name.returncode, by_name.stdout), (piped.returncode, piped.stdout.decode(errors="replace"))


def windows(nr, ns):
    """Windows anywhere, the first at the begin, the last to the end."""
    seeds = random.Random(1)
    for i in range(nr):
        begin = 0 if i == 0 else seeds.randrange(ns)
        end = ns * 2 if i == nr - 1 else begin + 1 + seeds.randrange(ns // (3 if i % 2 else 300))
        yield "--from", f"{begin}ns", "--to", f"{end}ns"


whole = report(trace)["trace"]
wrong = {"report": [], "report --json": [], "dump --intervals": [], "dump": []}
printed = dict.fromkeys(wrong, 0)
for window in windows(24, whole["end_ns"] - whole["begin_ns"]):
    for command in wrong:
        resumed, begun = both_ways(*command.split(), *window)
        printed[command] += len(resumed[1])
        if resumed != begun or resumed[0] != 0:
            wrong[command].append(window)
for command, windows_that_differ in wrong.items():
    check(f"{command} of a window is the same from a checkpoint and from the beginning",
          not windows_that_differ and printed[command] > 1000, windows_that_differ)
by_name, piped = piped_too("report", "--json")
check("and the whole is the same from a pipe", by_name == piped and len(by_name[1]) > 1000)

# Where there can be none.
short = path("short.ctr")
record(short, "python3", "-c", SHORT)
check("a short recording has none and has an end", facts(short)["checkpoints"] == "0" and facts(short)["exit"] == "0"
      and "no end" not in facts(short).get("not", ""), facts(short))
piped = path("piped.ctr")
with open(piped, "wb") as f:
    cat = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=f)
    subprocess.run([CONCTRACE, "record", "-q", "-a", "-o", "-", "python3", "-c", PING_PONG], stdout=cat.stdin, check=False)
    cat.stdin.close()
    cat.wait()
check("a recording to a pipe has none", facts(piped)["checkpoints"] == "0" and "no end" not in facts(piped).get("not", ""), facts(piped))
named = path("stdout.ctr")
with open(named, "wb") as f:
    subprocess.run([CONCTRACE, "record", "-q", "-o", "-", "python3", "-c", PING_PONG],
                   stdout=f, check=False)
check("a recording to standard output has some if that is a file", int(facts(named)["checkpoints"]) > 0, facts(named))
behind = path("behind.ctr")
with open(behind, "wb") as f:
    f.write(data[:sections(trace)[b"HEAD"] + 8])
before = os.path.getsize(behind)
with open(behind, "ab") as f:
    subprocess.run([CONCTRACE, "record", "-q", "-a", "-o", "-", "python3", "-c", PING_PONG], stdout=f, check=False)
with open(behind, "rb") as f, open(named, "wb") as out:
    f.seek(before)
    out.write(f.read())
check("a recording behind another in one file has none", facts(named)["checkpoints"] == "0", facts(named))
finish()
