/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lock: who had it as a block in the thread's colour, lighter and outlined where a rule said so
 * and not memory; below it a line for each thread that waited, a number where they are too many. A
 * short arrow from the waiters to the block is a hand-over. While nobody waits nothing tells who
 * has it: the bare lane.
 */
#include <math.h>
#include <stdio.h>

#include "model/names.h"
#include "viz/lane.h"
#include "viz/lod.h"

static float lock_height(const struct view *v, const struct row *row)
{
	(void)row;
	return px_round(v, v->theme.metrics->lock_h * v->layout.stretch);
}

/* Where the two parts of the row lie. */
struct parts {
	struct box block, crowd;
	float line, pitch; /* of a waiter, px */
	uint32_t most;     /* lines that fit */
};

static struct parts place(const struct view *v, struct box box)
{
	struct box axis = view_axis(v);
	float pad = px_round(v, v->theme.metrics->lane_pad), inner = box.h - 2 * pad;
	struct parts p;

	if (v->theme.metrics->pad <= 0) { /* a line of cells each */
		p.block = (struct box){axis.x, box.y, axis.w, box.h / 2};
		p.crowd = (struct box){axis.x, box.y + box.h / 2, axis.w, box.h / 2};
		p.line = p.pitch = box.h;
		p.most = 1;
		return p;
	}
	float gap = px_round(v, 3), block_h = roundf((inner - gap) * 0.58f);

	p.line = fmaxf(1, px_round(v, 2));
	p.pitch = p.line + fmaxf(1, px_round(v, 1));
	p.block = (struct box){axis.x, box.y + pad, axis.w, block_h};
	p.crowd = (struct box){axis.x, box.y + pad + block_h + gap, axis.w, inner - gap - block_h};
	p.most = (uint32_t)((p.crowd.h + p.pitch - p.line) / p.pitch);
	p.crowd.h = (float)p.most * p.pitch - (p.pitch - p.line);
	return p;
}

/* ---- who had it ---- */

static void build_hold(const struct view *v, const struct slice *slice, struct box box,
		       struct scene *s)
{
	const struct palette *p = v->theme.palette;
	rgba_t color = view_task_color(v, slice->other), text = palette_on(p, color);
	bool cell = v->theme.metrics->pad <= 0;

	if (slice->state != STATE_RUNNING || slice->other == TASK_NONE) {
		scene_hit(s, box);
		return;
	}
	if (box.w > px(v, 6))
		box.w -= fmaxf(1, floorf(v->theme.scale));
	float radius = box.w >= px(v, 5) ? px(v, v->theme.metrics->radius) : 0;

	if (!slice->inferred) {
		scene_rect(s, box, color, radius);
	} else if (cell) {
		scene_hatch(s, box, color, p->lane, HATCH_RISING);
		text = p->text;
	} else {
		rgba_t light = rgba_mix(p->lane, color, 80);

		scene_rect(s, box, light, radius);
		if (box.w >= px(v, 4))
			scene_frame(s, box, color, fmaxf(1, roundf(px(v, 1))), radius);
		text = rgba_legible(color, light, p->text);
	}
	if (box.w < px(v, v->theme.metrics->text_min))
		return;
	struct box in = {box.x + px(v, 4), box.y, box.w - px(v, 8), box.h};
	char buf[TASK_TEXT_LEN];
	const char *name = view_task_fit(v, s, slice->other, FONT_SMALL, in.w, buf);

	if (scene_text_width(s, FONT_SMALL, name) <= in.w || box.w > px(v, 80))
		scene_text(s, in, FONT_SMALL, text, ALIGN_CENTRE, name);
}

static bool is_hold(const struct lod_piece *piece)
{
	return piece->nr == 1 && piece->slice.state == STATE_RUNNING;
}

static void build_holds(const struct view *v, uint32_t sync, const struct parts *at,
			struct scene *s)
{
	const struct palette *p = v->theme.palette;
	float detail = v->theme.metrics->detail;
	struct lod lod;
	struct lod_piece piece, before = {.nr = 0};

	lod_begin(&lod, timeline_lane(v->tl, LANE_LOCK, sync), &v->vp,
		  fmaxf(detail, px(v, detail)));
	while (lod_next(&lod, &piece)) {
		struct box box = {piece.x0, at->block.y, piece.x1 - piece.x0, at->block.h};

		s->ref = (struct ref){.kind = REF_LOCK_SLICE,
				      .lane = sync,
				      .nr = (uint32_t)piece.nr,
				      .index = (uint32_t)piece.first};
		if (piece.nr == 1)
			build_hold(v, &piece.slice, box, s);
		else
			lane_mix(v, &lod, &piece, box, s);
		/* From one thread to the next, where there is room to see it. */
		if (v->theme.metrics->pad > 0 && is_hold(&before) && is_hold(&piece) &&
		    before.slice.other != piece.slice.other && before.x1 - before.x0 > px(v, 10) &&
		    box.w > px(v, 10) && before.end_ns == piece.begin_ns)
			scene_arrow(s, piece.x0, at->crowd.y + at->crowd.h, piece.x0,
				    at->block.y + at->block.h + px(v, 1), p->text,
				    fmaxf(1, px(v, 1)));
		before = piece;
	}
}

/* ---- how many waited ---- */

static rgba_t text_on(const struct palette *p, rgba_t color)
{
	return rgba_contrast(p->ground, color) > rgba_contrast(p->text, color) ? p->ground
									       : p->text;
}

static void build_waiters(const struct view *v, uint32_t nr, const struct parts *at, float x,
			  float w, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	rgba_t color = p->reasons[REASON_LOCK];
	char text[12];

	if (w > px(v, 4))
		w -= fmaxf(1, floorf(v->theme.scale));
	struct box box = {x, at->crowd.y, w, at->line};

	snprintf(text, sizeof(text), "%u", nr);
	if (v->theme.metrics->pad <= 0) { /* a line with the number on it */
		box.h = at->crowd.h;
		scene_line(s, box, color, 1);
		if (scene_text_width(s, FONT_SMALL, text) <= w && (nr > 1 || w >= 16))
			scene_text(s, box, FONT_SMALL, color, ALIGN_LEFT, text);
		return;
	}
	for (uint32_t i = 0; nr <= at->most && i < nr; i++, box.y += at->pitch)
		scene_rect(s, box, color, 0);
	if (nr <= at->most)
		return;
	box.h = at->crowd.h;
	scene_rect(s, box, color, 0);
	if (scene_text_width(s, FONT_SMALL, text) + px(v, 4) <= w)
		scene_text(s, box, FONT_SMALL, text_on(p, color), ALIGN_CENTRE, text);
}

#define NR_COUNTS 6

/* As high as the mean number of waiters. */
static void build_crowd_mix(const struct view *v, const struct lod *lod,
			    const struct lod_piece *piece, const struct parts *at, struct scene *s)
{
	rgba_t color = v->theme.palette->reasons[REASON_LOCK];
	double part =
	    (double)piece->sum.ns[STATE_RUNNABLE] / (double)(piece->end_ns - piece->begin_ns);
	struct lod_part counts[NR_COUNTS];
	size_t nr = lod_parts(lod, piece, counts, NR_COUNTS);
	double sum = 0, weight = 0;
	struct box box = {piece->x0, at->crowd.y, piece->x1 - piece->x0, at->crowd.h};

	if (piece->sum.ns[STATE_RUNNABLE] == 0)
		return;
	if (v->theme.metrics->pad <= 0) {
		scene_line(s, box, color, 1);
		return;
	}
	for (size_t i = 0; i < nr; i++) {
		sum += (double)counts[i].key * (double)counts[i].share;
		weight += (double)counts[i].share;
	}
	double mean = weight > 0 ? sum / weight * part : part;

	box.h = fminf(fmaxf(roundf((float)mean * at->pitch), fmaxf(1, at->line / 2)), at->crowd.h);
	scene_rect(s, box, color, 0);
}

static void build_crowd(const struct view *v, uint32_t sync, const struct parts *at,
			struct scene *s)
{
	float detail = v->theme.metrics->detail;
	struct lod lod;
	struct lod_piece piece;

	scene_no_ref(s); /* the block above says what it is about */
	lod_begin(&lod, timeline_lane(v->tl, LANE_CROWD, sync), &v->vp,
		  fmaxf(detail, px(v, detail)));
	while (lod_next(&lod, &piece))
		if (piece.nr > 1)
			build_crowd_mix(v, &lod, &piece, at, s);
		else if (piece.slice.state == STATE_RUNNABLE)
			build_waiters(v, piece.slice.other, at, piece.x0, piece.x1 - piece.x0, s);
}

static void lock_build(const struct view *v, const struct row *row, struct box box, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	const struct sync *sync = machine_sync(timeline_machine(v->tl), row->id);
	struct box axis = view_axis(v);
	struct parts at = place(v, box);
	char name[NAME_TEXT_LEN];

	struct box gutter = box;

	if (v->theme.metrics->pad <= 0)
		gutter.h = at.block.h;
	view_lock_name(v, row->id, name, sizeof(name));
	s->ref = (struct ref){.kind = REF_LOCK_LANE, .lane = row->id};
	scene_hit(s, box);
	lane_gutter(v, s, gutter, px(v, v->theme.metrics->indent), name,
		    sync_kind_key((enum sync_kind)sync->kind), -1, 0);
	if (v->theme.metrics->pad > 0)
		scene_rect(s, (struct box){axis.x, box.y + box.h - 1, axis.w, 1},
			   rgba_alpha(p->rule, 0x80), 0);
	uint8_t clip = scene_clip(s, (struct box){axis.x, box.y, axis.w, box.h});

	build_crowd(v, row->id, &at, s);
	s->hit = box;
	build_holds(v, row->id, &at, s);
	s->hit.h = 0;
	lane_gaps(v, s,
		  (struct box){axis.x, at.block.y, axis.w, at.crowd.y + at.crowd.h - at.block.y});
	scene_unclip(s, clip);
}

/* ---- the rest ---- */

static float more_height(const struct view *v, const struct row *row)
{
	(void)row;
	return px_round(v, v->theme.metrics->section_h);
}

static void more_build(const struct view *v, const struct row *row, struct box box, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	float x = box.x + px(v, v->theme.metrics->pad + v->theme.metrics->indent);
	struct box at = {x, box.y, box.x + box.w - x, box.h};
	const char *mark = v->still ? "" : row->nr ? "\xe2\x96\xb8 " : "\xe2\x96\xbe ";

	s->ref = (struct ref){.kind = REF_MORE};
	scene_hit(s, box);
	if (row->nr)
		scene_textf(s, at, FONT_SMALL, p->dim, ALIGN_LEFT, "%s%u more %s", mark, row->nr,
			    row->nr == 1 ? "lock" : "locks");
	else
		scene_textf(s, at, FONT_SMALL, p->dim, ALIGN_LEFT, "%sall locks", mark);
}

const struct lane_ops lane_lock = {
    .name = "locks",
    .height = lock_height,
    .build = lock_build,
};

const struct lane_ops lane_more = {
    .name = "more",
    .height = more_height,
    .build = more_build,
};
