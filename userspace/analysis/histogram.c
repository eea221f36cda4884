/* SPDX-License-Identifier: BSD-2-Clause */
#include "analysis/histogram.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SUB_BITS   4
#define SUB        (1u << SUB_BITS)
#define NR_BUCKETS ((64 - SUB_BITS + 1) * SUB)

/* Values below 16 have a bucket each; above, the power of two and the next 4 bits tell. */
static unsigned int bucket_of(uint64_t value)
{
	if (value < SUB)
		return (unsigned int)value;
	unsigned int power = 63 - (unsigned int)__builtin_clzll(value);
	unsigned int sub = (unsigned int)(value >> (power - SUB_BITS)) & (SUB - 1);

	return (power - SUB_BITS + 1) * SUB + sub;
}

/* Largest value of a bucket. */
static uint64_t bucket_end(unsigned int bucket)
{
	if (bucket < SUB)
		return bucket;
	unsigned int shift = bucket / SUB - 1;

	return (((uint64_t)(SUB + bucket % SUB) + 1) << shift) - 1;
}

static void to_buckets(struct histogram *h)
{
	h->buckets = mem_zalloc(NR_BUCKETS, sizeof(*h->buckets));
	for (uint64_t i = 0; i < h->nr; i++)
		h->buckets[bucket_of(h->values[i])]++;
	free(h->values);
	h->values = NULL;
}

void histogram_add(struct histogram *h, uint64_t value)
{
	if (h->nr == HISTOGRAM_EXACT && !h->buckets)
		to_buckets(h);
	if (value > h->max)
		h->max = value;
	if (h->buckets) {
		h->buckets[bucket_of(value)]++;
	} else {
		/* Room grows with powers of two: 1, 2, 4 ... */
		if ((h->nr & (h->nr - 1)) == 0)
			h->values =
			    mem_realloc(h->values, (h->nr ? h->nr * 2 : 1) * sizeof(*h->values));
		h->values[h->nr] = value;
	}
	h->nr++;
}

static int by_value(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

uint64_t histogram_percentile(struct histogram *h, unsigned int percent)
{
	uint64_t rank = (h->nr * percent + 99) / 100;
	uint64_t seen = 0;

	if (h->nr == 0)
		return 0;
	if (rank == 0)
		rank = 1;
	if (!h->buckets) {
		qsort(h->values, h->nr, sizeof(*h->values), by_value);
		return h->values[rank - 1];
	}
	for (unsigned int i = 0; i < NR_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen >= rank)
			return bucket_end(i) < h->max ? bucket_end(i) : h->max;
	}
	return h->max;
}

void histogram_done(struct histogram *h)
{
	free(h->values);
	free(h->buckets);
	memset(h, 0, sizeof(*h));
}
