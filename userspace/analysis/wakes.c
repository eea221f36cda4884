/* SPDX-License-Identifier: BSD-2-Clause */
/* What wakes tasks up. */
#include "analysis/wakes.h"

#include <stdio.h>
#include <stdlib.h>

#include "analysis/pass.h"
#include "base/mem.h"
#include "model/reason.h"

#define NR_DIRECT 512 /* numbers counted one by one; of other tables or beyond: "other" */

struct wakes {
	uint64_t by_nr[NR_DIRECT];
	uint64_t by_compat_nr[NR_DIRECT];
	uint64_t other;
	uint64_t kernel;
	uint64_t by_context[WAKE_NMI + 1];
};

static void *wakes_open(void)
{
	return mem_zalloc(1, sizeof(struct wakes));
}

static void wakes_edge(void *payload, const struct view *v, const struct wake_edge *edge)
{
	struct wakes *a = payload;
	int32_t nr = edge->nr & ~SYSCALL_COMPAT;

	(void)v;
	if (edge->spurious)
		return;
	if (edge->context != WAKE_TASK)
		a->by_context[edge->context]++;
	else if (edge->nr < 0)
		a->kernel++;
	else if (nr >= NR_DIRECT)
		a->other++;
	else if (edge->nr & SYSCALL_COMPAT)
		a->by_compat_nr[nr]++;
	else
		a->by_nr[nr]++;
}

static void put(struct rows *rows, const char *cause, uint64_t count)
{
	if (count == 0)
		return;
	struct cell *row = rows_add(rows);

	cell_text(&row[WAKES_CAUSE], cause);
	cell_number(&row[WAKES_COUNT], count);
}

static void put_calls(struct rows *rows, const struct view *v, const uint64_t *counts,
		      int32_t compat)
{
	for (int32_t nr = 0; nr < NR_DIRECT; nr++) {
		const char *name = syscall_name(v->arch, nr | compat);
		char cause[64];

		if (name)
			snprintf(cause, sizeof(cause), "%s%s", name, compat ? " (32-bit)" : "");
		else
			snprintf(cause, sizeof(cause), "%ssyscall %d", compat ? "32-bit " : "", nr);
		put(rows, cause, counts[nr]);
	}
}

static const struct column columns[WAKES_NR_COLUMNS] = {
    [WAKES_CAUSE] = {"cause", CELL_TEXT},
    [WAKES_COUNT] = {"count", CELL_COUNT},
};

static int by_count(const void *a, const void *b)
{
	uint64_t left = ((const struct cell *)a)[WAKES_COUNT].number;
	uint64_t right = ((const struct cell *)b)[WAKES_COUNT].number;

	return (left < right) - (left > right);
}

static struct result *wakes_result(void *payload, const struct view *v)
{
	struct wakes *a = payload;
	struct result *r = result_open(columns, WAKES_NR_COLUMNS);

	put_calls(&r->table, v, a->by_nr, 0);
	put_calls(&r->table, v, a->by_compat_nr, SYSCALL_COMPAT);
	put(&r->table, "other", a->other);
	put(&r->table, "kernel", a->kernel);
	put(&r->table, "softirq", a->by_context[WAKE_SOFTIRQ]);
	put(&r->table, "hardirq", a->by_context[WAKE_HARDIRQ]);
	put(&r->table, "nmi", a->by_context[WAKE_NMI]);
	/* glibc's qsort is a merge sort for small arrays: rows of equal count stay as they were. */
	if (r->table.nr > 1)
		qsort(r->table.cells, r->table.nr, WAKES_NR_COLUMNS * sizeof(struct cell),
		      by_count);
	return r;
}

const struct analysis analysis_wakes = {
    .name = "wakes",
    .open = wakes_open,
    .wake = wakes_edge,
    .result = wakes_result,
    .close = free,
};
