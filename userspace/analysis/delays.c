/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for a core: the longest time, and who took the core most. The latter by majority vote
 * (Boyer and Moore), as in pairs.c. A task that wakes another one, which then takes its core, has
 * not lost it to a rival. Memory: one element per task, and a short past per core.
 */
#include "analysis/delays.h"

#include <stdlib.h>

#include "analysis/pass.h"
#include "analysis/past.h"
#include "base/mem.h"

struct delay {
	uint64_t longest_ns, begin_ns, rival_ns;
	uint32_t rival, cpu;
	uint64_t given_ns; /* when one that it had woken got a core */
	uint64_t preempted_ns;
	uint32_t taker;
	uint64_t votes, taken, taken_ns;
};

struct delays {
	struct past past;
	struct delay *delays; /* [nr] by task index */
	size_t nr, cap;
};

static void *delays_open(void)
{
	return mem_zalloc(1, sizeof(struct delays));
}

static struct delay *delay_at(struct delays *a, uint32_t task)
{
	a->delays = mem_reach(a->delays, &a->cap, &a->nr, task, sizeof(*a->delays));
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

static void delays_cpu(void *payload, const struct view *v, const struct interval *iv,
		       uint64_t dur_ns)
{
	(void)v;
	(void)dur_ns;
	past_add(&((struct delays *)payload)->past, iv);
}

static void delays_interval(void *payload, const struct view *v, const struct interval *iv,
			    uint64_t dur_ns)
{
	struct delays *a = payload;

	if (!machine_task(v->machine, iv->task)->traced)
		return;
	if (iv->why == RUNNABLE_WOKEN && iv->waker != TASK_NONE)
		delay_at(a, iv->waker)->given_ns = iv->end_ns;
	struct delay *d = delay_at(a, iv->task);

	if (iv->why == RUNNABLE_PREEMPTED)
		take_core(d, d->given_ns == iv->begin_ns ? TASK_NONE : iv->waker, dur_ns);
	if (dur_ns <= d->longest_ns)
		return;
	d->longest_ns = dur_ns;
	d->begin_ns = iv->begin_ns > v->begin_ns ? iv->begin_ns : v->begin_ns;
	d->cpu = iv->cpu;
	d->rival = TASK_NONE;
	d->rival_ns = 0;
	if (dur_ns >= DELAYS_LONG_NS)
		d->rival = past_most(&a->past, iv->cpu, d->begin_ns, &d->rival_ns);
}

static const struct column columns[DELAYS_NR_COLUMNS] = {
    [DELAYS_TASK] = {"task", CELL_COUNT},
    [DELAYS_LONGEST] = {"longest_ns", CELL_NS},
    [DELAYS_BEGIN] = {"begin_ns", CELL_NS},
    [DELAYS_RIVAL] = {"rival", CELL_COUNT},
    [DELAYS_PREEMPTED] = {"preempted_ns", CELL_NS},
    [DELAYS_TAKER] = {"taker", CELL_COUNT},
    [DELAYS_TAKEN] = {"taken", CELL_COUNT},
    [DELAYS_RIVAL_NS] = {"rival_ns", CELL_NS},
    [DELAYS_CPU] = {"cpu", CELL_COUNT},
    [DELAYS_TAKEN_NS] = {"taken_ns", CELL_NS},
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
		if (d->rival_ns) {
			cell_number(&row[DELAYS_RIVAL], d->rival);
			cell_number(&row[DELAYS_RIVAL_NS], d->rival_ns);
			cell_number(&row[DELAYS_CPU], d->cpu);
		}
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
	past_done(&a->past);
	free(a);
}

const struct analysis analysis_delays = {
    .name = "delays",
    .open = delays_open,
    .states = 1 << STATE_RUNNABLE,
    .task_interval = delays_interval,
    .cpu_interval = delays_cpu,
    .result = delays_result,
    .close = delays_close,
};
