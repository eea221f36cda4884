/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an analysis hands over: a table, marks to draw on the timeline, findings in words. Plain
 * data; text, JSON and CSV are made from it elsewhere. A column's key is its name in schema 1 of
 * `report --json`; a dot in it is an object: "runq_latency_ns.p50".
 *
 *	struct cell *row = rows_add(&result->table);
 *	cell_number(&row[TASKS_TID], tid);          // untouched cells stay unknown
 */
#ifndef ANALYSIS_RESULT_H
#define ANALYSIS_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cell_kind {
	CELL_COUNT,
	CELL_NS,  /* a duration or a time */
	CELL_HEX, /* an address: JSON has it as a number */
	CELL_TEXT,
	CELL_BOOL,
	CELL_SHARE,  /* millionths; JSON has it as 0..1 */
	CELL_SIGNED, /* the number as two's complement */
	CELL_ROWS,   /* a table within the cell */
};

struct column {
	const char *key;
	enum cell_kind kind;
};

struct rows;

struct cell {
	bool known; /* else null in JSON, "-" in text, empty in CSV */
	union {
		uint64_t number;
		char *text;
		struct rows *rows;
	};
};

struct rows {
	const struct column *columns; /* [nr_columns] */
	unsigned int nr_columns;
	struct cell *cells; /* [nr][nr_columns] */
	size_t nr;
	size_t cap; /* of cells */
};

/* A place on the timeline worth a look. */
struct mark {
	uint64_t begin_ns;
	uint64_t end_ns;
	uint32_t task; /* index, or TASK_NONE */
	char *text;
};

/* A number that a finding rests on. */
struct fact {
	const char *key;
	enum cell_kind kind; /* one of a number */
	uint64_t number;
};

#define SHARE_WHOLE       1000000 /* shares are told in millionths */
#define FINDING_MAX_FACTS 8

struct finding {
	const char *id;
	uint32_t severity; /* share of the wall time it explains, in millionths */
	char *text;
	uint64_t begin_ns;
	uint64_t end_ns;
	uint32_t *tids; /* [nr_tids] */
	size_t nr_tids;
	struct fact facts[FINDING_MAX_FACTS];
	unsigned int nr_facts;
};

struct result {
	struct rows table;
	struct mark *marks; /* [nr_marks] by begin_ns */
	size_t nr_marks;
	struct finding *findings; /* [nr_findings], gravest first */
	size_t nr_findings;
};

/* An empty result with these columns (borrowed, static). The caller frees with result_close. */
struct result *result_open(const struct column *columns, unsigned int nr_columns);

/* NULL is fine. */
void result_close(struct result *r);

/* An empty table to put into a cell, which then owns it. */
struct rows *rows_open(const struct column *columns, unsigned int nr_columns);

/* For one that was not put into a cell. */
void rows_close(struct rows *rows);

/* A new last row, all unknown: [nr_columns], valid until the next one is added. */
struct cell *rows_add(struct rows *rows);

/* Row i: [nr_columns]. */
struct cell *rows_at(const struct rows *rows, size_t i);

/* Sorts by a number column; unknown ones last; equal ones by the first column, ascending. */
void rows_sort(struct rows *rows, unsigned int column, bool descending);

/* Keeps the first nr rows. */
void rows_cut(struct rows *rows, size_t nr);

/* part of whole in millionths, at most 1000000; 0 when there is no whole. */
uint32_t share_of(uint64_t part, uint64_t whole);

/* Fill a cell, which is known from then on. */
void cell_number(struct cell *cell, uint64_t number);
/* text is copied. */
void cell_text(struct cell *cell, const char *text);
/* rows belong to the cell from then on. */
void cell_rows(struct cell *cell, struct rows *rows);

#endif
