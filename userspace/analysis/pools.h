/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Columns of the table of pools: objects that two tasks or more wait at. Where they are mostly
 * woken by others than themselves, it is where work comes from; else they take turns there.
 */
#ifndef ANALYSIS_POOLS_H
#define ANALYSIS_POOLS_H

enum pools_column {
	POOLS_WHERE,   /* text: what they wait for */
	POOLS_TASKS,   /* how many waited there */
	POOLS_WAITS,   /* after the first one of each */
	POOLS_TURNS,   /* they were woken by one of them so often */
	POOLS_IS_POOL, /* most were woken by others, as far as is known, and it is no lock */
	POOLS_KNOWN, /* time since the last one of them waited there first, until one of them ended:
			times below are of it */
	POOLS_NONE,  /* none waited: all were at work */
	POOLS_IDLE,  /* of that, a core was idle */
	POOLS_ALWAYS,  /* so many waited there for all but 2 % of the time */
	POOLS_BEGIN,   /* of the time known */
	POOLS_MEMBERS, /* rows */
	POOLS_NR_COLUMNS
};

enum pool_member_column {
	POOL_MEMBER_TASK,  /* index */
	POOL_MEMBER_PIECE, /* the longest time between two waits there, and after the last one */
	POOL_MEMBER_NR_COLUMNS
};

#endif
