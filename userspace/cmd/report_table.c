/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/report_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/duration.h"
#include "base/plain.h"

unsigned int report_width(void)
{
	const char *columns = getenv("COLUMNS");
	unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;
	struct winsize size;

	if (width > 0 && width < 10000)
		return (unsigned int)width;
	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		return size.ws_col;
	return 0;
}

struct table *report_table(const struct shown_column *columns, bool has_unknown)
{
	struct table *t = table_open();

	report_columns(t, columns, has_unknown);
	return t;
}

void report_columns(struct table *t, const struct shown_column *columns, bool has_unknown)
{
	for (; columns->title; columns++)
		if (has_unknown || !columns->if_unknown)
			table_column(t, columns->title, columns->align, columns->importance);
}

void report_print(struct table *t)
{
	printf("\n");
	table_print(t, stdout, report_width());
	table_close(t);
}

size_t report_shown(const struct report *r, size_t nr, size_t most)
{
	return r->all || nr <= most ? nr : most;
}

void report_more(size_t nr, const char *what)
{
	if (nr)
		printf("%zu more%s%s (--all shows them)\n", nr, what[0] ? " " : "", what);
}

void put_time(struct table *t, uint64_t ns)
{
	char text[DURATION_LEN];
	const char *unit;

	if (ns == 0) {
		table_cell(t, "-  ");
		return;
	}
	duration_text(ns, text);
	unit = strrchr(text, ' ');
	table_cell(t, "%.*s %s%s", (int)(unit - text), text, unit[1] == 's' ? " " : "", unit + 1);
}

void put_count(struct table *t, uint64_t nr)
{
	char text[PLAIN_COUNT_LEN];

	table_cell(t, "%s", nr ? plain_count(nr, text) : "-");
}

void put_share(struct table *t, uint64_t part, uint64_t whole)
{
	char text[PLAIN_SHARE_LEN];

	table_cell(t, "%s", part ? plain_share(part, whole, text) : "-");
}
