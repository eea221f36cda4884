/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/lod.h"

#include <math.h>
#include <string.h>

void lod_begin(struct lod *lod, const struct lane_data *lane, const struct digest *digest,
	       enum digest_kind kind, const struct viewport *view, float detail_px)
{
	int64_t begin_ns = view->now.begin_ns, end_ns = viewport_end(view);

	memset(lod, 0, sizeof(*lod));
	lod->lane = lane;
	lod->digest = digest;
	lod->kind = kind;
	lod->view = view;
	lod->i = lane->nr;
	if (lane->nr == 0)
		return;
	if (begin_ns < (int64_t)lane->slices[0].begin_ns)
		begin_ns = (int64_t)lane->slices[0].begin_ns;
	if (end_ns > (int64_t)lane->end_ns)
		end_ns = (int64_t)lane->end_ns;
	lod->begin_ns = begin_ns;
	lod->end_ns = end_ns;
	if (begin_ns >= end_ns)
		return;
	lod->step_ns = (uint64_t)fmax(1, viewport_ns_per_px(view) * detail_px);
	lod->at_ns = (uint64_t)begin_ns;
	lod->i = lane_find(lane, lod->at_ns);
	lod->block = lod->i / LANE_BLOCK;
	lod->edge_px = view->x_px;
}

/* Index of the slice that holds ts_ns; at or after `from`, found from there by doubling steps. */
static size_t find_after(const struct lane_data *lane, size_t from, uint64_t ts_ns)
{
	size_t step = 1, low = from, high;

	while (low + step < lane->nr && lane->slices[low + step].begin_ns <= ts_ns) {
		low += step;
		step *= 2;
	}
	high = low + step < lane->nr ? low + step : lane->nr;
	while (high - low > 1) { /* slices[low].begin_ns <= ts_ns < slices[high].begin_ns */
		size_t mid = low + (high - low) / 2;

		if (lane->slices[mid].begin_ns <= ts_ns)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* The same for blocks. */
static size_t find_block(const struct digest *d, size_t from, uint64_t ts_ns)
{
	size_t step = 1, low = from, high;

	while (low + step < d->nr && d->blocks[low + step].begin_ns <= ts_ns) {
		low += step;
		step *= 2;
	}
	high = low + step < d->nr ? low + step : d->nr;
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (d->blocks[mid].begin_ns <= ts_ns)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static void piece_place(struct lod *lod, struct lod_piece *p)
{
	float right = lod->view->x_px + lod->view->width_px;

	p->x0 = fmaxf(viewport_x(lod->view, (int64_t)p->begin_ns), lod->edge_px);
	p->x1 = fminf(viewport_x(lod->view, (int64_t)p->end_ns), right);
	p->x1 = fmaxf(p->x1, p->x0 + 1);
	lod->edge_px = p->x1;
}

static void piece_sum(struct lod *lod, struct lod_piece *p)
{
	const struct lane_data *lane = lod->lane;
	size_t end = p->first + p->nr;

	if (p->first % LANE_BLOCK || end % LANE_BLOCK || p->end_ns != lane->slices[end].begin_ns ||
	    p->begin_ns != lane->slices[p->first].begin_ns) {
		lane_sum_next(lane, p->begin_ns, p->end_ns, &lod->cursor, &p->sum);
		return;
	}
	const struct state_time *from = &lane->sums[p->first / LANE_BLOCK];
	const struct state_time *to = &lane->sums[end / LANE_BLOCK];

	for (int state = 0; state < STATE_NR; state++)
		p->sum.ns[state] = to->ns[state] - from->ns[state];
}

static uint64_t block_end(const struct lod *lod, size_t block)
{
	const struct digest *d = lod->digest;

	return block + 1 < d->nr ? d->blocks[block + 1].begin_ns
				 : lod->lane->slices[(block + 1) * LANE_BLOCK].begin_ns;
}

/*
 * Where blocks of slices are not much longer than a column, it ends where a block begins: what such
 * a column holds is known without a look at its slices. False: it cannot be so here.
 */
static bool next_blocks(struct lod *lod, struct lod_piece *p, uint64_t line_ns)
{
	const struct digest *d = lod->digest;

	if (!d || lod->block >= d->nr)
		return false;
	lod->block = find_block(d, lod->block, line_ns);
	const struct digest_block *b = &d->blocks[lod->block];
	uint64_t end_ns = block_end(lod, lod->block);

	if (end_ns <= line_ns || b->begin_ns > line_ns || b->longest_ns >= lod->step_ns ||
	    end_ns - b->begin_ns >= 2 * lod->step_ns)
		return false;
	if (b->begin_ns > p->begin_ns) {
		p->end_ns = b->begin_ns;
		p->nr = lod->block * LANE_BLOCK - p->first;
		lod->line_ns = line_ns;
	} else if (p->first == lod->block * LANE_BLOCK && p->begin_ns == b->begin_ns) {
		p->end_ns = end_ns; /* this block alone */
		p->nr = LANE_BLOCK;
		lod->line_ns = end_ns / lod->step_ns * lod->step_ns;
	} else {
		return false;
	}
	lod->i = p->first + p->nr;
	return true;
}

/* A column up to this time, or a wide slice that begins before it. */
static void next_slices(struct lod *lod, struct lod_piece *p, uint64_t line_ns)
{
	const struct lane_data *lane = lod->lane;
	size_t last = find_after(lane, lod->i, line_ns);
	uint64_t last_end_ns = lane_slice_end(lane, last);

	if (last_end_ns <= line_ns) { /* the lane ends within the column */
		p->end_ns = last_end_ns;
		p->nr = last + 1 - lod->i;
		last++;
	} else if (last > lod->i && last_end_ns - lane->slices[last].begin_ns >= lod->step_ns) {
		p->end_ns = lane->slices[last].begin_ns; /* a wide one begins here: by itself */
		p->nr = last - lod->i;
	} else {
		p->end_ns = line_ns;
		p->nr = last + (lane->slices[last].begin_ns < line_ns) - lod->i;
	}
	lod->i = last;
	lod->line_ns = 0;
}

bool lod_next(struct lod *lod, struct lod_piece *p)
{
	const struct lane_data *lane = lod->lane;

	if (lod->i >= lane->nr || (int64_t)lod->at_ns >= lod->end_ns)
		return false;
	uint64_t end_ns = lane_slice_end(lane, lod->i);

	p->first = lod->i;
	p->nr = 1;
	p->begin_ns = lod->at_ns;
	memset(&p->sum, 0, sizeof(p->sum));
	if (end_ns - lane->slices[lod->i].begin_ns >= lod->step_ns) {
		p->end_ns = end_ns;
		lod->i++;
		lod->line_ns = 0;
	} else {
		/* A column that ended at a block, before its line, has used up that line. */
		uint64_t line_ns = lod->line_ns ? lod->line_ns + lod->step_ns
						: (p->begin_ns / lod->step_ns + 1) * lod->step_ns;

		if (!next_blocks(lod, p, line_ns))
			next_slices(lod, p, line_ns);
		if (p->nr > 1)
			piece_sum(lod, p);
	}
	lod->at_ns = p->end_ns;
	piece_place(lod, p);
	return true;
}

#define MAX_KEYS   24
#define MAX_BLOCKS 32 /* of a piece that are asked */

/* Time by key; what comes after MAX_KEYS different ones is nobody's. */
struct shares {
	uint32_t keys[MAX_KEYS];
	double ns[MAX_KEYS];
	size_t nr;
	double total;
};

static void shares_add(struct shares *s, uint32_t key, double ns)
{
	size_t at = 0;

	while (at < s->nr && s->keys[at] != key)
		at++;
	if (at == MAX_KEYS)
		return;
	if (at == s->nr) {
		s->keys[s->nr] = key;
		s->ns[s->nr++] = 0;
	}
	s->ns[at] += ns;
}

/* Largest first. */
static size_t shares_top(struct shares *s, struct lod_part *parts, size_t max)
{
	size_t out = 0;

	for (; out < max && out < s->nr; out++) {
		size_t best = out;

		for (size_t at = out + 1; at < s->nr; at++)
			if (s->ns[at] > s->ns[best])
				best = at;
		double share = s->ns[best] / s->total;

		parts[out] = (struct lod_part){s->keys[best], share < 1 ? (float)share : 1};
		s->keys[best] = s->keys[out];
		s->ns[best] = s->ns[out];
	}
	return out;
}

static void add_blocks(struct shares *s, const struct digest *d, const struct lod_piece *piece,
		       enum digest_kind kind)
{
	enum state state = kind == DIGEST_CPU ? STATE_RUNNING : STATE_BLOCKED;
	size_t from = (piece->first + LANE_BLOCK - 1) / LANE_BLOCK;
	size_t to = (piece->first + piece->nr) / LANE_BLOCK;
	size_t stride = (to - from + MAX_BLOCKS - 1) / MAX_BLOCKS, seen = 0;

	for (size_t b = from; b < to; b += stride, seen++)
		for (int k = 0; k < DIGEST_PARTS && d->blocks[b].parts[k].ns > 0; k++)
			shares_add(s, d->blocks[b].parts[k].key, (double)d->blocks[b].parts[k].ns);
	/* Of what was asked; blocks of one piece are of one kind. */
	s->total = (double)piece->sum.ns[state] * (double)seen / (double)(to - from);
}

static void add_slices(struct shares *s, const struct lane_data *lane,
		       const struct lod_piece *piece, enum digest_kind kind)
{
	size_t stride = (piece->nr + LOD_SAMPLES - 1) / LOD_SAMPLES;

	for (size_t k = 0; k < piece->nr; k += stride) {
		size_t i = piece->first + k, end = piece->first + piece->nr;
		size_t stop = i + stride < end ? i + stride : end;

		while (i < stop && !digest_counts(kind, &lane->slices[i]))
			i++;
		if (i == stop)
			continue;
		uint64_t begin_ns = lane->slices[i].begin_ns, end_ns = lane_slice_end(lane, i);

		begin_ns = begin_ns > piece->begin_ns ? begin_ns : piece->begin_ns;
		end_ns = end_ns < piece->end_ns ? end_ns : piece->end_ns;
		double ns = (double)(end_ns - begin_ns) + 1; /* a slice of no length counts, too */

		shares_add(s, digest_key(kind, &lane->slices[i]), ns);
		s->total += ns;
	}
}

size_t lod_parts(const struct lod *lod, const struct lod_piece *piece, struct lod_part *parts,
		 size_t max)
{
	struct shares s = {.nr = 0};
	const struct digest *d = lod->digest;
	size_t from = (piece->first + LANE_BLOCK - 1) / LANE_BLOCK;
	size_t to = (piece->first + piece->nr) / LANE_BLOCK;

	if (d && to <= d->nr && to > from &&
	    piece->nr >= (piece->nr - (to - from) * LANE_BLOCK) * 4)
		add_blocks(&s, d, piece, lod->kind);
	else
		add_slices(&s, lod->lane, piece, lod->kind);
	return shares_top(&s, parts, max);
}
