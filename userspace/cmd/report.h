/* SPDX-License-Identifier: BSD-2-Clause */
/* What `conctrace report` has found out, for its printers: report_text.c, report_json.c,
 * report_csv.c. */
#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#include "analysis/pass.h"
#include "base/err.h"
#include "cmd/window.h"
#include "trace/info.h"

enum section {
	SECTION_TRACE = 1 << 0,
	SECTION_CPUS = 1 << 1,
	SECTION_TASKS = 1 << 2,
	SECTION_LOCKS = 1 << 3,
	SECTION_EDGES = 1 << 4,
	SECTION_FINDINGS = 1 << 5,
	SECTION_CRITICAL = 1 << 6,
	SECTION_MARKS = 1 << 7,
	SECTION_ALL = (1 << 8) - 1,
	SECTION_WAITS = 1 << 8, /* stands alone */
};

struct report {
	const struct trace_info *info;
	struct trace_quality quality; /* as info's, but late and corrupt only up to the window's
					 end, late only from its begin on */
	const struct machine *machine;
	unsigned int sections; /* enum section bits */
	bool all;              /* every task, else the traced ones, if any is */
	uint64_t begin_ns;     /* the window */
	uint64_t end_ns;
	bool whole; /* the window is the trace */
	uint64_t nr_records;
	uint64_t lost_records;
	const struct pass_gap *gaps; /* [nr_gaps] */
	size_t nr_gaps;
	struct result *cpus;
	struct result *tasks; /* those to show; the others are summed below */
	struct result *locks;
	struct result *wakes;
	struct result *critical;
	struct result *marks;
	struct result *findings;
	uint64_t nr_others;
	uint64_t others_running_ns;
};

/* Print to stdout: as text, as JSON, one table as CSV. */
void report_text(const struct report *r);
void report_json(const struct report *r);
void report_csv(const struct report *r);
/* What stands out, as text: each with its share of the window and its sentence. */
void report_findings(const struct report *r, unsigned int width);
/* Locks, and what else was waited at, as text; nothing if there are none. */
void report_locks(const struct report *r);
/* Coroutines and marks, likewise. */
void report_marks(const struct report *r);

/* One sentence, wrapped between words to a width (0: none), lines after the first one indented. */
void report_sentence(const char *text, unsigned int indent, unsigned int width);
/* Columns of the terminal, 0: none. */
unsigned int report_width(void);

/* What --only waits is asked. */
struct waits_options {
	const char *path;
	struct window window;
	uint32_t tid; /* of whom, 0: of all */
	bool all;     /* of tasks that were not traced, too */
	bool json;
};

/* The longest waits, each as a sentence: whom it was for, what that one did meanwhile, what ended
 * it. Reads the trace itself; prints to stdout. */
int report_waits(const struct waits_options *o, struct err *err);

#endif
