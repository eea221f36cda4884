#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes docs/gallery.md and its pictures from runs made now: every lesson, and programs as they are,
# at 1280x720 and 2560x1440, dark and light. With names, pictures of those only. With DIR all go there
# and the page stays.
# usage: docs/gallery.sh [BUILD [DIR [NAME...]]]      DIR "": docs/gallery
set -eu
cd "$(dirname "$0")/.."
B=$(realpath --relative-base=. "${1:-build}") here=${2:-docs/gallery} page=docs/gallery.md
[ -z "${2:-}" ] || page=
if [ $# -gt 2 ]; then shift 2; else set --; fi
. docs/picture.sh
wanted=" $* "
mkdir -p "$here"

# NAME: whether it was asked for.
wants() {
	[ "$wanted" = "  " ] || case $wanted in *" $1 "*) ;; *) return 1 ;; esac
}

# NAME COMMAND...: of up to five records the one in which others took the cores for the shortest time.
calm() {
	name=$1 least=101
	shift
	for try in 1 2 3 4 5; do
		record "$name" "$@"
		others=$("$CONCTRACE" report "$dir/$name.ctr" --json --only findings |
			grep -o '"id": "preempted[^,]*, "severity": [0-9.]*' | awk '{ n += $NF } END { print int(100 * n) }')
		if [ "$others" -lt "$least" ]; then
			least=$others
			mv "$dir/$name.ctr" "$dir/least.ctr"
		fi
		[ "$least" -gt 1 ] || break
	done
	mv "$dir/least.ctr" "$dir/$name.ctr"
	echo "$name: others $least %, try $try"
}

# NAME [FROM TO]: the four pictures of the trace that record made.
pictures() {
	name=$1
	shift
	for theme in dark light; do
		for size in 1280x720 2560x1440; do
			case $size in 1*) out=$name ;; *) out=$name-large ;; esac
			case $theme in light) out=$out-light ;; esac
			paint "$name" "$here/$out.png" "$size" "$theme" "$@"
		done
	done
}

# NAME TEXT: its lines of the page.
told() {
	cat >>"$dir/page" <<-EOF

		## $1

		$2

		![$1](gallery/$1.png)

		[light](gallery/$1-light.png), [large](gallery/$1-large.png), [large and light](gallery/$1-large-light.png)
	EOF
}

# NAME TEXT WHERE COMMAND...: a program as it is, run in that folder.
program() {
	name=$1 text=$2 where=$3
	shift 3
	told "$name" "$text"
	wants "$name" || return 0
	(cd "$where" && calm "$name" "$@")
	pictures "$name"
}

# Reads lessons.txt: a line each of key, tab, text.
lessons() {
	awk -F'\t' '
		function line() { print n "\t" t "\t" (w ? w : "-") "\t" r }
		$1 == "lesson" { if (n) line(); n = $2; t = w = r = "" }
		$1 == "title" { t = $2 }
		$1 == "window" { w = $2 }
		$1 == "record" { r = $2 }
		END { line() }' "$B/workloads/lessons.txt"
}

cat >"$dir/page" <<'EOF'
# Gallery

Runs of every lesson and of programs that know nothing of conctrace, drawn by `conctrace picture` and looked at: does the
picture tell its story without the words below its heading? `docs/gallery.sh` makes this page and its pictures anew.

Each is there at 1280x720 and, large, at 2560x1440, dark and light. Grey is what others on the machine ran at the same
time.
EOF
lessons >"$dir/lessons"
tab=$(printf '\t')
while IFS=$tab read -r name title window OPTIONS; do
	told "$name" "A lesson ([more](lessons/$name.md)): $title."
	wants "$name" || continue
	calm "$name" "$B/workloads/$name"
	# shellcheck disable=SC2086 # two words
	pictures "$name" ${window#-}
done <"$dir/lessons"
OPTIONS=

seq 1 400000 | sort -R --random-source=/bin/sh >"$dir/numbers"
head -c 12000000 /usr/bin/python3.* "$B/conctrace" 2>/dev/null | head -c 12000000 >"$dir/bytes"
program sort "\`sort --parallel=2\`: two threads sort halves, and the main one merges." \
	"$dir" sort --parallel=2 -o sorted numbers
program xz "\`xz -T2\`: one thread reads and hands out blocks, two compress them." \
	"$dir" xz -T2 -3 --block-size=2MiB -kf bytes
cat >"$dir/jobs.py" <<'EOF'
import queue
import threading

jobs, done = queue.Queue(4), queue.Queue()


def work():
    while (n := jobs.get()) is not None:
        done.put(sum(i * i for i in range(n)))


workers = [threading.Thread(target=work, name=f"worker-{i}") for i in range(3)]
for worker in workers:
    worker.start()
for _ in range(12):
    jobs.put(200000)
for _ in workers:
    jobs.put(None)
for worker in workers:
    worker.join()
EOF
program python "\`python3\`: three threads compute jobs from a queue, and one lock lets one of them at a time." \
	"$dir" /usr/bin/python3 jobs.py
cat >"$dir/orders.py" <<'EOF'
import sqlite3
import threading

with sqlite3.connect("orders.db") as base:
    base.execute("drop table if exists orders")
    base.execute("create table orders (who text, n integer)")


def write(name):
    base = sqlite3.connect("orders.db", timeout=30, isolation_level=None)
    for k in range(8):
        base.execute("begin immediate")
        base.executemany("insert into orders values (?, ?)", ((name, i) for i in range(20000)))
        base.execute("commit")


threads = [threading.Thread(target=write, args=(f"writer-{i}",)) for i in (1, 2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
EOF
program sqlite "SQLite: two threads write to one database; who finds it taken sleeps, longer each time, and cannot be woken." \
	"$dir" /usr/bin/python3 orders.py
cat >"$dir/makefile" <<'EOF'
all: mem.o bytes.o table.o duration.o err.o keys.o
%.o: $(SRC)/userspace/base/%.c
	$(CC) -O2 -std=gnu11 -D_GNU_SOURCE -I$(SRC)/userspace -c -o $@ $<
EOF
export SRC="$PWD"
program make "\`make -j2\`: compilers in turn on the cores, each a child of make, which waits for one to end." \
	"$dir" make -s -j2 -B
[ ! -e .git ] || program git "\`git pack-objects\`: the main thread lists what there is, two threads look for what is alike, the main one writes." \
	. git pack-objects --all --no-reuse-delta --stdout --threads=2 -q
[ -z "$page" ] || [ "$wanted" != "  " ] || cp "$dir/page" "$page"
