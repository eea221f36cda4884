#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Writes syscalls.h from the kernel headers of this machine: usage: ./syscalls.sh >syscalls.h
# Not part of the build: a trace is read on other machines than it comes from, and only those of
# x86-64 have the headers of all three tables. From 424 on the numbers are the same in all of them
# (kernel: scripts/syscall.tbl), so that they stand there once; newer ones than these headers may
# have are listed here.
set -eu
x86=/usr/include/x86_64-linux-gnu/asm
newer='451 cachestat 452 fchmodat2 453 map_shadow_stack 454 futex_wake 455 futex_wait
456 futex_requeue 457 statmount 458 listmount 459 lsm_get_self_attr 460 lsm_set_self_attr
461 lsm_list_modules 462 mseal 463 setxattrat 464 getxattrat 465 listxattrat 466 removexattrat
467 open_tree_attr 468 file_getattr 469 file_setattr'
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# NAME HEADER FLAGS...: lines "number name" in NAME.own, and from 424 on in NAME.common
numbers() {
	name=$1 header=$2
	shift 2
	{
		echo "#include <$header>" | gcc -E -dM "$@" - |
			sed -nE 's/^#define __NR(3264)?_([a-z_0-9]+) \(?([0-9]+)\)?$/\3 \2/p' |
			grep -vE ' (syscalls|arch_specific_syscall|Linux|sync_file_range2)$'
		printf '%s\n' "$newer" | tr ' ' '\n' | paste -d ' ' - -
	} | sed "s/ fstatat$/ newfstatat/" | sort -n -u -k1,1 |
		awk -v name="$dir/$name" '{ print >(name ($1 < 424 ? ".own" : ".common")) }'
}

# MACRO FILE: as many rows in a line as it has room for
emit() {
	echo
	awk -v line="#define $1(ROW)" '
		{
			row = "ROW(" $1 ", " $2 ")"
			if (NR == 1 || length(line row) > 90) {
				print line " \\"
				line = "\t" row
			} else {
				line = line " " row
			}
		}
		END { print line }' "$2"
}

numbers x86_64 "$x86/unistd_64.h"
numbers i386 "$x86/unistd_32.h"
numbers aarch64 asm-generic/unistd.h -D__BITS_PER_LONG=64 -D__ARCH_WANT_RENAMEAT \
	-D__ARCH_WANT_NEW_STAT -D__ARCH_WANT_SET_GET_RLIMIT -D__ARCH_WANT_SYS_CLONE3 \
	-D__ARCH_WANT_MEMFD_SECRET
cmp "$dir/x86_64.common" "$dir/i386.common" >&2
cmp "$dir/x86_64.common" "$dir/aarch64.common" >&2

cat <<'EOF'
/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Made by syscalls.sh from the kernel headers: do not edit. System calls: ROW(number, name); those
 * of an architecture, and from 424 on those that all have.
 */
#ifndef MODEL_SYSCALLS_H
#define MODEL_SYSCALLS_H

/* clang-format off */
EOF
emit SYSCALLS_X86_64 "$dir/x86_64.own"
emit SYSCALLS_I386 "$dir/i386.own"
emit SYSCALLS_AARCH64 "$dir/aarch64.own"
emit SYSCALLS_COMMON "$dir/x86_64.common"
echo
echo '#endif'
