#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Writes syscalls.h from the kernel headers of this machine: usage: ./syscalls.sh >syscalls.h
# One row per number and architecture. Numbers from 451 on are the same everywhere and are listed
# here, as the headers of older systems lack them (kernel: scripts/syscall.tbl).
set -eu
x86=/usr/include/$(uname -m)-linux-gnu/asm
newer='451 cachestat 452 fchmodat2 453 map_shadow_stack 454 futex_wake 455 futex_wait
456 futex_requeue 457 statmount 458 listmount 459 lsm_get_self_attr 460 lsm_set_self_attr
461 lsm_list_modules 462 mseal 463 setxattrat 464 getxattrat 465 listxattrat 466 removexattrat
467 open_tree_attr 468 file_getattr 469 file_setattr'

numbers() { # header, flags...: "nr name" lines
	header=$1
	shift
	echo "#include <$header>" | gcc -E -dM "$@" - |
		sed -nE 's/^#define __NR(3264)?_([a-z_0-9]+) \(?([0-9]+)\)?$/\3 \2/p' |
		grep -vE ' (syscalls|arch_specific_syscall|Linux|sync_file_range2)$' || true
	printf '%s\n' "$newer" | tr ' ' '\n' | paste -d ' ' - -
}

emit() { # macro
	echo
	echo "#define $1(ROW) \\"
	sort -n -u -k1,1 | sed 's/^\([0-9]*\) \(.*\)$/\tROW(\1, \2) \\/'
	echo "	/* end */"
}

echo '/* SPDX-License-Identifier: BSD-2-Clause */'
echo '/* Made by syscalls.sh from the kernel headers: do not edit. System calls: ROW(number, name). */'
echo '#ifndef MODEL_SYSCALLS_H'
echo '#define MODEL_SYSCALLS_H'
numbers "$x86/unistd_64.h" | emit SYSCALLS_X86_64
numbers "$x86/unistd_32.h" | emit SYSCALLS_I386
numbers asm-generic/unistd.h -D__BITS_PER_LONG=64 -D__ARCH_WANT_RENAMEAT -D__ARCH_WANT_NEW_STAT \
	-D__ARCH_WANT_SET_GET_RLIMIT -D__ARCH_WANT_SYS_CLONE3 -D__ARCH_WANT_MEMFD_SECRET |
	sed "s/ fstatat$/ newfstatat/" | emit SYSCALLS_AARCH64
echo
echo '#endif'
