/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SIZE_FIRST 64

/* Open addressing, at most half full; Fibonacci hashing (Knuth 6.4). Where the pair is, or the free
 * place where it belongs. */
static uint32_t *place_of(const struct keys *k, uint64_t high, uint64_t low)
{
	uint64_t hash = (low ^ high << 40 ^ high >> 24) * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (hash >> 32) & (k->size - 1);

	while (k->places[at] != KEYS_NONE &&
	       (k->at[k->places[at]].high != high || k->at[k->places[at]].low != low))
		at = (at + 1) & (k->size - 1);
	return &k->places[at];
}

static void grow(struct keys *k)
{
	free(k->places);
	k->size = k->size ? k->size * 2 : SIZE_FIRST;
	k->places = mem_alloc(k->size * sizeof(*k->places));
	memset(k->places, 0xff, k->size * sizeof(*k->places));
	for (size_t i = 0; i < k->nr; i++)
		*place_of(k, k->at[i].high, k->at[i].low) = (uint32_t)i;
}

uint32_t keys_index(struct keys *k, uint64_t high, uint64_t low)
{
	if ((k->nr + 1) * 2 > k->size)
		grow(k);
	uint32_t *place = place_of(k, high, low);

	if (*place != KEYS_NONE)
		return *place;
	*place = (uint32_t)k->nr;
	k->at = mem_grow(k->at, &k->cap, k->nr + 1, sizeof(*k->at));
	k->at[k->nr++] = (struct key){high, low};
	return *place;
}

uint32_t keys_find(const struct keys *k, uint64_t high, uint64_t low)
{
	return k->size ? *place_of(k, high, low) : KEYS_NONE;
}

void keys_done(struct keys *k)
{
	free(k->at);
	free(k->places);
}
