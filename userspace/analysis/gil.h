/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who has CPython's own lock. It is a condition to the kernel: no memory names its owner, and who
 * wants it waits for 5 ms at a time, so that the wait that ends with having it is as often ended by
 * time as by who let go. But who came out of a wait for it and ran has it, until another one does.
 * A thread that found it free is not seen. Memory: one element per task and sync object.
 */
#ifndef ANALYSIS_GIL_H
#define ANALYSIS_GIL_H

#include "analysis/pass.h"

#define GIL_LOOK_NS 30000 /* who waits again after running for less did not get it */

struct gil_place;

/* {0} is empty. */
struct gils {
	struct gil_place *places; /* [nr_places] by sync object */
	size_t nr_places, cap_places;
	uint64_t *ran_ns; /* [nr_tasks] by task index: since it last waited for one */
	size_t nr_tasks, cap_tasks;
};

/* A task begins to wait; ran for ns. In the order told. */
void gils_block(struct gils *g, const struct view *v, const struct interval *iv);
void gils_ran(struct gils *g, uint32_t task, uint64_t ns);

/* A blocked interval is over: who had the lock then, if iv was a wait for it that no task ended.
 * TASK_NONE: it was none, or that is not known. */
uint32_t gils_wait_over(struct gils *g, const struct view *v, const struct interval *iv);

/* Frees; empty and usable afterwards. */
void gils_done(struct gils *g);

#endif
