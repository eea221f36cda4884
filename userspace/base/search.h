/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a value belongs among sorted elements, each of which begins with its key.
 *
 *	size_t i = search_last(slices, sizeof(*slices), 0, nr, ts_ns);
 */
#ifndef BASE_SEARCH_H
#define BASE_SEARCH_H

#include <stddef.h>
#include <stdint.h>

/* The uint64_t that element i begins with. size: of an element. */
static inline uint64_t search_key(const void *at, size_t size, size_t i)
{
	return *(const uint64_t *)((const char *)at + i * size);
}

/* The last of the elements [low, high) whose key is not above value; low if there is none. */
static inline size_t search_last(const void *at, size_t size, size_t low, size_t high,
				 uint64_t value)
{
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (search_key(at, size, mid) <= value)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* The first of the elements [0, nr) whose key is not below value; nr if there is none. */
static inline size_t search_first(const void *at, size_t size, size_t nr, uint64_t value)
{
	size_t low = 0;

	while (low < nr) {
		size_t mid = low + (nr - low) / 2;

		if (search_key(at, size, mid) < value)
			low = mid + 1;
		else
			nr = mid;
	}
	return low;
}

#endif
