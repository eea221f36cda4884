/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/runq.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/search.h"

#define FIRST_WIDTH_NS 4096

void runq_init(struct runq *q, uint64_t begin_ns)
{
	memset(q, 0, sizeof(*q));
	q->begin_ns = begin_ns;
	q->width_ns = FIRST_WIDTH_NS;
}

void runq_done(struct runq *q)
{
	free(q->buckets);
	free(q->open);
	free(q->next);
	memset(q, 0, sizeof(*q));
}

static void join_pairs(struct runq *q)
{
	for (size_t i = 0; i < q->nr; i += 2) {
		struct runq_bucket sum = q->buckets[i];

		if (i + 1 < q->nr) {
			sum.running_ns += q->buckets[i + 1].running_ns;
			sum.runnable_ns += q->buckets[i + 1].runnable_ns;
		}
		q->buckets[i / 2] = sum;
	}
	q->nr = (q->nr + 1) / 2;
	q->width_ns *= 2;
}

/* Room for the bucket that holds the ns before offset_ns. */
static void make_room(struct runq *q, uint64_t offset_ns)
{
	while ((offset_ns - 1) / q->width_ns >= RUNQ_BUCKETS)
		join_pairs(q);
	size_t last = (size_t)((offset_ns - 1) / q->width_ns);

	q->buckets = mem_reach(q->buckets, &q->cap, &q->nr, last, sizeof(*q->buckets));
}

/* Adds the interval to its buckets, or takes it away again. */
static void put(struct runq *q, uint64_t begin_ns, uint64_t end_ns, enum state state, bool away)
{
	begin_ns = begin_ns > q->begin_ns ? begin_ns - q->begin_ns : 0;
	end_ns = end_ns > q->begin_ns ? end_ns - q->begin_ns : 0;
	if (begin_ns >= end_ns)
		return;
	make_room(q, end_ns);
	while (begin_ns < end_ns) {
		size_t i = (size_t)(begin_ns / q->width_ns);
		uint64_t stop_ns = ((uint64_t)i + 1) * q->width_ns;
		uint64_t ns = (stop_ns < end_ns ? stop_ns : end_ns) - begin_ns;
		uint64_t *sum =
		    state == STATE_RUNNING ? &q->buckets[i].running_ns : &q->buckets[i].runnable_ns;

		*sum += away ? 0 - ns : ns;
		begin_ns += ns;
	}
}

void runq_close(struct runq *q, uint32_t task, uint64_t begin_ns, uint64_t end_ns, enum state state)
{
	size_t at = search_number(q->open, sizeof(*q->open), q->nr_open, task);
	struct runq_open *open = at < q->nr_open ? &q->open[at] : NULL;
	bool counts = state == STATE_RUNNING || state == STATE_RUNNABLE;

	if (open && !open->gone) {
		open->gone = true;
		if (counts && open->state == state && open->begin_ns == begin_ns &&
		    open->end_ns <= end_ns)
			begin_ns = open->end_ns; /* it has only become longer */
		else
			put(q, open->begin_ns, open->end_ns, (enum state)open->state, true);
	}
	if (counts)
		put(q, begin_ns, end_ns, state, false);
}

void runq_show(struct runq *q, uint32_t task, uint64_t begin_ns, uint64_t end_ns, enum state state)
{
	runq_close(q, task, begin_ns, end_ns, state);
	if (state != STATE_RUNNING && state != STATE_RUNNABLE)
		return;
	q->next = mem_grow(q->next, &q->cap_next, q->nr_next + 1, sizeof(*q->next));
	q->next[q->nr_next++] = (struct runq_open){task, (uint8_t)state, false, begin_ns, end_ns};
}

void runq_shown(struct runq *q)
{
	struct runq_open *list = q->open;
	size_t cap = q->cap_open;

	for (size_t i = 0; i < q->nr_open; i++)
		if (!q->open[i].gone)
			put(q, q->open[i].begin_ns, q->open[i].end_ns, (enum state)q->open[i].state,
			    true);
	q->open = q->next;
	q->nr_open = q->nr_next;
	q->cap_open = q->cap_next;
	q->next = list;
	q->nr_next = 0;
	q->cap_next = cap;
}

void runq_sum(const struct runq *q, uint64_t begin_ns, uint64_t end_ns, struct state_time *out)
{
	begin_ns = begin_ns > q->begin_ns ? begin_ns - q->begin_ns : 0;
	end_ns = end_ns > q->begin_ns ? end_ns - q->begin_ns : 0;
	while (begin_ns < end_ns) {
		size_t i = (size_t)(begin_ns / q->width_ns);
		uint64_t stop_ns = ((uint64_t)i + 1) * q->width_ns;
		uint64_t ns = (stop_ns < end_ns ? stop_ns : end_ns) - begin_ns;

		if (i >= q->nr)
			return;
		double part = (double)ns / (double)q->width_ns;

		if (ns == q->width_ns) {
			out->ns[STATE_RUNNING] += q->buckets[i].running_ns;
			out->ns[STATE_RUNNABLE] += q->buckets[i].runnable_ns;
		} else {
			out->ns[STATE_RUNNING] +=
			    (uint64_t)((double)q->buckets[i].running_ns * part + 0.5);
			out->ns[STATE_RUNNABLE] +=
			    (uint64_t)((double)q->buckets[i].runnable_ns * part + 0.5);
		}
		begin_ns += ns;
	}
}

double runq_peak(const struct runq *q, uint64_t end_ns)
{
	uint64_t most_ns = 0;

	for (size_t i = 0; i < q->nr; i++) {
		uint64_t ns = q->buckets[i].running_ns + q->buckets[i].runnable_ns;

		most_ns = ns > most_ns ? ns : most_ns;
	}
	/* A trace shorter than a bucket. */
	uint64_t width_ns = q->width_ns;

	if (q->nr == 1 && end_ns > q->begin_ns && end_ns - q->begin_ns < width_ns)
		width_ns = end_ns - q->begin_ns;
	return (double)most_ns / (double)width_ns;
}
