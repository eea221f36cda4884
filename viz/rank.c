/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/rank.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define STEP_NS    100000000 /* of the trace, at least, between two looks at a growing one */
#define STEP_PARTS 20        /* and a part of its length */

struct candidate {
	uint32_t sync;
	uint64_t waited_ns; /* while at least one did */
};

static int by_waiting(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->waited_ns != y->waited_ns)
		return x->waited_ns > y->waited_ns ? -1 : 1;
	return x->sync < y->sync ? -1 : x->sync > y->sync;
}

static uint64_t waited_ns(const struct timeline *tl, uint32_t sync)
{
	const struct lane_data *lane = timeline_lane(tl, LANE_CROWD, sync);
	uint64_t ns = lane->total.ns[STATE_RUNNABLE];

	if (lane->nr_open && lane->open[lane->nr_open - 1].state == STATE_RUNNABLE)
		ns += lane->end_ns - lane->open[lane->nr_open - 1].begin_ns;
	return ns;
}

static bool is_candidate(const struct machine *m, uint32_t sync, bool all)
{
	const struct sync *s = machine_sync(m, sync);

	return machine_sync_id(m, sync) == sync && sync_kind_is_held((enum sync_kind)s->kind) &&
	       (all || (s->first_waiter < machine_nr_tasks(m) &&
			machine_task(m, s->first_waiter)->traced));
}

static bool any_traced(const struct machine *m)
{
	for (uint32_t i = 1; i < machine_nr_tasks(m); i++)
		if (machine_task(m, i)->traced)
			return true;
	return false;
}

static bool has(const struct candidate *all, size_t nr, uint32_t sync)
{
	for (size_t i = 0; i < nr; i++)
		if (all[i].sync == sync)
			return true;
	return false;
}

/* The first few are those that were the first few, in whatever order. */
static bool same_few(const struct lock_rank *r, const struct candidate *all, size_t nr, size_t few)
{
	size_t least = nr < few ? nr : few;

	if (r->nr < least || (r->nr < few && nr > r->nr))
		return false;
	for (size_t i = 0; i < least; i++)
		if (!has(all, least, r->syncs[i]))
			return false;
	return true;
}

/* Takes the new order; true if it differs. */
static bool take(struct lock_rank *r, const struct candidate *all, size_t nr, size_t from)
{
	bool differs = nr != r->nr;

	r->syncs = mem_grow(r->syncs, &r->cap, nr + 1, sizeof(*r->syncs));
	for (size_t i = from; i < nr; i++) {
		differs |= i >= r->nr || r->syncs[i] != all[i].sync;
		r->syncs[i] = all[i].sync;
	}
	r->nr = nr;
	return differs;
}

bool lock_rank_update(struct lock_rank *r, const struct timeline *tl, size_t few, bool all)
{
	const struct machine *m = timeline_machine(tl);
	uint64_t end_ns = timeline_end_ns(tl), length_ns = end_ns - timeline_begin_ns(tl);
	bool complete = timeline_is_complete(tl);

	if (r->complete ? complete : !complete && end_ns < r->due_ns)
		return false;
	uint32_t nr_syncs = machine_nr_syncs(m);
	struct candidate *found = mem_alloc((nr_syncs + 1) * sizeof(*found));
	size_t nr = 0;

	all |= nr_syncs > 0 && !any_traced(m);
	for (uint32_t i = 0; i < nr_syncs; i++) {
		uint64_t ns = waited_ns(tl, i);

		if (ns && is_candidate(m, i, all))
			found[nr++] = (struct candidate){i, ns};
	}
	if (nr)
		qsort(found, nr, sizeof(*found), by_waiting);
	bool stays = !complete && same_few(r, found, nr, few);
	bool changed = take(r, found, nr, stays ? (nr < few ? nr : few) : 0);

	free(found);
	r->complete = complete;
	r->due_ns = end_ns + (length_ns / STEP_PARTS > STEP_NS ? length_ns / STEP_PARTS : STEP_NS);
	return changed;
}

void lock_rank_again(struct lock_rank *r)
{
	r->due_ns = 0;
	r->complete = false;
}

void lock_rank_done(struct lock_rank *r)
{
	free(r->syncs);
	memset(r, 0, sizeof(*r));
}
