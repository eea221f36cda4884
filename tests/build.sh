#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What make builds is what it was asked for: what BPF=0 and SDL=0 leave is whole, and a folder that holds another
# build is built again.
# usage: tests/build.sh BUILD
cd "$(dirname "$0")/.." || exit 1
B=${1:-build}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

# Says ok, or not ok if the rest of the arguments is no true command.
check() {
	claim=$1
	shift
	if out=$("$@" 2>&1); then
		echo "ok $claim"
	else
		printf '%s\n' "$out"
		echo "not ok $claim"
		failed=1
	fi
}

# Whether make compiles one file in the folder of this test, as its first argument says, with those variables.
compiles() {
	expect=$1
	shift
	out=$(make --no-print-directory "$@" B="$dir" LTO= V=0 "$dir/userspace/base/mem.o" 2>&1) || { echo "$out"; return 1; }
	case $out in *" CC "*) did=yes ;; *) did=no ;; esac
	[ "$did" = "$expect" ] || { echo "make $*: compiled: $did"; return 1; }
}

# What a build without eBPF says of itself, and what it has not.
only_reads() {
	"$B/tests/bare" --help | grep -q '^  report ' && ! "$B/tests/bare" --help | grep -q -e root -e '^  record' &&
		"$B/tests/bare" -- true 2>&1 | grep -q 'this build only reads traces'
}

# The program needs no library that those it was built without bring.
needs_no() {
	"$1" --help >/dev/null && ! ldd "$1" | grep "$2"
}

check "BPF=0 only reads, and says so" only_reads
check "BPF=0 needs no libbpf" needs_no "$B/tests/bare" -e bpf -e libelf -e libdw
check "SDL=0 needs no SDL" needs_no "$B/tests/bare-view" SDL
unset CI CFLAGS SAN MAKEFLAGS
check "an object is compiled once" compiles yes
check "an object that is there is kept" compiles no
check "other flags compile it again" compiles yes CFLAGS=-O1
check "the same other flags keep it" compiles no CFLAGS=-O1
check "other sanitizers compile it again" compiles yes CFLAGS=-O1 SAN=undefined
check "with CI=1 its warnings are looked at again" compiles yes CFLAGS=-O1 SAN=undefined CI=1
check "of that build warnings stay errors" compiles no CFLAGS=-O1 SAN=undefined
exit $failed
