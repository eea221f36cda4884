/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for a core: the longest time, and who took the core most. The latter by majority vote
 * (Boyer and Moore), as in pairs.c. Memory: one element per task.
 */
#include "analysis/delays.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/pass.h"
#include "base/mem.h"

struct delay {
	uint64_t longest_ns, begin_ns;
	uint32_t rival;
	uint64_t preempted_ns;
	uint32_t taker;
	uint64_t votes, taken, taken_ns;
};

struct delays {
	struct delay *delays; /* [nr] by task index */
	size_t nr, cap;
};

static void *delays_open(void)
{
	return mem_zalloc(1, sizeof(struct delays));
}

static struct delay *delay_at(struct delays *a, uint32_t task)
{
	if (task >= a->nr) {
		a->delays = mem_grow(a->delays, &a->cap, task + 1, sizeof(*a->delays));
		memset(&a->delays[a->nr], 0, (task + 1 - a->nr) * sizeof(*a->delays));
		a->nr = task + 1;
	}
	return &a->delays[task];
}

static void take_core(struct delay *d, uint32_t taker, uint64_t ns)
{
	d->preempted_ns += ns;
	if (taker == TASK_NONE)
		return;
	if (d->votes == 0) {
		d->taker = taker;
		d->taken = d->taken_ns = 0;
	}
	if (d->taker != taker) {
		d->votes--;
		return;
	}
	d->votes++;
	d->taken++;
	d->taken_ns += ns;
}

static void delays_interval(void *payload, const struct view *v, const struct interval *iv,
			    uint64_t dur_ns)
{
	if (iv->state != STATE_RUNNABLE || !machine_task(v->machine, iv->task)->traced)
		return;
	struct delay *d = delay_at(payload, iv->task);
	bool taken = iv->why == RUNNABLE_PREEMPTED;

	if (taken)
		take_core(d, iv->waker, dur_ns);
	if (dur_ns <= d->longest_ns)
		return;
	d->longest_ns = dur_ns;
	d->begin_ns = iv->begin_ns > v->begin_ns ? iv->begin_ns : v->begin_ns;
	d->rival = taken ? iv->waker : TASK_NONE;
}

static const struct column columns[DELAYS_NR_COLUMNS] = {
    [DELAYS_TASK] = {"task", CELL_COUNT},           [DELAYS_LONGEST] = {"longest_ns", CELL_NS},
    [DELAYS_BEGIN] = {"begin_ns", CELL_NS},         [DELAYS_RIVAL] = {"rival", CELL_COUNT},
    [DELAYS_PREEMPTED] = {"preempted_ns", CELL_NS}, [DELAYS_TAKER] = {"taker", CELL_COUNT},
    [DELAYS_TAKEN] = {"taken", CELL_COUNT},         [DELAYS_TAKEN_NS] = {"taken_ns", CELL_NS},
};

static struct result *delays_result(void *payload, const struct view *v)
{
	struct delays *a = payload;
	struct result *r = result_open(columns, DELAYS_NR_COLUMNS);

	(void)v;
	for (size_t i = 0; i < a->nr; i++) {
		const struct delay *d = &a->delays[i];

		if (d->longest_ns == 0)
			continue;
		struct cell *row = rows_add(&r->table);

		cell_number(&row[DELAYS_TASK], i);
		cell_number(&row[DELAYS_LONGEST], d->longest_ns);
		cell_number(&row[DELAYS_BEGIN], d->begin_ns);
		if (d->rival != TASK_NONE)
			cell_number(&row[DELAYS_RIVAL], d->rival);
		cell_number(&row[DELAYS_PREEMPTED], d->preempted_ns);
		if (d->taken == 0)
			continue;
		cell_number(&row[DELAYS_TAKER], d->taker);
		cell_number(&row[DELAYS_TAKEN], d->taken);
		cell_number(&row[DELAYS_TAKEN_NS], d->taken_ns);
	}
	rows_sort(&r->table, DELAYS_LONGEST, true);
	return r;
}

static void delays_close(void *payload)
{
	struct delays *a = payload;

	free(a->delays);
	free(a);
}

const struct analysis analysis_delays = {
    .name = "delays",
    .open = delays_open,
    .task_interval = delays_interval,
    .result = delays_result,
    .close = delays_close,
};
