/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/lod.h"

#include <math.h>
#include <string.h>

#define WORDS_PX 14 /* a narrower slice has no words */

void lod_begin(struct lod *lod, const struct lane_data *lane, const struct viewport *view,
	       float detail_px)
{
	int64_t begin_ns = view->now.begin_ns, end_ns = viewport_end(view);

	memset(lod, 0, sizeof(*lod));
	lod->lane = lane;
	lod->view = view;
	if (lane->nr == 0)
		return;
	if (begin_ns < (int64_t)lane_begin(lane))
		begin_ns = (int64_t)lane_begin(lane);
	if (end_ns > (int64_t)lane->end_ns)
		end_ns = (int64_t)lane->end_ns;
	if (begin_ns >= end_ns)
		return;
	lod->begin_ns = begin_ns;
	lod->end_ns = end_ns;
	lod->step_ns = (uint64_t)fmax(1, viewport_ns_per_px(view) * detail_px);
	lod->at_ns = (uint64_t)begin_ns;
	lod->item = lane_item_at(lane, lod->at_ns);
	lod->first = lane_item_first(lane, lod->item);
	lod->edge_px = view->x_px;
}

static void piece_place(struct lod *lod, struct lod_piece *p)
{
	float right = lod->view->x_px + lod->view->width_px;

	p->x0 = fmaxf(viewport_x(lod->view, (int64_t)p->begin_ns), lod->edge_px);
	p->x1 = fminf(viewport_x(lod->view, (int64_t)p->end_ns), right);
	p->x1 = fmaxf(p->x1, p->x0 + 1);
	lod->edge_px = p->x1;
}

/* First line of the grid after the piece's begin. A column that ended at an item, before its line,
 * has used up that line. */
static uint64_t take_line(struct lod *lod, const struct lod_piece *p)
{
	uint64_t line_ns = lod->line_ns ? lod->line_ns + lod->step_ns
					: (p->begin_ns / lod->step_ns + 1) * lod->step_ns;

	lod->line_ns = 0;
	return line_ns;
}

/* ---- by items ---- */

static void next_item(struct lod *lod)
{
	lod->first += lod->lane->items[lod->item++].nr;
}

/* What of an item lies within the piece. */
static void add_item(const struct lod *lod, struct lod_piece *p)
{
	const struct lane_data *lane = lod->lane;
	uint64_t begin_ns = lane->items[lod->item].begin_ns;
	uint64_t end_ns = lane_item_end(lane, lod->item);

	if (begin_ns >= p->begin_ns && end_ns <= p->end_ns) {
		lane_item_sum(lane, lod->item, &p->sum);
	} else if (lane->items[lod->item].nr == 1) {
		begin_ns = begin_ns > p->begin_ns ? begin_ns : p->begin_ns;
		end_ns = end_ns < p->end_ns ? end_ns : p->end_ns;
		p->sum.ns[lane->items[lod->item].state] += end_ns - begin_ns;
	} else {
		lane_sum(lane, begin_ns > p->begin_ns ? begin_ns : p->begin_ns,
			 end_ns < p->end_ns ? end_ns : p->end_ns, &p->sum);
	}
	p->nr += lane->items[lod->item].nr;
}

static void one_item(struct lod *lod, struct lod_piece *p)
{
	lod->line_ns = 0;
	p->end_ns = lane_item_end(lod->lane, lod->item);
	p->from = lod->item;
	p->to = lod->item + 1;
	p->first = lod->first;
	add_item(lod, p);
	next_item(lod);
}

/* Narrow items up to a line of the grid, or a wide one that begins before it. Only a slice is cut
 * by the line: of an item the time on either side is not known. */
static void item_column(struct lod *lod, struct lod_piece *p)
{
	const struct lane_data *lane = lod->lane;
	uint64_t line_ns = take_line(lod, p);

	p->from = lod->item;
	p->first = lod->first;
	p->end_ns = p->begin_ns;
	while (lod->item < lane->nr_items && p->end_ns < line_ns) {
		const struct lane_item *item = &lane->items[lod->item];
		uint64_t end_ns = lane_item_end(lane, lod->item);
		bool wide = end_ns - item->begin_ns >= lod->step_ns;

		if (end_ns > line_ns && p->end_ns > p->begin_ns && (wide || item->nr > 1)) {
			lod->line_ns = wide ? 0 : line_ns;
			break;
		}
		if (end_ns > line_ns && item->nr == 1) {
			p->end_ns = line_ns;
			add_item(lod, p);
			p->to = lod->item + 1;
			return; /* goes on in the next piece */
		}
		if (wide && p->end_ns > p->begin_ns)
			break;
		p->end_ns = end_ns;
		add_item(lod, p);
		next_item(lod);
	}
	p->to = lod->item;
}

/* ---- by slices ---- */

/* The last slice ends the run: what follows is in another page. */
static void run_column(struct lod *lod, struct lod_piece *p)
{
	const struct lane_run *run = &lod->run;
	size_t from = lod->run_at, last;
	uint64_t line_ns = take_line(lod, p), last_end_ns;

	p->of_run = true;
	p->first = run->first + from;
	p->from = from;
	if (run_slice_end(run, from) - run->slices[from].begin_ns >= lod->step_ns) {
		p->end_ns = run_slice_end(run, from);
		p->nr = 1;
		p->to = from + 1;
		lod->run_at++;
		lod->line_ns = 0;
		return;
	}
	last = run_find(run, from, line_ns);
	last_end_ns = run_slice_end(run, last);
	if (last_end_ns <= line_ns) { /* the run ends within the column */
		p->end_ns = last_end_ns;
		p->nr = last + 1 - from;
		last++;
	} else if (last > from && last_end_ns - run->slices[last].begin_ns >= lod->step_ns) {
		p->end_ns = run->slices[last].begin_ns; /* a wide one begins here: by itself */
		p->nr = last - from;
	} else {
		p->end_ns = line_ns;
		p->nr = last + (run->slices[last].begin_ns < line_ns) - from;
	}
	p->to = from + p->nr;
	lod->run_at = last;
	if (p->nr > 1)
		run_sum(run, p->begin_ns, p->end_ns, &p->sum);
}

/* Whether slices are to be had where items are too coarse. */
static bool take_run(struct lod *lod)
{
	if (lod->has_run && lod->run_at < lod->run.nr)
		return true;
	lod->has_run = lane_run_at(lod->lane, lod->item, lod->at_ns, &lod->run, &lod->run_at);
	return lod->has_run;
}

static void piece_slice(const struct lod *lod, struct lod_piece *p)
{
	const struct lane_data *lane = lod->lane;

	if (p->of_run) {
		p->slice = lod->run.slices[p->from];
		return;
	}
	lane_item_slice(lane, p->from, &p->slice);
	if (p->slice.partial && p->x1 - p->x0 >= WORDS_PX)
		lane_slice(lane, p->first, &p->slice);
}

bool lod_next(struct lod *lod, struct lod_piece *p)
{
	const struct lane_data *lane = lod->lane;

	if (lane->nr == 0 || (int64_t)lod->at_ns >= lod->end_ns)
		return false;
	while (lane_item_end(lane, lod->item) <= lod->at_ns)
		next_item(lod);
	const struct lane_item *item = &lane->items[lod->item];
	bool wide = lane_item_end(lane, lod->item) - item->begin_ns >= lod->step_ns;

	*p = (struct lod_piece){.begin_ns = lod->at_ns};
	if (wide && item->nr > 1 && take_run(lod)) {
		run_column(lod, p);
	} else {
		lod->has_run = false;
		if (wide)
			one_item(lod, p);
		else
			item_column(lod, p);
	}
	lod->at_ns = p->end_ns;
	piece_place(lod, p);
	if (p->nr == 1)
		piece_slice(lod, p);
	return true;
}

/* ---- who shares a piece ---- */

#define MAX_KEYS 24

/* Time by key, and with what nobody is named for; what comes after MAX_KEYS different ones is
 * nobody's. */
struct shares {
	uint32_t keys[MAX_KEYS];
	double ns[MAX_KEYS];
	size_t nr;
	double total;
};

static void shares_add(struct shares *s, uint32_t key, double ns, double total)
{
	size_t at = 0;

	s->total += total;
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

static void add_items(struct shares *s, const struct lane_data *lane, const struct lod_piece *piece)
{
	enum state counts = lane_counts(lane);

	for (size_t i = piece->from; i < piece->to; i++) {
		struct state_time sum = {0};

		if (lane->items[i].nr == 1 && lane->items[i].state != counts)
			continue;
		if (lane->items[i].nr == 1) { /* may reach out of the piece */
			uint64_t begin_ns = lane->items[i].begin_ns,
				 end_ns = lane_item_end(lane, i);

			begin_ns = begin_ns > piece->begin_ns ? begin_ns : piece->begin_ns;
			end_ns = end_ns < piece->end_ns ? end_ns : piece->end_ns;
			sum.ns[counts] = end_ns - begin_ns;
		} else {
			lane_item_sum(lane, i, &sum);
		}
		if (sum.ns[counts])
			shares_add(s, lane->items[i].key,
				   (double)sum.ns[counts] * lane->items[i].share / LANE_WHOLE,
				   (double)sum.ns[counts]);
	}
}

static void add_slices(struct shares *s, const struct lod *lod, const struct lod_piece *piece)
{
	const struct lane_run *run = &lod->run;
	enum state counts = lane_counts(lod->lane);
	size_t stride = (piece->nr + LOD_SAMPLES - 1) / LOD_SAMPLES;

	for (size_t k = piece->from; k < piece->to; k += stride) {
		size_t i = k, stop = k + stride < piece->to ? k + stride : piece->to;

		while (i < stop && run->slices[i].state != counts)
			i++;
		if (i == stop)
			continue;
		uint64_t begin_ns = run->slices[i].begin_ns, end_ns = run_slice_end(run, i);

		begin_ns = begin_ns > piece->begin_ns ? begin_ns : piece->begin_ns;
		end_ns = end_ns < piece->end_ns ? end_ns : piece->end_ns;
		double ns = (double)(end_ns - begin_ns);

		shares_add(s, slice_key(lod->lane, &run->slices[i]), ns, ns);
	}
}

size_t lod_parts(const struct lod *lod, const struct lod_piece *piece, struct lod_part *parts,
		 size_t max)
{
	struct shares s = {.nr = 0};

	if (piece->of_run)
		add_slices(&s, lod, piece);
	else
		add_items(&s, lod->lane, piece);
	return shares_top(&s, parts, max);
}
