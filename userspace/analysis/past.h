/* SPDX-License-Identifier: BSD-2-Clause */
/* Who had each core of late: as much as fits into little memory. */
#ifndef ANALYSIS_PAST_H
#define ANALYSIS_PAST_H

#include "model/machine.h"

#define PAST_TURNS 64 /* remembered per core */

struct turn {
	uint32_t task;
	uint64_t begin_ns, end_ns;
};

struct core_past {
	struct turn turns[PAST_TURNS];
	uint64_t nr; /* so far: the last one is turns[(nr - 1) % PAST_TURNS] */
};

/* {0} is empty. */
struct past {
	struct core_past *cores; /* [nr] */
	size_t nr, cap;
};

/* An interval of a core, when it is over. */
void past_add(struct past *p, const struct interval *iv);

/* Who ran most on that core since then, and for how long. TASK_NONE, 0 ns: nobody, or what is
 * remembered does not reach back that far. */
uint32_t past_most(const struct past *p, uint32_t cpu, uint64_t since_ns, uint64_t *ran_ns);

/* Frees. */
void past_done(struct past *p);

#endif
