/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns of the table of what wakes tasks up. */
#ifndef ANALYSIS_WAKES_H
#define ANALYSIS_WAKES_H

enum wakes_column {
	WAKES_CAUSE, /* key of enum cause */
	WAKES_COUNT,
	WAKES_BY, /* the waker's system call, or which interrupts; not known: it was in none */
	WAKES_NR_COLUMNS
};

#endif
