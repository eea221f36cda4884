/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program says of itself: regions, which coroutine of a thread runs, and marks of one
 * moment. Regions and coroutines are kept per task until they end. Private to the state machine
 * and its checkpoint; others get struct stint and struct moment from a sink (model/machine.h).
 */
#ifndef MODEL_STINT_H
#define MODEL_STINT_H

#include "model/machine.h"

struct open_stint {
	uint64_t begin_ns;
	uint64_t name;
};

/* Of one task. */
struct task_stints {
	struct open_stint
	    at[STINT_LEVELS]; /* 0: the coroutine; then regions, the outermost first */
	bool has_coroutine, inferred;
	uint64_t lost_ns; /* end of the last loss of records, 0: none */
	uint32_t depth;   /* regions open; those beyond STINT_LEVELS - 1 are only counted */
};

struct stint_table {
	struct task_stints *rows; /* [nr] by task, grown as tasks mark something */
	size_t nr, cap;
};

/* Frees. */
void stint_table_done(struct stint_table *t);
/* The row of a task, made if need be. Valid until the next call. */
struct task_stints *stint_row(struct stint_table *t, uint32_t task);

struct machine;

/* A task marks something, or another coroutine of it runs: tells the sink. */
void stint_mark(struct machine *m, uint32_t task, const struct record_mark *rec);
void stint_coroutine(struct machine *m, uint32_t task, const struct record_coroutine *rec);
/* A task's stints all end: it does, or becomes another program. */
void stint_end_task(struct machine *m, uint32_t task, uint64_t ts_ns);
/* Records were lost since begin_ns: what is open is not known from there on. */
void stint_lost(struct machine *m, uint64_t begin_ns);
/* Emits what is still open at the end of the trace. */
void stint_finish(struct machine *m);

#endif
