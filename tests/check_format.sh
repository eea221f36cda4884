#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every C file is as clang-format writes it. Versions differ in what they write: that of Debian 12 decides.
# usage: tests/check_format.sh
cd "$(dirname "$0")/.." || exit 1
for format in clang-format-14 clang-format none; do
	$format --version 2>/dev/null | grep -q 'version 14\.' && break
done
if [ $format = none ]; then
	echo "skip format # needs clang-format 14"
	exit 0
fi
failed=0
for file in $(find bench bpf include tests userspace viz workloads -name '*.[ch]' | sort); do
	$format "$file" | cmp -s - "$file" && continue
	$format "$file" | diff -u "$file" - | head -20
	echo "not ok format of $file"
	failed=1
done
[ $failed = 0 ] && echo "ok format of all C files"
exit $failed
