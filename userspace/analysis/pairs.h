/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns of the table of pairs: traced tasks that were mostly woken by each other. */
#ifndef ANALYSIS_PAIRS_H
#define ANALYSIS_PAIRS_H

enum pairs_column {
	PAIRS_TASK, /* indices */
	PAIRS_OTHER,
	PAIRS_TURNS, /* how often each woke the other, at least */
	PAIRS_BEGIN, /* first and last of these wakings' intervals */
	PAIRS_END,
	PAIRS_RUNNABLE, /* how long both together then waited for a core */
	PAIRS_NR_COLUMNS
};

#endif
