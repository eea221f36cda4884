#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Golden tests: tests/golden/AREA/CLAIM/cmd is run by sh in its folder, with conctrace first in PATH;
# its output (both streams, and a last line for a status that is not 0) must be as in `expected`.
# usage: tests/golden.sh BUILD [PATTERN]      UPDATE=1 rewrites expected
cd "$(dirname "$0")/.." || exit 1
B=$(cd "${1:-build}" && pwd) || exit 1
[ -x "$B/conctrace" ] || { echo "not ok goldens: $B/conctrace is not built"; exit 1; }
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
PATH=$B:$PATH TZ=UTC LC_ALL=C.UTF-8
unset COLUMNS
export PATH TZ LC_ALL
failed=0
for cmd in tests/golden/*/*/cmd; do
	dir=${cmd%/cmd}
	name=${dir#tests/golden/}
	case $name in *"${2:-}"*) ;; *) continue ;; esac
	(cd "$dir" && sh ./cmd </dev/null >"$out" 2>&1 || echo "exit status $?" >>"$out")
	if [ "${UPDATE:-0}" = 1 ]; then
		cp "$out" "$dir/expected"
		echo "updated $name"
	elif diff -u "$dir/expected" "$out"; then
		echo "ok $name"
	else
		echo "not ok $name"
		failed=1
	fi
done
exit $failed
