/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Columns of text and numbers, aligned for people. Each column is as wide as its widest cell; in a
 * narrow terminal the least important columns are left out, then the first one is cut.
 *
 *	struct table *t = table_open();
 *	table_column(t, "name", TABLE_LEFT, 0);
 *	table_column(t, "time", TABLE_RIGHT, 0);
 *	table_cell(t, "%s", name);
 *	table_cell(t, "%s", time);           // the row is full: the next cell begins another
 *	table_print(t, stdout, 80);
 *	table_close(t);
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdio.h>

enum table_align {
	TABLE_LEFT,
	TABLE_RIGHT,
};

struct table;

/* A table without columns and rows. Close it with table_close. */
struct table *table_open(void);

/* NULL is fine. */
void table_close(struct table *t);

/* Adds a column before the first cell. title is copied. importance 0: never left out; else the
 * higher, the sooner. */
void table_column(struct table *t, const char *title, enum table_align align,
		  unsigned int importance);

/* The next cell, row by row. Control characters become '?'; UTF-8 counts one column a character. */
void table_cell(struct table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Titles and rows, two blanks between columns, none at line ends. width 0: as wide as it gets. */
void table_print(const struct table *t, FILE *out, unsigned int width);

#endif
