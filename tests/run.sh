#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs every test and closes with one line of totals; exit status 1 if any failed.
passed=0 failed=0 skipped=0
for t in build/tests/test_*; do
	[ -x "$t" ] && [ ! -d "$t" ] || continue
	case $t in *.d) continue ;; esac
	out=$("$t" 2>&1)
	status=$?
	ok=$(printf '%s\n' "$out" | grep -c '^\[       OK \]')
	bad=$(printf '%s\n' "$out" | grep -c '^\[  FAILED  \] [a-z].*' )
	[ $status -eq 0 ] || { printf '%s\n' "$out"; [ "$bad" -gt 0 ] || bad=1; }
	passed=$((passed + ok))
	[ $status -eq 0 ] || failed=$((failed + bad))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
