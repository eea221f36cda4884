/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns of the table of tasks: each row's times add up to end_ns - begin_ns exactly. */
#ifndef ANALYSIS_TASKS_H
#define ANALYSIS_TASKS_H

#include <stdbool.h>

#include "analysis/pass.h"

#define TASKS_DYING_NS 50000000 /* a task that is killed needs less to be gone */

enum tasks_column {
	TASKS_TID,
	TASKS_TGID,
	TASKS_PARENT_TID,
	TASKS_COMM,
	TASKS_TRACED,
	TASKS_KTHREAD,
	TASKS_BEGIN,
	TASKS_END,
	TASKS_EXIT_STATUS, /* as a shell would say; unknown while alive or killed */
	TASKS_EXIT_SIGNAL, /* that killed it */
	TASKS_RUNNING,
	TASKS_RUNNABLE,
	TASKS_UNKNOWN,
	TASKS_BLOCKED, /* REASON_NR - 1 columns, in the order of enum reason from REASON_LOCK on */
	TASKS_SCHED_INS = TASKS_BLOCKED + REASON_NR - 1,
	TASKS_PREEMPTIONS,
	TASKS_MIGRATIONS,
	TASKS_WAKEUPS,
	TASKS_LATENCY_P50, /* run-queue latency: made runnable to sched-in, runqslower(8) */
	TASKS_LATENCY_P99,
	TASKS_LATENCY_MAX,
	TASKS_OTHER_CALL, /* of the time blocked by REASON_OTHER the most: name of the call, */
	TASKS_OTHER_NS,   /* and that time */
	TASKS_STOLEN,     /* of TASKS_RUNNING: by the host or interrupts, as far as told */
	TASKS_NR_COLUMNS
};

/* Whether the task is in the window, and so has a row: rows are in the order of tasks. One that
 * never was more than a moment is kept where nothing is cut. */
bool tasks_has_row(const struct view *v, const struct task *task);

#endif
