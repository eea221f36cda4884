/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns of the table of delays: how traced tasks waited for a core; a row for each that did. */
#ifndef ANALYSIS_DELAYS_H
#define ANALYSIS_DELAYS_H

#define DELAYS_LONG_NS 20000000 /* more than a turn of several tasks of one core */

enum delays_column {
	DELAYS_TASK,    /* index */
	DELAYS_LONGEST, /* its longest wait for a core, as far as it is in the window */
	DELAYS_BEGIN,   /* when that began */
	DELAYS_RIVAL,   /* index of who had its core for most of that, if it was long */
	DELAYS_RIVAL_NS,
	DELAYS_CPU,       /* the core where it waited then */
	DELAYS_PREEMPTED, /* how long it waited after its core had been taken from it */
	DELAYS_TAKER,     /* index of who took it most; a lower bound of what that one did: */
	DELAYS_TAKEN,     /* times */
	DELAYS_TAKEN_NS,  /* waited for that */
	DELAYS_NR_COLUMNS
};

#endif
