/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns of the table of marks: what the program says of itself, per task, kind and name. */
#ifndef ANALYSIS_MARKS_H
#define ANALYSIS_MARKS_H

enum marks_column {
	MARKS_TID,
	MARKS_COMM,
	MARKS_KIND,    /* coroutine, region, instant, counter */
	MARKS_NAME,    /* of another program's probe: "python:gc__start", "python:line fib" */
	MARKS_COUNT,   /* switches to a coroutine; regions begun; marks */
	MARKS_TOTAL,   /* from begins to ends; unknown where there are none, and so below */
	MARKS_RUNNING, /* of that, on a core */
	MARKS_MAX,     /* the longest */
	MARKS_CUT,     /* begun before the window, or not ended in it */
	MARKS_LOWEST,  /* of values, as two's complement */
	MARKS_HIGHEST,
	MARKS_LAST,
	MARKS_ID, /* the coroutine, or the hash of the name */
	MARKS_NR_COLUMNS
};

#endif
