#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes docs/gallery.md and its pictures from runs made now: every lesson, and programs as they are.
# The committed ones are 1280x720 dark, three of them light too; with DIR all go there in two sizes
# and both themes. usage: docs/gallery.sh [BUILD [DIR [NAME...]]]      DIR "": the committed ones
set -eu
cd "$(dirname "$0")/.."
B=$(realpath --relative-base=. "${1:-build}") DIR=${2:-}
if [ $# -gt 2 ]; then shift 2; else set --; fi
. docs/picture.sh
here=docs/gallery page=docs/gallery.md
wanted=" $* "
BOTH=" lock convoy sort "
mkdir -p "$here" ${DIR:+"$DIR"}

# NAME: whether it was asked for.
wants() {
	[ "$wanted" = "  " ] || case $wanted in *" $1 "*) ;; *) return 1 ;; esac
}

# NAME [FROM TO]: the pictures of the trace that record made.
pictures() {
	name=$1
	shift
	for theme in dark light; do
		for size in 1280x720 2560x1440; do
			[ -z "$DIR" ] || paint "$name" "$DIR/$name-$size-$theme.png" "$size" "$theme" "$@"
		done
	done
	[ -z "$DIR" ] || return 0
	paint "$name" "$here/$name.png" 1280x720 dark "$@"
	case $BOTH in *" $name "*) paint "$name" "$here/$name-light.png" 1280x720 light "$@" ;; esac
}

# NAME TEXT: its lines of the page.
told() {
	printf '\n## %s\n\n%s\n\n![%s](gallery/%s.png)\n' "$1" "$2" "$1" "$1" >>"$dir/page"
	case $BOTH in *" $1 "*) printf '\n![%s, light](gallery/%s-light.png)\n' "$1" "$1" >>"$dir/page" ;; esac
}

# NAME TEXT COMMAND...: a program as it is.
program() {
	name=$1 text=$2
	shift 2
	told "$name" "$text"
	wants "$name" || return 0
	(cd "$dir" && record "$name" "$@")
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

Here they are in one size, dark, and three of them light; `sudo docs/gallery.sh build DIR` makes all of them at 1280x720 and
2560x1440, dark and light. Grey is what others on the machine ran at the same time.
EOF
lessons >"$dir/lessons"
tab=$(printf '\t')
while IFS=$tab read -r name title window OPTIONS; do
	told "$name" "A lesson ([more](lessons/$name.md)): $title."
	wants "$name" || continue
	record "$name" "$B/workloads/$name"
	# shellcheck disable=SC2086 # two words
	pictures "$name" ${window#-}
done <"$dir/lessons"
OPTIONS=

seq 1 400000 | sort -R --random-source=/bin/sh >"$dir/numbers"
head -c 12000000 /usr/bin/python3.* "$B/conctrace" 2>/dev/null | head -c 12000000 >"$dir/bytes"
program sort "\`sort --parallel=2\`: two threads sort halves, and the main one merges." \
	sort --parallel=2 -o sorted numbers
program xz "\`xz -T2\`: one thread reads and hands out blocks, two compress them." \
	xz -T2 -3 --block-size=2MiB -kf bytes
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
	/usr/bin/python3 jobs.py
cat >"$dir/makefile" <<'EOF'
all: mem.o bytes.o table.o duration.o err.o keys.o
%.o: $(SRC)/userspace/base/%.c
	$(CC) -O2 -std=gnu11 -D_GNU_SOURCE -I$(SRC)/userspace -c -o $@ $<
EOF
export SRC="$PWD"
program make "\`make -j2\`: compilers in turn on the cores, each a child of make, which waits for one to end." \
	make -s -j2
[ -n "$DIR" ] || [ "$wanted" != "  " ] || cp "$dir/page" "$page"
