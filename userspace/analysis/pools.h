/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Columns of the table of pools: objects that two tasks or more wait at, and are mostly woken by
 * others than themselves: where work comes from. Locks are not among them.
 */
#ifndef ANALYSIS_POOLS_H
#define ANALYSIS_POOLS_H

enum pools_column {
	POOLS_WHERE, /* text: what they wait for */
	POOLS_TASKS, /* how many waited there */
	POOLS_WAITS, /* after the first one of each */
	POOLS_KNOWN, /* time since the last one of them waited there first: times below are of it */
	POOLS_NONE,  /* none waited: all were at work, or gone */
	POOLS_IDLE,  /* of that, a core was idle */
	POOLS_ALWAYS,  /* so many waited there for all but 2 % of the time */
	POOLS_BEGIN,   /* of the time known */
	POOLS_MEMBERS, /* rows: indices */
	POOLS_NR_COLUMNS
};

#endif
