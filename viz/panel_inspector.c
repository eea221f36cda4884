/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The right side: what is selected, else what the mouse is on, in sentences and then numbers; then
 * that thread's whole run. A selected range shows its totals; nothing selected: the trace itself.
 * In a terminal that is high but narrow it lies below the lanes, in two columns.
 */
#include <inttypes.h>
#include <math.h>

#include "viz/describe.h"
#include "viz/panels.h"
#include "viz/pen.h"

static void pen_whole_run(struct pen *pen, uint32_t task)
{
	const struct run_totals *t = pen->v->run;

	if (run_totals_sum(t) == 0 || pen_is_low(pen))
		return;
	pen_rule(pen);
	pen_text(pen, FONT_BOLD, pen->v->theme.palette->text, "this thread, whole run");
	pen_skip(pen, 6);
	pen_totals(pen, t, view_task_color(pen->v, task));
	pen_histogram(pen, &t->latency);
}

static void pen_description(struct pen *pen, const struct description *d)
{
	const struct view *v = pen->v;
	float w = scene_text_width(pen->s, FONT_TITLE, d->title), gap = pen_px(pen, 8, 1);
	struct box at = {pen->box.x, pen->box.y, pen->box.w, pen_px(pen, 22, 2)};

	scene_text(pen->s, at, FONT_TITLE, d->color, ALIGN_LEFT, d->title);
	at.x += w + gap;
	at.w -= w + gap;
	scene_text(pen->s, at, FONT_SMALL, v->theme.palette->dim, ALIGN_LEFT, d->subtitle);
	pen_skip(pen, v->theme.metrics->pad > 0 ? 28 : 14);
	for (size_t i = 0; i < d->nr_lines; i++)
		pen_text(pen, FONT_NORMAL, d->line_colors[i], d->lines[i]);
	pen_rule(pen);
	for (size_t i = 0; i < d->nr_rows; i++)
		pen_row(pen, d->rows[i].key, d->rows[i].value);
	if (d->task != TASK_NONE && v->run->task == d->task)
		pen_whole_run(pen, d->task);
}

/* What parts it from the lanes: in cells a column at its left, or a line above it. */
static void build_border(const struct view *v, struct scene *s, struct box area)
{
	rgba_t rule = v->theme.palette->rule, dim = v->theme.palette->dim;
	float line = v->theme.metrics->table_row_h;

	if (v->theme.metrics->pad > 0) {
		scene_rect(s, (struct box){area.x, area.y, 1, area.h}, rule, 0);
	} else if (area.x > 0) {
		for (float y = area.y; y < area.y + area.h; y += line)
			scene_text(s, (struct box){area.x, y, 8, line}, FONT_NORMAL, dim,
				   ALIGN_LEFT, "\xe2\x94\x82");
	} else {
		scene_line(s, (struct box){area.x, area.y, area.w, line}, dim, 1);
	}
}

/* Where it writes: in one column, or in two where it lies below the lanes. */
static struct pen pen_in(const struct view *v, struct scene *s, struct box area)
{
	float pad = px(v, v->theme.metrics->pad), line = v->theme.metrics->table_row_h;
	struct pen pen = {
	    .v = v,
	    .s = s,
	    .box = {area.x + pad, area.y + pad, area.w - 2 * pad, area.h - 2 * pad},
	};

	if (v->theme.metrics->pad > 0)
		return pen;
	if (area.x > 0) {
		pen.box.x += 16;
		pen.box.w -= 16;
		return pen;
	}
	float half = floorf(area.w / 16) * 8;

	pen.box = (struct box){area.x, area.y + line, half - 16, area.h - line};
	pen.next = (struct box){area.x + half, area.y + line, area.w - half, area.h - line};
	return pen;
}

void panel_inspector(const struct view *v, struct scene *s)
{
	struct box area = v->layout.inspector;
	struct pen pen = pen_in(v, s, area);
	struct description d;

	s->ref = (struct ref){.kind = REF_PANEL};
	scene_ground(s, area, v->theme.palette->bar, 0);
	scene_no_ref(s);
	build_border(v, s, area);
	uint8_t clip = scene_clip(s, area);

	if (v->has_range)
		pen_range(&pen);
	else if (describe(v, &v->selected, &d) || describe(v, &v->hovered, &d))
		pen_description(&pen, &d);
	else
		pen_trace(&pen);
	scene_unclip(s, clip);
}
