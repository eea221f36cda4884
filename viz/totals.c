/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/totals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "viz/tree.h"

void latencies_add(struct latencies *l, uint64_t ns)
{
	l->counts[lane_latency_bucket(ns)]++;
	l->nr++;
	if (ns > l->max_ns)
		l->max_ns = ns;
}

uint64_t latencies_part(const struct latencies *l, double part)
{
	uint64_t want = (uint64_t)ceil((double)l->nr * part), seen = 0;

	for (unsigned int i = 0; i < LATENCY_BUCKETS; i++) {
		seen += l->counts[i];
		if (seen >= want && seen > 0) {
			uint64_t top = (uint64_t)exp2((i + 1) / 4.0);

			return top < l->max_ns ? top : l->max_ns;
		}
	}
	return l->max_ns;
}

uint64_t run_totals_sum(const struct run_totals *t)
{
	uint64_t sum = t->running_ns + t->runnable_ns + t->unknown_ns;

	for (int why = 0; why < REASON_NR; why++)
		sum += t->blocked_ns[why];
	return sum;
}

void run_totals_update(struct run_totals *t, const struct timeline *tl, uint32_t task)
{
	const struct lane_data *lane = timeline_task(tl, task);
	const struct lane_totals *all = lane->totals;

	*t = (struct run_totals){.task = task};
	if (task == TASK_NONE || !all)
		return;
	t->running_ns = lane->total.ns[STATE_RUNNING];
	t->runnable_ns = lane->total.ns[STATE_RUNNABLE];
	t->unknown_ns = lane->total.ns[STATE_UNKNOWN];
	memcpy(t->blocked_ns, all->blocked_ns, sizeof(t->blocked_ns));
	for (unsigned int i = 0; i < LATENCY_BUCKETS; i++)
		t->latency.counts[i] = lane_latency(lane, i);
	t->latency.nr = all->nr_latency;
	t->latency.max_ns = all->max_latency_ns;
	if (!lane->nr_open)
		return;
	const struct slice *s = &lane->open[lane->nr_open - 1];
	uint64_t ns = lane->end_ns - s->begin_ns;

	if (s->state == STATE_RUNNING)
		t->running_ns += ns;
	else if (s->state == STATE_RUNNABLE)
		t->runnable_ns += ns;
	else if (s->state == STATE_BLOCKED)
		t->blocked_ns[s->why < REASON_NR ? s->why : REASON_UNKNOWN] += ns;
	else
		t->unknown_ns += ns;
}

void run_totals_all(struct run_totals *t, const struct timeline *tl, const uint16_t *colors,
		    uint32_t nr)
{
	struct run_totals one;

	*t = (struct run_totals){.task = TASK_NONE};
	for (uint32_t task = 0; task < nr; task++) {
		if (colors[task] == TASK_NO_COLOR)
			continue;
		run_totals_update(&one, tl, task);
		t->running_ns += one.running_ns;
		t->runnable_ns += one.runnable_ns;
		t->unknown_ns += one.unknown_ns;
		for (int why = 0; why < REASON_NR; why++)
			t->blocked_ns[why] += one.blocked_ns[why];
		for (unsigned int i = 0; i < LATENCY_BUCKETS; i++)
			t->latency.counts[i] += one.latency.counts[i];
		t->latency.nr += one.latency.nr;
		if (one.latency.max_ns > t->latency.max_ns)
			t->latency.max_ns = one.latency.max_ns;
	}
}

static int by_running(const void *a, const void *b)
{
	const struct task_total *x = a, *y = b;

	if (x->sum.ns[STATE_RUNNING] != y->sum.ns[STATE_RUNNING])
		return x->sum.ns[STATE_RUNNING] > y->sum.ns[STATE_RUNNING] ? -1 : 1;
	return x->task < y->task ? -1 : x->task > y->task;
}

void task_totals_update(struct task_totals *table, const struct timeline *tl,
			const uint16_t *colors, uint32_t nr)
{
	table->nr = 0;
	for (uint32_t i = 0; i < nr; i++) {
		const struct lane_data *lane = timeline_task(tl, i);
		struct task_total row = {.task = i};

		if (colors[i] == TASK_NO_COLOR)
			continue;
		if (lane->nr) {
			lane_sum(lane, lane_begin(lane), lane->end_ns, &row.sum);
			row.life_ns = lane->end_ns - lane_begin(lane);
		}
		table->rows =
		    mem_grow(table->rows, &table->cap, table->nr + 1, sizeof(*table->rows));
		table->rows[table->nr++] = row;
	}
	if (table->nr)
		qsort(table->rows, table->nr, sizeof(*table->rows), by_running);
}

void task_totals_done(struct task_totals *table)
{
	free(table->rows);
	memset(table, 0, sizeof(*table));
}
