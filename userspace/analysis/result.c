/* SPDX-License-Identifier: BSD-2-Clause */
#include "analysis/result.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct result *result_open(const struct column *columns, unsigned int nr_columns)
{
	struct result *r = mem_zalloc(1, sizeof(*r));

	r->table.columns = columns;
	r->table.nr_columns = nr_columns;
	return r;
}

struct rows *rows_open(const struct column *columns, unsigned int nr_columns)
{
	struct rows *rows = mem_zalloc(1, sizeof(*rows));

	rows->columns = columns;
	rows->nr_columns = nr_columns;
	return rows;
}

static void rows_done(struct rows *rows)
{
	rows_cut(rows, 0);
	free(rows->cells);
}

static void cell_done(struct cell *cell, enum cell_kind kind)
{
	if (!cell->known)
		return;
	if (kind == CELL_TEXT)
		free(cell->text);
	if (kind == CELL_ROWS)
		rows_close(cell->rows);
}

void rows_cut(struct rows *rows, size_t nr)
{
	for (size_t i = nr * rows->nr_columns; i < rows->nr * rows->nr_columns; i++)
		cell_done(&rows->cells[i], rows->columns[i % rows->nr_columns].kind);
	rows->nr = nr < rows->nr ? nr : rows->nr;
}

void rows_close(struct rows *rows)
{
	rows_done(rows);
	free(rows);
}

void result_close(struct result *r)
{
	if (!r)
		return;
	rows_done(&r->table);
	for (size_t i = 0; i < r->nr_marks; i++)
		free(r->marks[i].text);
	free(r->marks);
	for (size_t i = 0; i < r->nr_findings; i++) {
		free(r->findings[i].text);
		free(r->findings[i].tids);
	}
	free(r->findings);
	free(r);
}

struct cell *rows_add(struct rows *rows)
{
	rows->cells = mem_grow(rows->cells, &rows->cap, (rows->nr + 1) * rows->nr_columns,
			       sizeof(*rows->cells));
	struct cell *row = rows_at(rows, rows->nr++);

	memset(row, 0, rows->nr_columns * sizeof(*row));
	return row;
}

struct cell *rows_at(const struct rows *rows, size_t i)
{
	return &rows->cells[i * rows->nr_columns];
}

struct order {
	unsigned int column;
	bool descending;
};

static int by_number(const struct cell *a, const struct cell *b)
{
	if (a->known != b->known)
		return a->known ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

static int by_column(const void *a, const void *b, void *payload)
{
	const struct order *order = payload;
	const struct cell *left = a;
	const struct cell *right = b;
	int diff = by_number(&left[order->column], &right[order->column]);

	if (order->descending && left[order->column].known && right[order->column].known)
		diff = -diff;
	return diff ? diff : by_number(&left[0], &right[0]);
}

void rows_sort(struct rows *rows, unsigned int column, bool descending)
{
	struct order order = {column, descending};

	if (rows->nr > 1)
		qsort_r(rows->cells, rows->nr, rows->nr_columns * sizeof(*rows->cells), by_column,
			&order);
}

uint32_t share_of(uint64_t part, uint64_t whole)
{
	if (part >= whole)
		return whole ? 1000000 : 0;
	return (uint32_t)((unsigned __int128)part * 1000000 / whole);
}

void cell_number(struct cell *cell, uint64_t number)
{
	cell->known = true;
	cell->number = number;
}

void cell_text(struct cell *cell, const char *text)
{
	cell->known = true;
	cell->text = mem_strdup(text);
}

void cell_rows(struct cell *cell, struct rows *rows)
{
	cell->known = true;
	cell->rows = rows;
}
