#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs every test and closes with one line of totals; exit status 1 if any failed.
# usage: tests/run.sh BUILD [fast]      fast: unit, golden and layers only: no root, no display
cd "$(dirname "$0")/.." || exit 1
B=${1:-build}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Each part prints lines "ok NAME", "not ok NAME" or "skip NAME # reason", and what explains a failure.
run() {
	echo "== $1"
	shift
	"$@" >"$log.part" 2>&1
	status=$?
	if [ $status -ne 0 ] && ! grep -q '^not ok' "$log.part"; then
		echo "not ok $* (exit status $status)" >>"$log.part"
	fi
	grep -v '^ok' "$log.part"
	cat "$log.part" >>"$log"
	rm -f "$log.part"
}

# cmocka's output in our words.
unit() {
	for t in "$1"/tests/test_*; do
		case $t in *.d) continue ;; esac
		[ -x "$t" ] || continue
		out=$($2 "$t" 2>&1)
		status=$?
		printf '%s\n' "$out" | sed -n "s|^\[       OK \] |ok $(basename "$t"): |p"
		[ $status -eq 0 ] && continue
		printf '%s\n' "$out" | grep -v '^\[ *\(OK\|RUN\) *\]'
		bad=$(printf '%s\n' "$out" | sed -n "s|^\[  FAILED  \] \([a-z]\)|not ok $(basename "$t"): \1|p" | sort -u)
		# One that crashes names nothing as failed: what ran last did.
		last=$(printf '%s\n' "$out" | sed -n 's/^\[ RUN      \] //p' | tail -1)
		printf '%s\n' "${bad:-not ok $(basename "$t"): $last (exit status $status)}"
	done
}

fuzz() {
	for t in "$1"/tests/fuzz_*; do
		case $t in *.d) continue ;; esac
		[ -x "$t" ] || continue
		corpus=tests/fuzz/corpus
		if "$t" -n 300 "$corpus"/* >/dev/null; then
			echo "ok $(basename "$t"): corpus and its mutations"
		else
			echo "not ok $(basename "$t"): corpus and its mutations"
		fi
	done
}

sanitized() {
	make --no-print-directory CI= SAN=address,undefined SDL=0 B=build-san unit build-san/conctrace viewer >/dev/null || return 1
	unit build-san
	fuzz build-san
	tests/golden.sh build-san
}

memory() {
	for t in test_reader test_writer test_codec; do
		if valgrind -q --error-exitcode=9 --leak-check=full "$B/tests/$t" >/dev/null 2>&1; then
			echo "ok valgrind $t"
		else
			echo "not ok valgrind $t"
		fi
	done
}

# A reader written from docs/format.md alone prints the same lines.
format() {
	"$B/tests/all_types" >"$log.ctr"
	for f in "$log.ctr" tests/fuzz/corpus/two-chunks.ctr tests/fuzz/corpus/guesses.ctr; do
		"$B/conctrace" dump "$f" 2>/dev/null | grep -av '^#' >"$log.ours"
		python3 tests/format/second_reader.py "$f" 2>/dev/null | grep -av '^#' >"$log.theirs"
		if [ -s "$log.ours" ] && cmp -s "$log.ours" "$log.theirs"; then
			echo "ok second reader: ${f#"$log."}"
		else
			diff "$log.ours" "$log.theirs" | head -5
			echo "not ok second reader: ${f#"$log."}"
		fi
	done
	rm -f "$log.ours" "$log.theirs" "$log.ctr"
}

# A live test sees what else the machine does, and what its kernel does not tell: a file with a failure is run once
# more, and that counts. What failed at first is printed, and that it did.
live() {
	python3 "$1" "$B" >"$log.first" 2>&1
	status=$?
	if [ $status -eq 0 ]; then
		cat "$log.first"
	else
		grep -v '^ok' "$log.first" | sed 's/^/# first run: /'
		echo "# $1 is run once more"
		python3 "$1" "$B"
		status=$?
	fi
	rm -f "$log.first"
	return $status
}

run "unit tests" unit "$B"
run "fuzz corpus" fuzz "$B"
run "second reader" format
run "goldens" tests/golden.sh "$B"
run "layers" tests/check_layers.sh
run "layers are checked" tests/check_layers.sh --self-test
run "format" tests/check_format.sh
if [ "$2" != fast ]; then
	run "what make builds" tests/build.sh "$B"
	run "man pages" tests/check_man.sh "$B"
	run "sanitizers" sanitized
	run "valgrind" memory
	for t in tests/live/test_*.py tests/gui/test_*.py; do
		run "$t" live "$t"
	done
fi
passed=$(grep -c '^ok' "$log")
failed=$(grep -c '^not ok' "$log")
skipped=$(grep -c '^skip' "$log")
grep '^# .* is run once more$' "$log"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
