/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sums a person asks for: one thread's whole run by reason with its run-queue latency, and the
 * table of all tasks.
 */
#ifndef VIZ_TOTALS_H
#define VIZ_TOTALS_H

#include "model/timeline.h"

#define LATENCY_BUCKETS LANE_LATENCIES

/* How long threads were runnable before they ran. */
struct latencies {
	uint32_t counts[LATENCY_BUCKETS];
	uint64_t nr, max_ns;
};

/* Counts one. */
void latencies_add(struct latencies *l, uint64_t ns);
/* Upper bound of the bucket that holds this part, 0..1, of them. */
uint64_t latencies_part(const struct latencies *l, double part);

struct run_totals {
	uint32_t task; /* TASK_NONE: of nobody */
	uint64_t running_ns, runnable_ns, unknown_ns;
	uint64_t blocked_ns[REASON_NR];
	struct latencies latency;
};

/* All its time. */
uint64_t run_totals_sum(const struct run_totals *t);

/* Totals of this task, up to the timeline's end. */
void run_totals_update(struct run_totals *t, const struct timeline *tl, uint32_t task);

/* Totals of all tasks with a colour together: colors [nr] as struct tree. */
void run_totals_all(struct run_totals *t, const struct timeline *tl, const uint16_t *colors,
		    uint32_t nr);

struct task_total {
	uint32_t task;
	struct state_time sum;
	uint64_t life_ns;
};

struct task_totals {
	struct task_total *rows; /* [nr] by running time, descending */
	size_t nr, cap;
};

/* Tasks with a colour, that is the traced ones: colors [nr] as struct tree. */
void task_totals_update(struct task_totals *table, const struct timeline *tl,
			const uint16_t *colors, uint32_t nr);
/* Frees. */
void task_totals_done(struct task_totals *table);

#endif
