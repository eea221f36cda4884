/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns of the table of crowds: objects where several tasks were woken at once, again and again.
 */
#ifndef ANALYSIS_CROWDS_H
#define ANALYSIS_CROWDS_H

#define CROWDS_SIZE    3     /* woken at once: a pair is no crowd */
#define CROWDS_IDLE_NS 30000 /* who waits again after running for less did not get anything */

enum crowds_column {
	CROWDS_WHERE,   /* text: what they waited for */
	CROWDS_TASK,    /* index of a task that waited there */
	CROWDS_TIMES,   /* how often at least CROWDS_SIZE were woken at once */
	CROWDS_WOKEN,   /* how many that were in all */
	CROWDS_VAIN,    /* of these, who waited there again at once */
	CROWDS_VAIN_NS, /* how long those ran and were runnable for that */
	CROWDS_BEGIN,   /* of the first, and end of the last */
	CROWDS_END,
	CROWDS_NR_COLUMNS
};

#endif
