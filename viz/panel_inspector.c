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
#include "viz/panels.h"

/* A pen that moves down the panel. */
struct pen {
	const struct view *v;
	struct scene *s;
	struct box box; /* what is left of the panel */
};

static void pen_skip(struct pen *pen, float size)
{
	float h = px_round(pen->v, size);

	pen->box.y += h;
	pen->box.h -= h;
}

static void pen_text(struct pen *pen, enum font font, rgba_t color, const char *text)
{
	float h = panel_wrap(pen->v, pen->s, pen->box, font, color, text);

	pen->box.y += h;
	pen->box.h -= h;
}

static void pen_rule(struct pen *pen)
{
	pen_skip(pen, 10);
	scene_rect(pen->s, (struct box){pen->box.x, pen->box.y, pen->box.w, 1},
		   pen->v->theme.palette->rule, 0);
	pen_skip(pen, 12);
}

static void pen_row(struct pen *pen, const char *key, const char *value)
{
	const struct palette *p = pen->v->theme.palette;
	float h = px_round(pen->v, 20), key_w = px(pen->v, 118);
	struct box at = {pen->box.x, pen->box.y, key_w, h};

	if (pen->box.h < h)
		return;
	scene_text(pen->s, at, FONT_SMALL, p->dim, ALIGN_LEFT, key);
	at.x += key_w;
	at.w = pen->box.w - key_w;
	scene_text(pen->s, at, FONT_MONO, p->text, ALIGN_RIGHT, value);
	pen_skip(pen, 20);
}

/* A share of the whole run: swatch, name, per cent, time. */
static void pen_share(struct pen *pen, rgba_t color, const char *name, uint64_t ns, uint64_t total)
{
	const struct view *v = pen->v;
	const struct palette *p = v->theme.palette;
	float h = px_round(v, 20), swatch = px_round(v, 10);
	char buf[DURATION_LEN];
	struct box at = {pen->box.x, pen->box.y, pen->box.w, h};

	if (pen->box.h < h || ns == 0 || total == 0)
		return;
	scene_rect(pen->s, (struct box){at.x, floorf(at.y + (h - swatch) / 2), swatch, swatch},
		   color, px(v, 2));
	at.x += px(v, 18);
	at.w = px(v, 110);
	scene_text(pen->s, at, FONT_NORMAL, p->text, ALIGN_LEFT, name);
	scene_textf(pen->s, (struct box){pen->box.x, at.y, pen->box.w - px(v, 90), h}, FONT_MONO,
		    p->dim, ALIGN_RIGHT, "%.1f %%", (double)ns * 100 / (double)total);
	scene_text(pen->s, (struct box){pen->box.x, at.y, pen->box.w, h}, FONT_MONO, p->text,
		   ALIGN_RIGHT, duration_text(ns, buf));
	pen_skip(pen, 20);
}

static void pen_histogram(struct pen *pen, const struct run_totals *t)
{
	const struct view *v = pen->v;
	const struct palette *p = v->theme.palette;
	char a[DURATION_LEN], b[DURATION_LEN], c[DURATION_LEN], text[160];
	unsigned int first = LATENCY_BUCKETS, last = 0;
	uint32_t most = 0;
	float h = px_round(v, 40);

	if (t->nr_latency == 0 || pen->box.h < px(v, 84))
		return;
	for (unsigned int i = 0; i < LATENCY_BUCKETS; i++) {
		if (!t->latency[i])
			continue;
		first = i < first ? i : first;
		last = i;
		most = t->latency[i] > most ? t->latency[i] : most;
	}
	pen_skip(pen, 12);
	snprintf(text, sizeof(text), "ready, waiting for a core: %" PRIu64 " times", t->nr_latency);
	pen_text(pen, FONT_SMALL, p->dim, text);
	snprintf(text, sizeof(text), "half below %s, 99 %% below %s, worst %s",
		 duration_text(run_totals_latency(t, 0.5), a),
		 duration_text(run_totals_latency(t, 0.99), b),
		 duration_text(t->max_latency_ns, c));
	pen_text(pen, FONT_SMALL, p->dim, text);
	pen_skip(pen, 4);
	float bar = fminf(px_round(v, 12), floorf(pen->box.w / (float)(last - first + 1)));

	bar = fmaxf(bar, 2);
	for (unsigned int i = first; i <= last; i++) {
		float part = (float)t->latency[i] / (float)most;
		float bh = t->latency[i] ? fmaxf(2, roundf(part * h)) : 0;

		scene_rect(pen->s,
			   (struct box){pen->box.x + bar * (float)(i - first), pen->box.y + h - bh,
					bar - 1, bh},
			   p->runnable, 0);
	}
	pen_skip(pen, 40);
	scene_rect(pen->s, (struct box){pen->box.x, pen->box.y, pen->box.w, 1}, p->rule, 0);
	pen_skip(pen, 2);
	scene_text(pen->s, (struct box){pen->box.x, pen->box.y, pen->box.w, px(v, 16)},
		   FONT_MONO_SMALL, p->dim, ALIGN_LEFT,
		   duration_text((uint64_t)exp2(first / 4.0), a));
	scene_text(pen->s,
		   (struct box){pen->box.x, pen->box.y,
				fminf(bar * (float)(last - first + 1) + px(v, 40), pen->box.w),
				px(v, 16)},
		   FONT_MONO_SMALL, p->dim, ALIGN_RIGHT,
		   last > first + 12 ? duration_text((uint64_t)exp2((last + 1) / 4.0), b) : "");
	pen_skip(pen, 18);
}

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
	if (!t->complete) {
		pen_text(pen, FONT_NORMAL, p->dim, "adding up\xe2\x80\xa6");
		return;
	}
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
	pen_histogram(pen, t);
}

#define NR_TOP 10 /* threads of a range that are listed */

static void pen_range(struct pen *pen)
{
	const struct view *v = pen->v;
	const struct palette *p = v->theme.palette;
	int64_t zero_ns = (int64_t)timeline_begin_ns(v->tl);
	uint64_t begin_ns = (uint64_t)v->range_begin_ns, end_ns = (uint64_t)v->range_end_ns;
	uint64_t length = end_ns - begin_ns;
	char buf[DURATION_LEN], text[64];
	struct state_time all = {0};

	snprintf(text, sizeof(text), "%s selected", duration_text(length, buf));
	pen_text(pen, FONT_TITLE, p->accent, text);
	pen_skip(pen, 6);
	pen_row(pen, "from", duration_exact((int64_t)begin_ns - zero_ns, buf));
	pen_row(pen, "to", duration_exact((int64_t)end_ns - zero_ns, buf));
	pen_rule(pen);
	pen_text(pen, FONT_BOLD, p->text, "cores busy");
	for (uint32_t cpu = 0; cpu < timeline_nr_cpus(v->tl) && cpu < 8; cpu++) {
		struct state_time sum = {0};

		lane_sum(timeline_cpu(v->tl, cpu), begin_ns, end_ns, &sum);
		snprintf(text, sizeof(text), "CPU %u", cpu);
		pen_share(pen, p->accent, text, sum.ns[STATE_RUNNING], length);
	}
	pen_rule(pen);
	pen_text(pen, FONT_BOLD, p->text, "threads ran");
	struct {
		uint32_t task;
		uint64_t ns;
	} top[NR_TOP] = {{0}};
	size_t others = 0;

	for (size_t i = 0; i < v->table->nr; i++) {
		uint32_t task = v->table->rows[i].task;
		struct state_time sum = {0};
		size_t k = NR_TOP;

		lane_sum(timeline_task(v->tl, task), begin_ns, end_ns, &sum);
		for (int state = 0; state < STATE_NR; state++)
			all.ns[state] += sum.ns[state];
		uint64_t ns = sum.ns[STATE_RUNNING];

		others += ns > 0;
		while (k > 0 && ns > top[k - 1].ns)
			k--;
		if (k == NR_TOP)
			continue;
		memmove(&top[k + 1], &top[k], (NR_TOP - 1 - k) * sizeof(top[0]));
		top[k].task = task;
		top[k].ns = ns;
	}
	for (size_t k = 0; k < NR_TOP && top[k].ns > 0; k++, others--)
		pen_share(pen, view_task_color(v, top[k].task), view_task_name(v, top[k].task),
			  top[k].ns, length);
	if (others > 0) {
		snprintf(text, sizeof(text), "and %zu more", others);
		pen_text(pen, FONT_SMALL, p->dim, text);
	}
	pen_rule(pen);
	pen_text(pen, FONT_BOLD, p->text, "all threads together");
	uint64_t total = all.ns[STATE_RUNNING] + all.ns[STATE_RUNNABLE] + all.ns[STATE_BLOCKED] +
			 all.ns[STATE_UNKNOWN];

	pen_share(pen, p->accent, "running", all.ns[STATE_RUNNING], total);
	pen_share(pen, p->runnable, "ready, no core", all.ns[STATE_RUNNABLE], total);
	pen_share(pen, p->dim, "waiting", all.ns[STATE_BLOCKED], total);
	pen_share(pen, p->unknown, "unknown", all.ns[STATE_UNKNOWN], total);
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
