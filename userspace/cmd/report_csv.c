/* SPDX-License-Identifier: BSD-2-Clause */
/* One table of the report as CSV (RFC 4180): a line of keys, numbers as they are, unknown is empty.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/report.h"

static void put_text(const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, stdout);
		return;
	}
	putchar('"');
	for (; *text; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
}

/* A table within a cell: "4122:1000:1 4123:20:1". */
static void put_inner(const struct rows *rows)
{
	for (size_t i = 0; i < rows->nr; i++)
		for (unsigned int c = 0; c < rows->nr_columns; c++)
			printf("%s%" PRIu64, c ? ":" : i ? " " : "", rows_at(rows, i)[c].number);
}

static void put_cell(const struct cell *cell, enum cell_kind kind)
{
	if (!cell->known)
		return;
	if (kind == CELL_TEXT)
		put_text(cell->text);
	else if (kind == CELL_ROWS)
		put_inner(cell->rows);
	else
		printf("%" PRIu64, cell->number);
}

static void put_rows(const struct rows *rows)
{
	for (unsigned int c = 0; c < rows->nr_columns; c++)
		printf("%s%s", c ? "," : "", rows->columns[c].key);
	putchar('\n');
	for (size_t i = 0; i < rows->nr; i++) {
		for (unsigned int c = 0; c < rows->nr_columns; c++) {
			if (c)
				putchar(',');
			put_cell(&rows_at(rows, i)[c], rows->columns[c].kind);
		}
		putchar('\n');
	}
}

void report_csv(const struct report *r)
{
	if (r->sections == SECTION_CPUS)
		put_rows(&r->cpus->table);
	else if (r->sections == SECTION_LOCKS)
		put_rows(&r->locks->table);
	else if (r->sections == SECTION_EDGES)
		put_rows(&r->wakes->table);
	else
		put_rows(&r->tasks->table);
}
