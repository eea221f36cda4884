/* SPDX-License-Identifier: BSD-2-Clause */
/* What wakes tasks up: counted by cause, and by the waker's system call or context. */
#include "analysis/wakes.h"

#include <stdio.h>
#include <stdlib.h>

#include "analysis/pass.h"
#include "base/mem.h"
#include "model/calls.h"
#include "model/cause.h"

#define NR_DIRECT 512 /* numbers counted one by one; of other tables or beyond: together */

/* By what: a system call of either table, one beyond, none, or a context of interrupts. */
enum {
	BY_CALL = 0,
	BY_COMPAT = BY_CALL + NR_DIRECT,
	BY_OTHER = BY_COMPAT + NR_DIRECT,
	BY_NONE,
	BY_CONTEXT,
	BY_NR = BY_CONTEXT + WAKE_NMI + 1
};

struct wakes {
	uint64_t counts[CAUSE_NR][BY_NR];
};

static void *wakes_open(void)
{
	return mem_zalloc(1, sizeof(struct wakes));
}

static unsigned int by_of(const struct wake_edge *edge)
{
	uint32_t nr = (uint32_t)edge->nr & ~(uint32_t)SYSCALL_COMPAT;

	if (edge->context != WAKE_TASK)
		return BY_CONTEXT + edge->context;
	if (edge->nr < 0)
		return BY_NONE;
	if (nr >= NR_DIRECT)
		return BY_OTHER;
	return (edge->nr & SYSCALL_COMPAT ? BY_COMPAT : BY_CALL) + nr;
}

static void wakes_edge(void *payload, const struct view *v, const struct wake_edge *edge)
{
	struct wakes *a = payload;

	(void)v;
	if (!edge->spurious)
		a->counts[edge->cause][by_of(edge)]++;
}

static void put_by(struct cell *cell, const struct view *v, unsigned int by)
{
	static const char *const contexts[] = {"", "softirq", "hardirq", "nmi"};
	bool compat = by >= BY_COMPAT;
	int32_t nr = (int32_t)(compat ? by - BY_COMPAT : by);
	const char *name;
	char text[64];

	if (by == BY_NONE)
		return;
	if (by > BY_CONTEXT) {
		cell_text(cell, contexts[by - BY_CONTEXT]);
		return;
	}
	name = by == BY_OTHER ? "other" : syscall_name(v->arch, nr | (compat ? SYSCALL_COMPAT : 0));
	if (name)
		snprintf(text, sizeof(text), "%s%s", name,
			 compat && by != BY_OTHER ? " (32-bit)" : "");
	else
		snprintf(text, sizeof(text), "%ssyscall %d", compat ? "32-bit " : "", nr);
	cell_text(cell, text);
}

static const struct column columns[WAKES_NR_COLUMNS] = {
    [WAKES_CAUSE] = {"cause", CELL_TEXT},
    [WAKES_COUNT] = {"count", CELL_COUNT},
    [WAKES_BY] = {"by", CELL_TEXT},
};

struct waking {
	unsigned int cause, by;
	uint64_t count;
};

/* The most first; of those that are as many, in the order of causes and of what they came by. */
static int by_count(const void *a, const void *b)
{
	const struct waking *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	if (x->cause != y->cause)
		return x->cause < y->cause ? -1 : 1;
	return x->by < y->by ? -1 : x->by > y->by;
}

static struct result *wakes_result(void *payload, const struct view *v)
{
	struct wakes *a = payload;
	struct result *r = result_open(columns, WAKES_NR_COLUMNS);
	struct waking *all = mem_alloc(CAUSE_NR * BY_NR * sizeof(*all));
	size_t nr = 0;

	for (unsigned int cause = 0; cause < CAUSE_NR; cause++)
		for (unsigned int by = 0; by < BY_NR; by++)
			if (a->counts[cause][by])
				all[nr++] = (struct waking){cause, by, a->counts[cause][by]};
	qsort(all, nr, sizeof(*all), by_count);
	for (size_t i = 0; i < nr; i++) {
		struct cell *row = rows_add(&r->table);

		cell_text(&row[WAKES_CAUSE], cause_key(all[i].cause));
		cell_number(&row[WAKES_COUNT], all[i].count);
		put_by(&row[WAKES_BY], v, all[i].by);
	}
	free(all);
	return r;
}

const struct analysis analysis_wakes = {
    .name = "wakes",
    .open = wakes_open,
    .wake = wakes_edge,
    .result = wakes_result,
    .close = free,
};
