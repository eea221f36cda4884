/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom a path was with, and when: what the critical path marks on the lanes. */
#ifndef ANALYSIS_STAYS_H
#define ANALYSIS_STAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STAYS_MAX 16384 /* more are merged */

/* Half-open; who follows another begins where that one ends. */
struct stay {
	uint64_t begin_ns;
	uint64_t end_ns;
	uint32_t task;
	bool merged; /* others, too, had their share of it: task had the longest stay */
};

/* {0} is empty. */
struct stays {
	struct stay *at; /* [nr] in the order of time */
	size_t nr, cap;
};

/* At the end, or as a longer last one. */
void stays_add(struct stays *s, uint32_t task, uint64_t begin_ns, uint64_t end_ns);

/* Moves what is in from to the end of into. */
void stays_append(struct stays *into, struct stays *from);

/* Exchanges the two lists. */
void stays_swap(struct stays *a, struct stays *b);

/* Merges neighbours until each lasts least_ns, the last one excepted. */
void stays_merge(struct stays *s, uint64_t least_ns);

#endif
