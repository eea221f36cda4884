/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the cores did while traced tasks waited for one, and how far the threads of a process ran at
 * the same time. One row; the rest are tables within.
 */
#ifndef ANALYSIS_LOAD_H
#define ANALYSIS_LOAD_H

enum load_column {
	LOAD_SHORT_WALL, /* all cores were busy and a traced task was runnable */
	LOAD_SHORT,      /* sum of what traced tasks were runnable then */
	LOAD_CORES,      /* sum of what the cores were busy then */
	LOAD_TAKERS,     /* rows: tasks that are not traced and ran then */
	LOAD_PROCESSES,  /* rows: traced processes, of which two threads lived and one ran */
	LOAD_NR_COLUMNS
};

enum taker_column { TAKER_TASK, TAKER_RAN, TAKER_NR_COLUMNS };

/* Of the time in which two or more of its threads lived and did more than to wait for the end of
 * another one: before there are others, and while it only joins them, a thread is alone by design.
 */
enum process_column {
	PROCESS_TASK,    /* index of its leader */
	PROCESS_ONE,     /* exactly one of its threads ran */
	PROCESS_SEVERAL, /* more than one did */
	PROCESS_IDLE,    /* of PROCESS_ONE: a core was idle meanwhile */
	PROCESS_BOUND, /* of PROCESS_IDLE: another one was runnable, for 1 ms or more in one go; if
			  several were, as often */
	PROCESS_THREADS, /* rows: those that ran then */
	PROCESS_NR_COLUMNS
};

enum thread_column { THREAD_TASK, THREAD_RAN, THREAD_NR_COLUMNS };

#endif
