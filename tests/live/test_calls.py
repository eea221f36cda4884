# SPDX-License-Identifier: BSD-2-Clause
"""System calls that are not what they seem: 32-bit ones, restarted ones, and tasks in a pid namespace.

A 64-bit program may call the kernel by int 0x80, too: it then uses the numbers and registers of i386, as a 32-bit
program does. A stop interrupts a sleep, which goes on by restart_syscall(2). In a pid namespace a lock's memory names
its owner by a number that is another task's outside.
"""
import os
import platform
import re
import shutil

from live import CONCTRACE, check, finish, need_bpf, path, record, report, run, skip, tasks_of, workload

COMPAT = r"""
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
static struct { int32_t ts[2]; int64_t ts64[2]; int fds[2]; uint32_t word; char buf[8]; } *m;
static long call(long nr, long a, long b, long c, long d)
{
	long res;
	__asm__ volatile("int $0x80" : "=a"(res) : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d)
			 : "memory", "r8", "r9", "r10", "r11");
	return res;
}
static void *waker(void *arg)
{
	usleep(40000);
	call(240, (long)&m->word, 1, 1, 0);             /* futex, FUTEX_WAKE */
	usleep(40000);
	call(4, m->fds[1], (long)m->buf, 1, 0);         /* write */
	return arg;
}
int main(void)
{
	pthread_t thread;
	m = mmap((void *)0x10000000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (pipe(m->fds))
		return 2;
	m->ts[1] = m->ts64[1] = 30000000;
	if (call(162, (long)m->ts, 0, 0, 0))            /* nanosleep */
		return 77;
	call(407, 1, 0, (long)m->ts64, 0);              /* clock_nanosleep_time64 */
	pthread_create(&thread, NULL, waker, NULL);
	call(240, (long)&m->word, 0, 0, 0);             /* futex, FUTEX_WAIT */
	call(3, m->fds[0], (long)m->buf, 1, 0);         /* read */
	pthread_join(thread, NULL);
	return 0;
}
"""

RESTART = """
import os, signal, subprocess, time
child = subprocess.Popen(["sleep", "1"])
for _ in range(4):
    time.sleep(0.1); child.send_signal(signal.SIGSTOP)
    time.sleep(0.05); child.send_signal(signal.SIGCONT)
child.wait()
"""


def waits(file, tid):
    lines = run(CONCTRACE, "dump", "--intervals", file).stdout.splitlines()
    return [line for line in lines if f" tid={tid} blocked " in line]


def test_compat():
    if platform.machine() != "x86_64" or not shutil.which("cc"):
        skip("calls by int 0x80", "needs x86-64 and a C compiler")
        return
    source, program, file = path("compat.c"), path("compat"), path("t.ctr")
    with open(source, "w", encoding="ascii") as f:
        f.write(COMPAT)
    built = run("cc", "-O1", "-o", program, source, "-pthread")
    if built.returncode or run(program).returncode == 77:
        skip("calls by int 0x80", "this kernel takes none")
        return
    check("32-bit: recorded", record(file, program).returncode == 0)
    main = next(t for t in tasks_of(report(file), "compat") if t["tid"] == t["tgid"])
    text = "\n".join(waits(file, main["tid"]))
    sleeps = re.findall(r"blocked sleep cause=timer timeout=(\d+)", text)
    check("32-bit: a sleep has its length, of either width", sleeps == ["30000000"] * 2, text)
    check("32-bit: a futex is known by its address, and who woke it",
          re.search(r"blocked condition by=\d+ cause=futex sync=\d+ uaddr=0x100000[0-9a-f]+ ", text), text)
    check("32-bit: a pipe is read, and written",
          len(re.findall(r"blocked pipe by=\d+ cause=pipe object=\d+ \(pipe .* read\)$", text, re.M)) == 2, text)


def test_restart():
    file = path("t.ctr")
    check("restart: recorded", record(file, "python3", "-c", RESTART).returncode == 0)
    rep = report(file)
    sleeper = tasks_of(rep, "sleep")[0]
    blocked = sleeper["blocked_ns"]
    check("restart: a sleep goes on as a sleep", blocked["sleep"] > 600_000_000 and blocked["other"] == 0, blocked)
    stops = [w for w in waits(file, sleeper["tid"]) if "blocked stopped" in w]
    check("restart: four stops", len(stops) == 4, stops)



def test_namespace():
    truth, file = path("truth"), path("t.ctr")
    inside = ["unshare", "--pid", "--fork", "--mount-proc"]
    if os.getuid() != 0 or run(*inside, "true").returncode != 0:
        skip("a pid namespace", "needs the right to make one")
        return
    result = record(file, *inside, workload("mutex"), "--kind=robust", "--threads", 4, "--rounds", 40, "--hold-us", 2000,
                    "--truth", truth)
    check("namespace: recorded", result.returncode == 0, result.stderr)
    held = []
    for line in open(truth, encoding="ascii"):
        words = line.split("\t")
        if words[0] == "lock-held":
            held.append([int(w, 0) for w in words[1:5]])
    text = run(CONCTRACE, "dump", file).stdout
    inside = {int(n): int(t) for t, n in re.findall(r" number tid=(\d+) number=(\d+) ", text)}
    named = wrong = 0
    for line in run(CONCTRACE, "dump", "--intervals", file).stdout.splitlines():
        found = re.match(r"(\d+)\.(\d+) .* blocked lock .* holder=(\d+) ", line)
        if not found or int(re.search(r"uaddr=(\w+)", line)[1], 0) != held[0][3]:
            continue
        begin = int(found[1] + found[2])
        named += 1
        wrong += not any(inside.get(h[0]) == int(found[3]) and h[1] - 100_000 <= begin <= h[2] + 100_000 for h in held)
    check("namespace: owners that memory names by other numbers are right", named > 20 and wrong == 0, (named, wrong))
    joins = re.findall(r"join of tid (\d+)", run(CONCTRACE, "dump", "--intervals", file).stdout)
    check("namespace: who is joined is a thread by its tid", joins and all(int(j) in inside.values() for j in joins),
          joins)


need_bpf()
test_compat()
test_restart()
test_namespace()
finish()
