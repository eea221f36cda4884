/* SPDX-License-Identifier: BSD-2-Clause */
/* What the program said of itself, as text: coroutines by thread, then marks. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/marks.h"
#include "base/duration.h"
#include "cmd/report_table.h"

#define MAX_COROUTINES 20 /* of all threads, unless --all */
#define MAX_MARKS      40

static void put_known_time(struct table *t, const struct cell *cell)
{
	char text[DURATION_LEN];

	table_cell(t, "%s", cell->known ? duration_text(cell->number, text) : "-");
}

static bool is_coroutine(const struct cell *row)
{
	return strcmp(row[MARKS_KIND].text, "coroutine") == 0;
}

static void put_row(struct table *t, const struct cell *row, bool coroutine)
{
	table_cell(t, "%s", row[MARKS_NAME].text);
	if (!coroutine)
		table_cell(t, "%s", row[MARKS_KIND].text);
	table_cell(t, "%s", row[MARKS_COMM].text);
	table_cell(t, "%" PRIu64, row[MARKS_TID].number);
	table_cell(t, "%" PRIu64, row[MARKS_COUNT].number);
	put_known_time(t, &row[MARKS_TOTAL]);
	put_known_time(t, &row[MARKS_RUNNING]);
	put_known_time(t, &row[MARKS_MAX]);
	if (coroutine)
		return;
	if (row[MARKS_LAST].known)
		table_cell(t, "%" PRId64 " to %" PRId64 ", last %" PRId64,
			   (int64_t)row[MARKS_LOWEST].number, (int64_t)row[MARKS_HIGHEST].number,
			   (int64_t)row[MARKS_LAST].number);
	else
		table_cell(t, "-");
}

static void print_part(const struct report *r, bool coroutines)
{
	const struct rows *rows = &r->marks->table;
	size_t most = r->all ? SIZE_MAX : coroutines ? MAX_COROUTINES : MAX_MARKS;
	size_t nr = 0, shown = 0;
	uint64_t count = 0;
	struct table *t = table_open();

	table_column(t, coroutines ? "COROUTINES" : "MARKS", TABLE_LEFT, 0);
	if (!coroutines)
		table_column(t, "kind", TABLE_LEFT, 0);
	table_column(t, "thread", TABLE_LEFT, 0);
	table_column(t, "tid", TABLE_RIGHT, 0);
	table_column(t, coroutines ? "switches" : "count", TABLE_RIGHT, 0);
	table_column(t, "time", TABLE_RIGHT, 0);
	table_column(t, "on a core", TABLE_RIGHT, 0);
	table_column(t, "longest", TABLE_RIGHT, 0);
	if (!coroutines)
		table_column(t, "values", TABLE_LEFT, 1);
	for (size_t i = 0; i < rows->nr; i++) {
		const struct cell *row = rows_at(rows, i);

		if (is_coroutine(row) != coroutines)
			continue;
		nr++;
		count += row[MARKS_COUNT].number;
		if (shown < most) {
			put_row(t, row, coroutines);
			shown++;
		}
	}
	if (nr == 0) {
		table_close(t);
		return;
	}
	report_print(t);
	if (coroutines)
		printf("%zu coroutines, %" PRIu64 " switches\n", nr, count);
	report_more(nr - shown, "");
}

void report_marks(const struct report *r)
{
	print_part(r, true);
	print_part(r, false);
}
