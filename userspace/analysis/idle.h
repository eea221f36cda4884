/* SPDX-License-Identifier: BSD-2-Clause */
/* How long a core was idle so far: a clock that stands still while all are busy. */
#ifndef ANALYSIS_IDLE_H
#define ANALYSIS_IDLE_H

#include "analysis/pass.h"

/* {0} before the window begins. */
struct idle {
	bool *idle;    /* [nr_cores] */
	bool *changes; /* [nr_cores] an interval of it ended at now_ns */
	size_t nr_cores, cap_idle, cap_changes;
	uint32_t nr_idle;
	bool any_changes;
	uint64_t now_ns, idle_ns;
};

/* An interval of that core ended. */
void idle_core(struct idle *idle, const struct view *v, uint32_t cpu);

/* The clock, as of the machine's time. */
uint64_t idle_so_far(struct idle *idle, const struct view *v);

/* Frees. */
void idle_done(struct idle *idle);

#endif
