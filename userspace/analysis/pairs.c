/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who wakes whom most. Each task keeps one candidate, by majority vote (Boyer and Moore): exact for
 * two tasks that only wake each other, a lower bound otherwise. Memory: one element per task.
 */
#include "analysis/pairs.h"

#include <stdlib.h>

#include "analysis/pass.h"
#include "base/mem.h"

struct partner {
	uint64_t votes;
	uint64_t turns; /* since it is the candidate */
	uint64_t begin_ns, end_ns;
	uint64_t runnable_ns;
	uint32_t waker;
};

struct pairs {
	struct partner *partners; /* [nr] by task index: who wakes it */
	size_t nr, cap;
};

static void *pairs_open(void)
{
	return mem_zalloc(1, sizeof(struct pairs));
}

static struct partner *partner_at(struct pairs *a, uint32_t task)
{
	a->partners = mem_reach(a->partners, &a->cap, &a->nr, task, sizeof(*a->partners));
	return &a->partners[task];
}

static void pairs_interval(void *payload, const struct view *v, const struct interval *iv,
			   uint64_t dur_ns)
{
	if (iv->why != RUNNABLE_WOKEN || iv->waker == TASK_NONE || iv->waker == iv->task ||
	    !machine_task(v->machine, iv->task)->traced ||
	    !machine_task(v->machine, iv->waker)->traced)
		return;
	struct partner *p = partner_at(payload, iv->task);

	if (p->votes == 0)
		*p = (struct partner){.waker = iv->waker, .begin_ns = iv->begin_ns};
	if (p->waker != iv->waker) {
		p->votes--;
		return;
	}
	p->votes++;
	p->turns++;
	p->end_ns = iv->end_ns;
	p->runnable_ns += dur_ns;
}

static const struct column columns[PAIRS_NR_COLUMNS] = {
    [PAIRS_TASK] = {"task", CELL_COUNT},   [PAIRS_OTHER] = {"other", CELL_COUNT},
    [PAIRS_TURNS] = {"turns", CELL_COUNT}, [PAIRS_BEGIN] = {"begin_ns", CELL_NS},
    [PAIRS_END] = {"end_ns", CELL_NS},     [PAIRS_RUNNABLE] = {"runnable_ns", CELL_NS},
};

static void put(struct rows *rows, uint32_t task, const struct partner *p, const struct partner *q)
{
	struct cell *row = rows_add(rows);

	cell_number(&row[PAIRS_TASK], task);
	cell_number(&row[PAIRS_OTHER], p->waker);
	cell_number(&row[PAIRS_TURNS], p->turns < q->turns ? p->turns : q->turns);
	cell_number(&row[PAIRS_BEGIN], p->begin_ns < q->begin_ns ? p->begin_ns : q->begin_ns);
	cell_number(&row[PAIRS_END], p->end_ns > q->end_ns ? p->end_ns : q->end_ns);
	cell_number(&row[PAIRS_RUNNABLE], p->runnable_ns + q->runnable_ns);
}

static struct result *pairs_result(void *payload, const struct view *v)
{
	struct pairs *a = payload;
	struct result *r = result_open(columns, PAIRS_NR_COLUMNS);

	(void)v;
	for (size_t i = 0; i < a->nr; i++) {
		const struct partner *p = &a->partners[i];

		if (p->turns && p->waker > i && p->waker < a->nr && a->partners[p->waker].turns &&
		    a->partners[p->waker].waker == i)
			put(&r->table, (uint32_t)i, p, &a->partners[p->waker]);
	}
	return r;
}

static void pairs_close(void *payload)
{
	struct pairs *a = payload;

	free(a->partners);
	free(a);
}

const struct analysis analysis_pairs = {
    .name = "pairs",
    .open = pairs_open,
    .states = 1 << STATE_RUNNABLE,
    .task_interval = pairs_interval,
    .result = pairs_result,
    .close = pairs_close,
};
