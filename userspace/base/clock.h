/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What time it is, in nanoseconds.
 *
 *	uint64_t deadline_ns = clock_now_ns() + budget_ns;
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Time of one of the clocks of clock_gettime(2), which does not fail for those that exist. */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* CLOCK_MONOTONIC: by which everything in a trace is told. */
static inline uint64_t clock_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

#endif
