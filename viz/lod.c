/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/lod.h"

#include <math.h>
#include <string.h>

void lod_begin(struct lod *lod, const struct lane_data *lane, const struct viewport *view,
	       float detail_px)
{
	int64_t begin_ns = view->now.begin_ns, end_ns = viewport_end(view);

	memset(lod, 0, sizeof(*lod));
	lod->lane = lane;
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

static void piece_place(struct lod *lod, struct lod_piece *p)
{
	float right = lod->view->x_px + lod->view->width_px;

	p->x0 = fmaxf(viewport_x(lod->view, (int64_t)p->begin_ns), lod->edge_px);
	p->x1 = fminf(viewport_x(lod->view, (int64_t)p->end_ns), right);
	p->x1 = fmaxf(p->x1, p->x0 + 1);
	lod->edge_px = p->x1;
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
		lod->at_ns = end_ns;
		lod->i++;
		piece_place(lod, p);
		return true;
	}
	uint64_t column_ns = (p->begin_ns / lod->step_ns + 1) * lod->step_ns;
	size_t last = find_after(lane, lod->i, column_ns);
	uint64_t last_end_ns = lane_slice_end(lane, last);

	if (last_end_ns <= column_ns) { /* the lane ends within the column */
		p->end_ns = last_end_ns;
		p->nr = last + 1 - lod->i;
		last++;
	} else if (last > lod->i && last_end_ns - lane->slices[last].begin_ns >= lod->step_ns) {
		p->end_ns = lane->slices[last].begin_ns; /* a wide one begins here: by itself */
		p->nr = last - lod->i;
	} else {
		p->end_ns = column_ns;
		p->nr = last + (lane->slices[last].begin_ns < column_ns) - lod->i;
	}
	if (p->nr > 1)
		lane_sum_next(lane, p->begin_ns, p->end_ns, &lod->cursor, &p->sum);
	lod->at_ns = p->end_ns;
	lod->i = last;
	piece_place(lod, p);
	return true;
}

static bool same_kind(const struct slice *a, const struct slice *b, bool key_why)
{
	return key_why ? a->why == b->why : a->other == b->other;
}

size_t lod_parts(const struct lane_data *lane, const struct lod_piece *piece, enum state state,
		 bool key_why, struct lod_part *parts, size_t max)
{
	size_t index[LOD_SAMPLES], nr = 0;
	uint64_t ns[LOD_SAMPLES], total = 0;
	size_t stride = (piece->nr + LOD_SAMPLES - 1) / LOD_SAMPLES;

	for (size_t k = 0; k < piece->nr; k += stride) {
		size_t i = piece->first + k, end = piece->first + piece->nr;
		size_t stop = i + stride < end ? i + stride : end;

		while (i < stop && lane->slices[i].state != state)
			i++;
		if (i == stop)
			continue;
		uint64_t begin_ns = lane->slices[i].begin_ns, end_ns = lane_slice_end(lane, i);

		begin_ns = begin_ns > piece->begin_ns ? begin_ns : piece->begin_ns;
		end_ns = end_ns < piece->end_ns ? end_ns : piece->end_ns;
		size_t at = 0;

		while (at < nr && !same_kind(&lane->slices[index[at]], &lane->slices[i], key_why))
			at++;
		if (at == nr) {
			index[nr] = i;
			ns[nr++] = 0;
		}
		ns[at] += end_ns - begin_ns + 1; /* a slice of no length counts, too */
		total += end_ns - begin_ns + 1;
	}
	size_t out = 0;

	for (; out < max && out < nr; out++) {
		size_t best = out;

		for (size_t at = out + 1; at < nr; at++)
			if (ns[at] > ns[best])
				best = at;
		parts[out] =
		    (struct lod_part){index[best], (float)((double)ns[best] / (double)total)};
		index[best] = index[out];
		ns[best] = ns[out];
	}
	return out;
}
