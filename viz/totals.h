/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sums a person asks for: one thread's whole run by reason with its run-queue latency, and the
 * table of all tasks. Each is brought up to date from where it stood, never from the beginning.
 */
#ifndef VIZ_TOTALS_H
#define VIZ_TOTALS_H

#include "model/timeline.h"

#define LATENCY_BUCKETS 160 /* four per octave, from 1 ns on */

/* How long threads were runnable before they ran. */
struct latencies {
	uint32_t counts[LATENCY_BUCKETS];
	uint64_t nr, max_ns;
};

void latencies_add(struct latencies *l, uint64_t ns);
/* Upper bound of the bucket that holds this part, 0..1, of them. */
uint64_t latencies_part(const struct latencies *l, double part);

struct run_totals {
	uint32_t task; /* TASK_NONE: of nobody */
	bool complete; /* false: slices are left, the sums are not yet to be shown */
	size_t next;   /* slices taken so far */
	uint64_t running_ns, runnable_ns, unknown_ns;
	uint64_t blocked_ns[REASON_NR];
	uint64_t open_ns; /* part of the sums that stems from the open slice */
	uint64_t *open;   /* which one, NULL: none */
	struct latencies latency;
};

/* Totals of this task, up to the timeline's end; at most max_slices per call, so that no frame
 * waits for millions of them. False: there are more, call again. */
bool run_totals_update(struct run_totals *t, const struct timeline *tl, uint32_t task,
		       size_t max_slices);

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
void task_totals_done(struct task_totals *table);

#endif
