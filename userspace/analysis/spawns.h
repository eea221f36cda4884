/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Columns of the table of spawns: for each traced task that made others, the longest series of them
 * that it made one after the other.
 */
#ifndef ANALYSIS_SPAWNS_H
#define ANALYSIS_SPAWNS_H

#define SPAWNS_APART_NS 10000000 /* further apart they are no series: making one takes less */

enum spawns_column {
	SPAWNS_TASK,    /* index of the parent */
	SPAWNS_MADE,    /* how many */
	SPAWNS_THREADS, /* of these, threads of its own process */
	SPAWNS_BEGIN,   /* the first and the last one was made */
	SPAWNS_END,
	SPAWNS_BLOCKED, /* how long the parent waited for something meanwhile */
	SPAWNS_NR_COLUMNS
};

#endif
