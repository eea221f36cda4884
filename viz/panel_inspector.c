/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The right side: what is selected, else what the mouse is on, in sentences and then numbers; then
 * that thread's whole run. A selected range shows its totals; nothing selected: the trace itself.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "model/reason.h"
#include "viz/describe.h"
#include "viz/pen.h"

static void pen_whole_run(struct pen *pen, uint32_t task)
{
	const struct view *v = pen->v;
	const struct palette *p = v->theme.palette;
	const struct run_totals *t = v->run;
	uint64_t total = t->running_ns + t->runnable_ns + t->unknown_ns;
	float x = pen->box.x, bar_h = px_round(v, 10);
	bool done[REASON_NR] = {false};

	for (int r = 0; r < REASON_NR; r++)
		total += t->blocked_ns[r];
	if (total == 0)
		return;
	pen_rule(pen);
	pen_text(pen, FONT_BOLD, p->text, "this thread, whole run");
	pen_skip(pen, 6);
	struct box bar = {x, pen->box.y, 0, bar_h};

	pen_skip(pen, 18);
	/* First what it did, then why it waited, longest first. */
	for (int pass = 0; pass < REASON_NR + 3; pass++) {
		rgba_t color = p->unknown;
		const char *name = "unknown";
		uint64_t ns = t->unknown_ns;

		if (pass == 0) {
			color = view_task_color(v, task);
			name = "running";
			ns = t->running_ns;
		} else if (pass == 1) {
			color = p->runnable;
			name = "ready, no core";
			ns = t->runnable_ns;
		} else if (pass < REASON_NR + 2) {
			int best = -1;

			for (int r = 0; r < REASON_NR; r++)
				if (!done[r] &&
				    (best < 0 || t->blocked_ns[r] > t->blocked_ns[best]))
					best = r;
			done[best] = true;
			color = p->reasons[best];
			name = reason_key((enum reason)best);
			ns = t->blocked_ns[best];
		}
		bar.w = (float)((double)ns / (double)total) * pen->box.w;
		if (bar.w >= 0.5f)
			scene_rect(pen->s, bar, color, 0);
		bar.x += bar.w;
		pen_share(pen, color, name, ns, total);
	}
	pen_histogram(pen, &t->latency);
}

static void pen_trace(struct pen *pen)
{
	const struct view *v = pen->v;
	const struct palette *p = v->theme.palette;
	const struct trace_info *info = timeline_info(v->tl);
	char buf[DURATION_LEN], text[64];

	pen_text(pen, FONT_TITLE, p->text, v->mode == MODE_LIVE ? "running now" : "whole trace");
	pen_skip(pen, 6);
	if (info->command[0])
		pen_text(pen, FONT_NORMAL, p->dim, info->command);
	pen_rule(pen);
	pen_row(pen, "length",
		duration_text(timeline_end_ns(v->tl) - timeline_begin_ns(v->tl), buf));
	snprintf(text, sizeof(text), "%.0f %%", (double)v->overview->mean * 100);
	pen_row(pen, "cores busy", text);
	pen_row(pen, "records", count_text(machine_nr_records(timeline_machine(v->tl)), text));
	if (info->kernel[0])
		pen_row(pen, "kernel", info->kernel);
	if (info->quality.truncated)
		pen_row(pen, "file", "cut at its end");
	else if (info->quality.unfinished && v->mode == MODE_REPLAY)
		pen_row(pen, "file", "recorder was killed");
	pen_rule(pen);
	pen_text(
	    pen, FONT_NORMAL, p->dim,
	    "Point at a bar to see what it is; click to keep it here. Drag to measure a range.");
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
