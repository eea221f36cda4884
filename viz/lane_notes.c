/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings and marks against time: a bar where a finding has its evidence, in the colour of its
 * weight, with the rule's name; those about the whole run by name on one line; marks with their
 * words. What is clicked is the finding of the table, or the mark.
 */
#include <math.h>
#include <stdio.h>

#include "viz/lane.h"

#define NAME_LEAST 44 /* px of a bar that carries its name; beside a shorter one it stands */

static float line_h(const struct view *v)
{
	return px_round(v, v->theme.metrics->note_h);
}

static float notes_height(const struct view *v, const struct row *row)
{
	return line_h(v) * (float)row->nr + 2 * px_round(v, v->theme.metrics->lane_pad);
}

static struct ref finding_ref(size_t i)
{
	return (struct ref){REF_TABLE_ROW, TAB_FINDINGS, 1, (uint32_t)i};
}

static bool is_selected(const struct view *v, const struct ref *ref)
{
	return !v->still && (ref_equal(&v->selected, ref) || ref_equal(&v->hovered, ref));
}

/* One line of the lane, on the axis. */
static struct box line_box(const struct view *v, struct box box, unsigned int line)
{
	struct box axis = view_axis(v);
	float h = line_h(v);

	return (struct box){
	    axis.x, box.y + px_round(v, v->theme.metrics->lane_pad) + h * (float)line, axis.w, h};
}

/* Names of those about the whole run, one behind the other along a thin line. */
static void build_throughout(const struct view *v, struct scene *s, struct box at,
			     const struct result *r)
{
	const struct palette *p = v->theme.palette;
	bool cell = v->theme.metrics->pad <= 0;
	float x0 = fmaxf(at.x, viewport_x(&v->vp, (int64_t)timeline_begin_ns(v->tl)));
	float x1 = fminf(at.x + at.w, viewport_x(&v->vp, (int64_t)timeline_end_ns(v->tl)));
	float size = px_round(v, 8), gap = px_round(v, cell ? 8 : 6), x = x0 + gap;
	size_t left = v->notes->nr_throughout;

	if (x1 <= x0)
		return;
	if (!cell)
		scene_line(s, (struct box){x0, at.y, x1 - x0, at.h}, p->rule, px_round(v, 2));
	for (size_t i = 0; i < v->notes->nr; i++) {
		const struct finding *f = &r->findings[i];
		struct ref ref = finding_ref(i);

		if (v->notes->line[i] != NOTES_THROUGHOUT)
			continue;
		float w = ceilf(scene_text_width(s, FONT_SMALL, f->id)) + 1;
		float more = left > 1 ? px(v, 40) : 0;

		if (x + size + w + 3 * gap + more > x1)
			break;
		struct box name = {x, at.y, size + w + 3 * gap, at.h};

		s->ref = ref;
		scene_ground(s, name, is_selected(v, &ref) ? p->header : p->lane, px(v, 3));
		scene_rect(s, (struct box){x + gap, floorf(at.y + (at.h - size) / 2), size, size},
			   palette_weight(p, f->severity), px(v, 2));
		scene_text(s, (struct box){x + 2 * gap + size, at.y, w, at.h}, FONT_SMALL, p->text,
			   ALIGN_LEFT, f->id);
		scene_no_ref(s);
		x += name.w + px(v, 12);
		left--;
	}
	if (left > 0) {
		char more[32];

		snprintf(more, sizeof(more), "+%zu", left);
		float w = scene_text_width(s, FONT_SMALL, more) + gap;

		scene_ground(s, (struct box){x, at.y, w + gap, at.h}, p->lane, 0);
		scene_text(s, (struct box){x + gap, at.y, w, at.h}, FONT_SMALL, p->dim, ALIGN_LEFT,
			   more);
	}
}

/* Where the next bar of the same line begins, at most the axis's end. */
static float room_behind(const struct view *v, const struct result *r, size_t i, float x1)
{
	struct box axis = view_axis(v);
	float end = axis.x + axis.w;

	for (size_t k = 0; k < v->notes->nr; k++) {
		float x = viewport_x(&v->vp, (int64_t)r->findings[k].begin_ns);

		if (k != i && v->notes->line[k] == v->notes->line[i] && x >= x1)
			end = fminf(end, x - px(v, 4));
	}
	return end - x1;
}

static void build_part(const struct view *v, struct scene *s, struct box at, const struct result *r,
		       size_t i)
{
	const struct palette *p = v->theme.palette;
	const struct finding *f = &r->findings[i];
	bool cell = v->theme.metrics->pad <= 0;
	float inset = cell ? 0 : px_round(v, 1), gap = px(v, 5);
	float x0 = viewport_x(&v->vp, (int64_t)f->begin_ns);
	float x1 = viewport_x(&v->vp, (int64_t)f->end_ns);
	struct ref ref = finding_ref(i);

	if (x1 < at.x || x0 > at.x + at.w)
		return;
	x0 = fmaxf(x0, at.x);
	x1 = fminf(fmaxf(x1, x0 + px_round(v, cell ? 8 : 4)), at.x + at.w);
	struct box bar = {x0, at.y + inset, x1 - x0, at.h - 2 * inset};
	rgba_t color = palette_weight(p, f->severity);

	s->ref = ref;
	scene_rect(s, bar, color, px(v, 3));
	if (bar.w >= px(v, NAME_LEAST)) {
		scene_text(s, (struct box){x0 + gap, at.y, bar.w - 2 * gap, at.h}, FONT_SMALL,
			   palette_on(p, color), ALIGN_LEFT, f->id);
	} else {
		float room = room_behind(v, r, i, x1) - gap;
		struct box name = {x1 + gap, at.y, scene_text_width(s, FONT_SMALL, f->id) + 2,
				   at.h};

		if (name.w <= room) {
			scene_hit(s, name);
			scene_text(s, name, FONT_SMALL, p->text, ALIGN_LEFT, f->id);
		}
	}
	scene_no_ref(s);
	if (is_selected(v, &ref) && !cell)
		scene_frame(s, bar, p->select, fmaxf(1, px(v, 1.5f)), px(v, 3));
}

static void build_marks(const struct view *v, struct scene *s, struct box at)
{
	const struct palette *p = v->theme.palette;
	int64_t zero_ns = (int64_t)timeline_begin_ns(v->tl);
	float size = px_round(v, 8), gap = px(v, 5);

	for (size_t i = 0; i < v->marks->nr; i++) {
		const struct time_mark *m = &v->marks->at[i];
		float x = viewport_x(&v->vp, zero_ns + m->at_ns), end = at.x + at.w;
		bool selected = v->selected.kind == REF_MARK && v->selected.index == i;

		if (x < at.x || x >= end)
			continue;
		if (i + 1 < v->marks->nr)
			end = fminf(end, viewport_x(&v->vp, zero_ns + m[1].at_ns));
		s->ref = (struct ref){.kind = REF_MARK, .nr = 1, .index = (uint32_t)i};
		scene_rect(s, (struct box){floorf(x), floorf(at.y + (at.h - size) / 2), size, size},
			   selected ? p->accent : p->runnable, size / 2);
		scene_text(s, (struct box){x + size + gap, at.y, end - x - size - 2 * gap, at.h},
			   FONT_SMALL, selected ? p->accent : p->text, ALIGN_LEFT, m->text);
		scene_no_ref(s);
	}
}

static void build_name(const struct view *v, struct scene *s, struct box box)
{
	const struct notes *n = v->notes;
	char number[32] = "";

	if (n->nr > 0)
		snprintf(number, sizeof(number), "%zu", n->nr);
	s->ref = (struct ref){.kind = REF_NOTES};
	scene_hit(s, box);
	lane_gutter(v, s, box, px(v, v->theme.metrics->indent),
		    n->nr == 0 ? "marks"
		    : n->marks ? "findings, marks"
			       : "findings",
		    number, -1, 0);
}

static void notes_build(const struct view *v, const struct row *row, struct box box,
			struct scene *s)
{
	const struct result *r = study_findings(v->study);
	struct box axis = view_axis(v);

	if (v->notes->nr_lines != row->nr) /* what is there now comes with the next frame */
		return;
	build_name(v, s, box);
	uint8_t clip = scene_clip(s, (struct box){axis.x, box.y, axis.w, box.h});

	if (v->theme.metrics->pad > 0)
		scene_ground(s, (struct box){axis.x, box.y + 1, axis.w, box.h - 2},
			     v->theme.palette->lane, 0);
	scene_no_ref(s);
	if (v->notes->nr_throughout > 0)
		build_throughout(v, s, line_box(v, box, 0), r);
	/* The gravest last: it lies on top. */
	for (size_t i = v->notes->nr; i-- > 0;)
		if (v->notes->line[i] != NOTES_THROUGHOUT)
			build_part(v, s, line_box(v, box, v->notes->line[i]), r, i);
	if (v->notes->marks)
		build_marks(v, s, line_box(v, box, v->notes->nr_lines - 1));
	scene_unclip(s, clip);
}

const struct lane_ops lane_notes = {
    .name = "findings",
    .height = notes_height,
    .build = notes_build,
};
