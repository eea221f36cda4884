/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the witness keeps of a task; shared by its two sides. */
#ifndef TESTS_WITNESS_H
#define TESTS_WITNESS_H

/* The run queue's clocks at a switch. */
struct witness_moment {
	unsigned long long clock_ns;
	long long old_ns;    /* CLOCK_MONOTONIC since the last charge */
	long long stolen_ns; /* since boot */
};

struct witness_task {
	unsigned long long
	    sum_ns;          /* the kernel's sum (sum_exec_runtime) when it last left a core */
	long long old_ns;    /* what the sum lacks because clocks were old: may be negative */
	long long stolen_ns; /* what it lacks because it was stolen */
	unsigned long long nr_told; /* stays on a core of which both ends were told */
	unsigned long long nr_untold;
	unsigned long long untold_ns;   /* the part of sum_ns in those */
	unsigned long long nr_switches; /* as the kernel counts them */
	struct witness_moment came;
	unsigned long long on_core;
};

#endif
