/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Columns of the critical path: what the window's wall time was spent on, told backwards from the
 * end of one task over the wakings. Sums over all rows are end_ns - begin_ns exactly. The marks are
 * whom the path was with, one after the other without holes up to that task's end; where they would
 * be too many, short stays are merged and the text says "mostly".
 */
#ifndef ANALYSIS_CRITICAL_H
#define ANALYSIS_CRITICAL_H

#include "model/machine.h"

enum critical_column {
	CRITICAL_TID, /* unknown: time when no task of the path lived; it is in UNKNOWN */
	CRITICAL_TGID,
	CRITICAL_COMM,
	CRITICAL_RUNNING,
	CRITICAL_RUNNABLE, /* waited for a core */
	CRITICAL_UNKNOWN,
	CRITICAL_BLOCKED, /* REASON_NR - 1 columns, in the order of enum reason from REASON_LOCK on:
			     waits that no task of the path ended */
	CRITICAL_TOTAL = CRITICAL_BLOCKED + REASON_NR - 1,
	CRITICAL_SHARE, /* of the window */
	CRITICAL_NR_COLUMNS
};

/* Whom a task waits for now, and that one in turn, as long as it is measured: the owner of a lock,
 * a thread that is joined. The task itself if it does not, or they wait in a circle. */
uint32_t critical_follow(const struct machine *m, uint32_t task);

#endif
