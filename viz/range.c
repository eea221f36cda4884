/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/range.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "viz/tree.h"

/* Keeps the threads that ran most. */
static void put_top(struct range_totals *r, struct range_task row)
{
	size_t at = r->nr_top;

	if (row.running_ns == 0)
		return;
	while (at > 0 && r->top[at - 1].running_ns < row.running_ns)
		at--;
	if (r->nr_top == RANGE_TOP)
		r->nr_others++;
	else
		r->nr_top++;
	if (at >= RANGE_TOP)
		return;
	memmove(&r->top[at + 1], &r->top[at], (r->nr_top - 1 - at) * sizeof(r->top[0]));
	r->top[at] = row;
}

/* What is found by two searches per lane: at once. */
static void begin(struct range_totals *r, const struct timeline *tl, const uint16_t *colors,
		  uint32_t nr, uint64_t begin_ns, uint64_t end_ns)
{
	struct range_lock *locks = r->locks;
	size_t cap = r->cap_locks;

	memset(r, 0, sizeof(*r));
	r->locks = locks;
	r->cap_locks = cap;
	r->begin_ns = begin_ns;
	r->end_ns = end_ns;
	timeline_pages(tl, begin_ns, end_ns, &r->next_page, &r->to_page);
	for (uint32_t i = 0; i < nr; i++) {
		struct state_time sum = {0};

		if (colors[i] == TASK_NO_COLOR)
			continue;
		lane_sum(timeline_task(tl, i), begin_ns, end_ns, &sum);
		for (int state = 0; state < STATE_NR; state++)
			r->all.ns[state] += sum.ns[state];
		put_top(r, (struct range_task){i, sum.ns[STATE_RUNNING], sum.ns[STATE_RUNNABLE]});
	}
}

static void put_lock(struct range_totals *r, uint32_t tgid, uint64_t object, uint64_t ns)
{
	size_t i = 0;

	while (i < r->nr_locks && (r->locks[i].object != object || r->locks[i].tgid != tgid))
		i++;
	if (i == r->nr_locks) {
		r->locks = mem_grow(r->locks, &r->cap_locks, r->nr_locks + 1, sizeof(*r->locks));
		r->locks[r->nr_locks++] = (struct range_lock){.tgid = tgid, .object = object};
	}
	r->locks[i].wait_ns += ns;
	r->locks[i].waits++;
	/* Those asked for often are found soon. */
	if (i > 0) {
		struct range_lock swap = r->locks[i];

		r->locks[i] = r->locks[i - 1];
		r->locks[i - 1] = swap;
	}
}

static void put_slice(struct range_totals *r, const struct slice *s, uint64_t end_ns, bool last,
		      uint32_t tgid)
{
	if (s->state == STATE_RUNNABLE && end_ns >= r->begin_ns && end_ns < r->end_ns && !last)
		latencies_add(&r->latency, end_ns - s->begin_ns);
	if (s->state != STATE_BLOCKED || s->why != REASON_LOCK)
		return;
	uint64_t from = s->begin_ns > r->begin_ns ? s->begin_ns : r->begin_ns;
	uint64_t to = end_ns < r->end_ns ? end_ns : r->end_ns;

	put_lock(r, tgid, s->object, to > from ? to - from : 0);
}

/* A page being taken. */
struct taker {
	struct range_totals *range;
	const struct timeline *tl;
	const uint16_t *colors;
	uint32_t nr;
};

static void take_run(void *payload, uint32_t id, const struct lane_run *run)
{
	struct taker *k = payload;
	struct range_totals *r = k->range;

	if (lane_family(id) != LANE_TASK || id >= k->nr || k->colors[id] == TASK_NO_COLOR ||
	    run->end_ns <= r->begin_ns || run->slices[0].begin_ns >= r->end_ns)
		return;
	uint32_t tgid = machine_task(timeline_machine(k->tl), id)->tgid;
	const struct lane_data *lane = timeline_task(k->tl, id);
	size_t i = run->slices[0].begin_ns < r->begin_ns ? run_find(run, 0, r->begin_ns) : 0;

	for (; i < run->nr && run->slices[i].begin_ns < r->end_ns; i++)
		put_slice(r, &run->slices[i], run_slice_end(run, i), run->first + i + 1 == lane->nr,
			  tgid);
}

/* Waits that began in the range and ended after its last page, or have not ended. */
static void take_rest(struct range_totals *r, const struct timeline *tl, const uint16_t *colors,
		      uint32_t nr)
{
	uint64_t seen_ns = timeline_page_end(tl, r->to_page - 1);

	for (uint32_t task = 0; task < nr; task++) {
		const struct lane_data *lane = timeline_task(tl, task);
		struct slice s;
		size_t i;

		if (colors[task] == TASK_NO_COLOR || !lane_look(lane, r->end_ns - 1, &i, &s) ||
		    s.state != STATE_BLOCKED || s.why != REASON_LOCK)
			continue;
		bool open = lane->nr_open && i + 1 == lane->nr;

		if (!open && lane_slice_end(lane, i) < seen_ns)
			continue; /* was in a page */
		if (s.partial && !lane_read(lane, i, &s))
			continue;
		put_slice(r, &s, lane_slice_end(lane, i), true,
			  machine_task(timeline_machine(tl), task)->tgid);
	}
}

static int by_wait(const void *a, const void *b)
{
	const struct range_lock *x = a, *y = b;

	if (x->wait_ns != y->wait_ns)
		return x->wait_ns > y->wait_ns ? -1 : 1;
	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	return x->object < y->object ? -1 : x->object > y->object;
}

bool range_update(struct range_totals *r, const struct timeline *tl, const uint16_t *colors,
		  uint32_t nr, uint64_t begin_ns, uint64_t end_ns, bool all)
{
	struct taker k = {r, tl, colors, nr};

	if (r->begin_ns != begin_ns || r->end_ns != end_ns)
		begin(r, tl, colors, nr, begin_ns, end_ns);
	if (r->complete)
		return true;
	while (r->next_page < r->to_page) {
		if (timeline_page(tl, r->next_page, all, &k, take_run) == -EAGAIN)
			return false;
		r->next_page++;
		if (!all && r->next_page < r->to_page)
			return false;
	}
	take_rest(r, tl, colors, nr);
	r->complete = true;
	if (r->nr_locks)
		qsort(r->locks, r->nr_locks, sizeof(*r->locks), by_wait);
	return true;
}

void range_done(struct range_totals *r)
{
	free(r->locks);
	memset(r, 0, sizeof(*r));
}
