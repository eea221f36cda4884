/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a value belongs among sorted elements, each of which begins with its key: a uint64_t, for
 * search_number a uint32_t.
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

/* Order of two uint64_t, for qsort(3) and bsearch(3). */
static inline int search_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
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

/* Index of the element of [0, nr) that begins with this uint32_t, by which they are sorted, no two
 * of them alike; nr if there is none. */
static inline size_t search_number(const void *at, size_t size, size_t nr, uint32_t number)
{
	size_t low = 0, high = nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		uint32_t here = *(const uint32_t *)((const char *)at + mid * size);

		if (here == number)
			return mid;
		if (here < number)
			low = mid + 1;
		else
			high = mid;
	}
	return nr;
}

#endif
