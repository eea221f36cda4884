/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds are told apart by the size of _PyRuntime: no two versions that were looked at share one.
 * From 3.12 on it is the main interpreter's lock; others keep theirs on the heap.
 */
#include "collect/cpython.h"

#include <string.h>

/* offsetof() of the lock's struct with the headers of each version, x86-64 and glibc 2.36. */
static const struct build {
	uint64_t size_bytes; /* of _PyRuntime */
	uint64_t gil;
} builds[] = {
    {0x5b8, 0x480},     /* 3.8.18 */
    {0x290, 0x160},     /* 3.9.18 */
    {0x2a0, 0x160},     /* 3.10.13 */
    {0x28b20, 0x168},   /* 3.11.2, 3.11.7 */
    {0x704a8, 0x12e78}, /* 3.12.1 */
    {0x452b8, 0x17768}, /* 3.13.0 */
};

/* The same in all of them: pthread_cond_t has 48 bytes, pthread_mutex_t 40. */
static const struct place {
	const char *name;
	uint64_t begin, end; /* in the lock's struct */
} places[] = {
    {"GIL", 0x20, 0x50},
    {"GIL mutex", 0x50, 0x78},
    {"GIL switch", 0x78, 0xa8},
    {"GIL switch mutex", 0xa8, 0xd0},
};

const char *cpython_place(const char *variable, uint64_t size_bytes, uint64_t offset,
			  uint64_t *begin)
{
	const struct build *b = builds, *end = builds + sizeof(builds) / sizeof(*builds);

	if (strcmp(variable, "_PyRuntime") != 0)
		return NULL;
	while (b < end && b->size_bytes != size_bytes)
		b++;
	if (b == end)
		return NULL;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		*begin = b->gil + places[i].begin;
		if (offset >= *begin && offset < b->gil + places[i].end)
			return places[i].name;
	}
	return NULL;
}
