/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened within a range of time: sums per thread and core, run-queue latencies, and the
 * locks that were waited for most. Added up a piece per frame, so that no frame waits for it.
 */
#ifndef VIZ_RANGE_H
#define VIZ_RANGE_H

#include "viz/totals.h"

#define RANGE_TOP 8

struct range_task {
	uint32_t task;
	uint64_t running_ns, runnable_ns;
};

struct range_lock {
	uint32_t tgid;
	uint64_t object;
	uint64_t wait_ns; /* within the range, of all threads */
	uint64_t waits;   /* that reach into it */
};

struct range_totals {
	uint64_t begin_ns, end_ns; /* equal: of nothing */
	bool complete;             /* false: latencies and locks are still being added up */
	size_t next_page, to_page; /* of the timeline */
	struct state_time all;
	struct range_task top[RANGE_TOP]; /* [nr_top] by running time, descending */
	size_t nr_top;
	size_t nr_others;         /* that ran, too */
	struct latencies latency; /* of those that came onto a core within it */
	struct range_lock *locks; /* [nr_locks] by wait time, descending once complete */
	size_t nr_locks, cap_locks;
};

/*
 * Brings it to [begin_ns, end_ns) of the tasks with a colour (colors: [nr], as struct tree), a page
 * per call, or with all: everything. False: there is more, call again; pages that are not in memory
 * are asked for.
 */
bool range_update(struct range_totals *r, const struct timeline *tl, const uint16_t *colors,
		  uint32_t nr, uint64_t begin_ns, uint64_t end_ns, bool all);
/* Frees. */
void range_done(struct range_totals *r);

#endif
