/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns of the table of spins: traced tasks that looked again and again instead of waiting. */
#ifndef ANALYSIS_SPINS_H
#define ANALYSIS_SPINS_H

#define SPINS_SHORT_NS \
	1500000 /* a sleep of 1 ms takes up to that: it is rounded up to timer slack */

enum spins_column {
	SPINS_TASK,     /* index */
	SPINS_YIELDS,   /* times it gave its core away and was still runnable */
	SPINS_SLEEPS,   /* sleeps of at most SPINS_SHORT_NS, also those in poll(2) */
	SPINS_SLEPT,    /* what they lasted */
	SPINS_RAN,      /* how long it ran just before each of these */
	SPINS_RUNNABLE, /* waited for a core just after */
	SPINS_BEGIN,    /* first and last of these */
	SPINS_END,
	SPINS_NR_COLUMNS
};

#endif
