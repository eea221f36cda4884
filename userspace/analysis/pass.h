/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One streaming pass over a trace for all analyses at once: a window of time, a sink for the state
 * machine, and a list of analyses that get what falls into the window. A new analysis is one file
 * and one row in pass.c.
 *
 *	struct pass *p = pass_open();
 *	struct sink sink = pass_sink(p);
 *	struct machine *m = machine_open(&src->info, &sink);
 *	pass_attach(p, m, src->info.arch, begin_ns, UINT64_MAX);
 *	... feed, pass_begin_window when the time comes, machine_finish ...
 *	struct result *r = pass_result(p, &analysis_tasks, end_ns);
 */
#ifndef ANALYSIS_PASS_H
#define ANALYSIS_PASS_H

#include "analysis/result.h"
#include "model/machine.h"

/* What an analysis may ask about besides what it is fed. */
struct view {
	const struct machine *machine;
	const char *arch;
	uint64_t begin_ns; /* the window */
	uint64_t end_ns;
	uint32_t path_tid; /* whose critical path; 0: the analysis chooses */
};

struct analysis {
	const char *name;
	void *(*open)(void);
	/* Of which states task_interval wants intervals: bits 1 << enum state; 0: of all. */
	unsigned int states;
	/* dur_ns: how much of the interval is in the window, may be 0; iv itself is whole. */
	void (*task_interval)(void *a, const struct view *v, const struct interval *iv,
			      uint64_t dur_ns);
	void (*cpu_interval)(void *a, const struct view *v, const struct interval *iv,
			     uint64_t dur_ns);
	void (*block)(void *a, const struct view *v, const struct interval *iv);
	void (*wake)(void *a, const struct view *v, const struct wake_edge *edge);
	void (*hold)(void *a, const struct view *v, const struct hold *hold);
	void (*stint)(void *a, const struct view *v, const struct stint *stint, uint64_t dur_ns);
	void (*moment)(void *a, const struct view *v, const struct moment *moment);
	void (*fork)(void *a, const struct view *v, uint64_t ts_ns, uint32_t parent,
		     uint32_t child);
	void (*gap)(void *a, const struct view *v, uint64_t begin_ns, uint64_t end_ns);
	/* The window begins now, in the middle of the trace: counters of the machine are from here
	 * on counted from what they are, and who waits now is asked of it. Nothing was told before:
	 * the machine may come from a checkpoint. */
	void (*begin)(void *a, const struct view *v);
	struct result *(*result)(void *a, const struct view *v);
	void (*close)(void *a);
};

extern const struct analysis analysis_tasks;
extern const struct analysis analysis_cpus;
extern const struct analysis analysis_wakes;
extern const struct analysis analysis_locks;
extern const struct analysis analysis_critical;
extern const struct analysis analysis_load;
extern const struct analysis analysis_pairs;
extern const struct analysis analysis_delays;
extern const struct analysis analysis_spins;
extern const struct analysis analysis_spawns;
extern const struct analysis analysis_inversion;
extern const struct analysis analysis_crowds;
extern const struct analysis analysis_pools;
extern const struct analysis analysis_barging;
extern const struct analysis analysis_missed;
extern const struct analysis analysis_standstill;
extern const struct analysis analysis_marks;

/* A gap of the trace. */
struct pass_gap {
	uint32_t cpu;
	uint64_t begin_ns;
	uint64_t end_ns;
	uint64_t lost;
};

struct pass;

/* Opens every analysis of the list. Close it with pass_close. */
struct pass *pass_open(void);

/* The sink to open a machine with; it refers to p. */
struct sink pass_sink(struct pass *p);

/* Machine the pass belongs to, and the window; end_ns UINT64_MAX: to the end. Before the first
 * record. */
void pass_attach(struct pass *p, const struct machine *m, const char *arch, uint64_t begin_ns,
		 uint64_t end_ns);

/* Tells the critical path from the end of that task, not from one that is chosen. After
 * pass_attach. */
void pass_follow(struct pass *p, uint32_t tid);

/* Call before the first record at or after begin_ns is fed, if begin_ns is not the trace's begin.
 */
void pass_begin_window(struct pass *p);

/* After machine_finish, with the machine still open; end_ns: the window's end. The caller closes.
 */
struct result *pass_result(struct pass *p, const struct analysis *which, uint64_t end_ns);

/* What an analysis has in its hands, for those that know its form. Borrowed. */
const void *pass_state(const struct pass *p, const struct analysis *which);

/* The window, as the analyses see it; end_ns is known from pass_result on. Borrowed. */
const struct view *pass_view(const struct pass *p);

/* [*nr] in the order they were told, those of the window. Borrowed. */
const struct pass_gap *pass_gaps(const struct pass *p, size_t *nr);

/* NULL is fine. */
void pass_close(struct pass *p);

#endif
