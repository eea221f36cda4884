/* SPDX-License-Identifier: BSD-2-Clause */
/* One table of the report as CSV (RFC 4180): a line of keys, numbers as they are, unknown is empty.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/plain.h"
#include "cmd/report.h"

/* What is no UTF-8 is U+FFFD, as in JSON: whoever reads a table by it takes every line. */
static void put_text(const char *text)
{
	const char *quote = strpbrk(text, ",\"\r\n") ? "\"" : "", *end = text + strlen(text);

	fputs(quote, stdout);
	while (text < end) {
		const char *from = text;

		if (*text == '"')
			putchar('"');
		if (plain_next(&text, end) == 0xfffd)
			fputs("\xef\xbf\xbd", stdout);
		else
			fwrite(from, 1, (size_t)(text - from), stdout);
	}
	fputs(quote, stdout);
}

static void put_number(const char *before, const struct cell *cell)
{
	fputs(before, stdout);
	if (cell->known)
		printf("%" PRIu64, cell->number);
}

/* A table within a cell: "4122:1000:1 4123:20:1". */
static void put_inner(const struct rows *rows)
{
	for (size_t i = 0; i < rows->nr; i++)
		for (unsigned int c = 0; c < rows->nr_columns; c++)
			put_number(c ? ":" : i ? " " : "", &rows_at(rows, i)[c]);
}

static void put_cell(const struct cell *cell, enum cell_kind kind)
{
	if (!cell->known)
		return;
	if (kind == CELL_TEXT)
		put_text(cell->text);
	else if (kind == CELL_ROWS)
		put_inner(cell->rows);
	else if (kind == CELL_SHARE)
		printf("%.6f", (double)cell->number / 1e6);
	else if (kind == CELL_SIGNED)
		printf("%" PRId64, (int64_t)cell->number);
	else
		printf("%" PRIu64, cell->number);
}

static void put_findings(const struct result *r)
{
	puts("id,severity,text,begin_ns,end_ns,tids");
	for (size_t i = 0; i < r->nr_findings; i++) {
		const struct finding *f = &r->findings[i];

		printf("%s,%.6f,", f->id, (double)f->severity / 1e6);
		put_text(f->text);
		printf(",%" PRIu64 ",%" PRIu64 ",", f->begin_ns, f->end_ns);
		for (size_t k = 0; k < f->nr_tids; k++)
			printf("%s%" PRIu32, k ? " " : "", f->tids[k]);
		putchar('\n');
	}
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
	else if (r->sections == SECTION_CRITICAL)
		put_rows(&r->critical->table);
	else if (r->sections == SECTION_MARKS)
		put_rows(&r->marks->table);
	else if (r->sections == SECTION_FINDINGS)
		put_findings(r->findings);
	else
		put_rows(&r->tasks->table);
}
