# SPDX-License-Identifier: BSD-2-Clause
"""What objects are called: locks by symbol, files by path, pipes and sockets by who is at the other end."""
import os
import re
import shlex
import subprocess
import time

from live import CONCTRACE, check, finish, need_bpf, path, record, report, run, workload

need_bpf()
T = path("t.ctr")
NAME = re.compile(r" name .*?tid=(\d+) tgid=(\d+) kind=(\d+) key=(0x[0-9a-f]+) text=(\"[^\"]*\"|\S+)")
FUTEX, PIPE, SOCKET, FILE = 1, 2, 3, 4

LIBRARY = """
#include <pthread.h>
#include <unistd.h>
pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
void registry_use(void)
{
	pthread_mutex_lock(&registry_lock);
	usleep(3000);
	pthread_mutex_unlock(&registry_lock);
}
"""
PROGRAM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t balance_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t cxx_lock __asm__("_ZN4bank12_GLOBAL__N_111ledger_lockE") = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t *behind_file;
static pthread_barrier_t together;
struct { int before[16]; pthread_mutex_t lock; } table;
void registry_use(void);

static void use(pthread_mutex_t *m)
{
	for (int i = 0; i < 40; i++) {
		pthread_mutex_lock(m);
		usleep(3000);
		pthread_mutex_unlock(m);
	}
}

static void *work(void *heap)
{
	pthread_barrier_wait(&together);
	use(&balance_lock);
	pthread_barrier_wait(&together);
	use(&table.lock);
	pthread_barrier_wait(&together);
	use(heap);
	pthread_barrier_wait(&together);
	use(&cxx_lock);
	pthread_barrier_wait(&together);
	use(behind_file);
	pthread_barrier_wait(&together);
	for (int i = 0; i < 40; i++)
		registry_use();
	return NULL;
}

/* Memory of nobody's right behind a piece of a library's code, as some runtimes map their own once more. */
static void *map_behind(void *symbol)
{
	char *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	Dl_info library;
	int fd;

	dladdr(symbol, &library);
	fd = open(library.dli_fname, O_RDONLY);
	if (mmap(at, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED)
		exit(1);
	close(fd);
	return at + 4096;
}

static void threads(void)
{
	pthread_mutex_t *heap = calloc(1, sizeof(*heap));
	pthread_t t[2];

	behind_file = map_behind((void *)printf);
	pthread_barrier_init(&together, NULL, 2);
	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, work, heap);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	printf("%d heap %p behind %p\\n", getpid(), (void *)heap, (void *)behind_file);
}

static void processes(void *memory)
{
	pthread_mutex_t *m = (void *)((char *)memory + 64);
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(m, &attr);
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			use(m);
			use(m);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	if (fork() == 0) {
		pthread_mutex_lock(m);
		usleep(300000);
		pthread_mutex_unlock(m);
		_exit(0);
	}
	usleep(280000);
	pthread_mutex_lock(m); /* waits for it this once, and is gone */
	_exit(0);
}

static void *hang(void *second)
{
	pthread_mutex_lock(&balance_lock);
	return second;
}

int main(int argc, char **argv)
{
	pthread_t t;
	int fd;

	if (argc > 1 && argv[1][0] == 'h') {
		pthread_mutex_lock(&balance_lock);
		pthread_create(&t, NULL, hang, NULL);
		pthread_join(t, NULL);
	}
	if (argc > 2) {
		fd = shm_open(argv[2], O_RDWR | O_CREAT | O_EXCL, 0600);
		if (fd < 0 || ftruncate(fd, 8192) < 0)
			return 1;
		processes(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096));
		shm_unlink(argv[2]);
		return 0;
	}
	if (argc > 1) {
		processes(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
		return 0;
	}
	threads();
	return 0;
}
"""


def write(name, text):
    with open(path(name), "w") as f:
        f.write(text)
    return path(name)


def build(name, *options):
    made = run("gcc", "-g", "-O1", *options, "-o", path(name))
    if made.returncode:
        raise RuntimeError(made.stderr)
    os.chmod(path(name), 0o755)
    return path(name)


def names(file):
    """[(tid, tgid, kind, key, text)]"""
    found = NAME.findall(run(CONCTRACE, "dump", file).stdout)
    return [(int(a), int(b), int(c), int(d, 16), e.strip('"')) for a, b, c, d, e in found]


def texts(file, kind):
    return [n[4] for n in names(file) if n[2] == kind]


def python(source, *args):
    return ["python3", write("program.py", source), *args]


write("lib.c", LIBRARY)
write("prog.c", PROGRAM)
build("libregistry.so", "-shared", "-fPIC", path("lib.c"))
LINK = [path("prog.c"), "-L" + os.path.dirname(path("x")), "-lregistry", "-Wl,-rpath," + os.path.dirname(path("x")),
        "-pthread"]
os.chmod(os.path.dirname(path("x")), 0o755)

# Locks by symbol.
for kind, options in (("PIE", ["-pie", "-fPIE"]), ("program at a fixed address", ["-no-pie", "-fno-pie"])):
    r = record(T, build("prog", *options, *LINK))
    found = texts(T, FUTEX)
    check(f"{kind}: a static lock has its name", "balance_lock" in found, (found, r))
    check(f"{kind}: a lock within a variable has name and offset", "table+0x40" in found, found)
    check(f"{kind}: a lock of a shared object has its name", "registry_lock (libregistry.so)" in found, found)
    check(f"{kind}: a lock that C++ named is called as in the source",
          "bank::(anonymous namespace)::ledger_lock" in found, found)
    tgid, heap, behind = re.search(r"(\d+) heap (\S+) behind (\S+)", r.stdout).groups()
    check(f"{kind}: a lock behind a mapped piece of a file is not in that file",
          [n[4] for n in names(T) if n[3] == int(behind, 16)] == ["[heap]"], found)
    check(f"{kind}: a lock on the heap is known to be there",
          [n[4] for n in names(T) if n[3] == int(heap, 16)] == ["[heap]"], found)
    locks = {l["uaddr"]: l["name"] for l in report(T)["locks"] if l["tgid"] == int(tgid)}
    check(f"{kind}: the report calls locks by name, and numbers those on the heap",
          {"balance_lock", "table+0x40", "registry_lock (libregistry.so)"} <= set(locks.values()) and
          locks[int(heap, 16)] == "heap lock 1", locks)
    intervals = run(CONCTRACE, "dump", "--intervals", T).stdout
    balance = next(n[3] for n in names(T) if n[4] == "balance_lock")
    check(f"{kind}: each wait is told with the lock's name from the first on",
          "(lock balance_lock" in intervals and f"(lock {hex(balance)}" not in intervals,
          [l for l in intervals.splitlines() if hex(balance) in l][:3])
    check(f"{kind}: no record is late for the sake of names", not re.search(r"\d records? late", run(CONCTRACE, "info", T).stdout))
run("strip", path("prog"))
record(T, path("prog"))
check("a stripped program's lock is named by its place in the file",
      any(re.fullmatch(r"prog\+0x[0-9a-f]+", t) for t in texts(T, FUTEX)), names(T))
build("prog", *LINK)
r = record(T, "sh", "-c", f"{shlex.quote(path('prog'))}; sleep 0.5")
check("a process that is gone by the end has its names", "balance_lock" in texts(T, FUTEX), names(T))

# Processes that share one lock.
SHARED = re.compile(r" shared .*?tgid=(\d+) dev=(\S+) uaddr=\S+ inode=(\d+) offset=(\S+)")
for where, args in (("mmap", ["m"]), ("shm", ["m", f"/conctrace-test-{os.getpid()}"])):
    for _ in range(5):  # on a busy machine one of them may find it free each time
        r = record(T, path("prog"), *args)
        if len(set(re.findall(r"tid=(\d+) blocked lock ", run(CONCTRACE, "dump", "--intervals", T).stdout))) >= 3:
            break
    shared = SHARED.findall(run(CONCTRACE, "dump", T).stdout)
    check(f"a lock in {where} memory is one object for three processes and their parent, that waits once and ends",
          len({s[0] for s in shared}) == 4 and len({s[1:] for s in shared}) == 1, (shared, r))
    offset = 64 if where == "mmap" else 4096 + 64
    check(f"a lock in {where} memory has its place in the file", {int(s[3], 0) for s in shared} == {offset}, shared)
    if where == "shm":
        check("a lock in a shared file is called after it", f"/dev/shm{args[1]}+0x1040" in texts(T, FUTEX), names(T))

# A program that already hangs.
with subprocess.Popen([path("prog"), "hang"]) as proc:
    time.sleep(0.3)
    r = run(CONCTRACE, "record", "-q", "-o", T, "-p", proc.pid, "--duration", "400ms")
    proc.kill()
dump = run(CONCTRACE, "dump", T).stdout
words = [l for l in dump.splitlines() if " words " in l]
waiter = [n for n in names(T) if n[4] == "balance_lock"]
check("-p: a lock that was waited for before has its name", len(waiter) == 1, (names(T), r))
mine = [l for l in words if waiter and f"uaddr={hex(waiter[0][3])}" in l]
check("-p: and its memory, with the owner's tid", len(mine) == 1 and re.search(rf"={hex(proc.pid)}\b|={proc.pid}\b",
                                                                          mine[0]), words)

# Files, by path.
fifo, lock = path("a fifo"), path("lockfile")
os.mkfifo(fifo)
r = record(T, *python("""
import fcntl, os, sys, time
f = open(sys.argv[2], "w")
if os.fork() == 0:
    g = open(sys.argv[2])
    fcntl.flock(g, fcntl.LOCK_EX)
    time.sleep(0.3)
    os._exit(0)
time.sleep(0.1)
fcntl.flock(f, fcntl.LOCK_EX)
if os.fork() == 0:
    w = open(sys.argv[1], "w")
    time.sleep(0.3)
    os._exit(0)
open(sys.argv[1]).read()
os.wait(), os.wait()
""", fifo, lock))
check("a file that is waited for is called by its path", lock in texts(T, FILE), (names(T), r))
check("a named pipe is called by its path", fifo in texts(T, PIPE), names(T))
record(T, "sh", "-c", "(sleep 0.3; seq 10; sleep 0.2) | sort")
check("a pipe tells who writes and who reads",
      any(re.fullmatch(r"(sh|sleep|seq) \d+( \+\d+)? → sort \d+", t) for t in texts(T, PIPE)), names(T))

# Sockets.
r = record(T, *python("""
import os, socket, sys, threading, time
def echo(server):
    c = server.accept()[0]
    while c.recv(10):
        time.sleep(0.01)
        c.send(b"x")
tcp, local = socket.socket(), socket.socket(socket.AF_UNIX)
tcp.bind(("127.0.0.1", 0))
local.bind(sys.argv[1])
udp = socket.socket(type=socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
udp.settimeout(0.3)
a, b = socket.socketpair()
def chat(c, address=None):
    if address: c.connect(address)
    for _ in range(80):
        c.send(b"x")
        c.recv(10)
for s in (tcp, local): s.listen()
child = os.fork()
if child == 0:
    for s in (tcp, local):
        threading.Thread(target=echo, args=(s,), daemon=True).start()
    a.close()
    while b.recv(10):
        time.sleep(0.01)
        b.send(b"x")
    os._exit(0)
b.close()
print(os.getpid(), child, tcp.getsockname()[1], udp.getsockname()[1])
chat(a)
chat(socket.socket(), tcp.getsockname())
chat(socket.socket(socket.AF_UNIX), sys.argv[1])
try: udp.recv(10)
except TimeoutError: pass
""", path("x.sock")))
client, server, port, udp_port = r.stdout.split()
found = texts(T, SOCKET)
check("a listening socket has its address", f"tcp 127.0.0.1:{port} listening" in found, (found, r))
check("both ends of a TCP connection have both addresses",
      any(re.fullmatch(rf"tcp 127.0.0.1:{port} → 127.0.0.1:\d+", t) for t in found) and
      any(re.fullmatch(rf"tcp 127.0.0.1:\d+ → 127.0.0.1:{port}", t) for t in found), found)
check("a UDP socket has its address", f"udp 127.0.0.1:{udp_port}" in found, found)
check("a Unix socket's client knows path and process of the server",
      any(t.endswith(f"x.sock python3 {server}") for t in found), found)
check("a Unix socket's server knows its client", any(t.endswith(f"x.sock → python3 {client}") for t in found), found)
check("a pair of Unix sockets knows the other process",
      {f"unix → python3 {server}", f"unix → python3 {client}"} <= set(found), found)

# With the rights of the user who called sudo.
user = dict(os.environ, SUDO_UID="65534", SUDO_GID="65534")
os.chmod(T, 0o666)
r = run(CONCTRACE, "record", "-q", "-o", T, "--", path("prog"), env=user)
check("as another user COMMAND's objects are named", "balance_lock" in texts(T, FUTEX), (names(T), r))
with subprocess.Popen([path("prog"), "hang"]) as proc:
    time.sleep(0.3)
    r = run(CONCTRACE, "record", "-q", "-o", T, "-p", proc.pid, "--duration", "300ms", env=user)
    proc.kill()
check("what that user may not read has no name, and the recording is fine",
      r.returncode == 0 and not texts(T, FUTEX), (names(T), r))
# One of many processes that live for a moment: sh begins them, long after the recorder.
short = path("short.ctr")
record(short, "sh", "-c", f"sleep 0.4; for i in 1 2 3; do {workload('lock')} --rounds 4 >/dev/null; done")
locks = [t for t in report(short)["locks"] if t["name"] == "shared_lock"]
lives = [t["end_ns"] - t["begin_ns"] for t in report(short)["tasks"] if t["comm"] == "main" and t["traced"]]
check("a lock of a process that lives for less than 0.2 s has its name", len(locks) == 3 and max(lives) < 200_000_000,
      (lives, report(short)["locks"]))

# Threads of a higher priority than the recorder have a core to themselves from the first milliseconds to the end.
named = []
for _ in range(8):
    record(short, workload("inversion"))
    named.append({t["name"] for t in report(short)["locks"]})
check("a lock of real-time threads has its name", all("bus_lock" in found for found in named), named)

finish()
