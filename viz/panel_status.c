/* SPDX-License-Identifier: BSD-2-Clause */
/* The last line: what the fills and lines mean, and how many lanes are hidden. */
#include <math.h>
#include <stdio.h>

#include "model/reason.h"
#include "viz/action.h"
#include "viz/describe.h"
#include "viz/panels.h"

struct sample {
	enum shape shape;
	rgba_t color, ground;
	enum hatch hatch;
};

/* One entry of the legend; returns the x after it. */
static float legend_entry(const struct view *v, struct scene *s, float x, float right,
			  const struct sample *sample, const char *name)
{
	struct box area = v->layout.status;
	bool cell = v->theme.metrics->pad <= 0;
	float w = px_round(v, cell ? 16 : 22), h = cell ? area.h : px_round(v, 10);
	struct box at = {x, floorf(area.y + (area.h - h) / 2), w, h};
	float tw = scene_text_width(s, FONT_SMALL, name);

	if (x + w + tw + px(v, 8) > right)
		return x;
	if (sample->shape == SHAPE_RECT)
		scene_rect(s, at, sample->color, px(v, 2));
	else if (sample->shape == SHAPE_FRAME) {
		scene_rect(s, at, sample->ground, px(v, 2));
		scene_frame(s, at, sample->color, 1, px(v, 2));
	} else if (sample->shape == SHAPE_ARROW)
		scene_arrow(s, x + w / 2, at.y - px(v, 2), x + w / 2, at.y + h + px(v, 2),
			    rgba_alpha(sample->color, 0x90), fmaxf(1, px(v, 1)));
	else if (sample->shape == SHAPE_HATCH)
		scene_hatch(s, at, sample->color, sample->ground, sample->hatch);
	else if (sample->shape == SHAPE_LINE)
		scene_line(s, at, sample->color, px(v, v->theme.metrics->line));
	else
		scene_dots(s, at, sample->color, px(v, v->theme.metrics->line));
	scene_text(s, (struct box){x + w + px(v, cell ? 8 : 6), area.y, tw + 2, area.h}, FONT_SMALL,
		   v->theme.palette->dim, ALIGN_LEFT, name);
	return x + w + tw + px(v, 24);
}

/* In a terminal: what was done last, and without an inspector the selection in one line. */
static bool build_selected(const struct view *v, struct scene *s)
{
	struct description d;
	char line[600];
	size_t at;

	if (v->message[0])
		return scene_text(s, v->layout.status, FONT_NORMAL, v->theme.palette->accent,
				  ALIGN_LEFT, v->message) != NULL;
	if (v->layout.inspector.w > 0 || !describe(v, &v->selected, &d))
		return false;
	at = (size_t)snprintf(line, sizeof(line), "%s \xc2\xb7 %s", d.title, d.subtitle);
	for (size_t i = 0; i < d.nr_lines && at < sizeof(line); i++)
		at += (size_t)snprintf(line + at, sizeof(line) - at, "%s %s",
				       i == 0           ? ":"
				       : d.one_sentence ? ""
							: ";",
				       d.lines[i]);
	scene_text(s, v->layout.status, FONT_NORMAL, v->theme.palette->text, ALIGN_LEFT, line);
	return true;
}

/* "3 hidden: show all" at the right; returns the width it took. */
static float build_hidden(const struct view *v, struct scene *s)
{
	struct box area = v->layout.status;
	char text[64];

	if (v->tree->nr_hidden == 0)
		return 0;
	snprintf(text, sizeof(text), "%u hidden \xe2\x80\x94 show all", v->tree->nr_hidden);
	float w = scene_text_width(s, FONT_SMALL, text) + px(v, 2 * v->theme.metrics->pad);
	struct box at = {area.x + area.w - w, area.y, w, area.h};

	s->ref = (struct ref){.kind = REF_ACTION, .index = ACTION_SHOW_HIDDEN};
	scene_hit(s, at);
	scene_no_ref(s);
	scene_text(s, at, FONT_SMALL, v->theme.palette->accent, ALIGN_CENTRE, text);
	return w;
}

/* What the rows on the screen are made of, in the whole run: so that it stays while one zooms. */
struct shown {
	bool others, ready, taken, unknown, lost;
	bool guessed, arrows, said, mixed;
	bool reasons[REASON_NR];
};

#define WORTH_PART 2000 /* of the run: what is shorter altogether is no pixel wide */

static void add_task(const struct view *v, uint32_t task, uint64_t least_ns, struct shown *out)
{
	const struct lane_data *lane = timeline_task(v->tl, task);

	if (lane->nr == 0)
		return;
	out->ready |= lane->total.ns[STATE_RUNNABLE] > least_ns;
	out->taken |= machine_task(timeline_machine(v->tl), task)->preemptions > 0;
	out->unknown |= lane->total.ns[STATE_UNKNOWN] > least_ns;
	for (int why = 0; lane->totals && why < REASON_NR; why++)
		out->reasons[why] |= lane->totals->blocked_ns[why] > least_ns;
	for (unsigned int i = 0; i < lane->nr_open; i++) {
		const struct slice *open = &lane->open[i];

		if (open->state == STATE_BLOCKED && lane->end_ns - open->begin_ns > least_ns)
			out->reasons[open->why] = true;
	}
}

/* What is there or not as the frame has it. */
static void look_at_items(const struct scene *s, rgba_t mixed, struct shown *out)
{
	for (size_t i = 0; i < s->nr; i++) {
		const struct item *it = &s->items[i];

		out->guessed |= it->shape == SHAPE_FRAME && it->ref.kind == REF_LOCK_SLICE;
		out->arrows |= it->shape == SHAPE_ARROW && it->ref.kind == REF_NONE;
		out->mixed |= it->shape == SHAPE_RECT && it->color == mixed &&
			      (it->ref.kind == REF_CPU_SLICE || it->ref.kind == REF_LOCK_SLICE);
		out->said |= it->shape == SHAPE_RECT && it->ref.kind == REF_STRIP_SLICE;
	}
}

static void look(const struct view *v, struct shown *out)
{
	const struct overview *o = v->overview;
	uint64_t length_ns = timeline_end_ns(v->tl) - timeline_begin_ns(v->tl);
	struct box area = v->layout.lanes;
	size_t nr_gaps;

	*out =
	    (struct shown){.others = o->mean > 0 && (!o->split || o->mean - o->mean_own > 0.001f)};
	timeline_gaps(v->tl, &nr_gaps);
	out->lost = nr_gaps > 0;
	for (size_t i = 0; i < v->tree->nr; i++) {
		const struct row *row = &v->tree->rows[i];
		float y = view_row_y(v, row);

		if (row->kind == ROW_CPU)
			out->unknown |= timeline_cpu(v->tl, row->id)->total.ns[STATE_UNKNOWN] > 0;
		if (row->kind == ROW_GROUP)
			out->ready = true;
		if (row->kind == ROW_LOCK && y + row->h > area.y && y < area.y + area.h)
			out->reasons[REASON_LOCK] = true;
		if (row->kind == ROW_TASK && y + row->h > area.y && y < area.y + area.h)
			add_task(v, row->id, length_ns / WORTH_PART, out);
	}
}

static void build_legend(const struct view *v, struct scene *s, float x, float right)
{
	static const char *const running[COLOR_NR] = {
	    [COLOR_THREAD] = "running (thread's colour)",
	    [COLOR_PROCESS] = "running (process's colour)",
	    [COLOR_STATE] = "running",
	};
	const struct palette *p = v->theme.palette;
	bool cell = v->theme.metrics->pad <= 0;
	struct shown shown;
	struct {
		bool shown;
		struct sample sample;
		const char *name;
	} fills[] = {
	    {true, {SHAPE_RECT, p->tasks[0], 0, 0}, running[v->color_by]},
	    {true, {SHAPE_RECT, p->other, 0, 0}, "others"},
	    {true, {SHAPE_HATCH, p->runnable, p->runnable_ground, HATCH_RISING}, "ready, no core"},
	    {true, {SHAPE_HATCH, p->runnable, p->runnable_ground, HATCH_FALLING}, "core taken"},
	    {true, {SHAPE_FRAME, p->tasks[0], rgba_mix(p->lane, p->tasks[0], 80), 0}, "inferred"},
	    {true, {SHAPE_ARROW, p->text, 0, 0}, "woke"},
	    {true, {SHAPE_RECT, palette_strip(p, 0), 0, 0}, "said by the program"},
	    {true, {SHAPE_RECT, p->mixed, 0, 0}, "many in turn"},
	    {true, {SHAPE_HATCH, p->unknown, p->unknown_ground, HATCH_FALLING}, "unknown"},
	    {true, {SHAPE_HATCH, p->gap, p->gap_ground, HATCH_FALLING}, "records lost"},
	};

	look(v, &shown);
	fills[1].shown = shown.others;
	look_at_items(s, p->mixed, &shown);
	fills[2].shown = shown.ready;
	fills[3].shown = shown.taken && !cell; /* there the hatch is the same */
	fills[4].shown = shown.guessed;
	fills[5].shown = shown.arrows;
	fills[6].shown = shown.said;
	fills[7].shown = shown.mixed;
	fills[8].shown = shown.unknown;
	fills[9].shown = shown.lost;
	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++)
		if (fills[i].shown)
			x = legend_entry(v, s, x, right, &fills[i].sample, fills[i].name);
	for (int i = 1; i <= REASON_NR; i++) {
		int why = i % REASON_NR; /* the unknown one last */
		struct sample line = {why == REASON_SLEEP ? SHAPE_DOTS : SHAPE_LINE,
				      p->reasons[why], 0, 0};
		char name[32];

		snprintf(name, sizeof(name), "%c %s", reason_letter((enum reason)why),
			 why == REASON_UNKNOWN ? "no reason known" : reason_key((enum reason)why));
		if (shown.reasons[why])
			x = legend_entry(v, s, x, right, &line, name);
	}
}

void panel_status(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box area = v->layout.status;

	s->ref = (struct ref){.kind = REF_PANEL};
	scene_ground(s, area, p->bar, 0);
	scene_no_ref(s);
	if (v->theme.metrics->pad > 0)
		scene_rect(s, (struct box){area.x, area.y, area.w, 1}, p->rule, 0);
	if (v->theme.metrics->pad <= 0 && !v->still && build_selected(v, s))
		return;
	build_legend(v, s, area.x + px(v, v->theme.metrics->pad),
		     area.x + area.w - build_hidden(v, s));
}
