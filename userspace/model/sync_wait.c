/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/sync_wait.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define NONE UINT32_MAX

struct kept {
	struct hold hold;
	uint32_t before; /* the one of the same object before it, or NONE */
};

struct holds {
	struct kept *kept; /* [nr] as they were told: those of one object in order of time */
	size_t nr, cap, max;
	uint32_t *last; /* [nr_last] by object: its latest one, or NONE */
	size_t nr_last, cap_last;
	uint64_t known_ns; /* the end of the latest one that was dropped */
};

struct holds *holds_open(size_t max)
{
	struct holds *h = mem_zalloc(1, sizeof(*h));

	h->max = max < 2 ? 2 : max;
	return h;
}

static uint32_t *last_of(struct holds *h, uint32_t sync)
{
	while (h->nr_last <= sync) {
		h->last = mem_grow(h->last, &h->cap_last, h->nr_last + 1, sizeof(*h->last));
		h->last[h->nr_last++] = NONE;
	}
	return &h->last[sync];
}

/* Lets an index follow when the first drop of them are gone. */
static uint32_t moved(uint32_t index, size_t drop)
{
	return index == NONE || index < drop ? NONE : (uint32_t)(index - drop);
}

static void drop_half(struct holds *h)
{
	size_t drop = h->nr / 2;

	for (size_t i = 0; i < drop; i++)
		if (h->kept[i].hold.end_ns > h->known_ns)
			h->known_ns = h->kept[i].hold.end_ns;
	h->nr -= drop;
	memmove(h->kept, h->kept + drop, h->nr * sizeof(*h->kept));
	for (size_t i = 0; i < h->nr; i++)
		h->kept[i].before = moved(h->kept[i].before, drop);
	for (size_t i = 0; i < h->nr_last; i++)
		h->last[i] = moved(h->last[i], drop);
}

void holds_add(struct holds *h, const struct hold *hold)
{
	if (h->nr == h->max)
		drop_half(h);
	uint32_t *last = last_of(h, hold->sync);

	h->kept = mem_grow(h->kept, &h->cap, h->nr + 1, sizeof(*h->kept));
	h->kept[h->nr] = (struct kept){*hold, *last};
	*last = (uint32_t)h->nr++;
}

static int by_begin(const void *a, const void *b)
{
	uint64_t left = ((const struct hold *)a)->begin_ns;
	uint64_t right = ((const struct hold *)b)->begin_ns;

	return (left > right) - (left < right);
}

size_t holds_find(const struct holds *h, const struct machine *m, uint32_t sync, uint64_t begin_ns,
		  uint64_t end_ns, struct hold *out, size_t max, uint64_t *known_ns)
{
	uint32_t id = machine_sync_id(m, sync);
	struct hold *found = NULL;
	size_t nr = 0, cap = 0;

	*known_ns = h->known_ns;
	/* Objects that turned out to be one were told apart before. */
	for (uint32_t i = 0; i < h->nr_last; i++) {
		if (h->last[i] == NONE || machine_sync_id(m, i) != id)
			continue;
		for (uint32_t k = h->last[i]; k != NONE && h->kept[k].hold.end_ns > begin_ns;
		     k = h->kept[k].before) {
			if (h->kept[k].hold.begin_ns >= end_ns)
				continue;
			found = mem_grow(found, &cap, nr + 1, sizeof(*found));
			found[nr++] = h->kept[k].hold;
		}
	}
	if (nr)
		qsort(found, nr, sizeof(*found), by_begin);
	if (nr && max)
		memcpy(out, found, (nr < max ? nr : max) * sizeof(*out));
	free(found);
	return nr;
}

void holds_close(struct holds *h)
{
	if (!h)
		return;
	free(h->kept);
	free(h->last);
	free(h);
}

/* The rows of one holder, or of nobody, from begin_ns to end_ns; returns how many there are now. */
static size_t put_rows(struct wait_row *out, size_t nr, size_t max, uint64_t begin_ns,
		       uint64_t end_ns, const struct hold *hold, did_fn *did, void *payload)
{
	while (begin_ns < end_ns && nr < max) {
		struct wait_row *row = &out[nr++];
		bool known = false;

		*row = (struct wait_row){.begin_ns = begin_ns, .end_ns = end_ns};
		row->holder = hold ? hold->task : TASK_NONE;
		row->measured = hold && hold->measured;
		if (hold)
			known = did(payload, hold->task, begin_ns, &row->did);
		if (!known)
			row->did = (struct interval){.task = row->holder, .sync = SYNC_NONE};
		else if (row->did.end_ns > begin_ns && row->did.end_ns < end_ns)
			row->end_ns = row->did.end_ns;
		begin_ns = row->end_ns;
	}
	return nr;
}

size_t sync_wait_rows(const struct holds *h, const struct machine *m, const struct interval *wait,
		      did_fn *did, void *payload, struct wait_row *out, size_t max)
{
	struct hold *holds = mem_alloc(max * sizeof(*holds) + 1);
	uint64_t at_ns = wait->begin_ns, known_ns;
	size_t nr_holds = wait->sync == SYNC_NONE ? 0
						  : holds_find(h, m, wait->sync, wait->begin_ns,
							       wait->end_ns, holds, max, &known_ns);
	size_t nr = 0;

	for (size_t i = 0; i < nr_holds && i < max; i++) {
		uint64_t begin_ns = holds[i].begin_ns > at_ns ? holds[i].begin_ns : at_ns;
		uint64_t end_ns = holds[i].end_ns < wait->end_ns ? holds[i].end_ns : wait->end_ns;

		nr = put_rows(out, nr, max, at_ns, begin_ns, NULL, did, payload);
		nr = put_rows(out, nr, max, begin_ns, end_ns, &holds[i], did, payload);
		if (end_ns > at_ns)
			at_ns = end_ns;
	}
	nr = put_rows(out, nr, max, at_ns, wait->end_ns, NULL, did, payload);
	if (nr == max && nr && out[nr - 1].end_ns < wait->end_ns)
		out[nr - 1] = (struct wait_row){.begin_ns = out[nr - 1].begin_ns,
						.end_ns = wait->end_ns,
						.holder = TASK_NONE,
						.did = {.task = TASK_NONE, .sync = SYNC_NONE}};
	free(holds);
	return nr;
}
