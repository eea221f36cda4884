# SPDX-License-Identifier: BSD-2-Clause
"""How much of what real programs wait for has a reason, and how many of their wakes a cause.

Records each program that this machine has, and prints a table: docs/coverage.md has one, with the commands. Off the
core is all that the traced tasks lived and did not run; a reason is any but unknown and other, and to wait for a core
is one, so blocked stands beside it without that.
usage: bench/coverage.py BUILD [PATTERN]      writes the commands and the table as Markdown to standard output
       PROGRAMS=FOLDER:...  is searched first, for servers that are not installed
"""
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, sys.argv[1] if len(sys.argv) > 1 else "build")
PATTERN = sys.argv[2] if len(sys.argv) > 2 else ""
CONCTRACE = os.path.join(BUILD, "conctrace")
KEEP = os.environ.get("KEEP")  # a folder for the traces and findings
DIR = tempfile.mkdtemp(prefix="conctrace-coverage-")
os.chmod(DIR, 0o777)
os.environ["PATH"] = os.pathsep.join([p for p in (os.environ.get("PROGRAMS"), os.environ["PATH"],
                                                  "/usr/lib/postgresql/15/bin", "/usr/sbin") if p])

THREADS = """
import queue, sqlite3, threading, time, zlib
jobs, lock, total = queue.Queue(maxsize=8), threading.Lock(), [0]
def work():
    while (job := jobs.get()) is not None:
        size = len(zlib.compress(bytes(range(256)) * 400))
        with lock:
            total[0] += size
            time.sleep(0.0002)
workers = [threading.Thread(target=work) for _ in range(4)]
for w in workers: w.start()
for i in range(1500): jobs.put(i)
for w in workers: jobs.put(None)
for w in workers: w.join()
"""
PROCESSES = """
import multiprocessing as mp
def square(n): return sum(i * i for i in range(n % 2000))
if __name__ == "__main__":
    with mp.Pool(4) as pool:
        for _ in range(10): pool.map(square, range(4000), chunksize=20)
    q = mp.Queue(); p = mp.Process(target=lambda: [q.put(i) for i in range(5000)]); p.start()
    [q.get() for i in range(5000)]; p.join()
"""
SQLITE = """
import os, sqlite3, sys
def client(n):
    db = sqlite3.connect("DIR/test.db", timeout=30)
    for i in range(60):
        with db: db.execute("insert into t values (?, ?)", (n, i))
        db.execute("select count(*) from t").fetchone()
db = sqlite3.connect("DIR/test.db"); db.execute("create table t (a, b)"); db.commit(); db.close()
pids = []
for n in range(4):
    pid = os.fork()
    if pid == 0: client(n); os._exit(0)
    pids.append(pid)
for p in pids: os.waitpid(p, 0)
"""
HTTP = """
import http.client, threading
def client():
    c = http.client.HTTPConnection("127.0.0.1", 18080)
    for i in range(800): c.request("GET", "/"); c.getresponse().read()
t = [threading.Thread(target=client) for _ in range(4)]
[x.start() for x in t]; [x.join() for x in t]
"""
NGINX = """worker_processes 2; error_log DIR/nginx.log; pid DIR/nginx.pid; events {}
http { access_log off; client_body_temp_path DIR/b; proxy_temp_path DIR/p; fastcgi_temp_path DIR/f;
uwsgi_temp_path DIR/u; scgi_temp_path DIR/s; server { listen 127.0.0.1:18080; root DIR/www; } }
"""


def write(name, text):
    with open(os.path.join(DIR, name), "w", encoding="ascii") as file:
        file.write(text.replace("DIR", DIR))


def prepare():
    for name, text in (("threads.py", THREADS), ("processes.py", PROCESSES), ("clients.py", SQLITE), ("web_client.py", HTTP),
                       ("nginx.conf", NGINX)):
        write(name, text)
    os.mkdir(os.path.join(DIR, "www"))
    write("www/index.html", "hello\n" * 100)
    if not shutil.which("initdb"):
        return
    as_user = server_user()
    for command in (f"{as_user} initdb -D {DIR}/pg -A trust", f"echo \"unix_socket_directories='{DIR}'\" >> "
                    f"{DIR}/pg/postgresql.conf; echo port=15432 >> {DIR}/pg/postgresql.conf"):
        subprocess.run(["sh", "-c", command], capture_output=True, check=True, cwd=DIR)


def server_user():
    """PostgreSQL does not run as root."""
    if os.getuid() != 0:
        return ""
    pwd.getpwnam("postgres")
    return "setpriv --reuid=postgres --regid=postgres --clear-groups"


def cases():
    pg = f"{server_user()} pg_ctl -s -w -D {DIR}/pg -l {DIR}/pg/log" if shutil.which("initdb") else ""
    client = f"-h {DIR} -p 15432 -U postgres postgres"
    stress = [("stress-ng, " + s, f"stress-ng --quiet --{s} 2 -t 2", "stress-ng")
              for s in ("futex", "sem", "pipe", "sock", "switch")]
    return [
        ("CPython, threads", f"python3 {DIR}/threads.py", "python3"),
        ("CPython, multiprocessing", f"python3 {DIR}/processes.py", "python3"),
        ("SQLite, 4 clients", f"python3 {DIR}/clients.py", "python3"),
        ("PostgreSQL, pgbench with 8 clients",
         f"{pg} start && pgbench -q -i -s 2 {client} && pgbench -c 8 -j 2 -T 3 {client}; {pg} stop", "initdb"),
        ("Redis, redis-benchmark with 20 clients",
         "redis-server --port 16379 --save '' --daemonize no & sleep 0.3; "
         "redis-benchmark -q -p 16379 -c 20 -n 20000 -t set,get; redis-cli -p 16379 shutdown; wait", "redis-server"),
        ("nginx, 4 clients",
         f"nginx -c {DIR}/nginx.conf && python3 {DIR}/web_client.py; nginx -c {DIR}/nginx.conf -s stop", "nginx"),
        *stress,
        ("make -j2 of this project", f"make -s -C {ROOT} -j2 BPF=0 SDL=0 B={DIR}/build {DIR}/build/conctrace", "make"),
    ]


def report(file, *options):
    result = subprocess.run([CONCTRACE, "report", file, "--json", *options], capture_output=True, text=True,
                            errors="replace", check=True)
    return json.loads(result.stdout)


def measure(name, command):
    """A row of the table without its name."""
    file = os.path.join(KEEP or DIR, "".join(c if c.isalnum() else "-" for c in name) + ".ctr")
    result = subprocess.run([CONCTRACE, "record", "-o", file, "--", "sh", "-c", command], capture_output=True,
                            text=True, errors="replace", cwd=DIR, check=False)
    if result.returncode != 0:
        print(f"{name}: ended with {result.returncode}: {result.stderr[-300:]}", file=sys.stderr)
    rep = report(file)
    runnable = sum(t["runnable_ns"] for t in rep["tasks"])
    unknown = sum(t["unknown_ns"] + t["blocked_ns"]["other"] for t in rep["tasks"])
    blocked = sum(t["unknown_ns"] + sum(t["blocked_ns"].values()) for t in rep["tasks"])
    causes = rep["edges"]["by_cause"]
    wakes = sum(causes.values())
    best = ", ".join(f"{c} {100 * n / wakes:.0f} %" for c, n in sorted(causes.items(), key=lambda c: -c[1])[:3]
                     if n * 200 >= wakes)
    if KEEP:
        text = subprocess.run([CONCTRACE, "report", file], capture_output=True, text=True, errors="replace", check=False)
        with open(file[:-4] + ".txt", "w", encoding="utf-8") as out:
            out.write(text.stdout)
    else:
        os.remove(file)
    return (f"{(blocked + runnable) / 1e9:.2f} s | {100 - 100 * unknown / (blocked + runnable):.2f} % | {blocked / 1e9:.2f} s"
            f" | {100 - 100 * unknown / blocked:.2f} % | {wakes} | {100 - 100 * causes.get('unknown', 0) / wakes:.2f} % | "
            f"{best} | {rep['trace']['lost_records']} |")


def main():
    rows = []
    commands = []
    prepare()
    for name, command, needs in cases():
        if PATTERN not in name:
            continue
        if not shutil.which(needs):
            print(f"{name}: {needs} is not installed", file=sys.stderr)
            continue
        row = f"| {name} | " + measure(name, command)
        print(row, file=sys.stderr, flush=True)
        rows.append(row)
        commands.append(f"{name}:\n\n    {command.replace(DIR, 'DIR').replace(ROOT, '.')}\n")
    print("| program | off the core | with a reason | of that blocked | with a reason | wakes | with a cause | most by | lost |")
    print("|---|---|---|---|---|---|---|---|---|")
    print("\n".join(rows) + "\n\n" + "\n".join(commands))


try:
    main()
finally:
    shutil.rmtree(DIR, ignore_errors=True)
