/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Percentiles of many durations in little memory: the first few are kept as they are, so that small
 * counts are exact; then buckets of 1/16 of a power of two, so that a percentile is at most 6 % too
 * high. The largest value is always exact.
 */
#ifndef ANALYSIS_HISTOGRAM_H
#define ANALYSIS_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_EXACT 64 /* values kept as they are */

/* {0} is empty. */
struct histogram {
	uint64_t nr;
	uint64_t max;
	uint64_t *values;  /* [min(nr, HISTOGRAM_EXACT)] until there are more */
	uint32_t *buckets; /* then this */
};

/* Adds one value. */
void histogram_add(struct histogram *h, uint64_t value);

/* Nearest rank: the smallest value that at least percent of the values do not exceed; the end of
 * its bucket where values are no longer kept. 0 if empty. Sorts values. */
uint64_t histogram_percentile(struct histogram *h, unsigned int percent);

/* Frees; empty and usable afterwards. */
void histogram_done(struct histogram *h);

#endif
