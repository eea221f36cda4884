/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The right side while nothing is selected: the trace in numbers, what the time of each thread and
 * of all together went to, the locks waited for, and how long threads waited for a core.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "analysis/locks.h"
#include "base/duration.h"
#include "base/plain.h"
#include "model/reason.h"
#include "viz/pen.h"

#define MOST_THREADS 12
#define MOST_LOCKS   5

/* A part of the time: what it is called, how it is drawn. */
struct part {
	const char *name;
	rgba_t color;
	uint64_t ns;
};

/* Running, ready, the waits by reason, longest first, unknown. [REASON_NR + 3] in out. */
static size_t parts_of(const struct palette *p, const struct run_totals *t, rgba_t running,
		       struct part *out)
{
	size_t nr = 0, first;

	out[nr++] = (struct part){"running", running, t->running_ns};
	out[nr++] = (struct part){"ready, no core", p->runnable, t->runnable_ns};
	first = nr;
	for (int why = 0; why < REASON_NR; why++) {
		struct part part = {reason_key((enum reason)why), p->reasons[why],
				    t->blocked_ns[why]};
		size_t at = nr++;

		for (; at > first && out[at - 1].ns < part.ns; at--)
			out[at] = out[at - 1];
		out[at] = part;
	}
	out[nr++] = (struct part){"unknown", p->unknown, t->unknown_ns};
	return nr;
}

/* The parts side by side; total_ns is as long as the box. */
static void build_bar(struct scene *s, struct box box, const struct part *parts, size_t nr,
		      uint64_t total_ns)
{
	uint64_t at_ns = 0;

	for (size_t i = 0; i < nr; i++) {
		double from = (double)at_ns / (double)total_ns;
		double to = (double)(at_ns + parts[i].ns) / (double)total_ns;
		float x0 = roundf(box.x + box.w * (float)from);
		float x1 = roundf(box.x + box.w * (float)fmin(to, 1));

		if (x1 > x0)
			scene_rect(s, (struct box){x0, box.y, x1 - x0, box.h}, parts[i].color, 0);
		at_ns += parts[i].ns;
	}
}

void pen_totals(struct pen *pen, const struct run_totals *t, rgba_t running)
{
	struct part parts[REASON_NR + 3];
	size_t nr = parts_of(pen->v->theme.palette, t, running, parts);
	uint64_t total_ns = run_totals_sum(t);

	if (total_ns == 0)
		return;
	build_bar(pen->s,
		  (struct box){pen->box.x, pen->box.y, pen->box.w, roundf(pen_px(pen, 10, 2))},
		  parts, nr, total_ns);
	pen_skip(pen, 18);
	for (size_t i = 0; i < nr; i++)
		pen_share(pen, parts[i].color, parts[i].name, parts[i].ns, total_ns);
}

static void pen_numbers(struct pen *pen)
{
	const struct view *v = pen->v;
	const struct trace_info *info = timeline_info(v->tl);
	char buf[DURATION_LEN], text[64];

	pen_row(pen, "length",
		duration_text(timeline_end_ns(v->tl) - timeline_begin_ns(v->tl), buf));
	snprintf(text, sizeof(text), "%.0f %%", (double)v->overview->mean * 100);
	if (v->overview->nr > 0)
		pen_row(pen, "cores busy", text);
	pen_row(pen, "records", plain_count(machine_nr_records(timeline_machine(v->tl)), text));
	if (info->kernel[0])
		pen_row(pen, "kernel", info->kernel);
	if (view_flaw(v)) {
		pen_skip(pen, 6);
		pen_text(pen, FONT_NORMAL, v->theme.palette->gap_text, view_flaw(v)->sentence);
	}
}

/* One thread: its name, and its life as a bar, of which the whole run is the length. */
static void pen_thread(struct pen *pen, uint32_t task, uint64_t length_ns)
{
	const struct view *v = pen->v;
	const struct palette *p = v->theme.palette;
	float h = roundf(pen_px(pen, 20, 2)), name_w = pen_px(pen, 104, 13);
	float swatch = roundf(pen_px(pen, 10, 1));
	struct box at = {pen->box.x, pen->box.y, pen->box.w, h};
	struct part parts[REASON_NR + 3];
	struct run_totals t;
	char name[TASK_TEXT_LEN];

	run_totals_update(&t, v->tl, task);
	size_t nr = parts_of(p, &t, view_task_color(v, task), parts);
	struct box bar = {at.x + name_w + pen_px(pen, 22, 3), floorf(at.y + (h - swatch) / 2), 0,
			  swatch};

	bar.w = at.x + at.w - bar.x;
	pen->s->ref = (struct ref){.kind = REF_TABLE_TASK, .lane = task};
	scene_hit(pen->s, at);
	if (ref_equal(&pen->s->ref, &v->hovered))
		scene_rect(pen->s, at, rgba_alpha(p->text, 0x10), px(v, 2));
	scene_no_ref(pen->s);
	scene_rect(pen->s, (struct box){at.x, bar.y, swatch, swatch}, view_task_color(v, task),
		   px(v, 2));
	scene_text(pen->s, (struct box){at.x + pen_px(pen, 18, 2), at.y, name_w, h}, FONT_NORMAL,
		   p->text, ALIGN_LEFT, view_task_fit(v, pen->s, task, FONT_NORMAL, name_w, name));
	scene_rect(pen->s, bar, p->lane, 0);
	build_bar(pen->s, bar, parts, nr, length_ns);
	pen_skip(pen, 20);
}

static void pen_threads(struct pen *pen)
{
	const struct view *v = pen->v;
	const struct palette *p = v->theme.palette;
	uint64_t length_ns = timeline_end_ns(v->tl) - timeline_begin_ns(v->tl);
	size_t nr = 0;
	char text[64];

	if (v->table->nr == 0 || length_ns == 0)
		return;
	pen_rule(pen);
	pen_text(pen, FONT_BOLD, p->text, "threads");
	pen_skip(pen, 4);
	/* What comes below has its room, too. */
	bool below = pen_is_low(pen);

	while (nr < v->table->nr && nr < MOST_THREADS &&
	       pen->box.h > (below ? pen_px(pen, 20, 2) : px(v, 200)))
		pen_thread(pen, v->table->rows[nr++].task, length_ns);
	if (nr < v->table->nr) {
		snprintf(text, sizeof(text), "and %zu more", v->table->nr - nr);
		pen_text(pen, FONT_SMALL, p->dim, text);
	}
	if (run_totals_sum(v->all) == 0 || v->table->nr < 2)
		return;
	pen_rule(pen);
	pen_text(pen, FONT_BOLD, p->text, "all threads together");
	pen_skip(pen, 6);
	pen_totals(pen, v->all, p->accent);
}

static void pen_locks(struct pen *pen)
{
	const struct view *v = pen->v;
	const struct result *r = study_locks(v->study);
	char name[64], value[64], buf[DURATION_LEN];
	size_t shown = 0;

	for (size_t i = 0; r && i < r->table.nr && shown < MOST_LOCKS; i++) {
		const struct cell *c = rows_at(&r->table, i);

		if (!v->tree->all_tasks && !(c[LOCKS_TRACED].known && c[LOCKS_TRACED].number))
			continue;
		if (pen->box.h < px(v, shown ? 20 : 70))
			return;
		if (shown++ == 0) {
			pen_rule(pen);
			pen_text(pen, FONT_BOLD, v->theme.palette->text, "locks waited for");
			pen_skip(pen, 4);
		}
		if (c[LOCKS_NAME].known)
			snprintf(name, sizeof(name), "%s", c[LOCKS_NAME].text);
		else
			snprintf(name, sizeof(name), "0x%" PRIx64, c[LOCKS_UADDR].number);
		snprintf(value, sizeof(value), "%" PRIu64 " \xc3\x97, %s", c[LOCKS_WAITS].number,
			 duration_text(c[LOCKS_WAIT_NS].number, buf));
		pen_row(pen, name, value);
	}
}

void pen_trace(struct pen *pen)
{
	const struct view *v = pen->v;
	const struct palette *p = v->theme.palette;
	const struct trace_info *info = timeline_info(v->tl);

	pen_text(pen, FONT_TITLE, p->text, v->mode == MODE_LIVE ? "running now" : "whole run");
	pen_skip(pen, 6);
	if (!pen_is_low(pen)) {
		if (info->command[0] && !v->still)
			pen_text(pen, FONT_NORMAL, p->dim, info->command);
		pen_rule(pen);
	}
	pen_numbers(pen);
	pen_threads(pen);
	pen_locks(pen);
	pen_histogram(pen, &v->all->latency);
	if (v->still || pen->box.h < px(v, 70))
		return;
	pen_rule(pen);
	pen_text(
	    pen, FONT_NORMAL, p->dim,
	    "Point at a bar to see what it is; click to keep it here. Drag to measure a range.");
}
