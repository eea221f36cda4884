/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Columns of the table of barging: locks that who gave them took again before who was woken had a
 * core. A mutex of glibc allows that: it is faster, and unfair.
 */
#ifndef ANALYSIS_BARGING_H
#define ANALYSIS_BARGING_H

enum barging_column {
	BARGING_WHERE,   /* text: which lock */
	BARGING_WOKEN,   /* waits for it that a task ended */
	BARGING_VAIN,    /* of these, the waker had it again when the wakee came */
	BARGING_VAIN_NS, /* what the wakees ran and were runnable for that */
	BARGING_TASK,    /* index of who went on waiting for the longest time */
	BARGING_LONGEST, /* that time */
	BARGING_TIMES,   /* it was woken in vain then */
	BARGING_BEGIN,
	BARGING_RIVAL, /* index of who had taken it again last then */
	BARGING_NR_COLUMNS
};

#endif
