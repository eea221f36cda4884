/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Columns of the table of missed wakes: a row for each traced task and futex where it waited until
 * its time was up.
 */
#ifndef ANALYSIS_MISSED_H
#define ANALYSIS_MISSED_H

#define MISSED_WORK_NS 30000 /* run after the time-out: who waits again before had just looked */

enum missed_column {
	MISSED_WHERE, /* text: what it waited for */
	MISSED_TASK,  /* index */
	MISSED_LATE,  /* waits that time ended, and then it ran for longer than MISSED_WORK_NS */
	MISSED_LATE_NS,
	MISSED_IDLE, /* waits that time ended, and then it waited there again */
	MISSED_IDLE_NS,
	MISSED_WOKEN, /* waits that another task ended */
	MISSED_WOKEN_NS,
	MISSED_TASKS,     /* that waited there */
	MISSED_ANY_WOKEN, /* waits of theirs that another task ended */
	MISSED_TIMED,
	MISSED_TIMED_NS, /* all waits that time ended */
	MISSED_BEGIN,    /* of the first late one, and the end of the last */
	MISSED_END,
	MISSED_NR_COLUMNS
};

#endif
