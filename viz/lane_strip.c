/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a thread says of itself, below what it did, in strips that belong to its row: which
 * coroutine ran, then its regions, the outer ones above, then ticks for marks of a moment with
 * their name, then its counters (lane_counter.c). A name has one colour everywhere; it stands where
 * it fits. A merged piece is as high as its part of the time, shared out among the names that had
 * it most.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "viz/lane.h"
#include "viz/lod.h"

#define NR_PARTS   3
#define LEAST_PART 0.87f /* of a strip's height: whole words fit into that */
#define HANGS      0.6f  /* of their size: how far below their middle they end */

/* Height of the strips of these levels together. */
static float strips_h(const struct view *v, uint32_t levels)
{
	const struct metrics *m = v->theme.metrics;
	float stretch = v->layout.stretch, least = fmaxf(stretch, LEAST_PART);
	int counters = __builtin_popcount(levels >> STRIP_COUNTERS);
	int others = __builtin_popcount(levels) - counters;

	return (float)others * px_round(v, m->strip_h * least) +
	       (float)counters * px_round(v, m->counter_h * stretch);
}

float lane_strips_height(const struct view *v, uint32_t task)
{
	return strips_h(v, strips_of(timeline_strips(v->tl), task));
}

float lane_block_height(const struct view *v, const struct row *row)
{
	return row->h - (row->kind == ROW_TASK ? lane_strips_height(v, row->id) : 0);
}

struct box lane_strip_box(const struct view *v, const struct row *row, uint32_t strip)
{
	const struct strips *s = timeline_strips(v->tl);
	uint32_t task = strip_task(s, strip), levels = strips_of(s, task);
	uint32_t own = 1u << strip_level(s, strip), before = levels & (own - 1);
	struct box axis = view_axis(v);
	float top = view_row_y(v, row) + row->h - lane_strips_height(v, task);

	return (struct box){axis.x, top + strips_h(v, before), axis.w, strips_h(v, own)};
}

/* What is painted of a strip: a line of ground stays between it and what is above. */
static struct box inside(const struct view *v, struct box box)
{
	float gap = v->theme.metrics->pad > 0 ? px_round(v, 1) : 0;

	return (struct box){box.x, box.y, box.w, box.h - 2 * gap};
}

/* Where words of a strip stand: as high up in a low one as they need to be whole. */
static struct box words_in(const struct view *v, struct box box)
{
	float hangs = px(v, theme_fonts[FONT_SMALL].size_px * HANGS);

	if (v->theme.metrics->pad > 0)
		box.y -= ceilf(fmaxf(0, hangs - box.h / 2));
	return box;
}

/* The only thing said within a piece that is merged with what is between: it is met by itself. */
static bool find_one(const struct lod *lod, const struct lod_piece *piece, size_t *index,
		     uint32_t *number)
{
	size_t found = 0, at = piece->first;

	for (size_t i = piece->from; i < piece->to; i++) {
		const struct lane_item *item = piece->of_run ? NULL : &lod->lane->items[i];
		uint8_t state = item ? item->state : lod->run.slices[i].state;

		if (item && item->nr > 1)
			return false;
		if (state == STATE_RUNNING) {
			*index = at;
			*number = item ? item->key : lod->run.slices[i].other;
			if (++found > 1)
				return false;
		}
		at++;
	}
	return found == 1;
}

static void refer(struct scene *s, uint32_t strip, size_t index, size_t nr)
{
	s->ref = (struct ref){
	    .kind = REF_STRIP_SLICE, .lane = strip, .nr = (uint32_t)nr, .index = (uint32_t)index};
}

static const char *name_of(const struct view *v, uint32_t number, char out[STRIP_TEXT_LEN])
{
	return strip_name_text(timeline_strips(v->tl), timeline_machine(v->tl), number, out);
}

/* ---- coroutines and regions ---- */

#define TAIL 4 /* letters */

/* An address that does not fit is known by its end: addresses begin alike. */
static const char *tail_of(const char *text, char out[8 + TAIL])
{
	size_t len = strlen(text);

	if (strncmp(text, "0x", 2) != 0 || len <= 2 + TAIL)
		return NULL;
	snprintf(out, 8 + TAIL, "\xe2\x80\xa6%s", text + len - TAIL);
	return out;
}

static void build_stint(const struct view *v, const struct lod_piece *piece, struct box at,
			struct scene *s)
{
	const struct palette *p = v->theme.palette;
	rgba_t color = palette_strip(p, piece->slice.other);
	char buf[STRIP_TEXT_LEN], tail[8 + TAIL];
	const char *text = strip_name_short(name_of(v, piece->slice.other, buf));
	float room = px(v, 3);

	/* A pixel of ground between neighbours keeps two of one name apart. */
	if (at.w > px(v, 4))
		at.w -= fmaxf(1, floorf(v->theme.scale));
	scene_rect(s, at, color, 0);
	if (at.w < px(v, v->theme.metrics->text_min))
		return;
	struct box in = {at.x + room, at.y, at.w - 2 * room, at.h};

	if (scene_text_width(s, FONT_SMALL, text) > in.w) {
		const char *end = tail_of(text, tail);

		if (end && scene_text_width(s, FONT_SMALL, end) <= in.w)
			text = end;
		else if (end || at.w <= px(v, 80))
			return;
	}
	scene_text(s, words_in(v, in), FONT_SMALL, palette_on(p, color), ALIGN_CENTRE, text);
}

static void build_many(const struct view *v, const struct lod *lod, const struct lod_piece *piece,
		       struct box at, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	uint64_t ns = piece->sum.ns[STATE_RUNNING];
	float part = (float)ns / (float)(piece->end_ns - piece->begin_ns), sum = 0;
	struct lod_part parts[NR_PARTS];
	size_t nr = lod_parts(lod, piece, parts, NR_PARTS);

	if (ns == 0)
		return;
	float h = fminf(fmaxf(px_round(v, 2), roundf(at.h * part)), at.h), y = at.y + at.h;
	float top = y - h;

	for (size_t i = 0; i < nr; i++) {
		sum += parts[i].share;
		float up = floorf(at.y + at.h - h * sum + 0.5f);

		if (y - up < 1)
			continue;
		scene_rect(s, (struct box){at.x, up, at.w, y - up}, palette_strip(p, parts[i].key),
			   0);
		y = up;
	}
	if (y - top >= 1)
		scene_rect(s, (struct box){at.x, top, at.w, y - top},
			   palette_strip(p, STRIP_MAX_NAMES), 0);
}

static void build_stints(const struct view *v, uint32_t strip, struct lod *lod, struct box box,
			 struct scene *s)
{
	struct lod_piece piece;
	uint32_t number;
	size_t index;

	while (lod_next(lod, &piece)) {
		struct box at = {piece.x0, box.y, piece.x1 - piece.x0, box.h};

		refer(s, strip, piece.first, piece.nr);
		if (piece.nr == 1) {
			if (piece.slice.state == STATE_RUNNING)
				build_stint(v, &piece, at, s);
			continue;
		}
		if (find_one(lod, &piece, &index, &number))
			refer(s, strip, index, 1);
		build_many(v, lod, &piece, at, s);
	}
}

/* ---- marks of a moment ---- */

#define ALL_OF_IT 0.996f /* a share is known to 1/255 */

/* The last tick drawn, whose words stand in what comes after it. */
struct tick {
	size_t index;    /* of its slice, if it is one */
	uint64_t count;  /* marks in it; 0: there is none */
	uint32_t number; /* name of one, or of most */
	bool mixed;      /* there are other names in it */
	float x;         /* where it ends */
};

/* Name and value, or the value alone, if one fits. */
static void tick_words(const struct view *v, const struct lane_data *lane, const struct tick *tick,
		       struct box box, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	bool cell = v->theme.metrics->pad <= 0; /* there the next one but one begins the words */
	float left = cell ? (floorf((tick->x - 1) / 8) + 2) * 8 : tick->x + px(v, 3);
	float room = box.x + box.w - left - px(v, 3);
	char name[STRIP_TEXT_LEN], value[32] = "", both[STRIP_TEXT_LEN + 40];
	const char *tries[] = {both, value};
	struct slice slice;

	if (tick->count == 0 || room < px(v, 6))
		return;
	name_of(v, tick->number, name);
	if (tick->count > 1)
		snprintf(value, sizeof(value), "\xc3\x97%" PRIu64, tick->count);
	else if (lane_slice(lane, tick->index, &slice) && !slice.partial &&
		 slice.why == STRIP_COUNTER)
		snprintf(value, sizeof(value), "%" PRId64, (int64_t)slice.object);
	snprintf(both, sizeof(both), "%s%s%s", tick->mixed ? "" : name,
		 tick->mixed || !value[0] ? "" : " ", value);
	for (size_t i = 0; i < 2; i++) {
		float w = scene_text_width(s, FONT_SMALL, tries[i]);

		if (w > room || w <= 0)
			continue;
		scene_text(s, words_in(v, (struct box){left, box.y, w + 1, box.h}), FONT_SMALL,
			   rgba_legible(palette_strip(p, tick->number), p->ground, p->text),
			   ALIGN_LEFT, tries[i]);
		return;
	}
}

static void build_tick(const struct view *v, uint32_t strip, const struct lod *lod,
		       const struct lod_piece *piece, struct box box, struct tick *tick,
		       struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct lod_part most = {.key = STRIP_MAX_NAMES};
	float w = fmaxf(1, roundf(px(v, 2)));

	tick->count = piece->nr > 1 ? piece->sum.ns[STATE_RUNNING] : 1;
	tick->index = piece->first;
	tick->number = piece->slice.other;
	tick->mixed = false;
	refer(s, strip, piece->first, piece->nr);
	if (piece->nr > 1 && tick->count == 1 &&
	    find_one(lod, piece, &tick->index, &tick->number)) {
		refer(s, strip, tick->index, 1);
	} else if (piece->nr > 1) {
		lod_parts(lod, piece, &most, 1);
		tick->number = most.key;
		tick->mixed = most.share < ALL_OF_IT;
	}
	rgba_t color = rgba_legible(palette_strip(p, tick->number), p->ground, p->text);

	box.x = piece->x0;
	box.w = fmaxf(piece->x1 - piece->x0, w);
	tick->x = box.x + w;
	scene_rect(s, box, color, 0);
}

static void build_moments(const struct view *v, uint32_t strip, struct lod *lod, struct box box,
			  struct scene *s)
{
	struct tick tick = {.count = 0};
	struct lod_piece piece;

	while (lod_next(lod, &piece)) {
		struct box rest = {box.x, box.y, piece.x0 - box.x, box.h};
		bool idle = piece.nr == 1 ? piece.slice.state != STATE_RUNNING
					  : piece.sum.ns[STATE_RUNNING] == 0;

		if (idle)
			continue;
		tick_words(v, lod->lane, &tick, rest, s);
		build_tick(v, strip, lod, &piece, box, &tick, s);
	}
	tick_words(v, lod->lane, &tick, box, s);
}

/* ---- all ---- */

/* In the gutter, small: what the strip is of. */
static void build_kind(const struct view *v, unsigned int level, struct box box, struct scene *s)
{
	const char *kind = level == 0               ? "coroutine"
			   : level == STRIP_MOMENTS ? "marks"
			   : level == 1             ? "regions"
						    : "";
	struct box at = {box.x, box.y, v->layout.gutter_w - px(v, 8), box.h};

	scene_text(s, words_in(v, inside(v, at)), FONT_SMALL, v->theme.palette->dim, ALIGN_RIGHT,
		   kind);
}

void lane_strips_build(const struct view *v, const struct row *row, struct box box, struct scene *s)
{
	const struct strips *strips = timeline_strips(v->tl);
	uint32_t levels = strips_of(strips, row->id);
	float detail = v->theme.metrics->detail;
	struct box axis = view_axis(v);
	struct lod lod;

	for (unsigned int level = 0; level < STRIP_LEVELS; level++) {
		if (!(levels >> level & 1))
			continue;
		uint32_t strip = strips_find(strips, row->id, level);
		struct box all = lane_strip_box(v, row, strip);

		scene_no_ref(s);
		if (level >= STRIP_COUNTERS) {
			all.w += all.x - box.x;
			all.x = box.x;
			lane_counter_build(v, strip, all, s);
			continue;
		}
		build_kind(v, level, (struct box){box.x, all.y, box.w, all.h}, s);
		uint8_t clip = scene_clip(s, (struct box){axis.x, all.y, axis.w, all.h});

		s->hit = all;
		lod_begin(&lod, timeline_lane(v->tl, LANE_STRIP, strip), &v->vp,
			  fmaxf(detail, px(v, detail)));
		if (level == STRIP_MOMENTS)
			build_moments(v, strip, &lod, inside(v, all), s);
		else
			build_stints(v, strip, &lod, inside(v, all), s);
		s->hit.h = 0;
		scene_unclip(s, clip);
	}
}
