/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lies at an address of a process, from the text of /proc/PID/maps (proc(5)).
 */
#ifndef COLLECT_MAPS_H
#define COLLECT_MAPS_H

#include <stdbool.h>
#include <stdint.h>

struct mapping {
	uint64_t begin, end; /* addresses */
	uint64_t offset;     /* of begin in the file */
	uint64_t inode;      /* 0: no file */
	uint32_t dev;        /* major << 20 | minor, as the kernel has it */
	uint64_t guard;      /* bytes of such a mapping right below, as below a thread's stack */
	bool is_guard;       /* nobody may touch it */
	bool is_shared;      /* what is written there is seen by others */
	char path[512];      /* may be cut; "" for memory without a name */
};

/*
 * The mapping that holds addr. False: nothing is there. *file: where addr is in memory that may
 * belong to the data of a program or shared object (of its file, or right behind it, as its zeroes
 * are), that file's mapping; else its begin is 0.
 */
bool maps_find(const char *text, uint64_t addr, struct mapping *out, struct mapping *file);

#endif
