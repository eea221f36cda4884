/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings: rules that look at the other analyses' results and say in a sentence what stands out.
 * A rule is a row in the table of its family's file, finding_*.c; docs/findings.md says for each
 * what it means, why the threshold, and what to do.
 */
#ifndef ANALYSIS_FINDING_H
#define ANALYSIS_FINDING_H

#include <stdbool.h>

#include "analysis/pass.h"
#include "base/plain.h"
#include "model/names.h"

/* What rules judge by: tables of the window, and its view. */
struct evidence {
	const struct view *view;
	uint64_t wall_ns;
	size_t nr_gaps;
	const struct rows *tasks;
	const uint32_t *task_rows; /* by task index: 1 + its row, 0: none */
	const struct rows *cpus;
	const struct rows *locks;
	const struct rows *load;
	const struct rows *pairs;
	const struct rows *delays;
	const struct rows *spins;
	const struct rows *spawns;
	const struct rows *inversion;
	const struct rows *crowds;
	const struct rows *pools;
	const struct rows *barging;
	const struct rows *missed;
	const struct rows *critical;
	const struct waits *waits;
};

#define WORTH_A_WORD 10000 /* 1 % of the window */

struct rule {
	const char *id;
	uint32_t threshold; /* of what the rule compares: millionths, or its own unit */
	uint32_t least;     /* severity: what explains less of the window is not told */
	void (*judge)(const struct rule *rule, const struct evidence *e, struct result *out);
};

struct family {
	const struct rule *rules; /* [nr] */
	size_t nr;
};

extern const struct family findings_stall;
extern const struct family findings_lock;
extern const struct family findings_core;
extern const struct family findings_delay;
extern const struct family findings_team;
extern const struct family findings_wake;
extern const struct family findings_trace;

/* Applies every rule, after machine_finish: a result without a table, findings gravest first. The
 * caller closes. */
struct result *findings_of(struct pass *p, uint64_t end_ns);

/* Standstills alone, at any moment before machine_finish: of a trace that grows up to end_ns. The
 * caller closes. */
struct result *findings_so_far(const struct pass *p, uint64_t end_ns);

/* Adds a finding about the whole window; valid until the next one is added. */
struct finding *finding_add(struct result *out, const struct rule *rule, const struct evidence *e,
			    uint32_t severity, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Adds a task that it is about; a number that it rests on, by its key in JSON (static). */
void finding_tid(struct finding *f, uint64_t tid);
void finding_fact(struct finding *f, const char *key, enum cell_kind kind, uint64_t number);

/* machine_task_text of the evidence's machine. */
const char *finding_name(const struct evidence *e, uint32_t task, char out[TASK_TEXT_LEN]);

/* "1.23 s": a moment as times since the trace's begin, which --from takes. out is DURATION_LEN. */
const char *finding_moment(const struct evidence *e, uint64_t ts_ns, char *out);

/* Row of the task in the table of tasks, or NULL. */
const struct cell *finding_task_row(const struct evidence *e, uint32_t task);

#define FINDING_PERCENT_LEN PLAIN_SHARE_LEN
/* "12.3 %" of millionths. out is FINDING_PERCENT_LEN. */
const char *finding_percent(uint32_t share, char *out);

#endif
