/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much tasks ran and how much they were runnable, summed over all of them, for every part of a
 * trace: in buckets whose width doubles when there are too many, so that memory is bounded.
 * Intervals may come in any order; those still open are counted up to where they are now.
 */
#ifndef MODEL_RUNQ_H
#define MODEL_RUNQ_H

#include "model/lane.h"

#define RUNQ_BUCKETS 16384 /* at most */

struct runq_bucket {
	uint64_t running_ns, runnable_ns;
};

/* An interval of a task that is not closed, as far as it is counted. */
struct runq_open {
	uint32_t task;
	uint8_t state;
	bool gone; /* was closed, or shown anew */
	uint64_t begin_ns, end_ns;
};

struct runq {
	struct runq_bucket *buckets; /* [nr] of width_ns from begin_ns on */
	size_t nr, cap;
	uint64_t begin_ns, width_ns;
	struct runq_open *open, *next; /* [nr_open], [nr_next] by task */
	size_t nr_open, cap_open, nr_next, cap_next;
};

/* Empty, from begin_ns on; done frees. */
void runq_init(struct runq *q, uint64_t begin_ns);
void runq_done(struct runq *q);

/* Counts an interval of a task if it is running or runnable; what was shown of it counts once. */
void runq_close(struct runq *q, uint32_t task, uint64_t begin_ns, uint64_t end_ns,
		enum state state);
/* The same for what is open: for every such task in ascending order, then runq_shown. What was
 * shown the last time and is not shown or closed since counts no more. */
void runq_show(struct runq *q, uint32_t task, uint64_t begin_ns, uint64_t end_ns, enum state state);
void runq_shown(struct runq *q);

/* Adds running and runnable time within [begin_ns, end_ns) to out; of a bucket that is cut, the
 * part that is inside. */
void runq_sum(const struct runq *q, uint64_t begin_ns, uint64_t end_ns, struct state_time *out);

/* The most tasks that ran or were runnable in any bucket, on average over it. */
double runq_peak(const struct runq *q, uint64_t end_ns);

#endif
