/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/totals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "viz/tree.h"

/* floor(4 log2 ns) in integers. */
static unsigned int latency_bucket(uint64_t ns)
{
	/* 2^(1/4), 2^(1/2), 2^(3/4), times 2^63 and rounded up */
	static const uint64_t quarters[] = {0x9837f0518db8a970, 0xb504f333f9de6485,
					    0xd744fccad69d6af5};
	int zeros = ns ? __builtin_clzll(ns) : 63;
	unsigned int i = 4 * (unsigned int)(63 - zeros);

	for (int k = 0; k < 3; k++)
		i += ns << zeros >= quarters[k];
	return i < LATENCY_BUCKETS ? i : LATENCY_BUCKETS - 1;
}

void latencies_add(struct latencies *l, uint64_t ns)
{
	l->counts[latency_bucket(ns)]++;
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

static uint64_t *total_of(struct run_totals *t, const struct slice *s)
{
	switch (s->state) {
	case STATE_RUNNING:
		return &t->running_ns;
	case STATE_RUNNABLE:
		return &t->runnable_ns;
	case STATE_BLOCKED:
		return &t->blocked_ns[s->why < REASON_NR ? s->why : REASON_UNKNOWN];
	default:
		return &t->unknown_ns;
	}
}

bool run_totals_update(struct run_totals *t, const struct timeline *tl, uint32_t task,
		       size_t max_slices)
{
	if (task != t->task) {
		memset(t, 0, sizeof(*t));
		t->task = task;
	}
	t->complete = true;
	if (task == TASK_NONE)
		return true;
	const struct lane_data *lane = timeline_task(tl, task);
	size_t stop = lane->nr - t->next > max_slices ? t->next + max_slices : lane->nr;

	if (t->open)
		*t->open -= t->open_ns;
	t->open = NULL;
	for (; t->next < stop; t->next++) {
		const struct slice *s = &lane->slices[t->next];
		uint64_t ns = lane_slice_end(lane, t->next) - s->begin_ns;
		uint64_t *total = total_of(t, s);

		*total += ns;
		if (t->next + 1 == lane->nr) { /* may still grow, or change its state */
			t->open = total;
			t->open_ns = ns;
			return true;
		}
		if (s->state != STATE_RUNNABLE)
			continue;
		latencies_add(&t->latency, ns);
	}
	t->complete = stop == lane->nr;
	return t->complete;
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
			lane_sum(lane, lane->slices[0].begin_ns, lane->end_ns, &row.sum);
			row.life_ns = lane->end_ns - lane->slices[0].begin_ns;
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
