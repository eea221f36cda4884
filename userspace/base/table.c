/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/plain.h"

#define GAP           2
#define MIN_FIRST     8 /* columns that the first one keeps when it is cut */
#define MAX_CELL_TEXT 512

struct column {
	char *title;
	enum table_align align;
	unsigned int importance;
	unsigned int width;
};

struct table {
	struct column *columns;
	size_t nr_columns, cap_columns;
	char **cells; /* [nr_cells], row by row */
	size_t nr_cells, cap_cells;
};

struct table *table_open(void)
{
	return mem_zalloc(1, sizeof(struct table));
}

void table_close(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->nr_columns; i++)
		free(t->columns[i].title);
	for (size_t i = 0; i < t->nr_cells; i++)
		free(t->cells[i]);
	free(t->columns);
	free(t->cells);
	free(t);
}

static bool begins_character(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

static unsigned int width_of(const char *text)
{
	unsigned int width = 0;

	for (; *text; text++)
		width += begins_character(*text);
	return width;
}

void table_column(struct table *t, const char *title, enum table_align align,
		  unsigned int importance)
{
	t->columns = mem_grow(t->columns, &t->cap_columns, t->nr_columns + 1, sizeof(*t->columns));
	t->columns[t->nr_columns++] =
	    (struct column){mem_strdup(title), align, importance, width_of(title)};
}

void table_cell(struct table *t, const char *fmt, ...)
{
	char text[MAX_CELL_TEXT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	plain_text(text);
	struct column *column = &t->columns[t->nr_cells % t->nr_columns];
	unsigned int width = width_of(text);

	if (width > column->width)
		column->width = width;
	t->cells = mem_grow(t->cells, &t->cap_cells, t->nr_cells + 1, sizeof(*t->cells));
	t->cells[t->nr_cells++] = mem_strdup(text);
}

static void print_blanks(FILE *out, unsigned int nr)
{
	while (nr-- > 0)
		fputc(' ', out);
}

/* Prints text in width columns; returns the blanks still owed, so that none end a line. */
static unsigned int print_text(FILE *out, const char *text, enum table_align align,
			       unsigned int width, unsigned int owed)
{
	unsigned int len = width_of(text);
	bool cut = len > width;
	unsigned int left = cut ? width - 1 : len;
	unsigned int pad = cut ? 0 : width - len;

	if (align == TABLE_RIGHT) {
		owed += pad;
		pad = 0;
	}
	for (; *text; text++) {
		if (begins_character(*text) && left-- == 0)
			break;
		if (*text == ' ') {
			owed++;
			continue;
		}
		print_blanks(out, owed);
		owed = 0;
		fputc(*text, out);
	}
	if (cut) {
		print_blanks(out, owed);
		owed = 0;
		fputs("\xe2\x80\xa6", out);
	}
	return owed + pad;
}

/* Width 0 for columns left out; the first one may shrink. */
static void fit(const struct table *t, unsigned int width, unsigned int *widths)
{
	unsigned int total = 0;

	for (size_t i = 0; i < t->nr_columns; i++) {
		widths[i] = t->columns[i].width;
		total += widths[i] + (i ? GAP : 0);
	}
	while (width && total > width) {
		size_t least = 0;

		for (size_t i = 1; i < t->nr_columns; i++)
			if (widths[i] &&
			    t->columns[i].importance > (least ? t->columns[least].importance : 0))
				least = i;
		if (least == 0)
			break;
		total -= widths[least] + GAP;
		widths[least] = 0;
	}
	if (width && total > width && t->nr_columns) {
		unsigned int rest = total - widths[0];
		unsigned int first = width > rest ? width - rest : 0;

		widths[0] = first > MIN_FIRST       ? first
			    : widths[0] < MIN_FIRST ? widths[0]
						    : MIN_FIRST;
	}
}

static void print_row(const struct table *t, FILE *out, const unsigned int *widths, size_t row)
{
	unsigned int owed = 0;

	for (size_t i = 0; i < t->nr_columns; i++) {
		const char *text =
		    row ? t->cells[(row - 1) * t->nr_columns + i] : t->columns[i].title;

		if (widths[i] == 0)
			continue;
		owed = print_text(out, text, t->columns[i].align, widths[i], owed) + GAP;
	}
	fputc('\n', out);
}

void table_print(const struct table *t, FILE *out, unsigned int width)
{
	size_t nr_rows = t->nr_columns ? t->nr_cells / t->nr_columns : 0;
	unsigned int *widths = mem_zalloc(t->nr_columns + 1, sizeof(*widths));

	fit(t, width, widths);
	for (size_t row = 0; row <= nr_rows; row++)
		print_row(t, out, widths, row);
	free(widths);
}
