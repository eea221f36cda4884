/* SPDX-License-Identifier: BSD-2-Clause */
/* What a machine needs to record, asked one thing at a time, with what to do about each. */
#ifndef COLLECT_DIAGNOSE_H
#define COLLECT_DIAGNOSE_H

#include <stdbool.h>
#include <stddef.h>

struct diagnosis {
	const char *what;
	bool required; /* without it nothing is recorded */
	bool ok;
	bool unknown;     /* the rights to find out are missing; not ok */
	char detail[200]; /* what was found, or what to do */
};

/* Fills out: [max] in the order to mend them; returns the number of rows, 7 at most. Loads and
 * attaches for a moment. */
size_t diagnose(struct diagnosis *out, size_t max);

#endif
