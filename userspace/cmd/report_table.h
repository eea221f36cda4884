/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of the report for people: which columns, how many rows, and cells whose digits line up.
 *
 *	struct table *t = report_table(columns, has_unknown);
 *	for (size_t i = 0; i < report_shown(r, nr, MAX_ROWS); i++)
 *		put_time(t, ns);
 *	report_print(t);
 */
#ifndef CMD_REPORT_TABLE_H
#define CMD_REPORT_TABLE_H

#include "base/table.h"
#include "cmd/report.h"

struct shown_column {
	const char *title;
	enum table_align align;
	unsigned int importance; /* as table_column has it */
	bool if_unknown;         /* only there if anything is unknown */
};

/* A table of the columns up to the one without a title. */
struct table *report_table(const struct shown_column *columns, bool has_unknown);

/* Adds columns likewise. */
void report_columns(struct table *t, const struct shown_column *columns, bool has_unknown);

/* Prints an empty line and the table, as wide as the terminal, and closes it. */
void report_print(struct table *t);

/* How many of nr rows are shown: most of them, or with --all every one. */
size_t report_shown(const struct report *r, size_t nr, size_t most);

/* "3 more locks (--all shows them)"; nothing of 0. what: "locks", or "". */
void report_more(size_t nr, const char *what);

/* A duration for a right-aligned column: units of one letter are padded, so that digits line up;
 * nothing at all is a dash. */
void put_time(struct table *t, uint64_t ns);

/* "34,211", or a dash for 0. */
void put_count(struct table *t, uint64_t nr);

/* "61.3 %" of whole, or a dash for nothing and of nothing. */
void put_share(struct table *t, uint64_t part, uint64_t whole);

#endif
