/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers for pairs of numbers: the first pair met is 0, the next one 1, and so on, so that what is
 * known of each can stand in an array:
 *
 *	uint32_t at = keys_index(&k, tgid, address);
 *	if (at == nr)
 *		things[nr++] = (struct thing){0};
 */
#ifndef BASE_KEYS_H
#define BASE_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define KEYS_NONE UINT32_MAX

struct key {
	uint64_t high, low;
};

/* {0} is empty. */
struct keys {
	struct key *at; /* [nr] in order of appearance */
	size_t nr, cap;
	uint32_t *places; /* [size] indices into at, KEYS_NONE: free */
	size_t size;      /* a power of two, or 0 */
};

/* Index of the pair, a new one if it was not met before. */
uint32_t keys_index(struct keys *k, uint64_t high, uint64_t low);

/* Index of the pair, KEYS_NONE if it was not met before. */
uint32_t keys_find(const struct keys *k, uint64_t high, uint64_t low);

/* Frees; empty and usable afterwards. */
void keys_done(struct keys *k);

#endif
