/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The critical path as places on the lanes: from the end of the task the trace is about backwards,
 * through each wait to whoever ended it, and from a child to who forked it. The same path whose
 * sums analysis/critical.h tells (tests/unit/test_path.c compares them).
 */
#ifndef VIZ_PATH_H
#define VIZ_PATH_H

#include "model/timeline.h"

#define PATH_MAX_PARTS 1000000

/* A stretch on one task. */
struct path_part {
	uint64_t begin_ns;
	uint64_t end_ns;
	uint32_t task; /* TASK_NONE: no task of the path lived */
	uint8_t state; /* enum state */
	uint8_t why;   /* enum reason, of a wait that no task of the path ended */
};

struct path_sum {
	uint32_t task;
	uint64_t running_ns, runnable_ns, blocked_ns, unknown_ns, total_ns;
	size_t longest; /* its longest part */
};

struct critical_path {
	struct path_part *parts; /* [nr] by time, newest first; they leave no hole */
	size_t nr, cap;
	struct path_sum *sums; /* [nr_sums] by total, descending */
	size_t nr_sums, cap_sums;
	uint64_t end_ns; /* of the trace when it was made, 0: it was not */
	bool cut;        /* it is longer than PATH_MAX_PARTS */
	bool waits; /* for slices that are not in memory: what is before them is not there yet */
	bool any_traced;
	uint32_t task; /* where it goes on */
	uint64_t at_ns;
	unsigned int hops; /* since time last moved */
};

/* Makes it anew from what the timeline has by now. A zeroed struct is an empty path. */
void path_make(struct critical_path *p, const struct timeline *tl);
/* Goes on if it waits; asks for what it waits for. True: it is longer now. */
bool path_go_on(struct critical_path *p, const struct timeline *tl);
/* Frees. */
void path_done(struct critical_path *p);

/* Index of the part that holds ts_ns, nr if none does. */
size_t path_find(const struct critical_path *p, uint64_t ts_ns);

#endif
