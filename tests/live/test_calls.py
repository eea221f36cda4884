# SPDX-License-Identifier: BSD-2-Clause
"""System calls that are not what they seem: 32-bit ones, restarted ones, newer ones, and tasks in a pid namespace.

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

# No C library waits by futex_wait(2), futex_waitv(2), futex_requeue(2) yet: 455, 449, 456; 454 wakes.
FUTEX2 = r"""
#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#define FLAGS (2 | 128)                                 /* FUTEX2_SIZE_U32, FUTEX2_PRIVATE */
#define ANY 0xffffffffUL                                /* FUTEX_BITSET_MATCH_ANY */
struct waitv { uint64_t val, uaddr; uint32_t flags, reserved; };
uint32_t own_lock, first_word, second_word, queue_word;
static struct waitv row(uint32_t *word, uint32_t val)
{
	return (struct waitv){val, (uintptr_t)word, FLAGS, 0};
}
static struct timespec soon(int clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	t.tv_sec += (t.tv_nsec + 300000000) / 1000000000;
	t.tv_nsec = (t.tv_nsec + 300000000) % 1000000000;
	return t;
}
static void wake(uint32_t *word)
{
	do
		usleep(10000);
	while (syscall(454, word, ANY, 1, FLAGS) < 1);  /* until it does wait there */
}
static void *waker(void *arg)
{
	struct waitv rows[2] = {row(&queue_word, 0), row(&second_word, 0)};
	wake(&own_lock);
	wake(&first_word);
	wake(&second_word);
	while (syscall(456, rows, 0, 0, 1) < 1)         /* from queue_word to second_word, wakes nobody */
		usleep(10000);
	wake(&second_word);
	return arg;
}
int main(void)
{
	struct waitv rows[2] = {row(&first_word, 0), row(&second_word, 0)};
	struct timespec until = soon(CLOCK_MONOTONIC);
	pthread_t thread;
	if (syscall(455, &own_lock, 1UL, ANY, FLAGS, 0, 0) == -1 && syscall(454, &own_lock, ANY, 1, FLAGS) != 0)
		return 77;
	syscall(455, &first_word, 0UL, ANY, FLAGS, &until, CLOCK_MONOTONIC);
	until = soon(CLOCK_REALTIME);
	syscall(455, &first_word, 0UL, ANY, FLAGS, &until, CLOCK_REALTIME);
	own_lock = 2;
	pthread_create(&thread, NULL, waker, NULL);
	syscall(455, &own_lock, 2UL, ANY, FLAGS, 0, 0);
	syscall(449, rows, 1, 0, 0, 0);
	syscall(449, rows, 2, 0, 0, 0);
	syscall(455, &queue_word, 0UL, ANY, FLAGS, 0, 0);
	until = soon(CLOCK_MONOTONIC);
	syscall(449, rows, 2, 0, &until, CLOCK_MONOTONIC);
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
          len(re.findall(r"blocked pipe by=\d+ cause=pipe object=\d+ \(pipe .* read\)$", text, re.M)) == 1, text)


def test_futex2():
    source, program, file = path("futex2.c"), path("futex2"), path("t.ctr")
    if not shutil.which("cc"):
        skip("futex_wait and the like", "needs a C compiler")
        return
    with open(source, "w", encoding="ascii") as f:
        f.write(FUTEX2)
    built = run("cc", "-O1", "-o", program, source, "-pthread")
    check("futex2: built", built.returncode == 0, built.stderr)
    if run(program).returncode == 77:
        skip("futex_wait and the like", "this kernel has none: they came with v6.7")
        return
    check("futex2: recorded", record(file, program).returncode == 0)
    main = next(t for t in tasks_of(report(file), "futex2") if t["tid"] == t["tgid"])
    lines = [w for w in waits(file, main["tid"]) if re.search(r"own_lock|first_word|queue_word", w)]
    text = "\n".join(lines)
    check("futex2: each wait is one of a named object", len(lines) == 7, text)
    if len(lines) != 7:
        return
    slept = [re.search(r"blocked condition cause=timer .* timeout=(\d+) .*\(condition first_word", w)
             for w in (lines[0], lines[1], lines[6])]
    check("futex2: a time-out is known by either clock, and ended the wait",
          all(s and 0 < int(s[1]) <= 300_000_000 for s in slept), text)
    check("futex2: what is expected to be 2 is a lock, given by who woke it",
          re.search(r"blocked lock by=(\d+) cause=futex .* holder=\1\? inferred \(lock own_lock held by", lines[2]), lines[2])
    check("futex2: futex_waitv of one is that one's",
          re.search(r"blocked condition by=\d+ cause=futex .*\(condition first_word\)$", lines[3]), lines[3])
    check("futex2: futex_waitv of two may be for the other",
          re.search(r"blocked condition by=\d+ cause=futex .*\(condition first_word or others\)$", lines[4]), lines[4])
    check("futex2: who was moved to another futex waits on",
          re.search(r"blocked condition by=\d+ cause=futex .*\(condition queue_word\)$", lines[5]), lines[5])


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
test_futex2()
test_restart()
test_namespace()
finish()
