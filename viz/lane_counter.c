/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A counter of a thread (conctrace.h): from each value that it said a level line up to the next
 * one, so that the picture is a stair, against the range of the whole run, which stands in the
 * gutter. What is narrower than a few pixels is one block from the least to the greatest value in
 * it: no value, however short, is lost. In cells it is a digit, or a block of eight heights.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/plain.h"
#include "viz/lane.h"
#include "viz/lod.h"

/* A counter that never comes near 0 is drawn between its least and its greatest value. */
#define NEAR_PART 4

/* What was said within a piece. */
struct said {
	double min, max, last;
	uint64_t nr;
	size_t index; /* slice of the last one */
};

/* A cell of a terminal that is being filled. */
struct cell_value {
	long column; /* -1: none */
	double value;
	struct ref ref;
};

struct stair {
	const struct view *v;
	struct scene *s;
	const struct lane_data *lane;
	uint32_t strip;
	struct box box; /* of the axis */
	double lo, hi;  /* at the bottom and at the top */
	rgba_t line, fill;
	bool has; /* a value before the piece, held */
	double held;
	size_t index; /* of its slice */
	size_t gap;   /* the first one that may begin in what comes */
	struct cell_value cell;
};

static bool in_cells(const struct view *v)
{
	return v->theme.metrics->pad <= 0;
}

static void scale(const struct strip_values *values, double *lo, double *hi)
{
	double min = (double)values->min, max = (double)values->max;

	*lo = min > 0 && (max - min) * NEAR_PART < max ? min : fmin(min, 0);
	*hi = max < 0 && (max - min) * NEAR_PART < -min ? max : fmax(max, 0);
	if (min == max) { /* it stands on 0 like the others, however far that is */
		*lo = fmin(min, 0);
		*hi = max == 0 ? 1 : fmax(max, 0);
	}
}

static const char *value_text(double value, char *buf, size_t len)
{
	char digits[PLAIN_COUNT_LEN];

	if (fabs(value) >= 1e15)
		snprintf(buf, len, "%.3g", value);
	else
		snprintf(buf, len, "%s%s", value < 0 ? "\xe2\x88\x92" : "",
			 plain_count((uint64_t)(fabs(value) + 0.5), digits));
	return buf;
}

/* The same in five letters: "1.01 M". */
static const char *short_text(double value, char *buf, size_t len)
{
	static const char units[] = "kMGTPE";
	double size = fabs(value);
	int unit = -1;

	while (size >= 999.5 && unit < 5) {
		size /= 1000;
		unit++;
	}
	if (unit < 0)
		return value_text(value, buf, len);
	snprintf(buf, len, "%s%.*f %c", value < 0 ? "\xe2\x88\x92" : "",
		 size < 9.995   ? 2
		 : size < 99.95 ? 1
				: 0,
		 size, units[unit]);
	return buf;
}

/* ---- in pixels ---- */

static float line_w(const struct view *v)
{
	return fmaxf(1, roundf(px(v, 1.5f)));
}

/* Top of a line at that value. */
static float y_of(const struct stair *st, double value)
{
	double part = (value - st->lo) / (st->hi - st->lo);
	float room = st->box.h - line_w(st->v);

	return st->box.y + roundf(room * (float)(1 - fmin(fmax(part, 0), 1)));
}

/* From 0, if that is in the range, to a line whose top is y. */
static void fill_to(const struct stair *st, float x0, float x1, float y)
{
	float zero = y_of(st, 0), w = line_w(st->v);

	if (st->lo > 0 || st->hi < 0)
		return;
	if (zero > y + w)
		scene_rect(st->s, (struct box){x0, y + w, x1 - x0, zero - y}, st->fill, 0);
	else if (zero < y)
		scene_rect(st->s, (struct box){x0, zero, x1 - x0, y - zero}, st->fill, 0);
}

/* The value where it is held long enough for it: above the line, or below it. */
static void words(const struct stair *st, float x0, float x1, float y)
{
	const struct view *v = st->v;
	float h = px(v, 12), room = x1 - x0 - px(v, 8), bottom = y + line_w(v);
	char text[40];
	struct box at = {x0 + px(v, 4), y - h, room, h};

	value_text(st->held, text, sizeof(text));
	if (at.y < st->box.y)
		at.y = bottom;
	if (at.y + h > st->box.y + st->box.h + px(v, 1))
		return;
	if (scene_text_width(st->s, FONT_SMALL, text) <= room)
		scene_text(st->s, at, FONT_SMALL, v->theme.palette->text, ALIGN_LEFT, text);
}

/* ---- in cells ---- */

static void flush(struct stair *st)
{
	struct cell_value *c = &st->cell;
	struct box at = {(float)c->column * 8, st->box.y, 8, st->box.h};
	char text[8];

	if (c->column < 0)
		return;
	if (st->lo >= 0 && st->hi < 10)
		snprintf(text, sizeof(text), "%.0f", c->value);
	else /* U+2581 to U+2588 */
		snprintf(text, sizeof(text), "\xe2\x96%c",
			 (char)(0x81 + (int)fmin((c->value - st->lo) / (st->hi - st->lo) * 8, 7)));
	st->s->ref = c->ref;
	scene_hit(st->s, at);
	scene_text(st->s, at, FONT_NORMAL, st->line, ALIGN_LEFT, text);
	c->column = -1;
}

/* Of what shares a cell the value farthest from 0 is shown. */
static void put_cells(struct stair *st, float x0, float x1, double value)
{
	struct ref ref = st->s->ref;
	long last = (long)ceilf(x1 / 8) - 1;

	for (long column = (long)floorf(x0 / 8); column <= last; column++) {
		if (st->cell.column >= 0 && column != st->cell.column)
			flush(st);
		if (st->cell.column < 0 || fabs(value) > fabs(st->cell.value))
			st->cell = (struct cell_value){column, value, ref};
	}
	st->s->ref = ref;
}

/* ---- pieces ---- */

static void refer(const struct stair *st, size_t index, size_t nr)
{
	st->s->ref = (struct ref){.kind = REF_STRIP_SLICE,
				  .lane = st->strip,
				  .nr = (uint32_t)nr,
				  .index = (uint32_t)index};
}

static void level(struct stair *st, float x0, float x1)
{
	float y = y_of(st, st->held);

	if (in_cells(st->v)) {
		put_cells(st, x0, x1, st->held);
		return;
	}
	fill_to(st, x0, x1, y);
	scene_rect(st->s, (struct box){x0, y, x1 - x0, line_w(st->v)}, st->line, 0);
}

/* Where records are lost from then on, a value may be, too: SIZE_MAX if none are until end_ns. */
static size_t lost_within(struct stair *st, uint64_t begin_ns, uint64_t end_ns)
{
	size_t nr;
	const struct gap *gaps = timeline_gaps(st->v->tl, &nr);

	while (st->gap < nr && gaps[st->gap].begin_ns < begin_ns)
		st->gap++;
	return st->gap < nr && gaps[st->gap].begin_ns < end_ns ? st->gap : SIZE_MAX;
}

/* The value held, from x0 to x1: as far as nothing says that it may be another. */
static void held(struct stair *st, float x0, float x1, uint64_t begin_ns, uint64_t end_ns)
{
	size_t lost, nr;
	const struct gap *gaps = timeline_gaps(st->v->tl, &nr);

	if (!st->has || x1 <= x0)
		return;
	lost = lost_within(st, begin_ns, end_ns);
	refer(st, st->index, 1);
	if (lost != SIZE_MAX) {
		float x = viewport_x(&st->v->vp, (int64_t)gaps[lost].begin_ns),
		      y = y_of(st, st->held);

		x = fminf(fmaxf(x, x0), x1);
		if (x > x0)
			level(st, x0, x);
		if (!in_cells(st->v))
			scene_dots(st->s, (struct box){x, y, x1 - x, line_w(st->v)},
				   st->v->theme.palette->dim, line_w(st->v));
		return;
	}
	level(st, x0, x1);
	if (!in_cells(st->v))
		words(st, x0, x1, y_of(st, st->held));
}

/* From the value before to a new one, and on up to x1. */
static void step(struct stair *st, float x0, float x1, double value)
{
	float y0 = y_of(st, st->held), y1 = y_of(st, value), w = line_w(st->v);
	bool first = !st->has;

	st->held = value;
	st->has = true;
	if (!first && !in_cells(st->v))
		scene_rect(st->s, (struct box){x0, fminf(y0, y1), w, fabsf(y1 - y0) + w}, st->line,
			   0);
	level(st, x0, fmaxf(x1, x0 + 1));
}

/* Many values: all that was between. */
static void band(struct stair *st, float x0, float x1, const struct said *said)
{
	double min = st->has ? fmin(said->min, st->held) : said->min;
	double max = st->has ? fmax(said->max, st->held) : said->max;
	float top = y_of(st, max), bottom = y_of(st, min) + line_w(st->v);

	st->has = true;
	st->held = said->last;
	if (in_cells(st->v)) {
		put_cells(st, x0, x1, fabs(min) > fabs(max) ? min : max);
		return;
	}
	fill_to(st, x0, x1, top);
	scene_rect(st->s, (struct box){x0, top, x1 - x0, bottom - top}, st->line, 0);
}

/* ---- what was said ---- */

static void said_add(struct said *said, double min, double max, double last, uint64_t nr,
		     size_t index)
{
	said->min = said->nr ? fmin(said->min, min) : min;
	said->max = said->nr ? fmax(said->max, max) : max;
	said->last = last;
	said->nr += nr;
	said->index = index;
}

static struct said said_in(const struct lod *lod, const struct lod_piece *piece)
{
	struct said said = {.nr = 0};
	size_t index = piece->first;

	for (size_t i = piece->from; piece->of_run && i < piece->to; i++, index++) {
		const struct slice *slice = &lod->run.slices[i];
		double value = (double)(int64_t)slice->object;

		if (slice->state == STATE_RUNNING)
			said_add(&said, value, value, value, 1, index);
	}
	for (size_t i = piece->from; !piece->of_run && i < piece->to; i++) {
		struct lane_values in;
		struct state_time sum = {{0}};

		lane_item_sum(lod->lane, i, &sum);
		if (lane_item_values(lod->lane, i, &in))
			said_add(&said, in.min, in.max, in.last, sum.ns[STATE_RUNNING], index);
		index += lod->lane->items[i].nr;
	}
	return said;
}

/* The value before what is on the screen. */
static void take_held(struct stair *st, uint64_t begin_ns)
{
	const struct lane_data *lane = st->lane;
	struct lane_values values;
	struct slice slice;
	size_t i, item;

	if (lane->nr == 0 || begin_ns <= lane_begin(lane))
		return;
	if (lane_look(lane, begin_ns, &i, &slice) && slice.state != STATE_RUNNING && i > 0 &&
	    lane_slice(lane, i - 1, &slice) && !slice.partial) {
		st->has = true;
		st->held = (double)(int64_t)slice.object;
		st->index = i - 1;
		return;
	}
	/* Not in memory: what the items know of it. */
	item = begin_ns < lane->end_ns ? lane_item_at(lane, begin_ns) : lane->nr_items;
	while (item-- > 0 && !st->has) {
		st->has = lane_item_values(lane, item, &values);
		st->held = values.last;
		st->index = lane_item_first(lane, item) + lane->items[item].nr - 1;
	}
}

static void build_piece(struct stair *st, const struct lod *lod, const struct lod_piece *piece)
{
	struct said said = said_in(lod, piece);

	if (said.nr == 0) {
		held(st, piece->x0, piece->x1, piece->begin_ns, piece->end_ns);
		return;
	}
	if (said.nr > 1) {
		refer(st, piece->first, piece->nr);
		band(st, piece->x0, piece->x1, &said);
	} else {
		refer(st, said.index, 1);
		step(st, piece->x0, piece->x1, said.last);
	}
	st->index = said.index;
}

static void build_all(struct stair *st)
{
	const struct view *v = st->v;
	uint64_t begin_ns = v->vp.now.begin_ns > 0 ? (uint64_t)v->vp.now.begin_ns : 0;
	struct box axis = view_axis(v);
	float detail = v->theme.metrics->detail, x0 = axis.x;
	struct lod_piece piece;
	struct lod lod;

	take_held(st, begin_ns);
	lod_begin(&lod, st->lane, &v->vp, fmaxf(detail, px(v, detail)));
	while (lod_next(&lod, &piece)) {
		build_piece(st, &lod, &piece);
		x0 = piece.x1;
	}
	if (st->lane->nr) { /* what was said last holds on */
		uint64_t end_ns = view_value_end(v, st->strip, st->lane->nr - 1);
		float x1 = viewport_x(&v->vp, (int64_t)end_ns);

		begin_ns = begin_ns > st->lane->end_ns ? begin_ns : st->lane->end_ns;
		st->index = begin_ns == st->lane->end_ns || st->has ? st->lane->nr - 1 : st->index;
		if ((int64_t)st->lane->end_ns < viewport_end(&v->vp))
			held(st, x0, fminf(x1, axis.x + axis.w), begin_ns, end_ns);
	}
	flush(st);
}

/* The values that it had; one of a counter that never changed. */
static void range_text(const struct strip_values *values, bool brief, char *out, size_t len)
{
	const char *(*text)(double, char *, size_t) = brief ? short_text : value_text;
	char lo[40], hi[40];

	text((double)values->min, lo, sizeof(lo));
	text((double)values->max, hi, sizeof(hi));
	if (values->min == values->max)
		snprintf(out, len, "%s", hi);
	else
		snprintf(out, len, "%s\xe2\x80\xa6%s", lo, hi);
}

/* Above each other, each where it is on the axis as far as there is room. Returns their width. */
static float build_ends(const struct stair *st, const struct strip_values *values, float right,
			float h)
{
	const struct view *v = st->v;
	bool both = values->min != values->max;
	rgba_t dim = v->theme.palette->dim;
	char lo[40], hi[40];

	value_text((double)values->min, lo, sizeof(lo));
	value_text((double)values->max, hi, sizeof(hi));
	float w = fmaxf(scene_text_width(st->s, FONT_MONO_SMALL, lo),
			scene_text_width(st->s, FONT_MONO_SMALL, hi));
	float top = st->box.y - px(v, 1), bottom = st->box.y + st->box.h - h + px(v, 1);
	float lo_y = floorf(y_of(st, (double)values->min) + line_w(v) / 2 - h / 2);
	float hi_y = floorf(y_of(st, (double)values->max) + line_w(v) / 2 - h / 2);

	lo_y = fminf(fmaxf(lo_y, both ? top + h - px(v, 2) : top), bottom);
	hi_y = fminf(fmaxf(hi_y, top), both ? lo_y - h + px(v, 2) : bottom);
	scene_text(st->s, (struct box){right - w, fmaxf(hi_y, top), w, h}, FONT_MONO_SMALL, dim,
		   ALIGN_RIGHT, hi);
	if (both)
		scene_text(st->s, (struct box){right - w, lo_y, w, h}, FONT_MONO_SMALL, dim,
			   ALIGN_RIGHT, lo);
	return w;
}

/* Name and values in the gutter. */
static void build_gutter(const struct stair *st, struct box box)
{
	const struct view *v = st->v;
	const struct palette *p = v->theme.palette;
	const struct strip_values *values = strip_values(timeline_strips(v->tl), st->strip);
	float right = box.x + v->layout.gutter_w - px(v, 8), h = px_round(v, 13), w;
	char name[STRIP_TEXT_LEN], all[100];

	strip_name_text(timeline_strips(v->tl), timeline_machine(v->tl), values->name, name);
	float left = box.x + px(v, v->theme.metrics->pad + 2 * v->theme.metrics->indent);
	float name_w = scene_text_width(st->s, FONT_SMALL, name);
	float room = right - left - px(v, 8);

	if (in_cells(v) || st->box.h < 2 * h - px(v, 2)) {
		range_text(values, false, all, sizeof(all));
		w = scene_text_width(st->s, FONT_MONO_SMALL, all);
		if (w + name_w > room) {
			range_text(values, true, all, sizeof(all));
			w = scene_text_width(st->s, FONT_MONO_SMALL, all);
		}
		scene_text(st->s, (struct box){right - w, box.y, w, box.h}, FONT_MONO_SMALL, p->dim,
			   ALIGN_RIGHT, all);
	} else {
		w = build_ends(st, values, right, h);
	}
	scene_text(st->s, (struct box){left, box.y, room - w, box.h}, FONT_SMALL, p->dim,
		   ALIGN_RIGHT, name);
}

void lane_counter_build(const struct view *v, uint32_t strip, struct box box, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	const struct strip_values *values = strip_values(timeline_strips(v->tl), strip);
	rgba_t color = palette_strip(p, values->name);
	float gap = in_cells(v) ? 0 : px_round(v, 3);
	struct box axis = view_axis(v), all = {axis.x, box.y, axis.w, box.h};
	struct stair st = {
	    .v = v,
	    .s = s,
	    .lane = timeline_lane(v->tl, LANE_STRIP, strip),
	    .strip = strip,
	    .box = {axis.x, box.y + gap, axis.w, box.h - 2 * gap},
	    .line = rgba_legible(color, p->ground, p->text),
	    .fill = rgba_mix(p->ground, color, 110),
	    .cell = {.column = -1},
	};

	scale(values, &st.lo, &st.hi);
	scene_no_ref(s);
	build_gutter(&st, box);
	uint8_t clip = scene_clip(s, all);

	s->hit = all;
	build_all(&st);
	s->hit.h = 0;
	scene_no_ref(s);
	lane_gaps(v, s, st.box);
	scene_unclip(s, clip);
}
