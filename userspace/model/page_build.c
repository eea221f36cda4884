/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/page_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct build_lane *build_lane(struct builder *b, uint32_t id)
{
	struct build_family *f = &b->families[lane_family(id)];
	size_t number = lane_number(id);

	f->lanes = mem_reach(f->lanes, &f->cap, &f->nr, number, sizeof(*f->lanes));
	return f->lanes + number;
}

void build_slice(struct builder *b, uint32_t id, const struct slice *slice, uint64_t end_ns)
{
	struct build_lane *lane = build_lane(b, id);

	if (lane->nr == 0) {
		b->touched =
		    mem_grow(b->touched, &b->cap_touched, b->nr_touched + 1, sizeof(*b->touched));
		b->touched[b->nr_touched++] = id;
	}
	if (lane->nr % LANE_BLOCK == 0) {
		lane->sums = mem_grow(lane->sums, &lane->cap_sums, lane->nr / LANE_BLOCK + 1,
				      sizeof(*lane->sums));
		lane->sums[lane->nr / LANE_BLOCK] = lane->total;
		b->nr_sums++;
	}
	lane->slices = mem_grow(lane->slices, &lane->cap, lane->nr + 1, sizeof(*lane->slices));
	lane->slices[lane->nr++] = *slice;
	lane->total.ns[slice->state] += end_ns - slice->begin_ns;
	lane->end_ns = end_ns;
	b->nr_slices++;
}

void build_wake(struct builder *b, const struct wake_edge *edge)
{
	b->wakes = mem_grow(b->wakes, &b->cap_wakes, b->nr_wakes + 1, sizeof(*b->wakes));
	b->wakes[b->nr_wakes++] = *edge;
}

static int by_id(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static struct packed *packed_room(const struct builder *b)
{
	size_t lanes = b->nr_touched * sizeof(struct packed_lane);
	size_t slices = b->nr_slices * sizeof(struct slice);
	size_t sums = b->nr_sums * sizeof(struct state_time);
	size_t bytes =
	    sizeof(struct packed) + lanes + slices + sums + b->nr_wakes * sizeof(struct wake_edge);
	struct packed *p = mem_alloc(bytes);
	uint8_t *at = (uint8_t *)(p + 1);

	*p = (struct packed){.bytes = bytes, .nr_lanes = b->nr_touched, .nr_wakes = b->nr_wakes};
	p->lanes = (struct packed_lane *)at;
	p->slices = (struct slice *)(at + lanes);
	p->sums = (struct state_time *)(at + lanes + slices);
	p->wakes = (struct wake_edge *)(at + lanes + slices + sums);
	return p;
}

struct packed *build_pack(struct builder *b)
{
	struct packed *p = packed_room(b);
	size_t slice_at = 0, sum_at = 0;

	if (b->nr_touched)
		qsort(b->touched, b->nr_touched, sizeof(*b->touched), by_id);
	for (size_t i = 0; i < b->nr_touched; i++) {
		const struct build_lane *lane = build_lane(b, b->touched[i]);
		size_t nr_sums = (lane->nr + LANE_BLOCK - 1) / LANE_BLOCK;

		p->lanes[i] = (struct packed_lane){
		    .id = b->touched[i],
		    .nr = (uint32_t)lane->nr,
		    .first = lane->first,
		    .slice_at = slice_at,
		    .sum_at = sum_at,
		    .end_ns = lane->end_ns,
		};
		memcpy(p->slices + slice_at, lane->slices, lane->nr * sizeof(*p->slices));
		memcpy(p->sums + sum_at, lane->sums, nr_sums * sizeof(*p->sums));
		slice_at += lane->nr;
		sum_at += nr_sums;
	}
	if (b->nr_wakes)
		memcpy(p->wakes, b->wakes, b->nr_wakes * sizeof(*b->wakes));
	return p;
}

/* The next page begins. */
void build_next(struct builder *b)
{
	for (size_t i = 0; i < b->nr_touched; i++) {
		struct build_lane *lane = build_lane(b, b->touched[i]);

		lane->first += lane->nr;
		lane->nr = 0;
		lane->total = (struct state_time){0};
	}
	b->nr_touched = b->nr_wakes = b->nr_slices = b->nr_sums = 0;
}

static void family_done(struct build_family *f)
{
	for (size_t i = 0; i < f->nr; i++) {
		free(f->lanes[i].slices);
		free(f->lanes[i].sums);
	}
	free(f->lanes);
}

void build_done(struct builder *b)
{
	for (int f = 0; f < LANE_NR_FAMILIES; f++)
		family_done(&b->families[f]);
	free(b->touched);
	free(b->wakes);
}
