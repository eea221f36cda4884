/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The right side: what is selected, else what the mouse is on, in sentences and then numbers; then
 * that thread's whole run. A selected range shows its totals; nothing selected: the trace itself.
 */
#include <inttypes.h>

#include "viz/describe.h"
#include "viz/pen.h"

static void pen_whole_run(struct pen *pen, uint32_t task)
{
	const struct run_totals *t = pen->v->run;

	if (run_totals_sum(t) == 0)
		return;
	pen_rule(pen);
	pen_text(pen, FONT_BOLD, pen->v->theme.palette->text, "this thread, whole run");
	pen_skip(pen, 6);
	pen_totals(pen, t, view_task_color(pen->v, task));
	pen_histogram(pen, &t->latency);
}

void panel_inspector(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box area = v->layout.inspector;
	float pad = px(v, v->theme.metrics->pad);
	struct pen pen = {v, s, {area.x + pad, area.y + pad, area.w - 2 * pad, area.h - 2 * pad}};
	struct description d;

	s->ref = (struct ref){.kind = REF_PANEL};
	scene_ground(s, area, p->bar, 0);
	scene_no_ref(s);
	scene_rect(s, (struct box){area.x, area.y, 1, area.h}, p->rule, 0);
	uint8_t clip = scene_clip(s, area);

	if (v->has_range) {
		pen_range(&pen);
	} else if (!describe(v, &v->selected, &d) && !describe(v, &v->hovered, &d)) {
		pen_trace(&pen);
	} else {
		float w = scene_text_width(s, FONT_TITLE, d.title), h = px_round(v, 22);

		scene_text(s, (struct box){pen.box.x, pen.box.y, pen.box.w, h}, FONT_TITLE, d.color,
			   ALIGN_LEFT, d.title);
		scene_text(
		    s,
		    (struct box){pen.box.x + w + px(v, 8), pen.box.y, pen.box.w - w - px(v, 8), h},
		    FONT_SMALL, p->dim, ALIGN_LEFT, d.subtitle);
		pen_skip(&pen, 28);
		for (size_t i = 0; i < d.nr_lines; i++)
			pen_text(&pen, FONT_NORMAL, d.line_colors[i], d.lines[i]);
		pen_rule(&pen);
		for (size_t i = 0; i < d.nr_rows; i++)
			pen_row(&pen, d.rows[i].key, d.rows[i].value);
		if (d.task != TASK_NONE && v->run->task == d.task)
			pen_whole_run(&pen, d.task);
	}
	scene_unclip(s, clip);
}
